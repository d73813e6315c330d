/* Connectors: their ledger, their state, their cursors. */
#include <stdlib.h>

#include "base/mem.h"
#include "store/inside.h"

bool store_connector(struct store *st, struct str name, struct str type, int64_t *id,
		     struct err *err)
{
	struct query q;
	struct str kept;
	bool has, ok;

	/* Its journal is read again by its type: that changes only while there is nothing in it. */
	if (!query_open(&q, st, "INSERT INTO connector(name, type) VALUES (?, ?) ON CONFLICT(name) DO UPDATE"
				" SET type = iif(received = 0, excluded.type, type) RETURNING id, type", err))
		return false;
	bind_str(&q, name);
	bind_str(&q, type);
	if (!query_step(&q, &has, err))
		return false;
	*id = column_int(&q);
	kept = column_str(&q);
	ok = str_eq(kept, type) ||
	     err_setf(err, ERR_CONF, "connector \"" STR_FMT "\" has messages of type " STR_FMT
		      " in this store; give the one of type " STR_FMT " another name",
		      STR_ARG(name), STR_ARG(kept), STR_ARG(type));
	query_close(&q);
	return ok;
}

bool store_find_connector(struct store *st, struct str name, int64_t *id, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT id FROM connector WHERE name = ?", err))
		return false;
	bind_str(&q, name);
	if (!query_step(&q, &has, err))
		return false;
	*id = has ? column_int(&q) : 0;
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no connector \"" STR_FMT "\"", STR_ARG(name));
}

bool store_keep_options(struct store *st, int64_t connector, struct str packed, int64_t create_contacts, struct str owner,
			enum share share, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE connector SET options = ?, create_contacts = ?, owner = ?, share = ? WHERE id = ?", err))
		return false;
	bind_blob_or_null(&q, packed);
	bind_int(&q, create_contacts);
	bind_str_or_null(&q, owner);
	bind_int(&q, share);
	bind_int(&q, connector);
	return query_run(&q, NULL, err);
}

bool store_get_options(struct store *st, int64_t connector, struct arena *arena,
		       struct kept_options *out, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT name, type, options, create_contacts, owner FROM connector WHERE id = ?", err))
		return false;
	bind_int(&q, connector);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		out->name = arena_str(arena, column_str(&q));
		out->type = arena_str(arena, column_str(&q));
		out->packed = arena_str(arena, column_str(&q));
		out->create_contacts = column_int(&q);
		out->owner = arena_str(arena, column_str(&q));
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no connector %lld", (long long)connector);
}

static struct store_delta *delta_of(struct store *st, int64_t connector)
{
	for (size_t i = 0; i < st->n_deltas; i++)
		if (st->deltas[i].connector == connector)
			return &st->deltas[i];
	st->deltas = xrealloc(st->deltas, st->n_deltas + 1, sizeof(*st->deltas));
	st->deltas[st->n_deltas] = (struct store_delta){ .connector = connector };
	return &st->deltas[st->n_deltas++];
}

void store_count(struct store *st, int64_t connector, enum outcome outcome, int64_t by)
{
	delta_of(st, connector)->by_outcome[outcome] += by;
}

void store_received(struct store *st, int64_t connector, int64_t by, int64_t at_us)
{
	struct store_delta *d = delta_of(st, connector);

	d->received += by;
	if (at_us > d->last_message_us)
		d->last_message_us = at_us;
}

void store_withhold(struct store *st, int64_t connector, int64_t n, int64_t at_us)
{
	store_received(st, connector, n, at_us);
	store_count(st, connector, OUTCOME_FILTERED, n);
	delta_of(st, connector)->withheld += n;
}

bool store_flush_ledger(struct store *st, struct err *err)
{
	struct query q;

	for (size_t i = 0; i < st->n_deltas; i++) {
		const struct store_delta *d = &st->deltas[i];

		if (!query_open(&q, st,
				"UPDATE connector SET received = received + ?, stored = stored + ?,"
				" duplicate = duplicate + ?, filtered = filtered + ?, dead = dead + ?,"
				" pending = pending + ?, withheld = withheld + ?, last_message_at = max(last_message_at, ?)"
				" WHERE id = ?", err))
			return false;
		bind_int(&q, d->received);
		for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
			bind_int(&q, d->by_outcome[o]);
		bind_int(&q, d->withheld);
		bind_int(&q, d->last_message_us);
		bind_int(&q, d->connector);
		if (!query_run(&q, NULL, err))
			return false;
	}
	st->n_deltas = 0;
	return true;
}

