/* Mail that machines write about a mail of ours: delivery reports (RFC 3464), read receipts
 * (RFC 8098), abuse reports. */
#pragma once

#include "mime/tree.h"

enum { REPORT_RECIPIENTS_MAX = 20 };

struct report_recipient {
	struct str address;
	struct str action;	/* failed, delayed, delivered … lower case */
	struct str status;	/* 5.1.1 */
	struct str diagnostic;	/* what the other server said */
};

struct report {
	bool is_delivery, is_receipt, is_abuse;
	struct report_recipient worst;	/* of all recipients; the first of those that fared alike */
	struct report_recipient failed[REPORT_RECIPIENTS_MAX];
	size_t n_failed;
	size_t n_unlisted;	/* failed ones beyond the array */
	struct str disposition;	/* of a receipt: displayed, deleted … */
	struct str about;	/* Message-ID of the mail it is about; may be empty */
};

/* What stands in parts made for programs. Messages that came back are looked into only in a report, or in a
 * mail of which `is_notice` says that a mail system wrote it. */
void report_read(struct decode *dec, const struct tree *tree, bool is_notice, struct report *out);

/* One more recipient; the address is listed once. */
void report_add(struct report *r, const struct report_recipient *who);
