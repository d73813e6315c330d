#include "daemon/restored.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/erase.h"
#include "ingest/erase_list.h"
#include "ingest/ingest.h"
#include "ingest/purge_jobs.h"
#include "store/audit.h"
#include "store/change.h"
#include "store/mark.h"
#include "store/session.h"
#include "store/store.h"
#include "store/user.h"

/* who, when it was taken, the head of the log that was there, the path: tabs between them. */
static bool record(struct store *st, const char *mark, struct err *err)
{
	struct str rest = str_from(mark), who, taken, head;
	auto_free char *detail = NULL;

	if (!str_next(&rest, '\t', &who) || !str_next(&rest, '\t', &taken) || !str_next(&rest, '\t', &head))
		return err_setf(err, ERR_INPUT, "the mark of the restore cannot be read: remove %s/" MARK_RESTORED, store_dir(st));
	detail = xasprintf("taken at " STR_FMT "%s" STR_FMT, STR_ARG(taken), head.len ? "; the log that it replaced ended at " : "",
			   STR_ARG(head));
	/* Who was logged out since the backup was taken stays out, and what works once and was used since stays used. */
	return store_begin(st, err) && store_end_sessions_of(st, STR(""), clock_wall_us(), err) && store_forget_recovery_codes(st, err) &&
	       audit_add(st, &(struct audit_entry){ .who = who, .what = STR("restore"), .which = rest,
						    .detail = str_from(detail) }, err) &&
	       store_commit(st, err);
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
		 kv_s("by_taken_log_from", from));
	/* Who was erased after the backup was taken is in it again. */
	return (erase_list_again(st, err) || err_prefixf(err, "what was erased since the backup")) && record(st, from, err) &&
	       store_skip_changes(st, CHANGE_STORE_RESTORED, clock_wall_us(), err) &&
	       mark_put(dir, MARK_ERASING, at_us, STR("restored"), err) && mark_remove(dir, MARK_RESTORED, err);
}

struct finish {
	const struct ingest_parts *parts;
	const struct config *config;
};

static bool untangle(struct store *st, void *arg, struct err *err)
{
	const struct finish *f = arg;

	return erase_list_untangle(st, f->config, f->parts, err);
}

bool restored_finish(const struct ingest_parts *parts, const struct config *config, struct err *err)
{
	struct finish finish = { parts, config };
	int64_t at_us;

	if (!mark_find(parts->dir, MARK_ERASING, &at_us, NULL))
		return true;
	return ((purge_run(parts->writer, untangle, &finish, err) && erase_finish_all(parts, config, err)) || err_prefixf(err, "what was erased since the backup")) &&
	       mark_remove(parts->dir, MARK_ERASING, err);
}
