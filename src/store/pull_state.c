/* What a pull remembers: whether its server wants to be left alone, and how much old mail waits. */
#include <stdio.h>

#include "store/inside.h"

/* Before the first start of this version there is no such table. */
bool store_has_pull_state(struct store *st, bool *has, struct err *err)
{
	struct query q;

	*has = false;
	if (!query_open(&q, st, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'pull_state'", err) ||
	    !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_put_pull_state(struct store *st, int64_t connector, const struct pull_state *state, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT OR REPLACE INTO pull_state VALUES (?, ?, ?, ?, ?, ?, ?, ?)", err))
		return false;
	bind_int(&q, connector);
	bind_int(&q, state->throttled_until_us);
	bind_int(&q, state->throttled_us);
	bind_int(&q, state->n_throttles);
	bind_str(&q, str_from(state->said));
	bind_int(&q, state->backlog_left);
	bind_int(&q, state->backlog_of);
	bind_int(&q, state->backlog_paused_until_us);
	return query_run(&q, NULL, err);
}

bool store_get_pull_state(struct store *st, int64_t connector, struct pull_state *state, struct err *err)
{
	struct query q;
	struct str said;
	bool has;

	*state = (struct pull_state){ 0 };
	if (!store_has_pull_state(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT throttled_until, throttled_at, n_throttles, said, backlog_left, backlog_of,"
				" backlog_paused_until FROM pull_state WHERE connector_id = ?", err))
		return false;
	bind_int(&q, connector);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		state->throttled_until_us = column_int(&q);
		state->throttled_us = column_int(&q);
		state->n_throttles = column_int(&q);
		said = column_str(&q);
		snprintf(state->said, sizeof(state->said), STR_FMT, STR_ARG(said));
		state->backlog_left = column_int(&q);
		state->backlog_of = column_int(&q);
		state->backlog_paused_until_us = column_int(&q);
	}
	query_close(&q);
	return true;
}
