#include "store/pause.h"

#include <stdio.h>

#include "base/clock.h"
#include "store/audit.h"
#include "store/inside.h"

bool store_get_pause(struct store *st, int64_t connector, struct pause *out, struct err *err)
{
	struct query q;
	bool has;

	*out = (struct pause){ .at_us = 0 };
	if (!query_open(&q, st, "SELECT by, why, at FROM connector_pause WHERE connector_id = ?", err))
		return false;
	bind_int(&q, connector);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		struct str by = column_str(&q), why = column_str(&q);

		snprintf(out->by, sizeof(out->by), STR_FMT, STR_ARG(by));
		snprintf(out->why, sizeof(out->why), STR_FMT, STR_ARG(why));
		out->at_us = column_int(&q);
	}
	query_close(&q);
	return true;
}

static bool tell(struct store *st, const char *what, struct str name, struct str by, struct err *err)
{
	return audit_add(st, &(struct audit_entry){ .who = by, .what = str_from(what), .which = name }, err);
}

bool store_pause(struct store *st, struct str name, struct str by, struct str why, bool *is_new, struct err *err)
{
	struct query q;
	int64_t id;
	int n;

	if (!store_find_connector(st, name, &id, err) ||
	    !query_open(&q, st, "INSERT INTO connector_pause VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", err))
		return false;
	bind_int(&q, id);
	bind_str(&q, by);
	why = str_sub(why, 0, PAUSE_WHY_MAX);
	bind_str(&q, str_sub(why, 0, str_utf8_length(why)));
	bind_int(&q, clock_wall_us());
	if (!query_run(&q, &n, err))
		return false;
	*is_new = n > 0;
	return !*is_new || tell(st, "connector pause", name, by, err);
}

bool store_resume(struct store *st, struct str name, struct str by, bool *is_new, struct err *err)
{
	struct query q;
	int64_t id;
	int n;

	if (!store_find_connector(st, name, &id, err) ||
	    !query_open(&q, st, "DELETE FROM connector_pause WHERE connector_id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_run(&q, &n, err))
		return false;
	*is_new = n > 0;
	return !*is_new || tell(st, "connector resume", name, by, err);
}
