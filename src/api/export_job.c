#include "api/export_job.h"

#include <unistd.h>

#include "api/call.h"
#include "api/export_csv.h"
#include "api/query_text.h"
#include "api/reads.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/config.h"
#include "ingest/purge_jobs.h"
#include "store/export.h"
#include "store/export_file.h"

enum { PAGE = 50, PAGE_BYTES = 8 << 20, ROOM = 256 << 20, ROW_ROOM = 1 << 20, MAX_LINE = 64 << 20 };

#define MOST_BYTES (INT64_C(8) << 30)
#define PATIENCE_US (10 * 60 * US_PER_S)	/* for a page; nobody waits for it */

struct making {
	const struct one_round *round;
	struct export_row row;
	struct arena *arena;		/* of the row */
	int fd;
	bool is_csv;
	enum export_what what;
	/* Where the next page begins. */
	int64_t last_us, last_id;
	struct str last_name;
	/* The page under way. */
	struct call *c;
	struct buf out;
	size_t n;
	struct err *err;
	bool failed, is_full;		/* full: what is left of it comes with the next */
};

static const struct api_route as_route = { .method = "POST", .path = "/api/v1/exports" };

static const char *dir_of(const struct making *m)
{
	return m->round->api->parts.dir;
}

/* ---- a row ---- */

static bool too_long(struct making *m)
{
	char id[ID_TEXT_SIZE];

	return err_setf(m->err, ERR_LIMIT, "%s makes a line of more than %d MiB; leave it out by narrowing what is asked for",
			id_format(m->last_id, m->what == EXPORT_CONTACTS ? "con_" : "int_", id), MAX_LINE >> 20);
}

static bool put_line(struct making *m, struct buf *json)
{
	struct json_object *value;
	bool ok;

	if (buf_is_exceeded(json))
		return too_long(m);
	if (!m->is_csv) {
		buf_add(&m->out, buf_str(json));
		buf_addc(&m->out, '\n');
	} else {
		value = json_parse(buf_str(json), 20, 1000000, m->err);
		if (value == NULL)
			return false;
		ok = export_csv_line(m->what, value, &m->out);
		json_free(value);
		if (!ok)
			return too_long(m);
	}
	m->n++;
	m->is_full = m->out.len >= PAGE_BYTES;
	return !buf_is_exceeded(&m->out) || too_long(m);
}

static bool take_entry(const struct interaction_row *row, void *arg)
{
	struct making *m = arg;
	struct buf json;

	if (m->failed || m->is_full)
		return true;
	m->last_us = row->it.occurred_us;
	m->last_id = row->id;
	buf_init(&json, MAX_LINE);
	m->failed = !put_entry(m->c, &json, row, m->err) || !reads_note_entry(m->c, row->id, m->err) || !put_line(m, &json);
	buf_finish(&json);
	return true;
}

static bool take_contact(const struct view_contact *contact, void *arg)
{
	struct making *m = arg;
	struct json_writer w;
	struct buf json;

	m->last_id = contact->row.id;
	m->last_name = arena_str(m->arena, contact->row.name);
	buf_init(&json, MAX_LINE);
	json_begin(&w, &json);
	reads_note(m->c, contact->row.id, contact->is_restricted);
	m->failed = !put_contact(m->c, &w, contact, true, m->err) || !put_line(m, &json);
	buf_finish(&json);
	return !m->failed && !m->is_full;
}

/* ---- a page ---- */

static bool list_contacts(struct making *m)
{
	const struct view_contacts q = { .text = m->row.query, .order = VIEW_BY_NAME, .is_next = m->row.n_rows > 0, .id = m->last_id,
					 .name = m->last_name, .limit = PAGE };

	return view_each_contact(m->c->st, &m->c->viewer, &q, take_contact, m, m->err);
}

