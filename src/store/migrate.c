/* Forward-only numbered migrations, one transaction each. The texts are the files of migrations/,
 * turned into C by the build. */
#include "base/mem.h"
#include "store/inside.h"
#include "migrations.h"

enum { VERSION = countof(migrations) };

int64_t store_newest_schema(void)
{
	return VERSION;
}

bool store_schema(struct store *st, int64_t *version, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "PRAGMA user_version", err) || !query_step(&q, &has, err))
		return false;
	*version = column_int(&q);
	query_close(&q);
	return true;
}

static bool step(struct store *st, size_t i, struct err *err)
{
	auto_free char *bump = xasprintf("PRAGMA user_version = %zu", i + 1);

	if (!store_exec(st, "BEGIN IMMEDIATE", err))
		return false;
	if (store_exec(st, migrations[i].sql, err) && store_exec(st, bump, err) &&
	    store_exec(st, "COMMIT", err))
		return true;
	store_rollback(st);
	return err_prefixf(err, "migration %s", migrations[i].name);
}

bool store_migrate(struct store *st, struct err *err)
{
	int64_t version;

	if (!store_schema(st, &version, err))
		return false;
	if (version > VERSION)
		return err_setf(err, ERR_CONF,
				"store: %s was written by a newer daybook (schema %lld, this one knows %d); install that "
				"version again", st->dir, (long long)version, (int)VERSION);
	for (size_t i = (size_t)version; i < VERSION; i++)
		if (!step(st, i, err))
			return false;
	return true;
}
