/* Rows of a connector that go, with all that hangs together with them, read anew where they stay. */
#include <string.h>

#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/blocked.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/parse.h"
#include "ingest/purge_inside.h"
#include "ingest/purge_jobs.h"
#include "ingest/unlearn.h"
#include "store/forget.h"
#include "store/import.h"

enum { ROW_ROOM = 80 << 20, KIN_ROOM = 64 << 20, TRIES = 5 };

static void note_failure(struct purge *p)
{
	p->n_failed++;
	p->failure = p->err;
}

static bool judge(struct purge *p, int64_t id, enum blocked *is)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct journal_row row;
	bool ok = store_get_journal(p->reader, id, arena, &row, &p->err) &&
		  blocked_row(p->source->type, p->source->conf, &row, p->parts->dir, is, &p->err);

	arena_destroy(arena);
	return ok;
}

bool purge_is_blocked(struct purge *p, int64_t id, bool *is)
{
	enum blocked blocked;

	if (!judge(p, id, &blocked))
		return false;
	if (blocked == BLOCKED_UNKNOWN)
		note_failure(p);
	*is = blocked == BLOCKED_YES;
	return true;
}

static bool parse_again(struct purge *p, struct intake *in)
{
	if (!in->source->type->is_hostile)
		intake_normalize_here(in);
	else if (!intake_parse(in, p->parts->parsers, p->parts->dir, &p->err))
		return false;
	intake_forget_body(in);		/* the row keeps it */
	return true;
}

/* A message of another connector, or of this one and not on the list, that brought the same entry. */
static struct intake *read_again(struct purge *p, int64_t id, int64_t connector)
{
	struct source *source = sources_find(&p->sources, connector, &p->err);
	struct arena *arena = arena_create(ROW_ROOM);
	struct intake *in = NULL;
	struct journal_row row;

	if (source != NULL && store_get_journal(p->reader, id, arena, &row, &p->err))
		in = again_load(source, &row, p->parts->dir, &p->err);
	arena_destroy(arena);
	if (in == NULL || parse_again(p, in))
		return in;
	intake_destroy(in);
	return NULL;
}

static bool add_file(const char sha256[65], void *arg)
{
	struct unlearn *u = arg;
	struct str *grown = arena_grow(u->arena, u->files, u->n_files, sizeof(*grown));

	if (grown == NULL)
		return false;
	u->files = grown;
	grown[u->n_files++] = arena_str(u->arena, str_from(sha256));
	return true;
}

static bool note_files(struct purge *p, struct unlearn *u, int64_t id)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct journal_row row;
	bool ok = store_get_journal(p->reader, id, arena, &row, &p->err) &&
		  again_each_blob(&row, p->parts->dir, add_file, u, &p->err);

	arena_destroy(arena);
	return ok;
}

/* Of all that hang together, those that go. */
static bool is_going(struct purge *p, int64_t id, int64_t connector, bool *is)
{
	enum blocked blocked = BLOCKED_NO;

	if (p->import != 0)
		return store_is_row_of_import(p->reader, p->import, id, is, &p->err);
	if (connector == p->source->id && !judge(p, id, &blocked))
		return false;
	*is = blocked == BLOCKED_YES;
	return true;
}

static bool prepare_row(struct purge *p, struct unlearn *u, size_t i)
{
	int64_t base_id, connector;
	bool is;

	if (!store_find_row(p->reader, u->kin.rows[i], &base_id, &connector, &p->err) ||
	    !is_going(p, u->kin.rows[i], connector, &is))
		return false;
	if (is)
		return note_files(p, u, u->kin.rows[i]);
	u->again[i] = read_again(p, u->kin.rows[i], connector);
	return u->again[i] != NULL;
}

static struct unlearn *prepare(struct purge *p, const int64_t *ids, size_t n)
{
	struct arena *arena = arena_create(KIN_ROOM);
	struct unlearn *u;
	struct kin kin;

	if (!kin_find(p->reader, ids, n, arena, &kin, &p->err)) {
		arena_destroy(arena);
		return NULL;
	}
	u = unlearn_create(arena, p->source->rules, &kin);
	u->import = p->import;
	u->told = (struct audit_entry){ .who = STR("daybookd"), .what = STR("block list"), .which = p->source->name };
	for (size_t i = 0; i < kin.n_rows; i++) {
		if (prepare_row(p, u, i))
			continue;
		unlearn_destroy(u);
		return NULL;
	}
	return u;
}

/* Some went together with others before them. */
static bool keep_present(struct purge *p, int64_t *ids, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		int64_t base_id, ignored;

		if (!store_find_row(p->reader, ids[i], &base_id, &ignored, &p->err))
			return false;
		if (base_id != 0)
			ids[kept++] = ids[i];
	}
	*n = kept;
	return true;
}

enum taken { TAKEN, CHANGED, UNREADABLE, FAILED };

static enum taken try_once(struct purge *p, const int64_t *ids, size_t n)
{
	struct unlearn *u = prepare(p, ids, n);
	bool ok;

	if (u == NULL)
		return p->err.kind == ERR_AGAIN || p->err.kind == ERR_FULL ? FAILED : UNREADABLE;
	ok = purge_run_unlearn(p->parts->writer, u, &p->err);
	p->n_removed += ok ? u->n_removed : 0;
	unlearn_destroy(u);
	if (!ok && p->err.kind == ERR_LIMIT)
		return UNREADABLE;
	return ok ? TAKEN : p->err.kind == ERR_MISSING ? CHANGED : FAILED;	/* the same message came once more */
}

static bool take(struct purge *p, const int64_t *some, size_t n);

/* One of them cannot be read: halves, down to the one, which stays and is told. */
static bool take_less(struct purge *p, const int64_t *ids, size_t n)
{
	if (n > 1)
		return take(p, ids, n / 2) && take(p, ids + n / 2, n - n / 2);
	note_failure(p);
	return true;
}

static bool take(struct purge *p, const int64_t *some, size_t n)
{
	int64_t ids[countof(((struct id_page *)0)->ids)];
	enum taken taken = CHANGED;

	memcpy(ids, some, n * sizeof(*ids));
	for (int n_tries = 0; n_tries < TRIES && taken == CHANGED; n_tries++) {
		if (!keep_present(p, ids, &n))
			return false;
		if (n == 0)
			return true;
		taken = try_once(p, ids, n);
	}
	if (taken == UNREADABLE)
		return take_less(p, ids, n);
	return taken == TAKEN ||
	       (taken == CHANGED ? err_setf(&p->err, ERR_AGAIN, "the same message keeps coming in") : false);
}

bool purge_take_away(struct purge *p, const struct id_page *rows)
{
	return rows->n == 0 || take(p, rows->ids, rows->n);
}
