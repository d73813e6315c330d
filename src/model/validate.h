/* The gate between a normalizer (perhaps in a parser process that somebody broke into) and the
 * store: what passes is sound, whoever made it. Pure. */
#pragma once

#include <daybook/interaction.h>

enum {
	VALIDATE_MAX_PARTIES = 2000,
	VALIDATE_MAX_IDS = 32,			/* of one party */
	VALIDATE_MAX_ATTACHMENTS = 2000,
	VALIDATE_MAX_KEY = 2048,		/* external_id, about, thread, account … */
	VALIDATE_MAX_LINE = 16 << 10,		/* subject, names, why … */
	VALIDATE_MAX_TEXT = 16 << 20,
	VALIDATE_MAX_DETAILS = 4 << 20,
	VALIDATE_MAX_DETAILS_DEPTH = 32,
};

/* Enum values, UTF-8, sizes, hex, details a JSON object. Clamps times: occurred_us is never later
 * than the receipt and never missing, with a note in it->why and the claim kept in claimed_us.
 * False: ERR_INPUT, or ERR_LIMIT for what is too large; the text names the field. */
bool interaction_validate(struct interaction *it, int64_t received_us, struct arena *arena,
			  struct err *err);