static bool has_state(struct store *st, int64_t connector, struct str state, struct str error, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM connector WHERE id = ? AND state = ? AND error = ?", err))
		return false;
	bind_int(&q, connector);
	bind_str(&q, state);
	bind_str(&q, error);
	if (!query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_put_connector_state(struct store *st, int64_t connector, struct str state,
			       struct str error, int64_t at_us, int64_t success_us, struct err *err)
{
	struct query q;
	bool has;

	if (!has_state(st, connector, state, error, &has, err))
		return false;
	if (!has)
		store_note_change(st, CHANGE_CONNECTOR_STATE, connector, 0);
	if (!query_open(&q, st,
			"UPDATE connector SET state_since = CASE WHEN state = ?1 THEN state_since ELSE ?3 END,"
			" state = ?1, error = ?2, last_success_at = max(last_success_at, ?4) WHERE id = ?5",
			err))
		return false;
	bind_str(&q, state);
	bind_str(&q, error);
	bind_int(&q, at_us);
	bind_int(&q, success_us);
	bind_int(&q, connector);
	return query_run(&q, NULL, err);
}

bool store_each_ledger(struct store *st, ledger_fn fn, void *arg, struct err *err)
{
	struct ledger_row row;
	struct query q;

	if (!query_open(&q, st,
			"SELECT id, name, type, state, error, received, stored, duplicate, filtered, dead,"
			" pending, state_since, last_success_at, last_message_at FROM connector ORDER BY name",
			err))
		return false;
	while (query_next(&q, err)) {
		row = (struct ledger_row){ .id = column_int(&q) };
		row.name = column_str(&q);
		row.type = column_str(&q);
		row.state = column_str(&q);
		row.error = column_str(&q);
		row.received = column_int(&q);
		for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
			row.by_outcome[o] = column_int(&q);
		row.state_since_us = column_int(&q);
		row.last_success_us = column_int(&q);
		row.last_message_us = column_int(&q);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

bool store_count_since(struct store *st, int64_t since_id, count_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"SELECT j.connector_id, d.outcome, count(*) FROM delivery d"
			" JOIN journal j ON j.id = d.journal_id WHERE d.journal_id >= ?1 GROUP BY 1, 2"
			" UNION ALL SELECT connector_id, 1, count(*) FROM interaction WHERE id >= ?1 GROUP BY 1",
			err))
		return false;
	bind_int(&q, since_id);
	while (query_next(&q, err)) {
		int64_t connector = column_int(&q);
		enum outcome outcome = (enum outcome)column_int(&q);

		if (!fn(connector, outcome, column_int(&q), arg))
			break;
	}
	return query_end(&q);
}

bool store_put_cursor(struct store *st, int64_t connector, struct str key, struct str value,
		      struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO cursor VALUES (?, ?, ?) "
				"ON CONFLICT DO UPDATE SET value = excluded.value", err))
		return false;
	bind_int(&q, connector);
	bind_str(&q, key);
	bind_str(&q, value);
	return query_run(&q, NULL, err);
}

bool store_each_cursor(struct store *st, int64_t connector, cursor_fn fn, void *arg,
		       struct err *err)
{
	struct query q;
	struct str key, value;

	if (!query_open(&q, st, "SELECT key, value FROM cursor WHERE connector_id = ?", err))
		return false;
	bind_int(&q, connector);
	while (query_next(&q, err)) {
		key = column_str(&q);
		value = column_str(&q);
		if (!fn(key, value, arg))
			break;
	}
	return query_end(&q);
}

bool store_has_withheld(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM pragma_table_info('connector') WHERE name = 'withheld'", err) ||
	    !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

/* What the rows say, beside what was counted as it happened. What was withheld has no rows. */
#define RECOUNT(withheld) \
	"SELECT c.name, o.outcome, o.counted, coalesce(d.n, 0) FROM connector c" \
	" JOIN (SELECT id, 1 AS outcome, stored AS counted FROM connector" \
	"  UNION ALL SELECT id, 2, duplicate FROM connector" \
	"  UNION ALL SELECT id, 3, filtered - " withheld " FROM connector" \
	"  UNION ALL SELECT id, 4, dead FROM connector" \
	"  UNION ALL SELECT id, 5, pending FROM connector) o ON o.id = c.id" \
	" LEFT JOIN (SELECT j.connector_id, d.outcome, count(*) AS n FROM delivery d" \
	"  JOIN journal j ON j.id = d.journal_id GROUP BY 1, 2" \
	"  UNION ALL SELECT connector_id, 1, count(*) FROM interaction GROUP BY 1) d" \
	"  ON d.connector_id = c.id AND d.outcome = o.outcome" \
	" WHERE o.counted <> coalesce(d.n, 0)" \
	" UNION ALL SELECT name, 0, received, stored + duplicate + filtered + dead + pending" \
	"  FROM connector WHERE received <> stored + duplicate + filtered + dead + pending LIMIT 1"

bool store_check_ledger(struct store *st, struct err *err)
{
	struct query q;
	bool has;

	/* A store that this version has not opened for writing yet has no such column. */
	if (!store_has_withheld(st, &has, err) ||
	    !query_open(&q, st, has ? RECOUNT("withheld") : RECOUNT("0"), err) || !query_step(&q, &has, err))
		return false;
	if (has) {
		struct str name = column_str(&q);
		enum outcome outcome = (enum outcome)column_int(&q);
		long long counted = column_int(&q), found = column_int(&q);

		err_setf(err, ERR_BUG, "ledger of \"" STR_FMT "\": %s counted %lld, found %lld",
			 STR_ARG(name), outcome ? outcome_name(outcome) : "received", counted, found);
	}
	query_close(&q);
	return !has;
}
