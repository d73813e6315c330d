#include "model/phone.h"

#include <stdio.h>
#include <string.h>

#include "model/phone_national.h"
#include "model/phone_plan.h"
#include "model/phone_text.h"
#include "model/quote.h"

/* One way to read the digits. */
struct reading {
	const struct phone_region *region;	/* NULL: no calling code */
	enum phone_fit fit;
	struct phone_national national;
};

static bool read_national(const struct phone_region *region, struct str digits, struct reading *r)
{
	r->region = region;
	r->fit = phone_national_read(region, digits, &r->national);
	return r->fit == PHONE_FITS;
}

/* Digits that begin with a country code. */
static bool read_international(struct str digits, struct reading *r)
{
	size_t n_code = 0;

	r->region = phone_region_of(digits, &n_code);
	return r->region != NULL &&
	       read_national(r->region, str_sub(digits, n_code, digits.len), r);
}

/* The home country's code without plus: "5531900000042". */
static bool read_bare(const struct phone_region *region, struct str digits, struct reading *r)
{
	char code[8];
	size_t n = (size_t)snprintf(code, sizeof(code), "%u", region->code);

	return str_starts(digits, (struct str){ code, n }) &&
	       read_national(region, str_sub(digits, n, digits.len), r);
}

/* Digits that begin with what the region dials before a country code. 00 and the home country's
 * code mean home, even where 006 is a carrier for calls abroad. */
static bool read_selected(const struct phone_region *region, struct str digits, struct reading *r)
{
	struct str idds = region ? str_from(region->idds) : STR("00"), idd;

	if (region != NULL && str_starts(digits, STR("00")) &&
	    read_bare(region, str_sub(digits, 2, digits.len), r))
		return true;
	while (str_next(&idds, ' ', &idd))
		if (str_starts(digits, idd) &&
		    read_international(str_sub(digits, idd.len, digits.len), r))
			return true;
	return false;
}

/* "491701234567" in Germany could by its length be a national number. But those are written with
 * their trunk prefix; without it, a home code and nine digits or more is a plus forgotten. */
static bool is_plus_forgotten(const struct phone_region *region, const struct reading *home,
			      const struct reading *bare)
{
	return *region->trunks == '0' && home->national.n > bare->national.n &&
	       bare->national.n >= 9;
}

/* *r is the reading at home when none fits, so that the error speaks of the country the writer most
 * likely thought of. */
static bool read_at_home(const struct phone_region *region, struct str digits, struct reading *r)
{
	struct reading abroad = { 0 }, bare = { 0 };
	bool is_home, is_bare;

	if (read_selected(region, digits, &abroad)) {
		*r = abroad;
		return true;
	}
	/* "00 55 4004-7180" is a number of that country that we do not know, and none of ours. */
	if (abroad.region != NULL && abroad.region != region) {
		*r = abroad;
		return false;
	}
	is_home = read_national(region, digits, r);
	is_bare = read_bare(region, digits, &bare);
	if (is_bare && (!is_home || is_plus_forgotten(region, r, &bare)))
		*r = bare;
	return is_home || is_bare;
}

/* "10 or 11", "7, 9 or 10", "5 to 13". */
static void name_lengths(uint32_t bits, char *out, size_t size)
{
	int low = __builtin_ctz(bits), high = 31 - __builtin_clz(bits), n = 0;

	out[0] = '\0';
	if (high - low > 1 && bits >> low == (UINT32_C(2) << (high - low)) - 1) {
		snprintf(out, size, "%d to %d", low, high);
		return;
	}
	for (int i = low; i <= high && n >= 0 && (size_t)n < size; i++)
		if (bits & UINT32_C(1) << i)
			n += snprintf(out + n, size - (size_t)n, "%s%d",
				      i == low ? "" : i == high ? " or " : ", ", i);
}

static bool refuse(struct str text, const struct reading *r, struct err *err)
{
	char shown[QUOTE_SIZE], lengths[64];

	quote(str_trim(text), shown);
	if (r->region == NULL)
		return err_setf(err, ERR_INPUT, "\"%s\" begins with no country's calling code",
				shown);
	name_lengths(r->region->lengths, lengths, sizeof(lengths));
	if (r->fit == PHONE_SHAPE)
		return err_setf(err, ERR_INPUT, "\"%s\" is not the shape of %s", shown,
				r->region->phrase);
	return err_setf(err, ERR_INPUT, "\"%s\" %s for %s (+%u and %s digits)", shown,
			r->fit == PHONE_SHORT ? "is too short"
			: r->fit == PHONE_LONG ? "is too long" : "has the wrong length",
			r->region->phrase, r->region->code, lengths);
}

static void set(struct phone *out, const struct reading *r, const struct phone_text *text)
{
	size_t unused;
	const struct phone_region *shown;

	memset(out, 0, sizeof(*out));
	snprintf(out->e164, sizeof(out->e164), "+%u%.*s", r->region->code, (int)r->national.n,
		 r->national.digits);
	memcpy(out->extension, text->extension, sizeof(out->extension));
	shown = phone_region_of(str_from(out->e164 + 1), &unused);
	memcpy(out->region, (shown ? shown : r->region)->iso, sizeof(out->region));
}

bool phone_canonical(struct str text, const char *default_region, struct phone *out,
		     struct err *err)
{
	const struct phone_region *home = phone_region_find(str_from(default_region));
	struct reading r = { 0 };
	struct phone_text t;
	struct str digits;
	char shown[QUOTE_SIZE];
	bool is_read;

	if (!phone_text_read(text, &t, err))
		return false;
	if (t.n_digits > PHONE_MAX_DIGITS)
		return err_setf(err, ERR_INPUT, "\"%s\" has %zu digits, more than any phone number",
				quote(str_trim(text), shown), t.n_digits);
	digits = (struct str){ t.digits, t.n_digits };
	if (t.has_plus)	/* "+0055" is meant as either */
		is_read = read_international(str_starts(digits, STR("00"))
						     ? str_sub(digits, 2, digits.len) : digits,
					     &r);
	else if (home != NULL)
		is_read = read_at_home(home, digits, &r);
	else if (read_selected(NULL, digits, &r))
		is_read = true;
	else
		return err_setf(err, ERR_INPUT, "\"%s\" has no country code, and no "
				"default_region says which country to assume",
				quote(str_trim(text), shown));
	if (!is_read)
		return refuse(text, &r, err);
	set(out, &r, &t);
	return true;
}

bool phone_is_e164_digits(struct str digits)
{
	struct reading r = { 0 };
	size_t n_code = 0;

	for (size_t i = 0; i < digits.len; i++)
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
	if (!read_international(digits, &r))
		return false;
	phone_region_of(digits, &n_code);
	return r.national.n == digits.len - n_code;
}
