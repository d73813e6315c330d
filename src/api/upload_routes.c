/* POST /imports, PUT /imports/{id}/data, DELETE /imports/{id}: a file that is sent to be imported, in pieces. */
#include "api/call.h"
#include "api/handlers.h"
#include "api/imports.h"
#include "api/uploads.h"
#include "base/clock.h"
#include "base/mem.h"
#include "conf/config.h"
#include "store/audit.h"
#include "store/spool.h"
#include "store/upload.h"

enum { MAX_KIND = 20, MAX_OPEN = 20 };

#define MAX_SIZE (INT64_C(1) << 40)

/* ---- a new one ---- */

struct new_upload {
	struct str kind, name;
	int64_t size;
};

static bool has_room(struct call *c, const struct new_upload *n, struct err *err)
{
	struct writer_stats stats;
	int64_t n_open, needed, free_bytes;

	if (!store_count_open_uploads(c->st, &n_open, &needed, err))
		return false;
	if (n_open >= MAX_OPEN)
		return !problem(c, 409, "too-many-uploads", "%d files are being sent or imported already; end or delete one", MAX_OPEN);
	writer_get_stats(c->api->parts.writer, &stats);
	free_bytes = stats.free_bytes - c->config->storage.min_free - needed;
	return 2 * n->size <= free_bytes ||
	       !problem(c, 507, "no-room", "there is room for %lld bytes, of which the file needs twice its size, as it is sent and as it is stored "
			"(storage.min_free is left free): make some, or send it in parts", (long long)(free_bytes > 0 ? free_bytes : 0));
}

static bool tell(struct call *c, int64_t id, const char *what, struct str detail, struct err *err)
{
	char text[ID_TEXT_SIZE];

	return audit_add(c->st, &(struct audit_entry){ .who = call_by(c), .what = str_from(what),
						      .which = str_from(id_format(id, "imp_", text)), .detail = detail }, err);
}

static bool begin(struct call *c, struct err *err)
{
	const struct new_upload *n = c->wish;
	const struct import_run_row run = { .kind = n->kind, .name = n->name, .by = call_by(c), .begun_us = clock_wall_us() };
	char text[ID_TEXT_SIZE];
	int64_t id;

	if (!has_room(c, n, err))
		return err->kind == ERR_NONE || c->reply.status >= 400;
	if (!store_put_upload(c->st, &run, n->size, &id, err) || !tell(c, id, "import", n->kind, err))
		return false;
	call_created(c, arena_strf(c->arena, "/api/v1/imports/%s", id_format(id, "imp_", text)));
	return import_put(c, id, err);
}

bool api_upload_begin(struct call *c, struct err *err)
{
	struct new_upload *n = arena_new(c->arena, struct new_upload);

	(void)err;
	if (!import_is_for(c))
		return true;
	if (!body_line(c, "kind", MAX_KIND, &n->kind) || !body_line(c, "name", SPOOL_NAME_MAX, &n->name) ||
	    !body_number(c, "size", &n->size) || !body_end(c) || !body_needs(c, "name", n->name.len > 0))
		return true;
	if (!str_eq(n->kind, STR("mbox")) && !str_eq(n->kind, STR("eml")))
		return problem_body(c, "/kind", "not_a_kind", "kind is mbox or eml; folders and Outlook's files are read by daybook import, on the "
				    "machine itself");
	if (!spool_is_name(n->name))
		return problem_body(c, "/name", "not_a_name", "name is that of a file, without folders, and does not begin with a dot");
	if (n->size < 1 || n->size > MAX_SIZE)
		return problem_body(c, "/size", "out_of_range", "size is how many bytes the file has, 1 to %lld", (long long)MAX_SIZE);
	c->wish = n;
	c->deed = begin;
	return true;
}

/* ---- a piece ---- */

struct piece {
	int64_t import, offset, end;
	struct str name;
};

static void release(struct call *c)
{
	const struct piece *p = c->wish;

	uploads_release(c->api->uploads, p->import);
}

static void wake(struct call *c)
{
	uploads_wake(c->api->uploads);
}

static bool wrong_offset(struct call *c, const struct upload_row *row)
{
	return problem(c, 409, "wrong-offset", "%lld bytes are here: go on with offset=%lld", (long long)row->received, (long long)row->received);
}

/* Another piece may have come since the handler looked, and been answered. */
static bool look_again(struct call *c, struct upload_row *row, struct err *err)
{
	const struct piece *p = c->wish;
	struct store *st;
	bool ok;

	if (!store_open(c->api->parts.dir, STORE_READER, &st, err))
		return false;
	ok = store_get_upload(st, p->import, c->arena, row, err);
	store_close(st);
	return ok;
}

