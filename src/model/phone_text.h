/* The first half of reading a number: from text to digits, plus sign and extension. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "model/phone.h"

enum { PHONE_MAX_DIGITS = 24 };		/* more are counted, not kept */

struct phone_text {
	char digits[PHONE_MAX_DIGITS];
	size_t n_digits;
	bool has_plus;
	char extension[PHONE_EXTENSION_SIZE];
};

bool phone_text_read(struct str text, struct phone_text *out, struct err *err);
