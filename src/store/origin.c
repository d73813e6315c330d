#include "store/origin.h"

#include "store/inside.h"

#define OF_IMPORTS " = (SELECT id FROM connector WHERE name = 'import')"

bool store_each_origin(struct store *st, int64_t after, origin_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id, meta FROM journal WHERE id > ? AND meta LIKE 'origin: %' AND connector_id" OF_IMPORTS
				" ORDER BY id", err))
		return false;
	bind_int(&q, after);
	while (query_next(&q, err)) {
		int64_t id = column_int(&q);

		if (!fn(id, column_str(&q), arg))
			break;
	}
	return query_end(&q);
}

/* It is the first line, where it is. */
bool store_forget_origin(struct store *st, int64_t journal_id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE journal SET meta = substr(meta, instr(meta, char(10)) + 1)"
				" WHERE id = ? AND meta LIKE 'origin: %'", err))
		return false;
	bind_int(&q, journal_id);
	return query_run(&q, NULL, err);
}

bool store_forget_marks(struct store *st, struct str word, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM cursor WHERE instr(lower(key), lower(?)) > 0 AND connector_id" OF_IMPORTS, err))
		return false;
	bind_str(&q, word);
	return query_run(&q, NULL, err);
}
