#include "store/span.h"

#include "store/query.h"

enum { SLOT_BITS = 41 };		/* of microseconds: 25 days; the migration says so too */

#define AHEAD (INT64_C(3600000) << 22)	/* an hour of ids (base/id.c) */

/* Mostly it is in the span already, and nothing is written. */
bool span_note(struct store *st, int64_t occurred_us, int64_t id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO entry_span(slot, min_id, max_id) VALUES (?1, ?2, ?2 + ?3) ON CONFLICT(slot) DO UPDATE"
				" SET min_id = min(min_id, ?2), max_id = max(max_id, ?2 + ?3) WHERE min_id > ?2 OR max_id < ?2", err))
		return false;
	bind_int(&q, occurred_us >> SLOT_BITS);
	bind_int(&q, id);
	bind_int(&q, id < INT64_MAX - AHEAD ? AHEAD : 0);
	return query_run(&q, NULL, err);
}

bool span_find(struct store *st, int64_t from_us, int64_t to_us, struct span *span, struct err *err)
{
	struct query q;
	bool has;

	*span = (struct span){ .first = 0, .past = 0 };
	if (!query_open(&q, st, "SELECT min(min_id), max(max_id) FROM entry_span WHERE slot BETWEEN ?1 AND ?2 HAVING count(*) > 0", err))
		return false;
	bind_int(&q, from_us >> SLOT_BITS);
	bind_int(&q, to_us != 0 ? (to_us - 1) >> SLOT_BITS : INT64_MAX);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		span->first = column_int(&q);
		span->past = column_int(&q);
		span->past += span->past < INT64_MAX;
	}
	query_close(&q);
	return true;
}
