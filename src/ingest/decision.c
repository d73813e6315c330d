#include "ingest/decision.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"

enum { MAX_JSON = 1 << 20 };

static const char *const names[] = { "none", "note", "retry", "drop" };

void decision_json(const struct decision *d, struct buf *out)
{
	char id[ID_TEXT_SIZE];
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "do", str_from(names[d->what]));
	json_member_or_null(&w, "by", d->by);
	if (d->contact != 0)
		json_member(&w, "contact", str_from(id_format(d->contact, "con_", id)));
	if (d->dead_letter != 0)
		json_member(&w, "dead_letter", str_from(id_format(d->dead_letter, "dl_", id)));
	if (d->what == DECISION_NOTE)
		json_member(&w, "text", d->text);
	if (d->failed.len > 0)
		json_member(&w, "failed", d->failed);
	json_close(&w, '}');
}

bool decision_parse(struct str json, struct arena *arena, struct decision *d, struct err *err)
{
	auto_json struct json_object *value = json_parse(json, 4, 100, err);
	struct str what = json_str(value, "do");

	*d = (struct decision){ 0 };
	if (value == NULL)
		return err_prefixf(err, "decision");
	for (size_t i = 1; i < sizeof(names) / sizeof(*names); i++)
		if (str_eq(what, str_from(names[i])))
			d->what = (enum decision_what)i;
	if (d->what == DECISION_NONE)
		return err_setf(err, ERR_INPUT, "decision: \"" STR_FMT "\" is not one this version knows",
				STR_ARG(what));
	d->by = arena_str(arena, json_str(value, "by"));
	d->text = arena_str(arena, json_str(value, "text"));
	d->failed = arena_str(arena, json_str(value, "failed"));
	id_parse(json_str(value, "contact"), "con_", &d->contact);
	id_parse(json_str(value, "dead_letter"), "dl_", &d->dead_letter);
	return true;
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
		     : store_put_journal(st, &row, err);
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
