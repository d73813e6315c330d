/* UIDs that the server lists and the journal does not have: what is left out on purpose is told apart, the rest is
 * fetched, and then the journal is asked again. What it does not have then is missing. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "imap/imap.h"
#include "imap/message_id.h"

enum {
	WINDOW = 500,			/* UIDs, first to last, whose facts are asked for at once */
	HEAL_RUNS = 32,			/* gaps that are opened at a time … */
	HEAL_UIDS = 500,		/* … and UIDs in them */
	ASK_UIDS = 64,			/* single UIDs in one command */
};

/* Those of uids[] that are in some[] (both ascending) go; returns how many stay. */
static size_t take_out(uint32_t *uids, size_t n, const uint32_t *some, size_t n_some)
{
	size_t kept = 0, k = 0;

	for (size_t i = 0; i < n; i++) {
		while (k < n_some && some[k] < uids[i])
			k++;
		if (k == n_some || some[k] != uids[i])
			uids[kept++] = uids[i];
	}
	return kept;
}

/* The end of the window that begins at i. */
static size_t window_end(const uint32_t *uids, size_t n, size_t i)
{
	size_t end = i + 1;

	while (end < n && uids[end] - uids[i] < WINDOW)
		end++;
	return end;
}

/* ---- left out by `since`, by `exclude`, or as nobody's whom we know ---- */

/* By the server's own search, which spares asking for the date of each. It may refuse: then each is asked for. */
static bool drop_old(struct imap *im, struct place *at, uint32_t *uids, size_t *n, struct reconciled *counts,
		     struct err *err)
{
	struct uid_range range = { uids[0], uids[*n - 1] };
	uint32_t *old = NULL, most = range.to - range.from + 1;
	size_t n_old = 0, kept;

	if (*n < WINDOW || im->since_us <= 0)
		return true;
	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_search_before(im->session, &range, 1, im->since_us, most < at->box.exists ? most : at->box.exists,
				   &old, &n_old, err))
		return session_fault(im->session) == SESSION_REFUSED || session_fault(im->session) == SESSION_TOO_LARGE;
	kept = take_out(uids, *n, old, n_old);
	counts->filtered += (int64_t)(*n - kept);
	*n = kept;
	free(old);
	return true;
}

/* Those of mails[] that are in uids[]; both ascending. */
static size_t keep_absent(struct mail *mails, size_t n_mails, const uint32_t *uids, size_t n)
{
	size_t kept = 0, k = 0;

	for (size_t i = 0; i < n_mails; i++) {
		while (k < n && uids[k] < mails[i].uid)
			k++;
		if (k < n && uids[k] == mails[i].uid)
			mails[kept++] = mails[i];
	}
	return kept;
}

static bool drop_one_by_one(struct imap *im, struct place *at, uint32_t *uids, size_t *n, struct reconciled *counts,
			    struct err *err)
{
	uint32_t old[WINDOW];
	struct mail *mails = NULL;
	size_t n_mails = 0, n_old = 0, kept;
	struct uid_range range = { uids[0], uids[*n - 1] };
	bool is_good;

	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_fetch_metas(im->session, &range, 1, WINDOW, &mails, &n_mails, err))
		/* Unreadable facts: who takes them, one by one, sees which. */
		return session_fault(im->session) == SESSION_UNREADABLE || session_fault(im->session) == SESSION_TOO_LARGE;
	n_mails = keep_absent(mails, n_mails, uids, *n);
	is_good = imap_gate(im, at, mails, n_mails, err);
	for (size_t i = 0; is_good && i < n_mails; i++)
		if (imap_is_passed_over(im, &mails[i]) || mails[i].gate == GATE_CLOSED)
			old[n_old++] = mails[i].uid;
	free(mails);
	if (!is_good)
		return false;
	kept = take_out(uids, *n, old, n_old);
	counts->filtered += (int64_t)(*n - kept);
	*n = kept;
	return true;
}

static bool drop_filtered(struct imap *im, struct place *at, uint32_t *uids, size_t *n, struct reconciled *counts,
			  struct err *err)
{
	size_t kept = 0;

