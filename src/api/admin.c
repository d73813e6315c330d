/* /me, /review, /connectors, /dead-letters */
#include "api/handlers.h"
#include "api/list.h"
#include "ingest/instance.h"
#include "ingest/pull.h"

enum { MAX_CANDIDATES = 1000 };

bool api_me(struct call *c, struct err *err)
{
	struct json_writer w;

	(void)err;
	if (!params_end(c))
		return true;
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "token", c->token.name);
	json_member(&w, "role", c->token.role);
	json_member_or_null(&w, "staff", c->token.staff);
	json_name(&w, "rights");
	json_open(&w, '[');
	for (unsigned right = 1; right < RIGHT_ALL; right <<= 1)
		if (c->powers.rights & right)
			json_str_value(&w, str_from(right_name(right)));
	json_close(&w, ']');
	json_member(&w, "sees", str_from(sees_name(c->viewer.sees)));
	put_time(&w, "expires_at", c->token.expires_us);
	json_member_or_null(&w, "csrf", c->session != 0 ? browser_csrf(c->browser.session, c->arena) : STR(""));
	json_close(&w, '}');
	return true;
}

/* ---- review ---- */

/* Candidates that the one who asks may see. */
static bool put_candidates(struct list *l, struct str ids)
{
	auto_json struct json_object *list = ids.len ? json_parse(ids, 2, MAX_CANDIDATES, l->err) : NULL;
	struct view_contact seen;
	char text[ID_TEXT_SIZE];
	int64_t id;

	if (ids.len > 0 && list == NULL)
		return false;
	json_name(&l->w, "candidates");
	json_open(&l->w, '[');
	for (size_t i = 0; i < json_count(list); i++) {
		if (!json_int(json_at(list, i), &id))
			continue;
		if (view_contact(l->c->st, &l->c->viewer, id, l->c->arena, &seen, l->err))
			json_str_value(&l->w, str_from(id_format(id, "con_", text)));
		else if (l->err->kind != ERR_MISSING)
			return false;
	}
	json_close(&l->w, ']');
	return true;
}

static bool put_review(const struct review_row *row, void *arg)
{
	struct list *l = arg;
	int64_t version;

	if (list_is_full(l))
		return false;
	l->last = (struct cursor){ .id = row->id };
	json_open(&l->w, '{');
	put_id(&l->w, "id", row->id, "rev_");
	json_member(&l->w, "type", str_from(review_type_name(row->type)));
	put_id(&l->w, "interaction", row->interaction, "int_");
	l->failed = !put_candidates(l, row->candidates) || !seen_version(l->c, row, &version, l->err);
	if (!l->failed)
		json_member_int(&l->w, "version", version);
	json_member(&l->w, "reason", row->reason);
	json_close(&l->w, '}');
	return !l->failed;
}

bool api_review(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	struct cursor from = { 0 };
	bool is_next;

	if (!param_limit(c, &l.limit) || !param_cursor(c, &is_next, &from) || !params_end(c))
		return true;
	list_begin(&l);
	return list_end(&l, view_each_review(c->st, &c->viewer, from.id, l.limit + 1, put_review, &l, err));
}

/* ---- connectors ---- */

static void put_facts(struct json_writer *w, const struct ledger_row *row)
{
	json_member(w, "name", row->name);
	json_member(w, "type", row->type);
	json_member(w, "state", row->state);
	json_member_or_null(w, "error", row->error);
	put_time(w, "state_since", row->state_since_us);
	put_time(w, "last_success_at", row->last_success_us);
	put_time(w, "last_message_at", row->last_message_us);
	json_name(w, "ledger");
	json_open(w, '{');
	json_member_int(w, "received", row->received);
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		json_member_int(w, outcome_name((enum outcome)o), row->by_outcome[o]);
	json_close(w, '}');
}

static bool put_connector(const struct ledger_row *row, void *arg)
{
	struct list *l = arg;

	json_open(&l->w, '{');
	put_facts(&l->w, row);
	json_close(&l->w, '}');
	return true;
}

bool api_connectors(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };

	if (!params_end(c))
		return true;
	list_begin(&l);
	return list_end(&l, store_each_ledger(c->st, put_connector, &l, err));
}

/* ---- one connector, and the proof that all of it is here ---- */

struct one {
	struct call *c;
	struct json_writer w;
	int64_t id;			/* 0: not found yet */
	struct err *err;
};

static bool put_if_named(const struct ledger_row *row, void *arg)
{
	struct one *one = arg;

	if (!str_eq(row->name, one->c->parts[0]))
		return true;
	one->id = row->id;
	json_open(&one->w, '{');
	put_facts(&one->w, row);
	return false;
}

static bool put_folder(const struct reconcile_row *row, void *arg)
{
	struct one *one = arg;

	if (row->connector != one->id)
		return true;
	json_open(&one->w, '{');
	json_member(&one->w, "folder", row->folder);
	put_time(&one->w, "checked_at", row->checked_us);
	json_member_int(&one->w, "listed", row->listed);
	json_member_int(&one->w, "known", row->known);
	json_member_int(&one->w, "filtered", row->filtered);
	json_member_int(&one->w, "missing", row->missing);
	json_member_int(&one->w, "vanished", row->vanished);
	json_member_int(&one->w, "healed", row->healed);
	json_member_or_null(&one->w, "note", row->note);
	json_member_or_null(&one->w, "error", row->error);
	json_close(&one->w, '}');
	return true;
}

