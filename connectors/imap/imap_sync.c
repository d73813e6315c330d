/* One run: every folder by itself, then IDLE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "imap/imap.h"

enum {
	WINDOW = 500,			/* UIDs whose size and date are asked for at once */
	PROBE = 100000,			/* UIDs that one SEARCH covers, at first */
	BATCH_BYTES = 4 << 20,
	MAX_ROUNDS = 5,			/* before a chatty mailbox has to wait for its turn */
	MAX_IDLE_FAILURES = 2,
	GAP_DAYS = 7,
	STUCK_PAUSE_S = 600,		/* a mail that hangs costs a whole deadline each time */
	MAX_STUCK_TRIES = 3,		/* of them in one run */
};

/* ---- one window of UIDs ---- */

static bool is_filtered(const struct imap *im, const struct mail *mail)
{
	return im->since_us > 0 && mail->internaldate_us != INT64_MIN && mail->internaldate_us < im->since_us;
}

/* How many of mails[] go into one command: up to `batch`, up to 4 MB, a large one alone. */
static size_t batch_of(const struct imap *im, const struct mail *mails, size_t n)
{
	int64_t bytes = 0;
	size_t i = 0;

	while (i < n && i < (size_t)im->conf->batch && !imap_goes_alone(im, &mails[i]) &&
	       (i == 0 || bytes + mails[i].size <= BATCH_BYTES))
		bytes += mails[i++].size;
	return i > 0 ? i : 1;
}

/* A filtered mail is done as soon as those below it are. */
static void pass_filtered(struct imap *im, struct place *at, const struct mail *mails, size_t n, uint32_t below)
{
	for (size_t i = 0; i < n && mails[i].uid < below; i++)
		if (cursor_wants(&at->cursor, mails[i].uid) && is_filtered(im, &mails[i])) {
			cursor_done(&at->cursor, mails[i].uid, im->now_s);
			at->is_dirty = true;
		}
}

/* chosen are those of mails that are to be taken. */
static bool take_chosen(struct imap *im, struct place *at, struct mail *chosen, size_t n_chosen,
			const struct mail *mails, size_t n_mails, struct err *err)
{
	for (size_t done = 0, size; done < n_chosen; done += size) {
		if (sync_is_canceled(im->sync))
			return err_setf(err, ERR_CANCELED, "canceled");
		pass_filtered(im, at, mails, n_mails, chosen[done].uid);
		size = batch_of(im, chosen + done, n_chosen - done);
		if (!imap_take(im, at, chosen + done, size, err) || !imap_flush(im, err))
			return false;
	}
	pass_filtered(im, at, mails, n_mails, UINT32_MAX);
	return true;
}

static bool take_listed(struct imap *im, struct place *at, const struct mail *mails, size_t n, struct err *err)
{
	struct mail *chosen = xcalloc(n + 1, sizeof(*chosen));
	size_t n_chosen = 0;
	bool is_good;

	for (size_t i = 0; i < n; i++)
		if (cursor_wants(&at->cursor, mails[i].uid) && !is_filtered(im, &mails[i]))
			chosen[n_chosen++] = mails[i];
	is_good = take_chosen(im, at, chosen, n_chosen, mails, n, err);
	free(chosen);
	return is_good;
}

static bool take_window(struct imap *im, struct place *at, struct uid_range range, struct err *err);

/* Sizes and dates cannot be read: halves, and the one mail without them. */
static bool take_less(struct imap *im, struct place *at, struct uid_range range, struct err *err)
{
	struct mail mail = { .uid = range.from, .size = -1, .internaldate_us = INT64_MIN };
	uint32_t middle = range.from + (range.to - range.from) / 2;

	if (session_fault(im->session) != SESSION_UNREADABLE && session_fault(im->session) != SESSION_TOO_LARGE)
		return false;
	if (range.from == range.to)
		return !cursor_wants(&at->cursor, mail.uid) || imap_take(im, at, &mail, 1, err);
	return take_window(im, at, (struct uid_range){ range.from, middle }, err) &&
	       take_window(im, at, (struct uid_range){ middle + 1, range.to }, err);
}