	if (!imap_link_folder(im, at, err))
		return false;
	if (im->since_us <= 0 && !imap_has_gate(im) && !session_is_gmail(im->session))
		return true;
	if (!drop_old(im, at, uids, n, counts, err))
		return false;
	for (size_t i = 0, end; i < *n; i = end) {
		size_t size;

		end = window_end(uids, *n, i);
		size = end - i;
		sync_progress(im->sync, &im->progress);
		if (!drop_one_by_one(im, at, uids + i, &size, counts, err))
			return false;
		memmove(uids + kept, uids + i, size * sizeof(*uids));
		kept += size;
	}
	*n = kept;
	return true;
}

/* ---- known by Message-ID, where UIDs mean nothing ---- */

static bool is_one(struct str id, void *arg)
{
	(void)id;
	*(bool *)arg = true;
	return false;
}

/* In the timeline, or what else became of it: a dead letter is known. */
static bool is_known_by(struct imap *im, const struct place *at, struct str message_id, bool *is, struct err *err)
{
	struct buf prefix;
	bool is_good;

	if (!sync_has_mail(im->sync, message_id, is, err))
		return false;
	if (*is)
		return true;
	buf_init(&prefix, IMAP_MAX_ID);
	imap_put_content_prefix(&prefix, at, message_id);
	is_good = sync_each_known(im->sync, buf_str(&prefix), is_one, is, err);
	buf_finish(&prefix);
	return is_good;
}

static bool find_known(struct imap *im, const struct place *at, const struct mail *mails, size_t n, uint32_t *known,
		       size_t *n_known, struct err *err)
{
	char text[MESSAGE_ID_MAX];

	*n_known = 0;
	for (size_t i = 0; i < n; i++) {
		struct str id = mails[i].has_body ? message_id_of(mails[i].body, text) : (struct str){ NULL, 0 };
		/* Without an id it cannot be found, and would be fetched again by every comparison. */
		bool is_known = id.len == 0;

		if (id.len > 0 && !is_known_by(im, at, id, &is_known, err)) {
			im->must_stop = true;
			return false;
		}
		if (is_known)
			known[(*n_known)++] = mails[i].uid;
	}
	return true;
}

static bool drop_known_window(struct imap *im, struct place *at, uint32_t *uids, size_t *n, struct err *err)
{
	struct mail mails[WINDOW];
	uint32_t known[WINDOW];
	size_t n_known;

	for (size_t i = 0; i < *n; i++)
		mails[i] = (struct mail){ .uid = uids[i], .size = -1 };
	if (!imap_link_folder(im, at, err) || !session_fetch_message_ids(im->session, mails, *n, err) ||
	    !find_known(im, at, mails, *n, known, &n_known, err))
		return false;
	*n = take_out(uids, *n, known, n_known);
	return true;
}

static bool drop_known(struct imap *im, struct place *at, uint32_t *uids, size_t *n, struct reconciled *counts,
		       struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0, end; at->box.uidvalidity == 0 && i < *n; i = end) {
		size_t size;

		end = window_end(uids, *n, i);
		size = end - i;
		sync_progress(im->sync, &im->progress);
		if (!drop_known_window(im, at, uids + i, &size, err))
			return false;
		counts->known += (int64_t)(end - i - size);
		memmove(uids + kept, uids + i, size * sizeof(*uids));
		kept += size;
	}
	if (at->box.uidvalidity == 0)
		*n = kept;
	return true;
}

/* ---- fetching ---- */

static bool is_open(const struct cursor *c, uint32_t uid)
{
	return cursor_wants(c, uid) || cursor_is_stuck(c, uid);
}

