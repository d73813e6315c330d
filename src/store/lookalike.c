#include "store/lookalike.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "model/likeness.h"
#include "store/inside.h"

enum { MAX_KEY = 1024 };

/* A contact, and all that was merged into it. */
#define WITH_BELOW \
	"WITH RECURSIVE a(id) AS (SELECT ?1 UNION SELECT contact.id FROM contact JOIN a ON merged_into = a.id AND merged_into <> 0)," \
	" b(id) AS (SELECT ?2 UNION SELECT contact.id FROM contact JOIN b ON merged_into = b.id AND merged_into <> 0) "

static int64_t hash_of(const struct store *st, const struct likeness_key *key)
{
	struct buf text;
	int64_t hash;

	buf_init(&text, MAX_KEY);
	buf_addc(&text, (char)('a' + key->kind));
	buf_add(&text, key->text);
	hash = (int64_t)crypto_siphash(st->hash_key, buf_str(&text).ptr, text.len);
	buf_finish(&text);
	return hash;
}

static bool run_with(struct store *st, const char *sql, int64_t id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

/* ---- who has to be compared ---- */

bool store_has_uncompared(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM uncompared LIMIT 1", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_each_uncompared(struct store *st, size_t limit, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT contact_id FROM uncompared ORDER BY contact_id LIMIT ?", err))
		return false;
	bind_int(&q, (int64_t)limit);
	return query_each_id(&q, fn, arg, err);
}

bool store_get_told_name(struct store *st, int64_t contact, struct arena *arena, struct str *name, bool *is_there, struct err *err)
{
	struct query q;

	*name = (struct str){ NULL, 0 };
	if (!query_open(&q, st, "SELECT iif(name_rank > 0, name, NULL) FROM contact WHERE id = ? AND merged_into = 0", err))
		return false;
	bind_int(&q, contact);
	if (!query_step(&q, is_there, err))
		return false;
	if (*is_there)
		*name = arena_str(arena, column_str(&q));
	query_close(&q);
	return true;
}

static bool add_key(struct store *st, int64_t contact, const struct likeness_key *key, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT OR IGNORE INTO likeness VALUES (?, ?)", err))
		return false;
	bind_int(&q, hash_of(st, key));
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

bool store_set_likeness(struct store *st, int64_t contact, const struct likeness_key *keys, size_t n, struct err *err)
{
	if (!run_with(st, "DELETE FROM likeness WHERE contact_id = ?", contact, err) ||
	    !run_with(st, "DELETE FROM lookalike WHERE one = ?", contact, err) ||
	    !run_with(st, "DELETE FROM lookalike WHERE other = ?", contact, err) ||
	    !run_with(st, "DELETE FROM uncompared WHERE contact_id = ?", contact, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!add_key(st, contact, &keys[i], err))
			return false;
	return true;
}

bool store_each_alike(struct store *st, const struct likeness_key *key, int64_t contact, size_t limit, id_fn fn, void *arg,
		      struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT contact_id FROM likeness WHERE key = ? AND contact_id <> ? ORDER BY contact_id LIMIT ?", err))
		return false;
	bind_int(&q, hash_of(st, key));
	bind_int(&q, contact);
	bind_int(&q, (int64_t)limit);
	return query_each_id(&q, fn, arg, err);
}

/* ---- who is alike ---- */

bool store_put_lookalike(struct store *st, int64_t one, int64_t other, unsigned shared, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, WITH_BELOW "INSERT OR REPLACE INTO lookalike SELECT min(?1, ?2), max(?1, ?2), ?3"
					   " WHERE NOT EXISTS (SELECT 1 FROM apart WHERE"
					   "  (one IN a AND other IN b) OR (one IN b AND other IN a))", err))
		return false;
	bind_int(&q, one);
	bind_int(&q, other);
	bind_int(&q, shared);
	return query_run(&q, NULL, err);
}

bool store_set_apart(struct store *st, int64_t one, int64_t other, int64_t decision, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, WITH_BELOW "INSERT OR IGNORE INTO apart SELECT min(a.id, b.id), max(a.id, b.id), ?3 FROM a, b", err))
		return false;
	bind_int(&q, one);
	bind_int(&q, other);
	bind_int(&q, decision);
	if (!query_run(&q, NULL, err) ||
	    !query_open(&q, st, "DELETE FROM lookalike WHERE one = min(?1, ?2) AND other = max(?1, ?2)", err))
		return false;
	bind_int(&q, one);
	bind_int(&q, other);
	return query_run(&q, NULL, err);
}

bool store_each_lookalike(struct store *st, lookalike_fn fn, void *arg, struct err *err)
{
	struct lookalike pair;
	struct query q;

	if (!query_open(&q, st, "SELECT l.one, l.other, l.shared FROM lookalike l JOIN contact a ON a.id = l.one AND a.merged_into = 0"
				" JOIN contact b ON b.id = l.other AND b.merged_into = 0 ORDER BY l.one, l.other", err))
		return false;
	while (query_next(&q, err)) {
		pair.one = column_int(&q);
		pair.other = column_int(&q);
		pair.shared = (unsigned)column_int(&q);
		if (!fn(&pair, arg))
			break;
	}
	return query_end(&q);
}
