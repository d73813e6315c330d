/* Ids in commit order, and the key of the hashes. */
#include <string.h>

#include "base/crypto.h"
#include "base/id.h"
#include "store/inside.h"

int64_t store_new_id(struct store *st, int64_t wall_us)
{
	st->last_id = id_next(st->last_id, wall_us, st->node);
	return st->last_id;
}

int64_t store_following_id(struct store *st)
{
	st->last_id = id_after(st->last_id);
	return st->last_id;
}

int64_t store_last_id(const struct store *st)
{
	return st->last_id;
}

void store_set_last_id(struct store *st, int64_t id)
{
	st->last_id = id;
}

static bool load_meta(struct store *st, const char *key, void *out, size_t size, bool *has,
		      struct err *err)
{
	struct query q;
	struct str value;

	if (!query_open(&q, st, "SELECT value FROM meta WHERE key = ?", err))
		return false;
	bind_str(&q, str_from(key));
	if (!query_step(&q, has, err))
		return false;
	if (*has) {
		value = column_str(&q);
		*has = value.len == size;
		if (*has)
			memcpy(out, value.ptr, size);
	}
	query_close(&q);
	return true;
}

static bool make_keys(struct store *st, struct err *err)
{
	struct query q;

	crypto_random(st->hash_key, sizeof(st->hash_key));
	if (!query_open(&q, st, "INSERT INTO meta VALUES ('hash_key', ?)", err))
		return false;
	bind_blob_or_null(&q, (struct str){ (char *)st->hash_key, sizeof(st->hash_key) });
	return query_run(&q, NULL, err);
}

bool store_load_keys(struct store *st, struct err *err)
{
	struct query q;
	bool has;

	if (!load_meta(st, "hash_key", st->hash_key, sizeof(st->hash_key), &has, err))
		return false;
	if (!has && (st->mode == STORE_WRITER || st->mode == STORE_REBUILD) && !make_keys(st, err))
		return false;
	if (!query_open(&q, st,
			"SELECT max((SELECT coalesce(max(id), 0) FROM journal),"
			" (SELECT coalesce(max(id), 0) FROM interaction),"
			" (SELECT coalesce(max(id), 0) FROM contact),"
			" (SELECT coalesce(max(id), 0) FROM dead_letter),"
			" (SELECT coalesce(max(id), 0) FROM review))", err) ||
	    !query_step(&q, &has, err))
		return false;
	st->last_id = column_int(&q);
	query_close(&q);
	return true;
}
