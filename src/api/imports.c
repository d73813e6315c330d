/* /imports: what was imported, and that one is wanted back. The rest of an undo is ingest/undo.h. */
#include "api/call.h"
#include "api/handlers.h"
#include "api/imports.h"
#include "api/list.h"
#include "ingest/undo.h"
#include "api/uploads.h"
#include "conf/config.h"
#include "store/upload.h"

/* Its mark begins with how many bytes are read; there is one now and then. */
static int64_t bytes_read(struct call *c, const struct import_run_row *row, const struct upload_row *up)
{
	int64_t n = 0, connector;
	struct err ignored;

	if (row->undo_us != 0 || up->failed.len > 0)
		return 0;
	if (row->ended_us != 0)
		return up->size;
	return up->started_us != 0 && str_eq(row->kind, STR("mbox")) && store_find_connector(c->st, STR("import"), &connector, &ignored) &&
	       store_import_progress(c->st, connector, row, &n, &ignored) ? n : 0;
}

static void put_upload(struct call *c, struct json_writer *w, const struct import_run_row *row, const struct upload_row *up)
{
	int64_t most = c->config->http.max_body;

	json_name(w, "upload");
	if (up == NULL) {
		json_null_value(w);
		return;
	}
	json_open(w, '{');
	json_member_int(w, "size", up->size);
	json_member_int(w, "received", up->received);
	json_member_int(w, "read", bytes_read(c, row, up));
	json_member_int(w, "piece_max", most < UPLOAD_PIECE ? most : UPLOAD_PIECE);
	json_member_int(w, "unread", up->n_unread);
	json_member_or_null(w, "error", up->failed.len > 0 ? up->failed : up->unread);
	json_close(w, '}');
}

static void put_members(struct call *c, struct json_writer *w, const struct import_run_row *row)
{
	struct upload_row one, *up = &one;
	struct err ignored;

	if (!store_get_upload(c->st, row->id, c->arena, up, &ignored))
		up = NULL;
	put_id(w, "id", row->id, "imp_");
	json_member(w, "kind", row->kind);
	json_member(w, "name", row->name);
	json_member(w, "by", row->by);
	json_member(w, "state", str_from(import_state(row, up)));
	put_time(w, "begun_at", row->begun_us);
	put_time(w, "ended_at", row->ended_us);
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		json_member_int(w, outcome_name((enum outcome)o), row->by_outcome[o]);
	json_member_or_null(w, "undo_by", row->undo_by);
	put_time(w, "undo_at", row->undo_us);
	put_time(w, "undone_at", row->undone_us);
	json_member_int(w, "taken", row->n_taken);
	put_upload(c, w, row, up);
}

/* ---- list ---- */

static bool put_import(const struct import_run_row *row, void *arg)
{
	struct list *l = arg;

	if (list_is_full(l))
		return false;
	l->last.id = row->id;
	json_open(&l->w, '{');
	put_members(l->c, &l->w, row);
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
	put_members(c, &w, row);
	json_name(&w, "undo_takes");
	json_open(&w, '{');
	json_member_int(&w, "messages", extent.n_rows);
	json_member_int(&w, "entries", extent.n_entries - extent.n_staying);
	json_member_int(&w, "staying", extent.n_staying);
	json_close(&w, '}');
	json_close(&w, '}');
	return true;
}

bool import_is_for(struct call *c)
{
	return c->viewer.sees == SEES_ALL ||
	       !problem(c, 403, "missing-right", "what is in a file may be anybody's, so whoever imports one or takes it back has to see everybody: "
			"use a token of a role with `sees: all`");
}

bool import_put(struct call *c, int64_t id, struct err *err)
{
	struct import_run_row row;

	return store_get_import(c->st, id, c->arena, &row, err) && put_one(c, &row, err);
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
	uploads_wake(c->api->uploads);	/* what was sent of it goes */
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

	if (!import_is_for(c) || !body_end(c))
		return true;
	c->deed = undo;
	c->after = wake;
	return find(c, &row, err);
}
