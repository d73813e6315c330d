/* Who is known, for mailboxes that keep mail with contacts alone. Worker; a handle of the run's own. */
#include "ingest/ingest.h"
#include "ingest/sync_inside.h"
#include "model/identity.h"
#include "store/store.h"

enum { ADDRESS_ARENA = 64 << 10 };

struct store *sync_reader(struct sync *sync, struct err *err)
{
	if (sync->reader == NULL &&
	    !store_open(ingest_parts(sync->inst->ingest)->dir, STORE_READER, &sync->reader, err))
		sync->reader = NULL;
	return sync->reader;
}

bool sync_is_known_person(struct sync *sync, struct str address, bool *is, struct err *err)
{
	struct identity id = { .scheme = SCHEME_EMAIL, .value = address };
	struct store *st = sync_reader(sync, err);
	int64_t identity = 0, contact = 0;
	struct arena *arena;
	struct err ignored;
	bool ok = st != NULL;

	*is = false;
	if (!ok)
		return false;
	arena = arena_create(ADDRESS_ARENA);
	if (identity_canonical(&id, arena, NULL, &ignored))
		ok = store_find_identity(st, &id, &identity, &contact, err);
	arena_destroy(arena);
	*is = contact != 0;
	return ok;
}

bool sync_people_mark(struct sync *sync, struct people_mark *now, struct err *err)
{
	struct store *st = sync_reader(sync, err);

	return st != NULL && store_people_mark(st, now, err);
}

bool sync_each_new_address(struct sync *sync, const struct people_mark *since, int64_t above, size_t limit,
			   bool (*fn)(int64_t identity, struct str address, void *arg), void *arg, struct err *err)
{
	struct store *st = sync_reader(sync, err);

	return st != NULL && store_each_new_address(st, since, above, limit, fn, arg, err);
}
