/* The gate: which mails are fetched at all, decided by a few header fields before any body moves. What it leaves out is
 * counted and leaves no other trace: no journal row, no log line, nobody's address. docs/decisions/header-first.md */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "imap/block.h"
#include "imap/exclude.h"
#include "imap/header_scan.h"
#include "imap/imap.h"

enum {
	BATCH = 100,			/* mails asked about in one command */
	FIELDS_MAX = 32 << 10,		/* bytes of one that come at first; a longer header comes whole */
};

static const char *const few_fields[] = { "From", "Sender", "Subject", NULL };
static const char *const all_fields[] = {
	"From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-Reply-To", "Resent-To",
	"Resent-Cc", "Resent-Bcc", "Subject", NULL,
};

static bool is_personal(const struct imap *im)
{
	return im->conf->privacy == IMAP_PERSONAL;
}

static bool needs_all_people(const struct imap *im)
{
	return is_personal(im) || im->conf->block.n_items > 0;
}

static bool has_header_rules(const struct imap *im)
{
	return needs_all_people(im) || exclude_has(&im->conf->exclude, EXCLUDE_FROM) ||
	       exclude_has(&im->conf->exclude, EXCLUDE_SUBJECT);
}

static bool has_label_rules(const struct imap *im)
{
	return exclude_has(&im->conf->exclude, EXCLUDE_LABEL) && session_is_gmail(im->session);
}

bool imap_has_gate(const struct imap *im)
{
	return has_header_rules(im) || has_label_rules(im);
}

/* ---- by Gmail's label ---- */

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Labels are never fetched: a server may write them in a way that costs the connection. */
static bool close_by_label(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	struct uid_range range = { mails[0].uid, mails[n - 1].uid };
	uint64_t width = (uint64_t)range.to - range.from + 1;
	auto_free char *query = exclude_gmail_query(&im->conf->exclude);
	uint32_t *uids = NULL;
	size_t n_uids = 0;

	if (query == NULL)
		return true;
	if (!imap_link_folder(im, at, err) ||
	    !session_search_gmail(im->session, &range, query, width < at->box.exists ? (uint32_t)width : at->box.exists,
				  &uids, &n_uids, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (bsearch(&mails[i].uid, uids, n_uids, sizeof(*uids), compare_uids) != NULL)
			mails[i].gate = GATE_CLOSED;
	free(uids);
	return true;
}

/* ---- by the header ---- */

struct people_search {
	struct imap *im;
	struct err *err;
	bool is_known, is_good;
};

static bool look_up(struct str address, void *arg)
{
	struct people_search *search = arg;

	search->is_good = sync_is_known_person(search->im->sync, address, &search->is_known, search->err);
	return search->is_good && !search->is_known;
}

/* Somebody in it is a contact already. */
static bool has_known(struct imap *im, struct str header, bool *is, struct err *err)
{
	struct people_search search = { .im = im, .err = err, .is_good = true };

	header_each_address(header, HEADER_PEOPLE, look_up, &search);
	*is = search.is_known;
	im->must_stop |= !search.is_good;
	return search.is_good;
}

static bool judge(struct imap *im, struct mail *mail, struct str header, struct err *err)
{
	bool is_known = true;

	mail->gate = GATE_CLOSED;
	if (exclude_matches(&im->conf->exclude, header) || block_matches(&im->conf->block, header))
		return true;
	if (is_personal(im) && !has_known(im, header, &is_known, err))
		return false;
	if (is_known)
		mail->gate = GATE_OPEN;
	return true;
}

/* So many recipients that the first piece does not hold them. */
static bool judge_long(struct imap *im, struct place *at, struct mail *mail, struct err *err)
{
	struct str header;
	bool is_found;

	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_fetch_header(im->session, mail->uid, &header, &is_found, err)) {
		if (session_fault(im->session) != SESSION_UNREADABLE && session_fault(im->session) != SESSION_TOO_LARGE)
			return false;
		mail->gate = is_personal(im) ? GATE_CLOSED : GATE_OPEN;
		return true;
	}
	mail->gate = GATE_UNKNOWN;
	return !is_found || judge(im, mail, header, err);
}

static bool ask(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err);

/* An answer that cannot be read: halves, down to the one mail that spoils it. Nobody can tell whose that is: a
 * personal mailbox leaves it alone, any other takes it as it would have without a gate. */
static bool ask_less(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	if (session_fault(im->session) != SESSION_UNREADABLE && session_fault(im->session) != SESSION_TOO_LARGE)
		return false;
	if (n > 1)
		return ask(im, at, mails, n / 2, err) && ask(im, at, mails + n / 2, n - n / 2, err);
	mails->gate = is_personal(im) ? GATE_CLOSED : GATE_OPEN;
	return true;
}

static bool ask(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_fetch_fields(im->session, mails, n, needs_all_people(im) ? all_fields : few_fields, FIELDS_MAX, err))
		return ask_less(im, at, mails, n, err);
	for (size_t i = 0; i < n; i++) {
		mails[i].gate = GATE_UNKNOWN;	/* no answer: gone meanwhile, or not to be had at present */
		if (mails[i].has_body)
			imap_spend(im, mails[i].body.len);
		if (mails[i].has_body && mails[i].body.len < FIELDS_MAX && !judge(im, &mails[i], mails[i].body, err))
			return false;
	}
	for (size_t i = 0; i < n; i++)
		if (mails[i].has_body && mails[i].body.len >= FIELDS_MAX && !judge_long(im, at, &mails[i], err))
			return false;
	return true;
}

/* Those that are still open. */
static bool close_by_header(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	struct mail some[BATCH];
	size_t from[BATCH], n_some = 0;

	for (size_t i = 0; i <= n; i++) {
		if (n_some == BATCH || (i == n && n_some > 0)) {
			if (!ask(im, at, some, n_some, err))
				return false;
			for (size_t k = 0; k < n_some; k++)
				mails[from[k]].gate = some[k].gate;
			n_some = 0;
		}
		if (i < n && mails[i].gate == GATE_OPEN) {
			from[n_some] = i;
			some[n_some++] = mails[i];
		}
	}
	return true;
}

bool imap_gate(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		mails[i].gate = GATE_OPEN;
	if (n == 0)
		return true;
	/* Without a connection nobody knows whether it is Gmail. */
	if (exclude_has(&im->conf->exclude, EXCLUDE_LABEL) && !imap_link_folder(im, at, err))
		return false;
	if (has_label_rules(im) && !close_by_label(im, at, mails, n, err))
		return false;
	return !has_header_rules(im) || close_by_header(im, at, mails, n, err);
}