static bool write_piece(struct call *c, struct err *err)
{
	const struct piece *p = c->wish;
	struct upload_row row;

	if (!uploads_claim(c->api->uploads, p->import)) {
		call_header(c, "Retry-After", "1");
		return problem(c, 409, "piece-on-its-way", "a piece of this file is being written at this moment; send one after the other");
	}
	c->leave = release;
	if (!look_again(c, &row, err))
		return false;
	if (row.received != p->offset)
		return wrong_offset(c, &row);
	return spool_write(c->api->parts.dir, p->import, p->name, p->offset, c->body, err);
}

static bool note_piece(struct call *c, struct err *err)
{
	const struct piece *p = c->wish;
	struct upload_row row;

	if (!store_get_upload(c->st, p->import, c->arena, &row, err))
		return false;
	if (row.received != p->offset)
		return wrong_offset(c, &row);
	if (!store_note_piece(c->st, p->import, p->offset, p->end, clock_wall_us(), err))
		return false;
	c->after = p->end == row.size ? wake : NULL;
	return import_put(c, p->import, err);
}

static bool offset_of(struct call *c, int64_t *offset)
{
	struct str text = param_str(c, "offset");

	return (str_int64(text, offset) && *offset >= 0 && *offset <= MAX_SIZE) ||
	       !problem_field(c, "offset", "out_of_range", "offset is how many bytes of the file are before this piece");
}

/* What came already may come again, when an answer was lost. */
static bool take_piece(struct call *c, const struct import_run_row *run, const struct upload_row *row, struct piece *p, struct err *err)
{
	if (run->undo_us != 0)
		return problem(c, 410, "upload-over", "nothing more is taken of this file: this import was undone; begin it again to have it");
	if (row->failed.len > 0)
		return problem(c, 410, "upload-over", "nothing more is taken of this file: " STR_FMT, STR_ARG(row->failed));
	if (p->end > row->size)
		return problem_field(c, "offset", "out_of_range", "the file was to have %lld bytes, and this piece ends at %lld", (long long)row->size,
				     (long long)p->end);
	if (p->end <= row->received)
		return import_put(c, p->import, err);
	if (p->offset != row->received)
		return wrong_offset(c, row);
	if (p->offset > 0 && !spool_has(c->api->parts.dir, p->import, p->name, p->offset))
		return problem(c, 410, "upload-over", "what was sent of this file is not there any more: an erasure takes it away, since nobody has looked "
			       "into it, and a restored backup does not have it. DELETE it and begin anew; what was imported before is not stored "
			       "twice");
	c->wish = p;
	c->workers = uploads_pool(c->api->uploads);
	c->work = write_piece;
	c->deed = note_piece;
	return true;
}

static bool find(struct call *c, struct import_run_row *run, struct upload_row *row, struct err *err)
{
	int64_t id;

	if (!id_parse(c->parts[0], "imp_", &id))
		return err_setf(err, ERR_MISSING, "there is no such import");
	return store_get_import(c->st, id, c->arena, run, err) && store_get_upload(c->st, id, c->arena, row, err);
}

bool api_upload_piece(struct call *c, struct err *err)
{
	struct piece *p = arena_new(c->arena, struct piece);
	struct import_run_row run;
	struct upload_row row;

	if (!import_is_for(c) || !offset_of(c, &p->offset) || !params_end(c))
		return true;
	if (c->body.len == 0 || c->body.len > UPLOAD_PIECE)
		return problem(c, c->body.len ? 413 : 422, "bad-piece", "a piece has 1 to %d bytes", UPLOAD_PIECE);
	if (!find(c, &run, &row, err))
		return false;
	p->import = run.id;
	p->name = run.name;
	p->end = p->offset + (int64_t)c->body.len;
	return take_piece(c, &run, &row, p, err);
}

/* ---- away ---- */

static bool drop(struct call *c, struct err *err)
{
	struct import_run_row run;
	struct upload_row row;

	if (!find(c, &run, &row, err))
		return false;
	if (row.started_us != 0)
		return problem(c, 409, "import-begun", "this import has begun: POST …/undo takes back what it brought");
	c->reply.status = 204;
	c->reply.type = NULL;
	return store_drop_upload(c->st, run.id, err) && tell(c, run.id, "import drop", STR(""), err);
}

bool api_upload_drop(struct call *c, struct err *err)
{
	struct import_run_row run;
	struct upload_row row;

	if (!import_is_for(c) || !params_end(c))
		return true;
	c->deed = drop;
	c->after = wake;		/* which takes the bytes away */
	return find(c, &run, &row, err);
}
