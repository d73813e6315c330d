/* Fetching bodies when the server is not well: a batch that cannot be read is halved until the one mail
 * that spoils it stands alone. That one becomes a dead letter with as much as can be read; one that
 * only will not come through (the connection drops each time) stays a gap and is asked for again. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "imap/imap.h"

enum {
	PIECE = 1 << 20,		/* larger mails come in pieces, so that each has its deadline */
	SLACK = 64 << 10,		/* sizes are claims */
	PATIENCE_S = 24 * 3600,		/* with a mail that is listed and never delivered */
};

static bool take(struct imap *im, struct place *at, struct mail *mails, size_t n, unsigned n_tries,
		 struct err *err);

bool imap_is_in_pieces(const struct mail *mail)
{
	return mail->size < 0 || mail->size > PIECE;
}

bool imap_goes_alone(const struct imap *im, const struct mail *mail)
{
	return imap_is_in_pieces(mail) && !imap_is_large(im, mail);
}

int64_t imap_weight(const struct imap *im, const struct mail *mail)
{
	return imap_is_large(im, mail) ? im->conf->whole_below : mail->size;
}

/* The header alone, if that can be had, and the reason. */
static bool bury(struct imap *im, struct place *at, const struct mail *mail, const struct err *why,
		 struct err *err)
{
	struct str header = { 0 };
	struct err ignored = { 0 };
	bool is_found = false;

	if (!imap_link_folder(im, at, err))
		return false;
	if (session_fetch_header(im->session, mail->uid, &header, &is_found, &ignored))
		im->has_read_one |= is_found;
	else if (ignored.kind == ERR_CANCELED || ignored.kind == ERR_THROTTLED)
		return err_setf(err, ignored.kind, "%s", ignored.msg);
	/* When nothing at all was ever readable it is the server that is broken, not this mail. */
	if (!im->has_read_one)
		return err_setf(err, ERR_AGAIN, "%s", why->msg);
	return imap_emit_dead(im, at, mail, header, why, err);
}

static bool stick(struct imap *im, struct place *at, const struct mail *mail, const struct err *why,
		  struct err *err)
{
	if (cursor_is_stuck(&at->cursor, mail->uid))
		return true;
	if (!cursor_stick(&at->cursor, mail->uid, im->now_s))
		return err_setf(err, ERR_AGAIN, "too many mails that the server lists and does not deliver: %s",
				why->msg);
	at->is_dirty = true;
	return true;
}

/* mails[0] alone has failed. */
static bool settle(struct imap *im, struct place *at, struct mail *mail, enum session_fault fault,
		   const struct err *why, struct err *err)
{
	struct err reason = { .kind = ERR_INPUT };

	switch (fault) {
	case SESSION_TOO_LARGE:
		err_setf(&reason, ERR_LIMIT, "the mail cannot be taken over: %s", why->msg);
		return bury(im, at, mail, &reason, err);
	case SESSION_UNREADABLE:
		err_setf(&reason, ERR_INPUT, "the server's answer for this mail cannot be read: %s", why->msg);
		return bury(im, at, mail, &reason, err);
	default:
		return stick(im, at, mail, why, err);
	}
}

bool imap_settle(struct imap *im, struct place *at, struct mail *mail, struct err *err)
{
	struct err why = *err;

	return settle(im, at, mail, session_fault(im->session), &why, err);
}

/* A lost connection may be the network's doing, and so may an answer that cannot be read: the same again once, before
 * halves are asked for or one mail becomes a dead letter. */
static bool take_less(struct imap *im, struct place *at, struct mail *mails, size_t n, unsigned n_tries,
		      struct err *err)
{
	enum session_fault fault = session_fault(im->session);
	struct err why = *err;

	if (why.kind == ERR_CANCELED)
		return false;
	if (n_tries == 0 && (fault == SESSION_LOST || (n == 1 && fault == SESSION_UNREADABLE)))
		return take(im, at, mails, n, 1, err);
	if (n == 1 && fault == SESSION_TOO_LARGE && !imap_is_in_pieces(mails)) {
		mails[0].size = -1;	/* its size was a wrong claim: as much as may be */
		return take(im, at, mails, 1, n_tries, err);
	}
	if (n == 1)
		return settle(im, at, mails, fault, &why, err);
	if (at->is_digging)
		return take(im, at, mails + n / 2, n - n / 2, 0, err) && take(im, at, mails, n / 2, 0, err);
	return take(im, at, mails, n / 2, 0, err) && take(im, at, mails + n / 2, n - n / 2, 0, err);
}

/* No bytes of a mail that is said to have some are as good as NIL. */
static bool is_given(const struct mail *mail)
{
	return mail->has_body && (mail->body.len > 0 || mail->size == 0);
}

