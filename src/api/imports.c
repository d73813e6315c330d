/* /imports: what was imported, and that one is wanted back. The rest of an undo is ingest/undo.h. */
#include "api/call.h"
#include "api/handlers.h"
#include "api/list.h"
#include "ingest/undo.h"
#include "store/import.h"

static const char *state_of(const struct import_run_row *row)
{
	if (row->undone_us != 0)
		return "undone";
	if (row->undo_us != 0)
		return "undoing";
	return row->ended_us != 0 ? "ended" : "open";
}

static void put_members(struct json_writer *w, const struct import_run_row *row)
{
	put_id(w, "id", row->id, "imp_");
	json_member(w, "kind", row->kind);
	json_member(w, "name", row->name);
	json_member(w, "by", row->by);
	json_member(w, "state", str_from(state_of(row)));
	put_time(w, "begun_at", row->begun_us);
	put_time(w, "ended_at", row->ended_us);
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		json_member_int(w, outcome_name((enum outcome)o), row->by_outcome[o]);
	json_member_or_null(w, "undo_by", row->undo_by);
	put_time(w, "undo_at", row->undo_us);
	put_time(w, "undone_at", row->undone_us);
	json_member_int(w, "taken", row->n_taken);
}

/* ---- list ---- */

static bool put_import(const struct import_run_row *row, void *arg)
{
	struct list *l = arg;

	if (list_is_full(l))
		return false;
	l->last.id = row->id;
	json_open(&l->w, '{');
	put_members(&l->w, row);
	json_close(&l->w, '}');
	return true;
}

bool api_imports(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	bool is_next;

	if (!param_limit(c, &l.limit) || !param_cursor(c, &is_next, &l.last) || !params_end(c))
		return true;
	list_begin(&l);
	return list_end(&l, store_each_import(c->st, is_next ? l.last.id : 0, put_import, &l, err));
}

/* ---- one ---- */

static bool find(struct call *c, struct import_run_row *row, struct err *err)
{
	int64_t id;

	if (!id_parse(c->parts[0], "imp_", &id))
		return err_setf(err, ERR_MISSING, "there is no such import");
	return store_get_import(c->st, id, c->arena, row, err);
}

static bool put_one(struct call *c, const struct import_run_row *row, struct err *err)
{
	struct import_extent extent;
	struct json_writer w;

	if (!store_import_extent(c->st, row->id, &extent, err))
		return false;
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	put_members(&w, row);
	json_name(&w, "undo_takes");
	json_open(&w, '{');
	json_member_int(&w, "messages", extent.n_rows);
	json_member_int(&w, "entries", extent.n_entries - extent.n_staying);
	json_member_int(&w, "staying", extent.n_staying);
	json_close(&w, '}');
	json_close(&w, '}');
	return true;
}

bool api_import(struct call *c, struct err *err)
{
	struct import_run_row row;

	return !params_end(c) || (find(c, &row, err) && put_one(c, &row, err));
}

/* ---- undo ---- */

static void wake(struct call *c)
{
	undo_wake(c->api->parts.ingest);
}

static bool undo(struct call *c, struct err *err)
{
	struct import_run_row row;

	if (!find(c, &row, err))
		return false;
	if (row.undo_us != 0)
		return problem_conflict(c, 0, "this import was undone already");
	if (!undo_begin(c->st, row.id, call_by(c), err) || !find(c, &row, err))
		return false;
	c->reply.status = 202;
	call_header(c, "Location", arena_strf(c->arena, "/api/v1/imports/" STR_FMT, STR_ARG(c->parts[0])).ptr);
	return put_one(c, &row, err);
}

bool api_import_undo(struct call *c, struct err *err)
{
	struct import_run_row row;

	if (!body_end(c))
		return true;
	c->deed = undo;
	c->after = wake;
	return find(c, &row, err);
}