static bool list_timeline(struct making *m)
{
	const struct view_timeline q = { .contact = m->row.contact, .is_next = m->row.n_rows > 0, .occurred_us = m->last_us, .id = m->last_id,
					 .limit = PAGE };
	struct view_contact contact;

	return view_contact(m->c->st, &m->c->viewer, m->row.contact, m->c->arena, &contact, m->err) &&
	       view_timeline(m->c->st, &m->c->viewer, &q, take_entry, m, m->err);
}

static bool list_found(struct making *m)
{
	struct view_search q = { 0 };

	if (m->row.query.len > 0 && !query_text(m->row.query, m->c->arena, &q, m->err))
		return false;
	q.before_id = m->last_id;
	q.limit = PAGE;
	q.patience_us = PATIENCE_US;
	return view_search(m->c->st, &m->c->viewer, &q, take_entry, m, m->err);
}

/* Whose eyes they are has to be so still. */
static bool take_eyes(struct making *m)
{
	struct call *c = m->c;
	bool is_good;

	if (!role_find(c->config, m->row.role, &c->powers) || !(c->powers.rights & RIGHT_EXPORT))
		return err_setf(m->err, ERR_DENIED, "the role \"" STR_FMT "\" may not export any more", STR_ARG(m->row.role));
	if (staff_is_gone(c->config, m->row.staff))
		return err_setf(m->err, ERR_DENIED, STR_FMT " is not in staff any more", STR_ARG(m->row.staff));
	if (!store_is_token_good(c->st, m->row.token, clock_wall_us(), &is_good, m->err))
		return false;
	if (!is_good)
		return err_setf(m->err, ERR_DENIED, "the token that asked for it was revoked, or has expired");
	role_viewer(&c->powers, c->config, m->row.staff, c->arena, &c->viewer);
	return true;
}

static bool list(struct making *m)
{
	bool ok = take_eyes(m);

	if (ok && m->what == EXPORT_CONTACTS)
		ok = list_contacts(m);
	else if (ok)
		ok = m->row.contact != 0 ? list_timeline(m) : list_found(m);
	return ok && !m->failed;
}

static bool apply_page(struct store *st, void *arg, struct err *err)
{
	struct making *m = arg;

	return reads_put(m->c, st, err) && store_note_export(st, &m->row, err);
}

static bool write_page(struct making *m)
{
	m->row.n_rows += (int64_t)m->n;
	m->row.n_bytes += (int64_t)m->out.len;
	if (m->row.n_bytes > MOST_BYTES)
		return err_setf(m->err, ERR_LIMIT, "it has more than %lld bytes; ask for less at a time", (long long)MOST_BYTES);
	return purge_run(m->round->api->parts.writer, apply_page, m, m->err) && export_file_put(m->fd, buf_str(&m->out), m->err);
}

/* *is_last: there is no other. */
static bool make_page(struct making *m, bool *is_last)
{
	struct call c = { .api = m->round->api, .config = m->round->config, .rules = m->round->rules, .route = &as_route,
			  .token = { .id = m->row.token, .name = m->row.by, .staff = m->row.staff, .role = m->row.role } };
	bool ok;

	c.arena = arena_create(ROOM);
	m->c = &c;
	m->n = 0;
	m->is_full = false;
	buf_clear(&m->out);
	if (m->is_csv && m->row.n_rows == 0)
		export_csv_head(m->what, &m->out);
	ok = store_open(dir_of(m), STORE_READER, &c.st, m->err);
	ok = ok && store_begin_snapshot(c.st, m->err) && list(m);
	store_close(c.st);
	c.st = NULL;
	*is_last = m->n < PAGE && !m->is_full;
	ok = ok && write_page(m);
	arena_destroy(c.arena);
	return ok;
}

static bool has_room(const struct making *m)
{
	struct writer_stats stats;

	writer_get_stats(m->round->api->parts.writer, &stats);
	return stats.free_bytes > m->round->config->storage.min_free ||
	       err_setf(m->err, ERR_FULL, "there is no room for it (storage.min_free is left free)");
}

