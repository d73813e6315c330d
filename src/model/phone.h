/* Telephone numbers: what people write → E.164 ("+5531900000042"). Reads by our own table of
 * numbering plans: country code, trunk prefix and possible lengths, not whether a number is in
 * service. All pure. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

enum { PHONE_SIZE = 17, PHONE_EXTENSION_SIZE = 8 };	/* plus, fifteen digits, terminator */

struct phone {
	char e164[PHONE_SIZE];
	char region[4];				/* main one of its calling code: "BR"; "001": none */
	char extension[PHONE_EXTENSION_SIZE];	/* digits after "ramal", "ext." …; not in e164 */
};

/* Takes "+55 (31) 90000-0042", "0055 31 …", "0 15 31 90000-0042", "tel:…", full-width digits;
 * national forms and selection codes as in default_region ("BR"), which may be NULL or empty.
 * What it gives is a fixed point. Never rewrites what is a possible number as it stands: neither
 * Brazil's ninth digit nor Mexico's 1 is put in or taken out. ERR_INPUT with a text for people. */
bool phone_canonical(struct str text, const char *default_region, struct phone *out,
		     struct err *err);

/* Digits alone, as in a wa_id: true when "+digits" is a canonical number just as it stands. */
bool phone_is_e164_digits(struct str digits);
