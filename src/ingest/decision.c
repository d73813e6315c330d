#include "ingest/decision.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/audit.h"

enum { MAX_JSON = 1 << 20, MAX_NODES = 10000, MAX_DETAIL = 200 };

/* As the journal has them, and the command line: what the audit log says. */
static const struct {
	const char *name, *verb;
} words[] = {
	[DECISION_NONE] = { "none", "none" },
	[DECISION_NOTE] = { "note", "note" },
	[DECISION_RETRY] = { "retry", "dead-letter retry" },
	[DECISION_DROP] = { "drop", "dead-letter drop" },
	[DECISION_MERGE] = { "merge", "contact merge" },
	[DECISION_UNMERGE] = { "unmerge", "contact unmerge" },
	[DECISION_SPLIT] = { "split", "contact split" },
	[DECISION_MOVE] = { "move", "contact move" },
	[DECISION_ADD] = { "add", "contact add" },
	[DECISION_REMOVE] = { "remove", "contact remove" },
	[DECISION_NAME] = { "name", "contact name" },
	[DECISION_CONTACT] = { "contact", "contact new" },
	[DECISION_DISMISS] = { "dismiss", "review dismiss" },
	[DECISION_ASSIGN] = { "assign", "contact assign" },
	[DECISION_CONSENT] = { "consent", "contact consent" },
	[DECISION_APART] = { "apart", "contact apart" },
	[DECISION_RESTRICT] = { "restrict", "contact restrict" },
	[DECISION_SHARE] = { "share", "thread share" },
	[DECISION_COMPANY] = { "company", "contact company" },
	[DECISION_UNRESTRICT] = { "unrestrict", "contact unrestrict" },
};

/* Ids of a decision, by their names and kinds. */
static const struct {
	const char *name, *prefix;
	size_t offset;
} ids[] = {
	{ "contact", "con_", offsetof(struct decision, contact) },
	{ "dead_letter", "dl_", offsetof(struct decision, dead_letter) },
	{ "into", "con_", offsetof(struct decision, into) },
	{ "entry", "int_", offsetof(struct decision, entry) },
	{ "review", "rev_", offsetof(struct decision, review) },
};

static int64_t *id_of(struct decision *d, size_t i)
{
	return (int64_t *)((char *)d + ids[i].offset);
}

static void put_ids(struct json_writer *w, const struct decision *d)
{
	char id[ID_TEXT_SIZE];

	for (size_t i = 0; i < countof(ids); i++) {
		int64_t value = *id_of((struct decision *)d, i);

		if (value != 0)
			json_member(w, ids[i].name, str_from(id_format(value, ids[i].prefix, id)));
	}
}

