/* One folder: what is new in it, and what was missing when we went past. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "imap/imap.h"

enum {
	WINDOW = IMAP_WINDOW,
	PROBE = 100000,			/* UIDs that one SEARCH covers, at first */
	GAP_DAYS = 7,
	STUCK_PAUSE_S = 600,		/* a mail that hangs costs a whole deadline each time */
	MAX_STUCK_FAILURES = 3,		/* of them in one run */
};

/* ---- new mail ---- */

/* These UIDs exist. */
bool imap_take_found(struct imap *im, struct place *at, const uint32_t *uids, size_t n, struct err *err)
{
	for (size_t i = 0; i < n;) {
		size_t end = i + 1;

		/* Holes in between cost nothing. */
		while (end < n && uids[end] - uids[i] < WINDOW)
			end++;
		if (!imap_take_window(im, at, (struct uid_range){ uids[i], uids[end - 1] }, err))
			return false;
		i = end;
	}
	return true;
}

/* Which UIDs of the range exist, where there may be far fewer than numbers. */
bool imap_search(struct imap *im, struct place *at, const struct uid_range *ranges, size_t n_ranges, uint32_t **uids,
		 size_t *n, struct err *err)
{
	uint64_t most = 0;

	for (size_t i = 0; i < n_ranges; i++)
		most += (uint64_t)ranges[i].to - ranges[i].from + 1;
	if (most > at->box.exists)
		most = at->box.exists;
	return imap_link_folder(im, at, err) &&
	       session_search(im->session, ranges, n_ranges, (uint32_t)most, uids, n, err);
}

static bool finish_range(struct imap *im, struct place *at, uint32_t last, struct err *err)
{
	if (last >= at->cursor.next) {
		cursor_pass(&at->cursor, last, im->now_s);
		at->is_dirty = true;
	}
	return imap_mark(im, at, err);
}

static bool take_range(struct imap *im, struct place *at, struct uid_range range, size_t *n_found,
		       struct err *err)
{
	uint32_t *uids = NULL;
	bool is_good;

	*n_found = WINDOW;
	if (range.to - range.from < WINDOW)
		return imap_take_window(im, at, range, err) && finish_range(im, at, range.to, err);
	if (!imap_search(im, at, &range, 1, &uids, n_found, err))
		return false;
	is_good = imap_take_found(im, at, uids, *n_found, err);
	free(uids);
	return is_good && finish_range(im, at, range.to, err);
}

/* The last UID there is, where the server gives no UIDNEXT; below next: nothing new. */
static bool find_last(struct imap *im, struct place *at, uint32_t *last, struct err *err)
{
	struct uid_range above = { (uint32_t)at->cursor.next, UINT32_MAX };
	uint32_t *uids = NULL;
	size_t n = 0;

	*last = (uint32_t)(at->cursor.next - 1);
	if (at->box.exists == 0 || at->cursor.next > UINT32_MAX)
		return true;
	if (!imap_search(im, at, &above, 1, &uids, &n, err))
		return false;
	if (n > 0)
		*last = uids[n - 1];
	free(uids);
	return true;
}

static bool take_new(struct imap *im, struct place *at, struct err *err)
{
	uint64_t probe = PROBE;
	uint32_t last;

	if (at->box.uidnext > 0)
		last = at->box.uidnext - 1;
	else if (!find_last(im, at, &last, err))
		return false;
	if (at->box.exists == 0)
		return finish_range(im, at, last, err);
	while (at->cursor.next <= last) {
		uint64_t to = at->cursor.next + probe - 1;
		struct uid_range range = { (uint32_t)at->cursor.next, to < last ? (uint32_t)to : last };
		size_t n_found;

		if (!take_range(im, at, range, &n_found, err))
			return false;
		/* Some servers number by the clock: strides, where there is nothing. */
		if (n_found == 0)
			probe *= 8;
	}
	return true;
}

/* ---- gaps ---- */

static size_t n_within(const uint32_t *uids, size_t n, const struct cursor_gap *gap)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += uids[i] >= gap->from && uids[i] <= gap->to;
	return found;
}

static void unstick_absent(struct place *at, const uint32_t *uids, size_t n)
{
	for (size_t i = 0; i < at->cursor.n_gaps; i++)
		if (at->cursor.gaps[i].is_stuck && n_within(uids, n, &at->cursor.gaps[i]) == 0) {
			cursor_unstick(&at->cursor, i);
			at->is_dirty = true;
		}
}

static const struct cursor_gap *gap_of(const struct cursor *c, uint32_t uid)
{
	for (size_t i = 0; i < c->n_gaps; i++)
		if (uid >= c->gaps[i].from && uid <= c->gaps[i].to)
			return &c->gaps[i];
	return NULL;
}

