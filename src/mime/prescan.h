/* What runs before GMime sees a byte: the caps, and a copy of the mail in which everything that it
 * would stumble over is blanked in place. Every offset in the copy is the same in the mail, so that
 * GMime tells where things are and the bytes are taken from the mail itself. */
#pragma once

#include <daybook/err.h>

#include "mime/decode.h"

enum { DEPTH_HARD = 64, FIELDS_HARD = 20000, BOUNDARY_MAX = 256 };

struct limits {
	size_t max_depth, max_parts;	/* depth is at most DEPTH_HARD */
	size_t max_header_bytes, max_field_bytes, max_fields;	/* of each header block */
};

struct prescan {
	char *safe;		/* as long as the mail; from g_malloc(), the caller's */
	size_t n_fields;	/* of the mail's own header */
	size_t body_at;
	size_t n_junk;
};

/* Where the header begins: behind a byte order mark, blank lines, mbox lines and junk. */
size_t prescan_start(struct str mail, size_t *n_junk);

/* ERR_LIMIT beyond a limit (also FIELDS_HARD fields in all parts together). */
bool prescan(struct str mail, const struct limits *limits, struct prescan *out, struct err *err);