bool imap_hand_over(struct imap *im, struct place *at, const struct mail *mails, size_t n, struct err *err)
{
	struct err why = { .kind = ERR_AGAIN };

	for (size_t k = 0; k < n; k++) {
		size_t i = at->is_digging ? n - 1 - k : k;

		if (is_given(&mails[i])) {
			if (!imap_emit(im, at, &mails[i], mails[i].body, err))
				return false;
			continue;
		}
		/* Listed a moment ago, and now NIL, empty or nothing: deleted, or not to be had at present. */
		err_setf(&why, ERR_AGAIN, "the server gives no body");
		if (!stick(im, at, &mails[i], &why, err))
			return false;
	}
	return true;
}

/* Piece by piece into out; false with session_fault() set, or with err ERR_LIMIT in out. */
bool imap_fetch_pieces(struct imap *im, uint32_t uid, struct buf *out, bool *is_found, struct err *err)
{
	struct str piece;

	do {
		if (!session_fetch_piece(im->session, uid, (uint32_t)out->len, PIECE, &piece, is_found, err))
			return false;
		buf_add(out, piece);
	} while (*is_found && piece.len == PIECE && !buf_is_exceeded(out));
	return true;
}

static bool take_in_pieces(struct imap *im, struct place *at, struct mail *mail, unsigned n_tries,
			   struct err *err)
{
	bool is_found = false, is_good;
	struct err why;
	struct buf body;

	buf_init(&body, (size_t)im->conf->max_message + SLACK);
	is_good = imap_fetch_pieces(im, mail->uid, &body, &is_found, err);
	if (!is_good) {
		buf_finish(&body);
		return take_less(im, at, mail, 1, n_tries, err);
	}
	if (buf_is_exceeded(&body)) {
		err_setf(&why, ERR_LIMIT, "the mail is larger than max_message (%lld bytes)",
			 (long long)im->conf->max_message);
		is_good = bury(im, at, mail, &why, err);
	} else {
		mail->has_body = is_found;
		mail->body = buf_str(&body);
		is_good = imap_hand_over(im, at, mail, 1, err);
	}
	buf_finish(&body);
	return is_good;
}

static bool take(struct imap *im, struct place *at, struct mail *mails, size_t n, unsigned n_tries,
		 struct err *err)
{
	if (!imap_link_folder(im, at, err))
		return false;
	if (n == 1 && imap_is_in_pieces(mails))
		return take_in_pieces(im, at, mails, n_tries, err);
	if (!session_fetch_bodies(im->session, mails, n, err))
		return take_less(im, at, mails, n, n_tries, err);
	return imap_hand_over(im, at, mails, n, err);
}

bool imap_bury_large(struct imap *im, struct place *at, const struct mail *mail, const char *reason, struct err *err)
{
	struct err why;

	err_setf(&why, ERR_LIMIT, "the mail has %lld bytes, larger than max_message (%lld), and cannot be taken in parts: %s",
		 (long long)mail->size, (long long)im->conf->max_message, reason);
	return bury(im, at, mail, &why, err);
}

bool imap_take_whole(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	return take(im, at, mails, n, 0, err);
}

bool imap_take(struct imap *im, struct place *at, struct mail *mails, size_t n_mails, struct err *err)
{
	for (size_t i = 0; i < n_mails; i++)
		if (imap_is_large(im, &mails[i]))
			return imap_take_mixed(im, at, mails, n_mails, err);
	return take(im, at, mails, n_mails, 0, err);
}

/* How large it is, where the server says that. */
static bool ask_size(struct imap *im, struct place *at, struct mail *mail, struct err *err)
{
	const struct uid_range range = { mail->uid, mail->uid };
	struct mail *mails = NULL;
	size_t n = 0;

	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_fetch_metas(im->session, &range, 1, 1, &mails, &n, err))
		return err->kind != ERR_CANCELED && err->kind != ERR_THROTTLED;
	if (n > 0)
		*mail = mails[0];
	free(mails);
	return true;
}

bool imap_take_stuck(struct imap *im, struct place *at, uint32_t uid, int64_t since_s, struct err *err)
{
	struct mail mail = { .uid = uid, .size = -1, .internaldate_us = INT64_MIN };
	struct err why;

	if (im->now_s - since_s < PATIENCE_S) {
		if (!ask_size(im, at, &mail, err))
			return false;
		if (mail.size > im->conf->max_message)
			return imap_take_mixed(im, at, &mail, 1, err);
		mail.size = -1;		/* a claim: piece by piece */
		return take(im, at, &mail, 1, 1, err);
	}
	err_setf(&why, ERR_AGAIN, "the server listed this mail and did not deliver it for %d hours", PATIENCE_S / 3600);
	return bury(im, at, &mail, &why, err);
}
