/* Mail that machines write about a mail of ours: delivery reports (RFC 3464), read receipts
 * (RFC 8098), abuse reports. */
#pragma once

#include "mime/tree.h"

struct report {
	bool is_delivery, is_receipt, is_abuse;
	struct str action;	/* worst of all recipients: failed, delayed, delivered … lower case */
	struct str status;	/* 5.1.1 */
	struct str diagnostic;
	struct str recipient;	/* of the worst */
	struct str disposition;	/* of a receipt: displayed, deleted … */
	struct str about;	/* Message-ID of the mail it is about; may be empty */
};

void report_read(struct decode *dec, const struct tree *tree, struct report *out);
