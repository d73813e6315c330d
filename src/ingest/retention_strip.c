/* Bytes whose time is over: in their place stands what they were read as, so that a rebuild gives the same (law 2). */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/compact.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/purge_jobs.h"
#include "ingest/retention_inside.h"
#include "store/body.h"
#include "store/erase.h"

enum { ROOM = 512 << 20, ROW_ROOM = 80 << 20, MAX_BODY = 256 << 20 };

struct stripped {
	int64_t id;
	uint64_t print;			/* of the row as it was read */
	struct compact_row with;
	char *encoded;
	struct str *files;		/* that the bytes were put together from */
	size_t n_files;
};

struct stripping {
	struct retention *r;
	struct arena *arena;
	struct stripped *items;
	size_t n, n_done;
};

static bool add_file(const char sha256[65], void *arg)
{
	struct stripping *s = arg;
	struct stripped *row = &s->items[s->n];
	struct str *grown = arena_grow(s->arena, row->files, row->n_files, sizeof(*grown));

	if (grown == NULL)
		return false;
	row->files = grown;
	grown[row->n_files++] = arena_str(s->arena, str_from(sha256));
	return true;
}

/* ---- what it becomes ---- */

static void forget_files(struct interaction *it)
{
	for (size_t i = 0; i < it->n_attachments; i++) {
		struct attachment *a = &it->attachments[i];

		a->state = ATTACHMENT_EXPIRED;
		a->reason = STR(RETENTION_EXPIRED);
		a->sha256 = a->remote_id = (struct str){ NULL, 0 };
	}
}

/* A filtered event is no entry: its reason alone is kept. */
static void shorten(struct retention *r, struct intake *in)
{
	for (size_t i = 0; i < in->items.n_items; i++) {
		struct interaction *it = &in->items.items[i];

		if (it->filter.len > 0)
			*it = (struct interaction){ .filter = it->filter };
		else if (r->c == RETENTION_ATTACHMENTS)
			forget_files(it);
	}
}

/* Bytes have all files in them, expired or not; of what was read out of them earlier some may have gone already. */
static bool has_files(const struct intake *in)
{
	for (size_t i = 0; i < in->items.n_items; i++) {
		const struct interaction *it = &in->items.items[i];

		for (size_t k = 0; k < it->n_attachments; k++)
			if (!in->is_compact || it->attachments[k].state != ATTACHMENT_EXPIRED)
				return true;
	}
	return false;
}

static bool encode(struct stripping *s, struct stripped *row, struct intake *in, struct buf *out)
{
	compact_put(out, &in->items);
	if (buf_is_exceeded(out))
		return err_setf(&s->r->e.err, ERR_LIMIT, "what it was read as takes more than %d MiB", MAX_BODY >> 20);
	row->with.size = (int64_t)out->len;
	row->with.encoding = body_encode(buf_str(out), true, &row->encoded, &row->with.body.len);
	row->with.body.ptr = row->encoded;
	if (row->encoded == NULL)
		row->with.body = arena_str(s->arena, buf_str(out));
	return true;
}

/* Of what called us, peers, pages and agents are the sender's, and nothing reads them again. */
static bool put_compact(struct stripping *s, struct stripped *row, struct intake *in)
{
	struct buf out;
	bool ok;

	row->print = in->print;
	row->with.content_type = STR(COMPACT_TYPE);
	row->with.meta = in->source->type->routes != NULL ? (struct str){ NULL, 0 } : arena_str(s->arena, in->raw.meta);
	buf_init(&out, MAX_BODY);
	ok = encode(s, row, in, &out);
	buf_finish(&out);
	if (ok && arena_is_exceeded(s->arena))
		ok = err_setf(&s->r->e.err, ERR_LIMIT, "too much at once");
	if (!ok)
		free(row->encoded);
	return ok;
}

static bool strip(struct stripping *s, const struct journal_row *row)
{
	struct retention *r = s->r;
	struct intake *in = erase_read_again(&r->e, row);
	bool ok = true;

	if (in == NULL)
		return false;
	/* Rules of today that cannot read it at all are no reason to lose what stands there. */
	if (in->verdict.kind != ERR_NONE) {
		r->e.err = in->verdict;
		intake_destroy(in);
		return false;
	}
	if (r->c != RETENTION_ATTACHMENTS || has_files(in)) {
		shorten(r, in);
		ok = put_compact(s, &s->items[s->n], in);
		s->n += ok;
	}
	intake_destroy(in);
	return ok;
}

static bool strip_row(struct stripping *s, int64_t id)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct erase *e = &s->r->e;
	struct journal_row row;
	bool ok = store_get_journal(e->reader, id, arena, &row, &e->err);

	s->items[s->n] = (struct stripped){ .id = id };
	ok = ok && again_each_blob(&row, e->parts->dir, add_file, s, &e->err) && strip(s, &row);
	arena_destroy(arena);
	return ok;
}

/* ---- the writer's share ---- */

struct files {
	struct store *st;
	int64_t row;
	struct err *err;
	struct arena *arena;
	int64_t *entries;
	size_t n;
};

static bool keep_entry(int64_t id, void *arg)
{
	struct files *f = arg;
	int64_t *grown = arena_grow(f->arena, f->entries, f->n, sizeof(*grown));

	if (grown == NULL)
		return false;
	f->entries = grown;
	grown[f->n++] = id;
	return true;
}

static bool expire_files(struct stripping *s, struct store *st, int64_t row, struct err *err)
{
	struct files f = { .st = st, .row = row, .err = err, .arena = s->arena };

	if (!store_each_entry_of(st, row, keep_entry, &f, err))
		return false;
	for (size_t i = 0; i < f.n; i++)
		if (!store_expire_attachments(st, f.entries[i], row, err))
			return false;
	return true;
}

/* One that an erasure, a block list or a person changed since it was read is left to the next look. */
static bool put_one(struct stripping *s, const struct stripped *row, struct store *st, struct err *err)
{
	bool is;

	if (!store_is_row_as(st, row->id, row->print, &is, err))
		return false;
	if (!is)
		return true;
	s->n_done++;
	for (size_t i = 0; i < row->n_files; i++)
		if (!store_doom(st, row->files[i], err))
			return false;
	return store_strip_row(st, row->id, &row->with, err) &&
	       (s->r->c != RETENTION_ATTACHMENTS || expire_files(s, st, row->id, err));
}

static bool apply(struct store *st, void *arg, struct err *err)
{
	struct stripping *s = arg;

	s->n_done = 0;
	for (size_t i = 0; i < s->n; i++)
		if (!put_one(s, &s->items[i], st, err))
			return false;
	return store_count_retention(st, s->r->c, (int64_t)s->n_done, err);
}

bool retention_strip(struct retention *r, const struct id_page *page)
{
	struct stripping s = { .r = r, .arena = arena_create(ROOM) };
	bool ok = true;

	s.items = arena_alloc(s.arena, (page->n + 1) * sizeof(*s.items));
	for (size_t i = 0; i < page->n; i++) {
		if (erase_is_canceled(&r->e)) {
			ok = false;
			break;
		}
		if (!strip_row(&s, page->ids[i]))
			retention_note_failure(r, page->ids[i]);
	}
	ok = ok && (s.n == 0 || purge_run(r->e.parts->writer, apply, &s, &r->e.err));
	for (size_t i = 0; i < s.n; i++)
		free(s.items[i].encoded);
	arena_destroy(s.arena);
	return ok;
}
