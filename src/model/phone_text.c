#include "model/phone_text.h"

#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "model/quote.h"

/* The zeros of scripts whose digits people type; nine more follow each. */
static const int zeros[] = { '0', 0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10 };

static int digit_value(int c)
{
	for (size_t i = 0; i < countof(zeros); i++)
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return c - zeros[i];
	return -1;
}

/* Punctuation, every kind of space and dash, and the invisible direction marks that phones put
 * around a copied number. */
static bool is_separator(int c)
{
	if (c < 0x80)
		return str_chr(STR(" \t\r\n\v\f-.()/[]~"), (char)c) != STR_NONE;
	return c == 0xa0 || c == 0xad || (c >= 0x2000 && c <= 0x2015) || c == 0x2212 ||
	       (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x2069) || c == 0x3000 ||
	       c == 0xfeff || c == 0xff08 || c == 0xff09 || c == 0xff0d || c == 0xff0e;
}

/* Words before an extension, longer before shorter. */
static const char *const extension_words[] = {
	"extension", "extensión", "extensao", "extensão", "extn", "ext", "ramal", "rml", "r.",
	"interno", "int", "anexo", "poste", "durchwahl", "dw", "доб", "x", "#", ",",
};

/* Digits to the end of the text, with dots, colons and the like before them. */
static bool read_extension_digits(struct str s, struct phone_text *out)
{
	size_t n = 0;

	while (s.len > 0 && str_chr(STR(" .:=,#-"), s.ptr[0]) != STR_NONE)
		s = str_sub(s, 1, s.len);
	s = str_trim(s);
	if (s.len == 0 || s.len >= sizeof(out->extension))
		return false;
	for (; n < s.len; n++)
		if (s.ptr[n] < '0' || s.ptr[n] > '9')
			return false;
	memcpy(out->extension, s.ptr, n);
	out->extension[n] = '\0';
	return true;
}

static bool read_extension(struct str rest, struct phone_text *out)
{
	for (size_t i = 0; i < countof(extension_words); i++) {
		struct str word = str_from(extension_words[i]);

		if (str_istarts(rest, word))
			return read_extension_digits(str_sub(rest, word.len, rest.len), out);
	}
	return false;
}

static void add_digit(struct phone_text *out, int value)
{
	if (out->n_digits < PHONE_MAX_DIGITS)
		out->digits[out->n_digits] = (char)('0' + value);
	out->n_digits++;
}

/* phone-context=+55 says what a local number of a tel: URI belongs to. */
static bool read_context(struct str value, struct phone_text *out)
{
	struct phone_text whole = { .has_plus = true };

	if (out->has_plus || !str_starts(value, STR("+")))
		return true;		/* a domain says nothing about digits */
	for (size_t i = 1; i < value.len; i++) {
		int digit = digit_value(value.ptr[i]);

		if (digit >= 0)
			add_digit(&whole, digit);
		else if (!is_separator(value.ptr[i]))
			return false;
	}
	for (size_t i = 0; i < out->n_digits && i < PHONE_MAX_DIGITS; i++)
		add_digit(&whole, out->digits[i] - '0');
	memcpy(whole.extension, out->extension, sizeof(whole.extension));
	*out = whole;
	return true;
}

/* ";ext=12;phone-context=+55": RFC 3966. Parameters we do not know are passed over. */
static bool read_parameters(struct str rest, struct phone_text *out)
{
	struct str param;

	while (str_next(&rest, ';', &param)) {
		if (str_istarts(param, STR("ext="))) {
			if (!read_extension_digits(str_sub(param, 4, param.len), out))
				return false;
		} else if (str_istarts(param, STR("phone-context="))) {
			if (!read_context(str_sub(param, 14, param.len), out))
				return false;
		} else if (str_chr(param, '=') == STR_NONE && param.len > 0) {
			return false;
		}
	}
	return true;
}

static struct str without_scheme(struct str s)
{
	static const char *const schemes[] = { "tel:", "callto:", "whatsapp:", "sms:" };

	s = str_trim(s);
	for (size_t i = 0; i < countof(schemes); i++)
		if (str_istarts(s, str_from(schemes[i])))
			return str_sub(s, strlen(schemes[i]), s.len);
	return s;
}

/* What is neither digit, plus nor separator: the rest is an extension or parameters, or it is no
 * number. */
static bool read_tail(struct str rest, struct phone_text *out)
{
	if (out->n_digits < 3)
		return false;
	if (rest.ptr[0] == ';')
		return read_parameters(rest, out);
	return read_extension(rest, out);
}

static bool is_letter(int c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static bool refuse(struct str text, int c, struct err *err)
{
	char shown[QUOTE_SIZE];

	return err_setf(err, ERR_INPUT, is_letter(c) ? "\"%s\" holds letters, a phone number has none"
			: "\"%s\" holds a character that no phone number has", quote(text, shown));
}

bool phone_text_read(struct str text, struct phone_text *out, struct err *err)
{
	struct str s = without_scheme(text);
	char shown[QUOTE_SIZE];

	*out = (struct phone_text){ 0 };
	for (size_t i = 0, step; i < s.len; i += step) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + i,
						      (utf8proc_ssize_t)(s.len - i), &c);
		int digit = digit_value(c);

		if (n <= 0)
			return refuse(text, 0, err);
		step = (size_t)n;
		if (digit >= 0) {
			add_digit(out, digit);
		} else if ((c == '+' || c == 0xff0b) && out->n_digits == 0 && !out->has_plus) {
			out->has_plus = true;
		} else if (!is_separator(c)) {
			if (!read_tail(str_sub(s, i, s.len), out))
				return refuse(text, c, err);
			break;
		}
	}
	if (out->n_digits == 0)
		return err_setf(err, ERR_INPUT, "\"%s\" has no digits", quote(text, shown));
	return true;
}
