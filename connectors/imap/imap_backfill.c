/* Old mail behind new: the first look at a large folder takes what is recent, and leaves the rest to a backlog that is
 * read from the top down, some seconds at a time, whenever nothing new waits. */
#include <stdlib.h>

#include "base/clock.h"
#include "imap/imap.h"

enum {
	FEW = 500,			/* mails that are simply read */
	NEWEST = 200,			/* most that come before all else … */
	RECENT_DAYS = 2,		/* … if they are not older */
	SLICE_MS = 3000,
	MAX_SLICE_MS = 30000,
	STRIDE = 5000,			/* UIDs that are searched for the next that exists, at first */
	MAX_COUNTED = 100000,		/* a longer list is not worth a number for people */
	DAY_S = 24 * 3600,
};

/* ---- dividing ---- */

/* A server that cannot answer a question which only saves time is read without the answer. */
static bool is_final(const struct imap *im, const struct err *err)
{
	return im->must_stop || err->kind == ERR_CANCELED || err->kind == ERR_THROTTLED;
}

/* How many mails up to this UID are not too old. */
static bool count(struct imap *im, struct place *at, uint32_t last, uint32_t n_at_most, uint32_t *n, struct err *err)
{
	uint32_t *uids = NULL;
	size_t n_uids = 0;

	*n = n_at_most;
	if (im->since_us <= 0 || last == 0 || at->box.exists > MAX_COUNTED)
		return true;
	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_search_since(im->session, (struct uid_range){ 1, last }, im->since_us, at->box.exists, &uids, &n_uids,
				  err))
		return !is_final(im, err);
	free(uids);
	*n = (uint32_t)n_uids;
	return true;
}

/* The first UID of those that are recent, and how many they are. */
static uint32_t find_recent(const struct imap *im, const struct place *at, const struct mail *mails, size_t n,
			    uint32_t *n_recent)
{
	int64_t day_us = (im->now_s - RECENT_DAYS * DAY_S) * US_PER_S;
	uint32_t first = n > 0 ? mails[n - 1].uid + 1 : 1;

	if (at->box.uidnext > first)
		first = at->box.uidnext;
	*n_recent = 0;
	for (size_t i = n; i > 0 && mails[i - 1].internaldate_us >= day_us; i--) {
		first = mails[i - 1].uid;
		(*n_recent)++;
	}
	return first;
}

static bool divide(struct imap *im, struct place *at, struct err *err)
{
	uint32_t first, n_recent, left;
	struct mail *mails = NULL;
	size_t n = 0;

	/* Whoever cannot say it, or spoils it, has nothing recent. */
	if (!session_fetch_newest(im->session, at->box.exists, NEWEST, &mails, &n, err) &&
	    is_final(im, err))
		return false;
	first = find_recent(im, at, mails, n, &n_recent);
	free(mails);
	if (first <= 1)
		return true;	/* not even the next UID is known: read as it comes */
	if (!count(im, at, first - 1, at->box.exists - n_recent, &left, err))
		return false;
	cursor_put_off(&at->cursor, first - 1, left);
	at->is_dirty = true;
	return imap_mark(im, at, err);
}

static bool has_moved_back(const struct cursor *c, int64_t since_s)
{
	return c->since_s > 0 && since_s + DAY_S < c->since_s && c->next > 1;
}

bool imap_divide(struct imap *im, struct place *at, struct err *err)
{
	struct cursor *c = &at->cursor;
	int64_t since_s = im->since_us > 0 ? im->since_us / US_PER_S : 0;
	uint32_t left;

	if (at->box.uidvalidity == 0)
		return true;	/* its UIDs are no good tomorrow */
	if (c->next == 1 && c->n_gaps == 0) {
		c->since_s = since_s;
		return at->box.exists <= FEW || divide(im, at, err);
	}
	if (has_moved_back(c, since_s)) {
		if (!count(im, at, (uint32_t)(c->next - 1), at->box.exists, &left, err))
			return false;
		cursor_put_off_again(c, left);
	} else if (since_s == 0 || (c->since_s > 0 && (c->backlog == 0 || since_s <= c->since_s + DAY_S))) {
		return true;
	}
	c->since_s = since_s;
	at->is_dirty = true;
	return imap_mark(im, at, err);
}

/* ---- digging ---- */

bool imap_wants(const struct place *at, uint32_t uid)
{
	return at->is_digging ? cursor_owes(&at->cursor, uid) : cursor_wants(&at->cursor, uid);
}

/* One batch at least, however long the server takes to list it. */
bool imap_may_dig(const struct imap *im)
{
	return !budget_is_spent(&im->budget, im->conf->backfill_budget) &&
	       (!im->has_dug || clock_mono_us() < im->dig_until_us);
}

