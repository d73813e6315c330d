#include "daemon/restored.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/change.h"
#include "store/mark.h"
#include "store/store.h"

/* Who was erased after the backup was taken is in it again. The ledger of erasures, which a restore leaves where it is,
 * is to be replayed here once there is `daybook erase`; until then nothing can have been erased. It may run twice. */
static bool erase_again(struct store *st, struct err *err)
{
	(void)st;
	(void)err;
	return true;
}

bool restored_settle(struct store *st, struct err *err)
{
	const char *dir = store_dir(st);
	auto_free char *from = NULL;
	char at[CLOCK_TEXT_SIZE];
	int64_t at_us;

	if (!mark_find(dir, MARK_RESTORED, &at_us, &from))
		return true;
	log_info(NULL, "this store came out of a backup", kv_s("restored_at", clock_format(at_us, at)),
		 kv_s("taken_at_and_from", from));
	return (erase_again(st, err) || err_prefixf(err, "what was erased since the backup")) &&
	       store_skip_changes(st, CHANGE_STORE_RESTORED, clock_wall_us(), err) &&
	       mark_remove(dir, MARK_RESTORED, err);
}