bool api_connector(struct call *c, struct err *err)
{
	struct one one = { .c = c, .err = err };
	int64_t last_us = 0;

	if (!params_end(c))
		return true;
	json_begin(&one.w, &c->reply.json);
	if (!store_each_ledger(c->st, put_if_named, &one, err))
		return false;
	if (one.id == 0)
		return err_setf(err, ERR_MISSING, "there is no such connector");
	if (!store_last_reconcile(c->st, one.id, &last_us, err))
		return false;
	put_time(&one.w, "compared_at", last_us);
	json_name(&one.w, "folders");
	json_open(&one.w, '[');
	if (!store_each_reconcile(c->st, put_folder, &one, err))
		return false;
	json_close(&one.w, ']');
	json_close(&one.w, '}');
	return true;
}

/* Loop. What it finds is in the store, and in GET of the connector. */
static bool compare(struct call *c, struct err *err)
{
	struct instance *inst = ingest_find(c->api->parts.ingest, c->parts[0]);

	if (inst == NULL)
		return err_setf(err, ERR_MISSING, "there is no such connector");
	if (inst->pull == NULL)
		return err_setf(err, ERR_INPUT, "it is pushed to: there is no mailbox to compare");
	return pull_reconcile(inst->pull, err);
}

bool api_connector_reconcile(struct call *c, struct err *err)
{
	struct json_writer w;

	(void)err;
	if (!body_end(c))
		return true;
	c->reply.status = 202;
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "connector", c->parts[0]);
	json_close(&w, '}');
	c->turn = compare;
	return true;
}

/* ---- paused, resumed, asked now ---- */

struct pause_wish {
	struct str why;
	bool is_pause;
	bool is_new;			/* else it was so, or its Idempotency-Key had been here and it may be otherwise by now */
};

/* What is durable holds now; a connector that a reload has taken out meanwhile needs no word. */
static void take_pause(struct call *c)
{
	const struct pause_wish *w = c->wish;
	struct err ignored;

	if (w->is_new)
		ingest_take_pause(c->api->parts.ingest, c->parts[0], w->is_pause ? call_by(c) : STR(""), w->why, &ignored);
}

static bool put_name(struct call *c)
{
	struct json_writer w;

	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "connector", c->parts[0]);
	json_close(&w, '}');
	return true;
}

static bool pause_it(struct call *c, struct err *err)
{
	struct pause_wish *w = c->wish;

	return (w->is_pause ? store_pause(c->st, c->parts[0], call_by(c), w->why, &w->is_new, err)
			    : store_resume(c->st, c->parts[0], call_by(c), &w->is_new, err)) && put_name(c);
}

static bool wish_pause(struct call *c, bool is_pause, struct err *err)
{
	struct pause_wish *w = arena_new(c->arena, struct pause_wish);

	w->is_pause = is_pause;
	if ((is_pause && !body_line(c, "why", PAUSE_WHY_MAX, &w->why)) || !body_end(c))
		return true;
	c->wish = w;
	c->deed = pause_it;
	c->after = take_pause;
	return config_find_connector(c->config, c->parts[0]) != NULL || err_setf(err, ERR_MISSING, "there is no such connector");
}

bool api_connector_pause(struct call *c, struct err *err)
{
	return wish_pause(c, true, err);
}

bool api_connector_resume(struct call *c, struct err *err)
{
	return wish_pause(c, false, err);
}

static bool sync_now(struct call *c, struct err *err)
{
	return ingest_sync_now(c->api->parts.ingest, c->parts[0], err);
}

bool api_connector_sync(struct call *c, struct err *err)
{
	(void)err;
	if (!body_end(c))
		return true;
	c->reply.status = 202;
	c->turn = sync_now;
	return put_name(c);
}

/* ---- dead letters ---- */

/* Who wrote what is for those who may read everything; the reason may quote it. */
static bool put_stub(struct list *l, const struct dead_row *row)
{
	bool may = l->c->viewer.sees == SEES_ALL;
	enum share share;

	if (!view_share_of_connector(l->c->st, &l->c->viewer, row->connector, &share, l->err))
		return false;
	json_member_or_null(&l->w, "reason", may && share == SHARE_EVERYTHING ? row->reason : STR(""));
	json_member_or_null(&l->w, "from", may ? row->stub_address : STR(""));
	json_member_or_null(&l->w, "subject", may && share >= SHARE_SUBJECT ? row->stub_subject : STR(""));
	return true;
}

static bool put_dead(const struct dead_row *row, void *arg)
{
	struct list *l = arg;

	if (row->id <= l->last.id)
		return true;
	if (list_is_full(l))
		return false;
	l->last.id = row->id;
	json_open(&l->w, '{');
	put_id(&l->w, "id", row->id, "dl_");
	json_member(&l->w, "connector", row->connector_name);
	put_time(&l->w, "received_at", row->received_us);
	json_member(&l->w, "kind", row->kind);
	json_member_int(&l->w, "size", row->size);
	json_member_int(&l->w, "attempts", row->attempts);
	l->failed = !put_stub(l, row);
	json_close(&l->w, '}');
	return !l->failed;
}

bool api_dead_letters(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	bool is_next;

	if (!param_limit(c, &l.limit) || !param_cursor(c, &is_next, &l.last) || !params_end(c))
		return true;
	list_begin(&l);
	return list_end(&l, store_each_dead(c->st, 0, put_dead, &l, err));
}
