/* Handles of people: the form in which two are compared, and which other handles may belong to the
 * same person. All pure. */
#pragma once

#include <daybook/interaction.h>

/* Replaces id->value by its canonical form (in the arena or the old slice). False with ERR_INPUT:
 * it is no such handle; id is untouched. default_region: how to read a phone number without country
 * code, e.g. "BR"; may be NULL. */
bool identity_canonical(struct identity *id, struct arena *arena, const char *default_region,
			struct err *err);

bool identity_eq(const struct identity *a, const struct identity *b);

/* "email:ana@acme.com", "wa_bsuid:BR.134…", "ext/loja:9841"; for people and logs at debug level. */
struct str identity_text(const struct identity *id, struct arena *arena);

/* Why another handle may be the same line. */
enum variant {
	VARIANT_NONE,		/* it is the handle itself */
	VARIANT_SAME_NUMBER,	/* phone "+X" and wa "X": as good as exact */
	VARIANT_NINTH_DIGIT,	/* Brazil: 31 9xxxx-xxxx and 31 xxxx-xxxx */
	VARIANT_MEXICAN_1,	/* 52… and 521… */
	VARIANT_ARGENTINE_9,	/* 54… and 549…: only where both came from WhatsApp */
};

/* "the ninth digit" … for people. */
const char *variant_text(enum variant variant);

struct identity_variant {
	struct identity id;
	enum variant variant;
};

enum { IDENTITY_MAX_VARIANTS = 4 };

/* What else to look up for a canonical phone or wa identity, best first; 0 for others. The values
 * live in the arena. */
size_t identity_variants(const struct identity *id, struct arena *arena,
			 struct identity_variant out[IDENTITY_MAX_VARIANTS]);

/* The phone identity "+<wa_id>" of a wa identity, when that is a possible number just as it stands;
 * and back. False: there is none. */
bool identity_phone_of_wa(const struct identity *wa, struct arena *arena, struct identity *phone);
bool identity_wa_of_phone(const struct identity *phone, struct arena *arena, struct identity *wa);