/* At most WINDOW wide. */
static bool take_window(struct imap *im, struct place *at, struct uid_range range, struct err *err)
{
	struct mail *mails = NULL;
	size_t n = 0;
	bool is_good;

	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_fetch_metas(im->session, &range, 1, range.to - range.from + 1, &mails, &n, err))
		return take_less(im, at, range, err);
	is_good = take_listed(im, at, mails, n, err);
	free(mails);
	return is_good;
}

/* ---- new mail ---- */

/* These UIDs exist. */
static bool take_found(struct imap *im, struct place *at, const uint32_t *uids, size_t n, struct err *err)
{
	for (size_t i = 0; i < n;) {
		size_t end = i + 1;

		/* Holes in between cost nothing. */
		while (end < n && uids[end] - uids[i] < WINDOW)
			end++;
		if (!take_window(im, at, (struct uid_range){ uids[i], uids[end - 1] }, err))
			return false;
		i = end;
	}
	return true;
}

/* Which UIDs of the range exist, where there may be far fewer than numbers. */
static bool search(struct imap *im, struct place *at, const struct uid_range *ranges, size_t n_ranges,
		   uint32_t **uids, size_t *n, struct err *err)
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
		return take_window(im, at, range, err) && finish_range(im, at, range.to, err);
	if (!search(im, at, &range, 1, &uids, n_found, err))
		return false;
	is_good = take_found(im, at, uids, *n_found, err);
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
	if (!search(im, at, &above, 1, &uids, &n, err))
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