static void put_handles(struct json_writer *w, const struct decision *d)
{
	json_name(w, "handles");
	json_open(w, '[');
	for (size_t i = 0; i < d->n_handles; i++) {
		json_open(w, '{');
		json_member(w, "scheme", str_from(scheme_name(d->handles[i].scheme)));
		json_member(w, "value", d->handles[i].value);
		if (d->handles[i].scope.len > 0)
			json_member(w, "scope", d->handles[i].scope);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static bool parse_handles(struct json_object *list, struct arena *arena, struct decision *d)
{
	d->handles = arena_alloc(arena, (json_count(list) + 1) * sizeof(*d->handles));
	for (size_t i = 0; d->handles != NULL && i < json_count(list); i++) {
		struct json_object *value = json_at(list, i);

		d->handles[d->n_handles++] = (struct identity){
			.scheme = scheme_from(json_str(value, "scheme")),
			.value = arena_str(arena, json_str(value, "value")),
			.scope = arena_str(arena, json_str(value, "scope")),
		};
	}
	return d->handles != NULL;
}

static void put_hand(struct json_writer *w, const struct hand_made *hand)
{
	if (hand->kind != KIND_NONE)
		json_member(w, "kind", str_from(kind_name(hand->kind)));
	if (hand->direction != DIRECTION_NONE)
		json_member(w, "direction", str_from(direction_name(hand->direction)));
	if (hand->occurred_us != 0)
		json_member_int(w, "occurred_us", hand->occurred_us);
	if (hand->duration_s != 0)
		json_member_int(w, "duration_s", hand->duration_s);
}

static void parse_hand(struct json_object *value, struct hand_made *hand)
{
	hand->kind = kind_from(json_str(value, "kind"));
	hand->direction = direction_from(json_str(value, "direction"));
	json_int(json_get(value, "occurred_us"), &hand->occurred_us);
	json_int(json_get(value, "duration_s"), &hand->duration_s);
}

static void put_consent(struct json_writer *w, const struct consent *c)
{
	json_name(w, "consent");
	json_open(w, '{');
	json_member(w, "what", c->what);
	json_member(w, "state", str_from(consent_state_name(c->state)));
	json_member_or_null(w, "basis", c->basis);
	json_member_or_null(w, "source", c->source);
	if (c->said_us != 0)
		json_member_int(w, "said_us", c->said_us);
	json_close(w, '}');
}

static void parse_consent(struct json_object *value, struct arena *arena, struct consent *c)
{
	c->what = arena_str(arena, json_str(value, "what"));
	c->state = consent_state_from(json_str(value, "state"));
	c->basis = arena_str(arena, json_str(value, "basis"));
	c->source = arena_str(arena, json_str(value, "source"));
	json_int(json_get(value, "said_us"), &c->said_us);
}

void decision_json(const struct decision *d, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "do", str_from(words[d->what].name));
	json_member_or_null(&w, "by", d->by);
	put_ids(&w, d);
	if (d->what == DECISION_NOTE || d->what == DECISION_NAME || d->what == DECISION_ASSIGN || d->what == DECISION_CONTACT ||
	    d->what == DECISION_SHARE || d->what == DECISION_COMPANY)
		json_member(&w, "text", d->text);
	if (d->author.len > 0)
		json_member(&w, "author", d->author);
	put_hand(&w, &d->hand);
	if (d->what == DECISION_CONSENT)
		put_consent(&w, &d->consent);
	if (d->n_handles > 0)
		put_handles(&w, d);
	if (d->takes)
		json_member_bool(&w, "takes", true);
	if (d->failed.len > 0)
		json_member(&w, "failed", d->failed);
	json_close(&w, '}');
}

bool decision_parse(struct str json, struct arena *arena, struct decision *d, struct err *err)
{
	auto_json struct json_object *value = json_parse(json, 4, MAX_NODES, err);
	struct str what = json_str(value, "do");

	*d = (struct decision){ 0 };
	if (value == NULL)
		return err_prefixf(err, "decision");
	for (size_t i = 1; i < countof(words); i++)
		if (str_eq(what, str_from(words[i].name)))
			d->what = (enum decision_what)i;
	if (d->what == DECISION_NONE)
		return err_setf(err, ERR_INPUT, "decision: \"" STR_FMT "\" is not one this version knows",
				STR_ARG(what));
	d->by = arena_str(arena, json_str(value, "by"));
	d->text = arena_str(arena, json_str(value, "text"));
	d->failed = arena_str(arena, json_str(value, "failed"));
	d->author = arena_str(arena, json_str(value, "author"));
	parse_hand(value, &d->hand);
	parse_consent(json_get(value, "consent"), arena, &d->consent);
	d->takes = json_true(json_get(value, "takes"));
	for (size_t i = 0; i < countof(ids); i++)
		id_parse(json_str(value, ids[i].name), ids[i].prefix, id_of(d, i));
	if (!parse_handles(json_get(value, "handles"), arena, d))
		return err_setf(err, ERR_LIMIT, "decision: too many handles");
	return true;
}

/* ---- the audit log: which ids and how many, never what was written ---- */

static struct str main_id(const struct decision *d, char text[ID_TEXT_SIZE])
{
	if (d->what == DECISION_MOVE)
		return str_from(id_format(d->entry, "int_", text));
	for (size_t i = 0; i < countof(ids); i++) {
		int64_t value = *id_of((struct decision *)d, i);

		if (value != 0)
			return str_from(id_format(value, ids[i].prefix, text));
	}
	return STR("");
}

static void put_detail(const struct decision *d, struct buf *out)
{
	char id[ID_TEXT_SIZE];

	if (d->what == DECISION_MOVE && d->contact != 0)
		buf_addf(out, "from %s, ", id_format(d->contact, "con_", id));
	if (d->what == DECISION_ASSIGN)		/* one of our own people */
		buf_addf(out, "to %s" STR_FMT ", ", d->text.len ? "" : "nobody", STR_ARG(d->text));
	if (d->what == DECISION_SHARE)
		buf_addf(out, STR_FMT ", ", STR_ARG(d->text));
	if (d->what == DECISION_CONSENT)	/* the name of a purpose; the source may say anything */
		buf_addf(out, STR_FMT " %s, ", STR_ARG(d->consent.what), consent_state_name(d->consent.state));
	if (d->into != 0)
		buf_addf(out, "%s %s, ", d->what == DECISION_APART ? "from" : "into", id_format(d->into, "con_", id));
	if (d->n_handles > 0)
		buf_addf(out, "%zu handle%s, ", d->n_handles, d->n_handles == 1 ? "" : "s");
	if (d->takes)
		buf_add(out, STR("taken from somebody else, "));
	if (d->failed.len > 0)
		buf_add(out, STR("it died again, "));
	buf_truncate(out, out->len > 2 ? out->len - 2 : 0);
}

static bool audit(const struct decision *d, struct store *st, struct err *err)
{
	char id[ID_TEXT_SIZE];
	struct buf detail;
	bool ok;

	buf_init(&detail, MAX_DETAIL);
	put_detail(d, &detail);
	ok = audit_add(st, &(struct audit_entry){ .who = d->by, .what = str_from(words[d->what].verb), .which = main_id(d, id),
						  .detail = buf_str(&detail) }, err);
	buf_finish(&detail);
	return ok;
}

bool decision_journal(const struct decision *d, int64_t replays, struct store *st, int64_t *id,
		      struct err *err)
{
	struct journal_row row = { .kind = JOURNAL_DECISION, .content_type = STR("application/json"),
				   .outcome = OUTCOME_STORED };
	struct buf body;
	bool ok;

	if (replays != 0)
		store_set_last_id(st, replays);
	*id = replays != 0 ? replays : store_new_id(st, clock_wall_us());
	if (!store_connector(st, STR("people"), STR("people"), &row.connector, err))
		return false;
	buf_init(&body, MAX_JSON);
	decision_json(d, &body);
	row.id = row.base_id = *id;
	row.received_us = id_wall_us(*id);
	row.body = buf_str(&body);
	row.size = (int64_t)body.len;
	ok = buf_is_exceeded(&body)
		     ? err_setf(err, ERR_LIMIT, "it is longer than %d MiB", MAX_JSON >> 20)
		     : store_put_journal(st, &row, err) && (replays != 0 || audit(d, st, err));
	buf_finish(&body);
	return ok;
}

bool decision_drop(const struct decision *d, int64_t replays, struct store *st, struct err *err)
{
	struct arena *arena = arena_create(1 << 20);
	struct dead_row dead;
	int64_t id;
	bool ok = store_get_dead(st, d->dead_letter, arena, &dead, err) &&
		  decision_journal(d, replays, st, &id, err) &&
		  store_remove_dead(st, dead.id, err) &&
		  store_put_delivery(st, dead.journal_id, dead.n < 0 ? 0 : dead.n, OUTCOME_FILTERED, 0,
				     STR("dropped by a person"), err) &&
		  store_settle_journal(st, dead.journal_id, OUTCOME_FILTERED, err);

	if (ok) {
		store_count(st, dead.connector, OUTCOME_DEAD, -1);
		store_count(st, dead.connector, OUTCOME_FILTERED, 1);
	}
	arena_destroy(arena);
	return ok;
}
