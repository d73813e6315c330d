#include "model/identity.h"

#include "model/email.h"
#include "model/phone.h"
#include "model/quote.h"

enum { IDENTITY_MAX = 512 };

static bool is_visible_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
			return false;
	return s.len > 0;
}

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

static bool is_alnum(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
			return false;
	}
	return s.len > 0;
}

static bool refuse(struct str value, const char *what, struct err *err)
{
	char shown[QUOTE_SIZE];

	return err_setf(err, ERR_INPUT, "\"%s\" is not %s", quote(value, shown), what);
}

/* "BR.1502…", "US.ENT.…"; loosely, since Meta's own texts on the shape changed twice. */
static bool is_bsuid(struct str s)
{
	struct str rest = s, piece;
	size_t n = 0;

	while (str_next(&rest, '.', &piece)) {
		if (!is_alnum(piece) || (n == 0 && piece.len != 2))
			return false;
		n++;
	}
	return n >= 2 && s.len <= 160 && !str_ends(s, STR("."));
}

/* A plus and the provider's prefix are no part of a wa_id; nothing else is touched. */
static struct str bare_wa(struct str s)
{
	s = str_trim(s);
	if (str_istarts(s, STR("whatsapp:")))
		s = str_sub(s, 9, s.len);
	return str_starts(s, STR("+")) ? str_sub(s, 1, s.len) : s;
}

static bool canonical_phone(struct str value, struct arena *arena, const char *default_region,
			    struct str *out, struct err *err)
{
	struct phone phone;

	if (!phone_canonical(value, default_region, &phone, err))
		return false;
	*out = arena_str(arena, str_from(phone.e164));
	if (out->len == 0)
		return err_setf(err, ERR_LIMIT, "no memory left for this message");
	return true;
}

bool identity_canonical(struct identity *id, struct arena *arena, const char *default_region,
			struct err *err)
{
	struct str value = str_trim(id->value);

	if (value.len == 0)
		return err_setf(err, ERR_INPUT, "an empty %s identity", scheme_name(id->scheme));
	if (value.len > IDENTITY_MAX)
		return refuse(value, "an identity: longer than 512 bytes", err);
	switch (id->scheme) {
	case SCHEME_EMAIL:
		return email_canonical(value, arena, &id->value, err);
	case SCHEME_PHONE:
		return canonical_phone(value, arena, default_region, &id->value, err);
	case SCHEME_WA:
		value = bare_wa(value);
		if (!is_digits(value) || value.len > 20)
			return refuse(value, "a WhatsApp number (digits only)", err);
		break;
	case SCHEME_WA_BSUID:
		if (!is_bsuid(value))
			return refuse(value, "a WhatsApp user id (BR.1234…)", err);
		break;
	case SCHEME_IGSID:
	case SCHEME_PSID:
	case SCHEME_TG:
	case SCHEME_SLACK:
		if (!is_visible_ascii(value))
			return refuse(value, "an id: it has spaces or control characters", err);
		break;
	case SCHEME_EXT:
		/* Verbatim, blanks included: the provider's own spelling is all we know. */
		if (!str_is_utf8(id->value))
			return refuse(value, "UTF-8 text", err);
		return true;
	case SCHEME_NONE:
	case SCHEME_COUNT:
	default:
		return err_setf(err, ERR_INPUT, "identity scheme %d is unknown", (int)id->scheme);
	}
	id->value = value;
	return true;
}

bool identity_eq(const struct identity *a, const struct identity *b)
{
	return a->scheme == b->scheme && str_eq(a->value, b->value) && str_eq(a->scope, b->scope);
}

struct str identity_text(const struct identity *id, struct arena *arena)
{
	if (id->scope.len > 0)
		return arena_strf(arena, "%s/" STR_FMT ":" STR_FMT, scheme_name(id->scheme),
				  STR_ARG(id->scope), STR_ARG(id->value));
	return arena_strf(arena, "%s:" STR_FMT, scheme_name(id->scheme), STR_ARG(id->value));
}

bool identity_phone_of_wa(const struct identity *wa, struct arena *arena, struct identity *phone)
{
	struct str value;

	if (wa->scheme != SCHEME_WA || !phone_is_e164_digits(wa->value))
		return false;
	value = arena_strf(arena, "+" STR_FMT, STR_ARG(wa->value));
	if (value.len == 0)
		return false;
	*phone = (struct identity){ .scheme = SCHEME_PHONE, .value = value };
	return true;
}

bool identity_wa_of_phone(const struct identity *phone, struct arena *arena, struct identity *wa)
{
	struct str digits;

	if (phone->scheme != SCHEME_PHONE || !str_starts(phone->value, STR("+")))
		return false;
	digits = arena_str(arena, str_sub(phone->value, 1, phone->value.len));
	if (digits.len == 0)
		return false;
	*wa = (struct identity){ .scheme = SCHEME_WA, .value = digits };
	return true;
}
