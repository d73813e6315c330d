/* How long an import bears a daemon that is busy, full or gone, and how much it sends at a time meanwhile. Pure. */
#pragma once

#include <daybook/str.h>

struct import_patience {
	size_t allowed;			/* mails on their way at a time */
	int64_t rest_until_us;		/* nothing is sent before; 0: no rest */
	unsigned n_refusals;		/* in a row */
	bool was_there;			/* the daemon has answered */
	int64_t gone_us, refused_us;	/* since when; 0: it is not */
	char refusal[300];
};

enum import_verdict {
	IMPORT_GO_ON,
	IMPORT_NEVER_THERE,		/* nobody listens, and nobody has since we began */
	IMPORT_GONE_TOO_LONG,
	IMPORT_REFUSED_TOO_LONG,	/* .refusal says why */
};

enum { IMPORT_MAX_FLYING = 48, IMPORT_GONE_S = 30, IMPORT_REFUSED_S = 60 };

void import_patience_init(struct import_patience *p);
/* Somebody is there, whatever they say. */
void import_patience_answered(struct import_patience *p);
/* One was taken: one more at a time. */
void import_patience_taken(struct import_patience *p);
/* Not now: half as many at a time, after a rest that doubles, or as long as was asked for (0: not said). */
void import_patience_refused(struct import_patience *p, int64_t retry_after_s, struct str why, int64_t now_us);
/* No answer came: one at a time, to look whether somebody is there again. */
void import_patience_lost(struct import_patience *p, int64_t now_us);
enum import_verdict import_patience_verdict(const struct import_patience *p, int64_t now_us);