/* The rules may have changed since it was listed. */
static bool take_one_stuck(struct imap *im, struct place *at, const struct cursor_gap *gap, uint32_t uid, struct err *err)
{
	struct mail mail = { .uid = uid, .size = -1, .internaldate_us = INT64_MIN };
	int64_t since_s = gap->since_s;

	if (!imap_gate(im, at, &mail, 1, err))
		return false;
	if (mail.gate == GATE_CLOSED)
		imap_leave_out(im, at, &mail);
	return mail.gate != GATE_OPEN || imap_take_stuck(im, at, uid, since_s, err);
}

static bool take_stuck(struct imap *im, struct place *at, const uint32_t *uids, size_t n, struct err *err)
{
	int64_t now_us = clock_mono_us();
	unsigned n_failures = 0;

	if (at->stuck_tried_us != 0 && now_us - at->stuck_tried_us < STUCK_PAUSE_S * US_PER_S)
		return true;
	for (size_t i = 0; i < n && n_failures < MAX_STUCK_FAILURES; i++) {
		const struct cursor_gap *gap = gap_of(&at->cursor, uids[i]);

		if (gap == NULL || !gap->is_stuck)
			continue;
		at->stuck_tried_us = now_us;
		if (!take_one_stuck(im, at, gap, uids[i], err))
			return false;
		n_failures += cursor_is_stuck(&at->cursor, uids[i]);
	}
	return true;
}

/* Mail that was not there when we went past. */
static bool take_gaps(struct imap *im, struct place *at, struct err *err)
{
	struct uid_range ranges[CURSOR_MAX_GAPS];
	size_t n_gaps = at->cursor.n_gaps, n = 0;
	uint32_t *uids = NULL;
	bool is_good;

	cursor_forget(&at->cursor, im->now_s - GAP_DAYS * 24 * 3600);
	at->is_dirty |= at->cursor.n_gaps != n_gaps;
	for (size_t i = 0; i < at->cursor.n_gaps; i++)
		ranges[i] = (struct uid_range){ at->cursor.gaps[i].from, at->cursor.gaps[i].to };
	if (at->cursor.n_gaps == 0 || at->box.exists == 0)
		return true;
	if (!imap_search(im, at, ranges, at->cursor.n_gaps, &uids, &n, err))
		return false;
	unstick_absent(at, uids, n);
	is_good = imap_take_found(im, at, uids, n, err) && take_stuck(im, at, uids, n, err);
	free(uids);
	return is_good && imap_mark(im, at, err);
}

/* ---- one folder ---- */

static void load_cursor(struct imap *im, struct place *at)
{
	struct err ignored;

	if (at->is_loaded)
		return;
	/* A text that nobody can read is as none: all is listed again, and what is known is a duplicate. */
	if (!cursor_parse(sync_cursor(im->sync, str_from(at->folder->name)), &at->cursor, &ignored))
		cursor_init(&at->cursor, 0);
	at->n_withheld = at->n_old_withheld = 0;
	at->is_loaded = true;
}

/* Without UIDVALIDITY, UIDs are good for as long as the connection lasts. */
static void list_anew(struct place *at)
{
	uint32_t shut = at->cursor.uidvalidity == 0 ? at->cursor.shut : 0;

	cursor_init(&at->cursor, 0);
	at->cursor.shut = shut;
	at->n_met = 0;
}

/* Those that are gone make room in the count for others. */
static void forget_gone(struct place *at)
{
	if (at->box.uidvalidity != 0 || at->cursor.shut == at->n_met)
		return;
	at->cursor.shut = at->n_met;
	at->is_dirty = true;
}

static void adopt(struct imap *im, struct place *at)
{
	if (at->box.uidvalidity == 0 && at->listed_on != im->n_connections)
		list_anew(at);
	at->listed_on = im->n_connections;
	if (cursor_adopt(&at->cursor, at->box.uidvalidity, at->box.uidnext) != CURSOR_SAME)
		at->is_dirty = true;
}

bool imap_enter_folder(struct imap *im, struct place *at, struct err *err)
{
	if (!imap_link(im, err) || !session_examine(im->session, at->folder->name, &at->box, err))
		return false;
	load_cursor(im, at);
	adopt(im, at);
	return true;
}

static bool folder_once(struct imap *im, struct place *at, struct err *err)
{
	if (!imap_enter_folder(im, at, err))
		return false;
	if (!imap_divide(im, at, err) || !take_gaps(im, at, err) || !take_new(im, at, err))
		return false;
	forget_gone(at);
	if (!imap_mark(im, at, err) || !imap_flush(im, err))
		return false;
	imap_note_read(im, at);
	return true;
}

/* A connection may have died unseen since the last run: one more try on a fresh one. */
bool imap_folder(struct imap *im, struct place *at, struct err *err)
{
	if (folder_once(im, at, err))
		return true;
	if (im->must_stop || err->kind == ERR_CANCELED || err->kind == ERR_THROTTLED || session_fault(im->session) != SESSION_LOST)
		return false;
	return folder_once(im, at, err);
}
