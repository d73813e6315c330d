/* The second half: national digits, as dialled at home, → national number, by one country's plan. */
#pragma once

#include <daybook/str.h>

#include "model/phone_plan.h"

enum phone_fit {
	PHONE_FITS,
	PHONE_SHORT,
	PHONE_LONG,
	PHONE_GAP,		/* neither, but no number there has as many digits */
	PHONE_SHAPE,		/* long enough, but no number there looks so */
};

enum { PHONE_NATIONAL_SIZE = 24 };

struct phone_national {
	char digits[PHONE_NATIONAL_SIZE];
	size_t n;
};

/* Takes off trunk prefixes and carrier codes where without them it is a number and with them it is
 * none. out is filled only when it fits. */
enum phone_fit phone_national_read(const struct phone_region *region, struct str digits,
				   struct phone_national *out);
