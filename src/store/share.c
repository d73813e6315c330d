#include "store/share.h"

#include "base/mem.h"
#include "store/change.h"
#include "store/inside.h"

static const char *const names[] = { "default", "metadata", "subject", "everything" };

const char *share_name(enum share share)
{
	return names[share];
}

enum share share_from(struct str name)
{
	for (size_t i = SHARE_METADATA; i < countof(names); i++)
		if (str_eq(name, str_from(names[i])))
			return (enum share)i;
	return SHARE_NONE;
}

#define THREAD_OF \
	"(SELECT ?1 UNION SELECT o.id FROM interaction i JOIN interaction o ON o.channel = 1 AND o.thread = i.thread" \
	" WHERE i.id = ?1 AND i.channel = 1)"

bool store_share_thread(struct store *st, int64_t entry, enum share share, struct str by, int64_t decision, struct err *err)
{
	struct query q;

	store_note_change(st, CHANGE_ENTRY_UPDATED, entry, 0);
	if (!query_open(&q, st, "DELETE FROM thread_share WHERE entry_id IN " THREAD_OF, err))
		return false;
	bind_int(&q, entry);
	if (!query_run(&q, NULL, err))
		return false;
	if (share == SHARE_NONE)
		return true;
	if (!query_open(&q, st, "INSERT INTO thread_share VALUES (?, ?, ?, ?)", err))
		return false;
	bind_int(&q, entry);
	bind_int(&q, share);
	bind_str(&q, by);
	bind_int(&q, decision);
	return query_run(&q, NULL, err);
}