static bool make_pages(struct making *m)
{
	bool is_last = false;

	while (!rounds_is_stopping(m->round->rounds)) {
		if (is_last)
			return true;
		if (!has_room(m) || !make_page(m, &is_last))
			return false;
	}
	return err_setf(m->err, ERR_CANCELED, "canceled");
}

/* ---- one ---- */

static bool apply_note(struct store *st, void *arg, struct err *err)
{
	const struct making *m = arg;

	return store_note_export(st, &m->row, err);
}

static bool note(struct making *m, struct err *err)
{
	return purge_run(m->round->api->parts.writer, apply_note, m, err);
}

static bool make_file(struct making *m)
{
	bool ok;

	if (!export_file_begin(dir_of(m), m->row.id, &m->fd, m->err))
		return false;
	ok = make_pages(m);
	if (!ok) {
		close(m->fd);
		return false;
	}
	return export_file_end(dir_of(m), m->row.id, m->fd, m->err);
}

/* What is no better a minute later. */
static bool is_lasting(enum err_kind kind)
{
	return kind != ERR_CANCELED && kind != ERR_AGAIN && kind != ERR_IO;
}

static bool make(struct making *m, struct err *err)
{
	m->err = err;
	m->row.n_rows = m->row.n_bytes = 0;
	m->is_csv = str_eq(m->row.format, STR("csv"));
	m->what = str_eq(m->row.what, STR("contacts")) ? EXPORT_CONTACTS : EXPORT_INTERACTIONS;
	buf_init(&m->out, ROOM);
	if (make_file(m)) {
		m->row.done_us = clock_wall_us();
		m->row.expires_us = m->row.done_us + EXPORT_LIFE_US;
	} else if (is_lasting(err->kind)) {
		m->row.done_us = clock_wall_us();
		m->row.failed = arena_str(m->arena, str_from(err->msg));
		export_file_remove(dir_of(m), m->row.id);
	}
	buf_finish(&m->out);
	/* ERR_MISSING: it was dropped, or withdrawn by an erasure. */
	return m->row.done_us != 0 && (note(m, err) || err->kind == ERR_MISSING);
}

static bool make_one(const struct one_round *round, struct store *st, int64_t id, struct err *err)
{
	struct making m = { .round = round, .arena = arena_create(ROOM) };
	bool ok = store_get_export(st, id, m.arena, &m.row, err) && make(&m, err);

	arena_destroy(m.arena);
	return ok;
}

/* ---- all ---- */

static bool apply_old(struct store *st, void *arg, struct err *err)
{
	(void)arg;
	return store_drop_old_exports(st, clock_wall_us(), err);
}

static bool is_kept(int64_t id, void *arg)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct export_row row;
	struct err err;
	bool is = store_get_export(arg, id, arena, &row, &err) ? row.failed.len == 0 : err.kind != ERR_MISSING;

	arena_destroy(arena);
	return is;
}

static bool make_all(const struct one_round *round, struct store *st, struct err *err)
{
	bool has_old;
	int64_t id;

	/* Asked first: a round comes each minute, and mostly there is nothing to write. */
	if (!store_has_old_exports(st, clock_wall_us(), &has_old, err) ||
	    (has_old && !purge_run(round->api->parts.writer, apply_old, NULL, err)))
		return false;
	export_file_sweep(round->api->parts.dir, is_kept, st);
	while (!rounds_is_stopping(round->rounds)) {
		if (!store_next_export(st, &id, err))
			return false;
		if (id == 0)
			return true;
		if (!make_one(round, st, id, err))
			return false;
	}
	return true;
}

bool export_round(const struct one_round *round, struct err *err)
{
	struct store *st;
	bool ok;

	if (!store_open(round->api->parts.dir, STORE_READER, &st, err))
		return false;
	ok = make_all(round, st, err);
	store_close(st);
	return ok;
}