static bool take_stuck(struct imap *im, struct place *at, const uint32_t *uids, size_t n, struct err *err)
{
	int64_t now_us = clock_mono_us();
	unsigned n_tries = 0;

	if (at->stuck_tried_us != 0 && now_us - at->stuck_tried_us < STUCK_PAUSE_S * US_PER_S)
		return true;
	for (size_t i = 0; i < n && n_tries < MAX_STUCK_TRIES; i++) {
		const struct cursor_gap *gap = gap_of(&at->cursor, uids[i]);

		if (gap == NULL || !gap->is_stuck)
			continue;
		at->stuck_tried_us = now_us;
		n_tries++;
		if (!imap_take_stuck(im, at, uids[i], gap->since_s, err))
			return false;
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
	if (!search(im, at, ranges, at->cursor.n_gaps, &uids, &n, err))
		return false;
	unstick_absent(at, uids, n);
	is_good = take_found(im, at, uids, n, err) && take_stuck(im, at, uids, n, err);
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
	at->is_loaded = true;
}

static void adopt(struct imap *im, struct place *at)
{
	/* Without UIDVALIDITY, UIDs are good for as long as the connection lasts. */
	if (at->box.uidvalidity == 0 && at->listed_on != im->n_connections)
		cursor_init(&at->cursor, 0);
	at->listed_on = im->n_connections;
	if (cursor_adopt(&at->cursor, at->box.uidvalidity, at->box.uidnext) != CURSOR_SAME)
		at->is_dirty = true;
}

static bool sync_folder_once(struct imap *im, struct place *at, struct err *err)
{
	if (!imap_link(im, err) || !session_examine(im->session, at->folder->name, &at->box, err))
		return false;
	load_cursor(im, at);
	adopt(im, at);
	return take_gaps(im, at, err) && take_new(im, at, err) && imap_mark(im, at, err) && imap_flush(im, err);
}

/* A connection may have died unseen since the last run: one more try on a fresh one. */
static bool sync_folder(struct imap *im, struct place *at, struct err *err)
{
	if (sync_folder_once(im, at, err))
		return true;
	if (im->must_stop || err->kind == ERR_CANCELED || session_fault(im->session) != SESSION_LOST)
		return false;
	return sync_folder_once(im, at, err);
}

static const char *stuck_text(const struct place *at, char *out, size_t size)
{
	for (size_t i = 0; i < at->cursor.n_gaps; i++)
		if (at->cursor.gaps[i].is_stuck) {
			snprintf(out, size, "the server lists UID %u and does not deliver it; it is asked for again",
				 at->cursor.gaps[i].from);
			return out;
		}
	if (at->box.uidvalidity == 0)
		return "the server gives no UIDVALIDITY, so that everything is read again after each reconnect";
	return "";
}

static bool sync_folders(struct imap *im, struct err *err)
{
	struct err first = { 0 };
	size_t n_good = 0;
	char text[200];

	for (size_t i = 0; i < im->folders.n_items; i++) {
		struct place *at = &im->places[i];
		struct str label = str_from(at->folder->label);

		if (sync_is_canceled(im->sync))
			return err_setf(err, ERR_CANCELED, "canceled");
		if (sync_folder(im, at, err)) {
			n_good++;
			sync_trouble(im->sync, label, str_from(stuck_text(at, text, sizeof(text))));
			continue;
		}
		if (im->must_stop || err->kind == ERR_CANCELED)
			return false;
		sync_trouble(im->sync, label, str_from(err->msg));
		if (first.kind == ERR_NONE) {
			first = *err;
			err_prefixf(&first, "folder \"%.100s\"", at->folder->label);
		}
	}
	if (n_good == 0 && first.kind != ERR_NONE) {
		*err = first;
		return false;
	}
	return true;
}

/* ---- the run ---- */

static void begin(struct imap *im, struct sync *sync)
{
	int64_t now_us = sync_now_us(sync), since_us = im->conf->since;

	im->sync = sync;
	im->now_s = now_us / US_PER_S;
	im->since_us = since_us < 0 ? now_us + since_us : since_us;
	im->n_reconnects = 0;
	im->must_stop = false;
	for (size_t i = 0; i < im->folders.n_items; i++)
		im->places[i].is_loaded = im->places[i].is_dirty = false;
}

/* Out of IDLE, or onto a new connection when the old one did not survive. */
static bool wake(struct imap *im, struct err *err)
{
	struct err ignored;

	if (session_is_idle(im->session))
		session_idle_done(im->session, &ignored);
	/* A new connection, a new look at what folders there are. */
	if (!session_is_connected(im->session))
		imap_forget_folders(im);
	return imap_link(im, err);
}

static void tell_missing(struct imap *im)
{
	char text[400] = "";

	if (im->folders.missing != NULL && im->conf->folders.n_items > 0)
		snprintf(text, sizeof(text), "the server has no folder %s", im->folders.missing);
	else if (im->folders.missing != NULL)
		snprintf(text, sizeof(text), "no folder of sent mail was found; name it in folders:");
	sync_trouble(im->sync, STR("folders"), str_from(text));
}

static struct place *inbox_of(struct imap *im)
{
	for (size_t i = 0; i < im->folders.n_items; i++)
		if (im->folders.items[i].hint == FOLDER_HINT_INBOX)
			return &im->places[i];
	return im->folders.n_items > 0 ? &im->places[0] : NULL;
}

/* Not being able to idle is no error: the host comes back by the clock. */
static bool park(struct imap *im)
{
	struct place *at = inbox_of(im);
	struct mailbox box;
	struct err why = { 0 };

	if (!im->conf->idle || at == NULL || im->n_idle_failures >= MAX_IDLE_FAILURES ||
	    !session_has_idle(im->session))
		return false;
	if (!session_examine(im->session, at->folder->name, &box, &why))
		return false;
	/* Mail that came while other folders were read is not announced again. */
	if (box.uidnext > at->cursor.next || box.exists > at->box.exists)
		return true;
	if (session_idle(im->session, &why)) {
		im->n_idle_failures = 0;
		return true;
	}
	if (why.kind != ERR_CANCELED && ++im->n_idle_failures == MAX_IDLE_FAILURES)
		sync_trouble(im->sync, STR("IDLE"), STR("the server announces IDLE and does not do it; asking by the clock"));
	return false;
}

static bool run(struct imap *im, struct err *err)
{
	for (int round = 0; round < MAX_ROUNDS; round++) {
		if (!wake(im, err))
			return false;
		tell_missing(im);
		if (!sync_folders(im, err))
			return false;
		if (!park(im))
			return true;
		if (session_is_idle(im->session) && !session_has_pending(im->session)) {
			sync_watch(im->sync, session_fd(im->session));
			return true;
		}
	}
	return true;	/* more is waiting; the host comes back soon enough */
}

bool imap_sync(void *session, struct sync *sync, struct err *err)
{
	struct imap *im = session;
	bool is_good;

	begin(im, sync);
	is_good = run(im, err);
	im->sync = NULL;
	/* These two mean one message; what stopped us is the server. */
	if (!is_good && (err->kind == ERR_INPUT || err->kind == ERR_LIMIT))
		err->kind = ERR_AGAIN;
	return is_good;
}