bool imap_drop_known(struct imap *im, struct place *at, struct mail *mails, size_t *n, struct err *err)
{
	size_t kept = 0;
	struct buf id;

	for (size_t i = 0; i < *n; i++) {
		bool is_known = false, is_good;

		buf_init(&id, IMAP_MAX_ID);
		imap_put_id(&id, at, mails[i].uid);
		is_good = sync_is_known(im->sync, buf_str(&id), &is_known, err);
		buf_finish(&id);
		if (!is_good) {
			im->must_stop = true;
			return false;
		}
		if (!is_known)
			mails[kept++] = mails[i];
	}
	cursor_count_dug(&at->cursor, (uint32_t)(*n - kept));
	*n = kept;
	return true;
}

/* The newest of the range that is to be looked at; 0: none. A server that refuses to say it has one at its end. */
static bool find_newest(struct imap *im, struct place *at, struct uid_range range, uint32_t *newest, struct err *err)
{
	uint32_t *uids = NULL;
	size_t n = 0;
	bool is_good;

	if (!imap_link_folder(im, at, err))
		return false;
	is_good = im->since_us > 0
		? session_search_since(im->session, range, im->since_us, at->box.exists, &uids, &n, err)
		: session_search(im->session, &range, 1, range.to - range.from + 1, &uids, &n, err);
	if (is_good)
		*newest = n > 0 ? uids[n - 1] : 0;
	else
		*newest = range.to;
	free(uids);
	return is_good || !is_final(im, err);
}

/* Nothing of the last window was to be taken: where does it go on? Some servers number by the clock, and years of
 * mail may be too old. */
static bool find_next(struct imap *im, struct place *at, uint32_t *next, struct err *err)
{
	uint64_t stride = STRIDE;
	uint32_t to = *next;

	for (*next = 0; to > 0 && *next == 0; stride *= 8) {
		struct uid_range range = { to > stride ? (uint32_t)(to - stride + 1) : 1, to };

		if (!find_newest(im, at, range, next, err))
			return false;
		to = range.from - 1;
	}
	return true;
}

static bool dig_window(struct imap *im, struct place *at, struct err *err)
{
	struct cursor *c = &at->cursor;
	uint32_t top = c->backlog, low = top > IMAP_WINDOW ? top - IMAP_WINDOW + 1 : 1, next = low - 1;

	at->is_cut = false;
	if (!imap_take_window(im, at, (struct uid_range){ low, top }, err))
		return false;
	if (at->is_cut)
		return true;
	if (c->backlog == top && next > 0 && !find_next(im, at, &next, err))
		return false;
	cursor_dig(c, next + 1);
	at->is_dirty = true;
	return imap_mark(im, at, err);
}

static bool dig(struct imap *im, struct place *at, struct err *err)
{
	uint32_t uidvalidity = at->box.uidvalidity;
	bool is_good;

	if (!imap_link(im, err) || !session_examine(im->session, at->folder->name, &at->box, err))
		return false;
	if (at->box.uidvalidity != uidvalidity)
		return true;	/* the next look at it sees to that */
	at->is_digging = true;
	do {
		is_good = dig_window(im, at, err);
		im->has_dug = true;
	} while (is_good && at->cursor.backlog > 0 && imap_may_dig(im) && !sync_is_canceled(im->sync));
	at->is_digging = false;
	return imap_flush(im, err) && is_good;
}

static struct place *next_place(struct imap *im)
{
	for (size_t i = 0; i < im->folders.n_items; i++) {
		struct place *at = &im->places[im->n_digs++ % im->folders.n_items];

		if (at->is_loaded && at->cursor.backlog > 0 && !at->has_failed)
			return at;
	}
	return NULL;
}

/* One that fails holds up no other. */
static bool dig_folder(struct imap *im, struct place *at, struct err *err)
{
	if (dig(im, at, err))
		return true;
	if (is_final(im, err))
		return false;
	at->has_failed = true;
	imap_tell_folder(im, at, err->msg);
	return true;
}

/* A long round over many folders is worth a longer stay with the old mail. */
static int64_t slice_us(int64_t look_us)
{
	int64_t us = 3 * look_us > SLICE_MS * US_PER_MS ? 3 * look_us : SLICE_MS * US_PER_MS;

	return us < MAX_SLICE_MS * US_PER_MS ? us : MAX_SLICE_MS * US_PER_MS;
}

bool imap_backfill(struct imap *im, int64_t look_us, struct err *err)
{
	struct place *at;
	bool is_good = true;

	im->dig_until_us = clock_mono_us() + slice_us(look_us);
	im->has_dug = false;
	while (is_good && sync_may_backfill(im->sync) && imap_may_dig(im) && (at = next_place(im)) != NULL) {
		is_good = dig_folder(im, at, err);
		if (im->has_dug && clock_mono_us() >= im->dig_until_us)
			break;
	}
	imap_tell_backlog(im);
	return is_good;
}
