/* The other spellings of one WhatsApp line (FIELD: Brazil's ninth digit, Mexico's 1, Argentina's
 * 9). Only where the plan leaves no doubt that both are the same kind of line: a landline never has
 * a variant. */
#include "model/identity.h"

enum { LINE_MAX = 20 };

static bool in(char c, char low, char high)
{
	return c >= low && c <= high;
}

/* 55, area, subscriber. Eight digits from 6 on: a mobile of old, which has a form with 9. Nine
 * digits in 9: the form without only where that is a mobile's again. */
static struct str brazilian(struct str d, struct arena *arena)
{
	if (d.len < 12 || !in(d.ptr[2], '1', '9') || !in(d.ptr[3], '1', '9'))
		return STR("");
	if (d.len == 12 && in(d.ptr[4], '6', '9'))
		return arena_strf(arena, "%.4s9%.8s", d.ptr, d.ptr + 4);
	if (d.len == 13 && d.ptr[4] == '9' && in(d.ptr[5], '6', '9'))
		return arena_strf(arena, "%.4s%.8s", d.ptr, d.ptr + 5);
	return STR("");
}

/* Eight digits in 6 or 7 were not only mobiles: São Paulo had landlines in 6 until 2008, and the radios in 7 never got the
 * ninth digit. Whoever typed them may mean one of those; WhatsApp means a mobile. */
static bool is_old_form_in_doubt(struct str d)
{
	return in(d.ptr[d.len - 8], '6', '7');
}

static struct str mexican(struct str d, struct arena *arena)
{
	if (d.len == 12 && in(d.ptr[2], '2', '9'))
		return arena_strf(arena, "521%.10s", d.ptr + 2);
	if (d.len == 13 && d.ptr[2] == '1' && in(d.ptr[3], '2', '9'))
		return arena_strf(arena, "52%.10s", d.ptr + 3);
	return STR("");
}

static struct str argentine(struct str d, struct arena *arena)
{
	if (d.len == 12 && in(d.ptr[2], '1', '3'))
		return arena_strf(arena, "549%.10s", d.ptr + 2);
	if (d.len == 13 && d.ptr[2] == '9' && in(d.ptr[3], '1', '3'))
		return arena_strf(arena, "54%.10s", d.ptr + 3);
	return STR("");
}

static struct str other_form(struct str digits, struct arena *arena, enum variant *variant)
{
	if (str_starts(digits, STR("55"))) {
		*variant = VARIANT_NINTH_DIGIT;
		return brazilian(digits, arena);
	}
	if (str_starts(digits, STR("52"))) {
		*variant = VARIANT_MEXICAN_1;
		return mexican(digits, arena);
	}
	if (str_starts(digits, STR("54"))) {
		*variant = VARIANT_ARGENTINE_9;
		return argentine(digits, arena);
	}
	return STR("");
}

size_t identity_variants(const struct identity *id, struct arena *arena,
			 struct identity_variant out[IDENTITY_MAX_VARIANTS])
{
	bool is_wa = id->scheme == SCHEME_WA;
	struct str digits = is_wa ? id->value : str_sub(id->value, 1, id->value.len);
	struct identity wa, phone;
	enum variant variant;
	bool is_in_doubt, is_old;
	size_t n = 0;

	if ((!is_wa && id->scheme != SCHEME_PHONE) || digits.len > LINE_MAX)
		return 0;
	if (is_wa ? identity_phone_of_wa(id, arena, &phone) : identity_wa_of_phone(id, arena, &wa))
		out[n++] = (struct identity_variant){ is_wa ? phone : wa, VARIANT_SAME_NUMBER };

	wa = (struct identity){ .scheme = SCHEME_WA,
				.value = other_form(digits, arena, &variant) };
	if (wa.value.len == 0)
		return n;
	/* 54 without the 9 may be somebody else's landline: the word of WhatsApp on both sides
	 * is needed. */
	if (variant == VARIANT_ARGENTINE_9) {
		if (is_wa)
			out[n++] = (struct identity_variant){ wa, variant };
		return n;
	}
	is_in_doubt = variant == VARIANT_NINTH_DIGIT && is_old_form_in_doubt(digits);
	is_old = digits.len < wa.value.len;
	if (is_in_doubt && is_old && !is_wa)
		return n;
	out[n++] = (struct identity_variant){ wa, variant };
	if (is_in_doubt && !is_old)
		return n;
	if (identity_phone_of_wa(&wa, arena, &phone))
		out[n++] = (struct identity_variant){ phone, variant };
	return n;
}

const char *variant_text(enum variant variant)
{
	switch (variant) {
	case VARIANT_SAME_NUMBER: return "the same number";
	case VARIANT_NINTH_DIGIT: return "the ninth digit";
	case VARIANT_MEXICAN_1: return "the Mexican 1";
	case VARIANT_ARGENTINE_9: return "the Argentine 9";
	case VARIANT_NONE: break;
	}
	return "itself";
}
