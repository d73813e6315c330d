#include "model/phone_national.h"

#include <string.h>

/* The table's lengths end where E.164 does, at fifteen digits with the country code. */
static enum phone_fit fit_of_length(const struct phone_region *region, size_t n)
{
	uint32_t bits = region->lengths;

	if (bits & UINT32_C(1) << n)
		return PHONE_FITS;
	if ((bits & ((UINT32_C(1) << n) - 1)) == 0)
		return PHONE_SHORT;
	return bits >> n ? PHONE_GAP : PHONE_LONG;
}

static bool in(char c, char low, char high)
{
	return c >= low && c <= high;
}

/* Area code without zeros; landlines begin with 2 to 5, mobiles with 6 to 9 (the old form) or with
 * a ninth digit 9; 0800 and its like have no area. */
static bool is_brazilian(struct str d)
{
	if (d.len < 10 || d.len > 11)
		return false;
	if (d.len == 10 && d.ptr[1] == '0')
		return d.ptr[2] == '0' && str_chr(STR("3589"), d.ptr[0]) != STR_NONE;
	return in(d.ptr[0], '1', '9') && in(d.ptr[1], '1', '9') &&
	       (d.len == 11 ? d.ptr[2] == '9' : in(d.ptr[2], '2', '9'));
}

/* Area 11, or 2… and 3…; a mobile has a 9 before it in the international form; 600, 800, 810. */
static bool is_argentine(struct str d)
{
	if (d.len == 11 && d.ptr[0] == '9')
		return is_argentine(str_sub(d, 1, 10)) && in(d.ptr[1], '1', '3');
	return d.len == 10 && (str_starts(d, STR("11")) || in(d.ptr[0], '2', '3') ||
			       str_starts(d, STR("600")) || str_starts(d, STR("8")));
}

/* Ten digits; a 1 before them is the mobile form of old, still in many wa_ids. */
static bool is_mexican(struct str d)
{
	if (d.len == 11 && d.ptr[0] == '1')
		d = str_sub(d, 1, 10);
	return d.len == 10 && in(d.ptr[0], '2', '9');
}

static bool is_number(const struct phone_region *region, struct str d)
{
	if (region->code == 55)
		return is_brazilian(d);
	if (region->code == 54)
		return is_argentine(d);
	if (region->code == 52)
		return is_mexican(d);
	return d.len > 0 && fit_of_length(region, d.len) == PHONE_FITS &&
	       (region->first_digits >> (d.ptr[0] - '0') & 1) != 0;
}

static void set(struct phone_national *out, struct str prefix, struct str d)
{
	memcpy(out->digits, prefix.ptr, prefix.len);
	memcpy(out->digits + prefix.len, d.ptr, d.len);
	out->n = prefix.len + d.len;
}

/* 0 or 90 (at the other's expense), then a carrier's two digits or not: "0 15 11 91234-5678". */
static bool read_brazilian(struct str d, struct phone_national *out)
{
	struct str rest;

	if (str_starts(d, STR("0")))
		rest = str_sub(d, 1, d.len);
	else if (str_starts(d, STR("90")))
		rest = str_sub(d, 2, d.len);
	else
		return false;
	if (!is_brazilian(rest) && rest.len > 2 && in(rest.ptr[0], '1', '9') &&
	    in(rest.ptr[1], '1', '9'))
		rest = str_sub(rest, 2, rest.len);
	if (!is_brazilian(rest))
		return false;
	set(out, STR(""), rest);
	return true;
}

/* Argentina's area codes of three digits; 11 is the one of two, all others have four. */
static bool is_area_of_three(struct str d)
{
	static const char codes[] =
		"220 221 223 230 236 237 249 260 261 263 264 266 280 291 294 297 298 299 "
		"336 341 342 343 345 348 351 353 358 362 364 370 376 379 380 381 383 385 387 388";

	return str_find(STR(codes), str_sub(d, 0, 3)) != STR_NONE;
}

/* "0 11 15 1234-5678": the 15 after the area says mobile at home, the 9 before it abroad. */
static bool read_argentine(struct str d, struct phone_national *out)
{
	char number[10];
	size_t area;

	if (str_starts(d, STR("9")) && d.len > 11)
		d = str_sub(d, 1, d.len);
	if (str_starts(d, STR("0")))
		d = str_sub(d, 1, d.len);
	if (is_argentine(d)) {
		set(out, STR(""), d);
		return true;
	}
	if (d.len != 12)
		return false;
	area = str_starts(d, STR("11")) ? 2 : is_area_of_three(d) ? 3 : 4;
	if (!str_eq(str_sub(d, area, 2), STR("15")))
		return false;
	memcpy(number, d.ptr, area);
	memcpy(number + area, d.ptr + area + 2, 10 - area);
	set(out, STR("9"), (struct str){ number, 10 });
	return is_argentine((struct str){ out->digits, out->n });
}

/* What remains after the first trunk prefix that leaves a number; after the first that is there at
 * all otherwise, to say what is wrong with it. */
static bool strip_trunk(const struct phone_region *region, struct str d, struct str *rest)
{
	struct str trunks = str_from(region->trunks), trunk;
	bool is_first = true;

	while (str_next(&trunks, ' ', &trunk)) {
		struct str after = str_sub(d, trunk.len, d.len);

		if (!str_starts(d, trunk))
			continue;
		if (is_first || is_number(region, after))
			*rest = after;
		if (is_number(region, after))
			return true;
		is_first = false;
	}
	return false;
}

enum phone_fit phone_national_read(const struct phone_region *region, struct str digits,
				   struct phone_national *out)
{
	struct str rest = digits;
	enum phone_fit fit;

	if (digits.len >= PHONE_NATIONAL_SIZE)
		return PHONE_LONG;
	if (is_number(region, digits) || strip_trunk(region, digits, &rest)) {
		set(out, STR(""), rest);
		return PHONE_FITS;
	}
	if (region->code == 55 && read_brazilian(digits, out))
		return PHONE_FITS;
	if (region->code == 54 && read_argentine(digits, out))
		return PHONE_FITS;
	fit = fit_of_length(region, rest.len);
	return fit == PHONE_FITS ? PHONE_SHAPE : fit;
}