/* Makes gaps of the first of them. Returns how many UIDs of uids[] that were; 0: there is no room. */
static size_t reopen(struct imap *im, struct place *at, const uint32_t *uids, size_t n)
{
	size_t i = 0;

	/* The oldest make room; the next comparison looks for them again. */
	if (at->cursor.n_gaps + HEAL_RUNS > CURSOR_MAX_GAPS)
		cursor_make_room(&at->cursor, HEAL_RUNS);
	for (int n_runs = 0; i < n && i < HEAL_UIDS && n_runs < HEAL_RUNS; n_runs++) {
		size_t end = i + 1;

		if (is_open(&at->cursor, uids[i])) {
			i++;
			continue;
		}
		while (end < n && end < HEAL_UIDS && uids[end] == uids[end - 1] + 1 && !is_open(&at->cursor, uids[end]))
			end++;
		if (!cursor_reopen(&at->cursor, uids[i], uids[end - 1], im->now_s))
			break;
		at->is_dirty = true;
		i = end;
	}
	return i;
}

/* n_tried: those behind found no room, because it is full of mails that the server lists and does not give. */
static bool fetch(struct imap *im, struct place *at, const uint32_t *uids, size_t n, size_t *n_tried, struct err *err)
{
	*n_tried = n;
	for (size_t i = 0, size; i < n; i += size) {
		if (sync_is_canceled(im->sync))
			return err_setf(err, ERR_CANCELED, "canceled");
		size = reopen(im, at, uids + i, n - i);
		if (size == 0) {
			*n_tried = i;
			return true;
		}
		if (!imap_take_found(im, at, uids + i, size, err) || !imap_mark(im, at, err) || !imap_flush(im, err))
			return false;
	}
	return true;
}

/* ---- asking again ---- */

static bool is_there_now(struct imap *im, const struct place *at, uint32_t uid, bool *is, struct err *err)
{
	struct buf id;
	bool is_good;

	if (at->box.uidvalidity == 0) {
		*is = !is_open(&at->cursor, uid);	/* handed over, or it would be open */
		return true;
	}
	buf_init(&id, IMAP_MAX_ID);
	imap_put_id(&id, at, uid);
	is_good = sync_is_known(im->sync, buf_str(&id), is, err);
	buf_finish(&id);
	im->must_stop |= !is_good;
	return is_good;
}

static bool drop_healed(struct imap *im, const struct place *at, uint32_t *uids, size_t *n, size_t n_tried,
			struct reconciled *counts, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		bool is_there = false;

		if (i < n_tried && !is_there_now(im, at, uids[i], &is_there, err))
			return false;
		if (!is_there)
			uids[kept++] = uids[i];
	}
	counts->healed += (int64_t)(*n - kept);
	counts->known += (int64_t)(*n - kept);
	*n = kept;
	return true;
}

/* What somebody deleted while we looked is not missing. By FETCH: SEARCH may be what left them out. Where it cannot be
 * read, they count as there. */
static bool count_missing(struct imap *im, struct place *at, const uint32_t *uids, size_t n, struct reconciled *counts,
			  struct err *err)
{
	struct uid_range ranges[ASK_UIDS];

	for (size_t i = 0, size; i < n; i += size) {
		struct mail *mails = NULL;
		size_t n_there;

		size = n_there = n - i < ASK_UIDS ? n - i : ASK_UIDS;
		for (size_t k = 0; k < size; k++)
			ranges[k] = (struct uid_range){ uids[i + k], uids[i + k] };
		if (!imap_link_folder(im, at, err))
			return false;
		if (!session_fetch_metas(im->session, ranges, size, ASK_UIDS, &mails, &n_there, err) &&
		    (err->kind == ERR_CANCELED || session_fault(im->session) == SESSION_LOST))
			return false;
		free(mails);
		counts->missing += (int64_t)n_there;
		counts->listed -= (int64_t)(size - n_there);
	}
	return true;
}

bool imap_settle_absent(struct imap *im, struct place *at, uint32_t *uids, size_t n, struct reconciled *counts,
			struct err *err)
{
	size_t n_tried;

	if (!drop_known(im, at, uids, &n, counts, err))
		return false;
	if (n > 0 && !drop_filtered(im, at, uids, &n, counts, err))
		return false;
	return n == 0 || (fetch(im, at, uids, n, &n_tried, err) &&
			  drop_healed(im, at, uids, &n, n_tried, counts, err) && count_missing(im, at, uids, n, counts, err));
}
