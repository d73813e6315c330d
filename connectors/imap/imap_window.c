/* One window of UIDs: what of it is to be taken, by what is known before any body moves, and in which order. */
#include <stdlib.h>

#include "base/mem.h"
#include "imap/imap.h"

enum {
	BATCH_BYTES = 4 << 20,
	PIECE = 100,			/* mails of the backlog that the gate is asked about at once */
};

bool imap_is_passed_over(const struct imap *im, const struct mail *mail)
{
	return mail->is_draft ||
	       (im->since_us > 0 && mail->internaldate_us != INT64_MIN && mail->internaldate_us < im->since_us);
}

/* How many of mails[] go into one command, from its front or its end: up to `batch`, up to 4 MB, a large one alone. */
static size_t batch_of(const struct imap *im, const struct mail *mails, size_t n, bool is_from_end)
{
	int64_t bytes = 0;
	size_t i = 0;

	while (i < n && i < (size_t)im->conf->batch) {
		const struct mail *next = is_from_end ? &mails[n - 1 - i] : &mails[i];

		if (imap_goes_alone(im, next) || (i > 0 && bytes + imap_weight(im, next) > BATCH_BYTES))
			break;
		bytes += imap_weight(im, next);
		i++;
	}
	return i > 0 ? i : 1;
}

/* ---- new mail, and gaps ---- */

static void pass(struct imap *im, struct place *at, const struct mail *mail)
{
	cursor_done(&at->cursor, mail->uid, im->now_s);
	at->is_dirty = true;
}

/* Without UIDVALIDITY each connection lists all of them again, and nothing tells one from another: those beyond the
 * number that was counted are new. */
static bool is_counted(struct place *at)
{
	if (at->box.uidvalidity != 0)
		return false;
	if (++at->n_met <= at->cursor.shut)
		return true;
	at->cursor.shut = at->n_met;
	return false;
}

void imap_leave_out(struct imap *im, struct place *at, const struct mail *mail)
{
	pass(im, at, mail);
	at->n_withheld += !is_counted(at);
}

/* A filtered mail is done as soon as those below it are. */
static void pass_filtered(struct imap *im, struct place *at, const struct mail *mails, size_t n, uint32_t below)
{
	for (size_t i = 0; i < n && mails[i].uid < below; i++) {
		if (!cursor_wants(&at->cursor, mails[i].uid))
			continue;
		if (mails[i].gate == GATE_CLOSED)
			imap_leave_out(im, at, &mails[i]);
		else if (imap_is_passed_over(im, &mails[i]))
			pass(im, at, &mails[i]);
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
		size = batch_of(im, chosen + done, n_chosen - done, false);
		if (!imap_take(im, at, chosen + done, size, err))
			return false;
	}
	pass_filtered(im, at, mails, n_mails, UINT32_MAX);
	return true;
}

/* Of those that the gate was asked about, those that it lets through; what it said of the others goes into mails. */
static size_t take_open(struct mail *chosen, size_t n_chosen, struct mail *mails)
{
	size_t n_open = 0;

	for (size_t i = 0; i < n_chosen; i++) {
		while (mails->uid != chosen[i].uid)
			mails++;
		mails->gate = chosen[i].gate;
		if (chosen[i].gate == GATE_OPEN)
			chosen[n_open++] = chosen[i];
	}
	return n_open;
}

/* ---- the backlog ---- */

/* Nobody looks at a UID above the position again, so one that the server did not show enough of becomes a gap. Without
 * room for it, the comparison finds it. */
void imap_leave_out_above(struct imap *im, struct place *at, uint32_t uid)
{
	while (at->n_shut > 0 && at->shut[at->n_shut - 1].uid > uid) {
		const struct mail *mail = &at->shut[--at->n_shut];

		cursor_count_dug(&at->cursor, 1);
		if (mail->gate == GATE_CLOSED)
			at->n_old_withheld++;
		else
			cursor_reopen(&at->cursor, mail->uid, mail->uid, im->now_s);
	}
}

/* From the end, for as long as there is time. *n: so many are left. */
static bool dig_open(struct imap *im, struct place *at, struct mail *mails, size_t *n, struct err *err)
{
	for (size_t size; *n > 0 && imap_may_dig(im); *n -= size) {
		if (sync_is_canceled(im->sync))
			return err_setf(err, ERR_CANCELED, "canceled");
		size = batch_of(im, mails, *n, true);
		if (!imap_take(im, at, mails + *n - size, size, err) || !imap_keep_budget(im, err))
			return false;
		im->has_dug = true;
	}
	return true;
}

