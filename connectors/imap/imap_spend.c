/* What the mailbox has brought today, and what is told of its backlog. */
#include "base/clock.h"
#include "imap/imap.h"

enum { MAX_FORGOTTEN = 256 << 10 };	/* bytes that a crash may take out of the account */

static int64_t may_forget(const struct imap *im)
{
	int64_t some = im->conf->backfill_budget / 100;

	return some > 0 && some < MAX_FORGOTTEN ? some : MAX_FORGOTTEN;
}

void imap_load_budget(struct imap *im)
{
	if (!im->has_budget)
		budget_parse(&im->budget, sync_cursor(im->sync, BUDGET_KEY));
	im->has_budget = true;
	budget_roll(&im->budget, im->now_s * US_PER_S);
}

void imap_spend(struct imap *im, size_t bytes)
{
	budget_spend(&im->budget, (int64_t)bytes);
	im->unmarked_bytes += (int64_t)bytes;
}

bool imap_keep_budget(struct imap *im, struct err *err)
{
	char text[BUDGET_TEXT_SIZE];

	if (im->unmarked_bytes < may_forget(im))
		return true;
	im->unmarked_bytes = 0;
	if (sync_mark(im->sync, BUDGET_KEY, budget_format(&im->budget, text), err))
		return true;
	im->must_stop = true;
	return false;
}

/* Once the provider has said that it is enough, so it is for the day: who starts again gets live mail alone. */
void imap_note_quota(struct imap *im)
{
	struct err ignored;

	budget_exhaust(&im->budget);
	im->unmarked_bytes = MAX_FORGOTTEN;
	imap_keep_budget(im, &ignored);
}

void imap_tell_backlog(struct imap *im)
{
	struct sync_backlog now = { 0 };

	for (size_t i = 0; i < im->folders.n_items; i++)
		if (im->places[i].is_loaded && im->places[i].cursor.backlog > 0) {
			now.left += im->places[i].cursor.left;
			now.of += im->places[i].cursor.of;
		}
	if (now.left > 0 && budget_is_spent(&im->budget, im->conf->backfill_budget))
		now.paused_until_us = im->budget.until_s * US_PER_S;
	sync_tell_backlog(im->sync, &now);
}
