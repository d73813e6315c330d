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
	struct compact_row with;
	char *encoded;
	struct str *files;		/* that the bytes were put together from */
	size_t n_files;
};

struct stripping {
	struct retention *r;
	struct arena *arena;
	struct stripped *items;
	size_t n;
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

static bool has_files(const struct intake *in)
{
	for (size_t i = 0; i < in->items.n_items; i++)
		if (in->items.items[i].n_attachments > 0)
			return true;
	return false;
}

/* Of what called us, peers, pages and agents are the sender's, and nothing reads them again. */
static void put_compact(struct stripping *s, struct stripped *row, struct intake *in)
{
	struct buf out;

	buf_init(&out, MAX_BODY);
	compact_put(&out, &in->items);
	row->with.content_type = STR(COMPACT_TYPE);
	row->with.meta = in->source->type->routes != NULL ? (struct str){ NULL, 0 } : arena_str(s->arena, in->raw.meta);
	row->with.size = (int64_t)out.len;
	row->with.encoding = body_encode(buf_str(&out), true, &row->encoded, &row->with.body.len);
	row->with.body.ptr = row->encoded;
	if (row->encoded == NULL)
		row->with.body = arena_str(s->arena, buf_str(&out));
	buf_finish(&out);
}

static bool strip(struct stripping *s, const struct journal_row *row)
{
	struct retention *r = s->r;
	struct intake *in = erase_read_again(&r->e, row);

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
		put_compact(s, &s->items[s->n], in);
		s->n++;
	}
	intake_destroy(in);
	return true;
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

static bool put_one(struct stripping *s, const struct stripped *row, struct store *st, struct err *err)
{
	for (size_t i = 0; i < row->n_files; i++)
		if (!store_doom(st, row->files[i], err))
			return false;
	return store_strip_row(st, row->id, &row->with, err) &&
	       (s->r->c != RETENTION_ATTACHMENTS || expire_files(s, st, row->id, err));
}

static bool apply(struct store *st, void *arg, struct err *err)
{
	struct stripping *s = arg;

	for (size_t i = 0; i < s->n; i++)
		if (!put_one(s, &s->items[i], st, err))
			return false;
	return true;
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
		r->n_failed += !strip_row(&s, page->ids[i]);
	}
	ok = ok && (s.n == 0 || purge_run(r->e.parts->writer, apply, &s, &r->e.err));
	r->state.n_rows += ok ? (int64_t)s.n : 0;
	for (size_t i = 0; i < s.n; i++)
		free(s.items[i].encoded);
	arena_destroy(s.arena);
	return ok;
}
