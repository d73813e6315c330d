#include "store/told.h"

#include "base/mem.h"
#include "store/inside.h"

static const char *const replace[] = {
	"UPDATE connector SET error = ?2 WHERE error = ?1",
	"UPDATE reconcile SET error = ?2 WHERE error = ?1",
	"UPDATE reconcile SET note = ?2 WHERE note = ?1",
	"UPDATE pull_state SET said = ?2 WHERE said = ?1",
	"UPDATE webhook SET error = ?2 WHERE error = ?1",
	"UPDATE webhook_attempt SET error = ?2 WHERE error = ?1",
	"UPDATE connector_pause SET why = ?2 WHERE why = ?1",
};

bool store_each_told(struct store *st, told_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"SELECT error FROM connector WHERE error <> '' UNION SELECT error FROM reconcile WHERE error <> ''"
			" UNION SELECT note FROM reconcile WHERE note <> '' UNION SELECT said FROM pull_state WHERE said <> ''"
			" UNION SELECT error FROM webhook WHERE error <> '' UNION SELECT error FROM webhook_attempt WHERE error <> ''"
			" UNION SELECT why FROM connector_pause WHERE why <> ''",
			err))
		return false;
	while (query_next(&q, err))
		if (!fn(column_str(&q), arg))
			break;
	return query_end(&q);
}

bool store_replace_told(struct store *st, struct str text, struct str instead, struct err *err)
{
	for (size_t i = 0; i < countof(replace); i++) {
		struct query q;

		if (!query_open(&q, st, replace[i], err))
			return false;
		bind_str(&q, text);
		bind_str(&q, instead);
		if (!query_run(&q, NULL, err))
			return false;
	}
	return true;
}