/* Those that the gate leaves out are done with the next one below that is handed over, or with the last of them all. */
static bool dig_piece(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	uint32_t lowest = mails[0].uid;
	struct mail shut[PIECE];
	size_t n_open = 0;
	bool is_good;

	if (!imap_gate(im, at, mails, n, err))
		return false;
	at->shut = shut;
	for (size_t i = 0; i < n; i++) {
		if (mails[i].gate == GATE_OPEN)
			mails[n_open++] = mails[i];
		else
			shut[at->n_shut++] = mails[i];
	}
	is_good = dig_open(im, at, mails, &n_open, err);
	at->is_cut |= n_open > 0;
	if (is_good && n_open == 0 && at->n_shut > 0) {
		imap_leave_out_above(im, at, lowest - 1);
		cursor_dig(&at->cursor, lowest);
		at->is_dirty = true;
		is_good = imap_mark(im, at, err);
	}
	at->shut = NULL;
	at->n_shut = 0;
	return is_good;
}

/* The newest first, for as long as there is time for it. What `since` leaves out is done with those below it. */
static bool dig_chosen(struct imap *im, struct place *at, struct mail *chosen, size_t n, struct err *err)
{
	if (at->cursor.is_again && !imap_drop_known(im, at, chosen, &n, err))
		return false;
	while (n > 0 && !at->is_cut) {
		size_t size = n < PIECE ? n : PIECE;

		if (!imap_may_dig(im)) {
			at->is_cut = true;
			break;
		}
		n -= size;
		if (!dig_piece(im, at, chosen + n, size, err))
			return false;
	}
	return true;
}

/* ---- both ---- */

static bool take_listed(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	struct mail *chosen = xcalloc(n + 1, sizeof(*chosen));
	size_t n_chosen = 0;
	bool is_good;

	for (size_t i = 0; i < n; i++)
		if (imap_wants(at, mails[i].uid) && !imap_is_passed_over(im, &mails[i]))
			chosen[n_chosen++] = mails[i];
	if (at->is_digging)
		is_good = dig_chosen(im, at, chosen, n_chosen, err);
	else
		is_good = imap_gate(im, at, chosen, n_chosen, err) &&
			  take_chosen(im, at, chosen, take_open(chosen, n_chosen, mails), mails, n, err);
	free(chosen);
	return is_good;
}

/* One mail of which nothing else is known. */
static bool take_one(struct imap *im, struct place *at, struct mail *mail, struct err *err)
{
	if (!imap_wants(at, mail->uid))
		return true;
	if (at->is_digging)
		return dig_chosen(im, at, mail, 1, err);
	if (!imap_gate(im, at, mail, 1, err))
		return false;
	if (mail->gate == GATE_CLOSED)
		imap_leave_out(im, at, mail);
	return mail->gate != GATE_OPEN || imap_take(im, at, mail, 1, err);
}

/* Sizes and dates cannot be read: halves, and the one mail without them. */
static bool take_less(struct imap *im, struct place *at, struct uid_range range, struct err *err)
{
	struct mail mail = { .uid = range.from, .size = -1, .internaldate_us = INT64_MIN };
	uint32_t middle = range.from + (range.to - range.from) / 2;

	if (session_fault(im->session) != SESSION_UNREADABLE && session_fault(im->session) != SESSION_TOO_LARGE)
		return false;
	if (range.from == range.to)
		return take_one(im, at, &mail, err);
	if (at->is_digging)
		return imap_take_window(im, at, (struct uid_range){ middle + 1, range.to }, err) &&
		       (at->is_cut || imap_take_window(im, at, (struct uid_range){ range.from, middle }, err));
	return imap_take_window(im, at, (struct uid_range){ range.from, middle }, err) &&
	       imap_take_window(im, at, (struct uid_range){ middle + 1, range.to }, err);
}

/* Of the backlog nothing is listed twice: those of which the server said nothing but NO are asked for as what comes late.
 * Beyond what there is room for, a comparison finds them. */
static void keep_open(struct imap *im, struct place *at, struct uid_range range, const struct mail *mails, size_t n)
{
	for (uint64_t uid = (uint64_t)range.to + 1; uid > range.from;) {
		uint32_t to = (uint32_t)--uid;

		while (n > 0 && mails[n - 1].uid > to)
			n--;
		if ((n > 0 && mails[n - 1].uid == to) || !cursor_owes(&at->cursor, to))
			continue;
		while (uid > range.from && (n == 0 || mails[n - 1].uid != uid - 1) && cursor_owes(&at->cursor, (uint32_t)uid - 1))
			uid--;
		if (!cursor_reopen(&at->cursor, (uint32_t)uid, to, im->now_s))
			return;
		at->is_dirty = true;
	}
}

bool imap_take_window(struct imap *im, struct place *at, struct uid_range range, struct err *err)
{
	struct mail *mails = NULL;
	size_t n = 0;
	bool is_good;

	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_fetch_metas(im->session, &range, 1, range.to - range.from + 1, &mails, &n, err))
		return take_less(im, at, range, err);
	if (at->is_digging && session_left_some_out(im->session))
		keep_open(im, at, range, mails, n);
	is_good = take_listed(im, at, mails, n, err);
	free(mails);
	return is_good;
}
