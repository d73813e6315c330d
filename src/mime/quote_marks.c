#include "mime/quote_marks.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "mime/quote_words.h"
#include "mime/utf8.h"

enum {
	LABEL_MAX = 40,		/* a label longer than this is prose */
	DEVICE_MAX = 120,	/* and so is such a line about a device */
	CLOSING_NAME_MAX = 50,	/* "Best regards, Maria Souza" */
};

struct str quote_fold(struct str line, char out[QUOTE_LINE_MAX])
{
	size_t n = 0, step;

	for (size_t i = 0; i < line.len; i += step) {
		unsigned char first = (unsigned char)line.ptr[i];
		uint32_t code = first;
		bool is_space;

		step = 1;
		if (first >= ' ' && first < 0x80 && n < QUOTE_LINE_MAX) {	/* nearly always */
			if (first != ' ' || (n > 0 && out[n - 1] != ' '))
				out[n++] = (char)first;
			continue;
		}
		if (first >= 0x80)
			code = utf8_get(str_sub(line, i, line.len), &step);
		is_space = code == ' ' || code == '\t' || code == '\n' || code == 0xa0 ||
				code == 0x202f || code == 0x3000;

		if (utf8_is_bidi(code) || (is_space && (n == 0 || out[n - 1] == ' ')))
			continue;
		if (n + step > QUOTE_LINE_MAX)
			return (struct str){ out, 0 };
		if (is_space)
			out[n++] = ' ';
		else
			n += (memcpy(out + n, line.ptr + i, step), step);
	}
	return str_trim((struct str){ out, n });
}

/* So begins what folding drops at the front of a line: NBSP, wide spaces, bidi marks. */
static bool is_lead_of_blank(char c)
{
	return c == '\xc2' || c == '\xd8' || c == '\xe2' || c == '\xe3';
}

bool quote_may_be_mark(struct str line)
{
	struct str trimmed = str_trim(line);

	return trimmed.len == 0 || trimmed.ptr[0] == '-' || trimmed.ptr[0] == '_' || is_lead_of_blank(trimmed.ptr[0]) ||
	       str_chr(line, ':') != STR_NONE || str_chr(line, '\xef') != STR_NONE;	/* "：" */
}

static bool starts_with(struct str text, struct str word)
{
	return str_istarts(text, word);
}

static bool ends_with(struct str text, struct str word)
{
	return str_iends(text, word);
}

static bool contains(struct str text, struct str word)
{
	return str_find(text, word) != STR_NONE;
}

/* ---- attributions ---- */

static bool is_digit(struct str s, size_t i)
{
	unsigned char c = (unsigned char)s.ptr[i];

	if (c >= '0' && c <= '9')
		return true;
	/* Arabic-Indic and Persian digits: U+0660 to 0669, U+06F0 to 06F9. */
	return i + 1 < s.len && ((c == 0xd9 && ((unsigned char)s.ptr[i + 1] & 0xf0) == 0xa0) ||
				 (c == 0xdb && ((unsigned char)s.ptr[i + 1] & 0xf0) == 0xb0));
}

/* Digits count only outside of an address: "<ana99@x.example>" is no date. */
static size_t count_digits(struct str s)
{
	bool in_address = false;
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '<' || s.ptr[i] == '>')
			in_address = s.ptr[i] == '<';
		n += !in_address && is_digit(s, i);
	}
	return n;
}

static bool has_colon_end(struct str line)
{
	return str_ends(line, STR(":")) || str_ends(line, STR("："));
}

bool quote_has_address(struct str line)
{
	size_t open = STR_NONE;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];

		if (c == '<' || c == '(' || c == '[')
			open = i;
		else if (c == ' ' || c == '>' || c == ')' || c == ']')
			open = STR_NONE;
		else if (c == '@' && open != STR_NONE && i > open + 1)
			return true;
	}
	return false;
}

bool quote_is_attribution(struct str line)
{
	if (!has_colon_end(line) || count_digits(line) == 0)
		return false;
	/* "ср, 14 сент. 2026 г. в 12:20, Имя <mail>:" has no verb. */
	return (str_ends(line, STR(">:")) && str_chr(line, '@') != STR_NONE) ||
	       quote_has_word(line, QUOTE_LIST(verbs), contains);
}

bool quote_is_dated_address(struct str line)
{
	/* A day, a year or a month, an hour and a minute. */
	return has_colon_end(line) && quote_has_address(line) && count_digits(line) >= 5;
}

bool quote_is_full_attribution(struct str line)
{
	return quote_is_attribution(line) && quote_is_dated_address(line);
}

bool quote_has_opener(struct str line)
{
	return quote_has_word(line, QUOTE_LIST(openers), starts_with);
}

/* ---- lines between dashes ---- */

/* What stands between dashes, empty when they are fewer than three. */
static struct str between_dashes(struct str line)
{
	size_t dashes = 0;

	while (dashes < line.len && line.ptr[dashes] == '-')
		dashes++;
	if (dashes < 3)
		return (struct str){ NULL, 0 };
	while (line.len > 0 && (line.ptr[0] == '-' || line.ptr[0] == ' '))
		line = str_sub(line, 1, line.len);
	while (line.len > 0 && (line.ptr[line.len - 1] == '-' || line.ptr[line.len - 1] == ' '))
		line.len--;
	return line;
}

bool quote_is_original(struct str line)
{
	return quote_is_word(between_dashes(line), QUOTE_LIST(originals));
}

/* Between dashes, or as Apple's line: "Begin forwarded message:". */
bool quote_is_forwarded(struct str line)
{
	struct str text = between_dashes(line);

	if (text.len == 0 && str_ends(line, STR(":")))
		text = str_trim(str_sub(line, 0, line.len - 1));
	else if (text.len == 0 && str_ends(line, STR("：")))
		text = str_sub(line, 0, line.len - 3);
	return quote_is_word(text, QUOTE_LIST(forwards));
}

bool quote_is_rule(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] != '_')
			return false;
	return line.len >= 20;
}

/* ---- labels ---- */

/* What stands before the colon; "*From:* x" is what some programs make of a bold label. */
static struct str label_of(struct str line)
{
	struct str front = str_sub(line, 0, LABEL_MAX);
	size_t end = str_chr(front, ':'), wide = str_chr(front, '\xef');

	if (wide != STR_NONE && (end == STR_NONE || wide < end))
		wide = str_find(front, STR("："));
	if (wide != STR_NONE && (end == STR_NONE || wide < end))
		end = wide;
	if (end == STR_NONE)
		return (struct str){ NULL, 0 };
	front = str_sub(front, 0, end);
	while (front.len > 0 && (front.ptr[0] == '*' || front.ptr[0] == ' '))
		front = str_sub(front, 1, front.len);
	while (front.len > 0 && (front.ptr[front.len - 1] == '*' || front.ptr[front.len - 1] == ' '))
		front.len--;
	return front;
}

static bool has_label(struct str line, size_t list)
{
	return quote_is_word(label_of(line), list);
}

bool quote_has_label(struct str line)
{
	return label_of(line).len > 0;
}

bool quote_is_from_label(struct str line)
{
	return has_label(line, QUOTE_LIST(from));
}

bool quote_is_label(struct str line)
{
	return has_label(line, QUOTE_LIST(labels));
}

/* ---- signatures ---- */

/* "… gönderildi" ends sentences of all kinds; with a product in it, it is that line. */
static bool has_product(struct str line)
{
	static const char *const products[] = { "iphone", "ipad", "outlook", "android", "galaxy", "samsung",
						"huawei", "xiaomi", "yahoo", "gmail" };

	for (size_t i = 0; i < countof(products); i++)
		if (str_ifind(line, str_from(products[i])) != STR_NONE)
			return true;
	return false;
}

bool quote_is_device(struct str line)
{
	if (line.len > DEVICE_MAX)
		return false;
	return quote_has_word(line, QUOTE_LIST(devices), starts_with) ||
	       (has_product(line) && quote_has_word(line, QUOTE_LIST(device_ends), ends_with));
}

/* The closing itself, or with a name behind its comma. */
static bool is_closing_of(struct str line, struct str closing)
{
	struct str rest = str_sub(line, closing.len, line.len);

	/* Asked of every line near the end, in all languages: the first letter decides. */
	if (line.len < closing.len || ((line.ptr[0] ^ closing.ptr[0]) & 0xdf) != 0)
		return false;
	if (!str_istarts(line, closing) || rest.len > CLOSING_NAME_MAX)
		return false;
	return rest.len == 0 || rest.ptr[0] == ',' || str_starts(rest, STR("，")) ||
	       str_starts(rest, STR("、")) || str_starts(rest, STR("،")) || str_eq(rest, STR(".")) || str_eq(rest, STR("!")) ||
	       str_eq(rest, STR("。")) || str_eq(rest, STR(" -")) || str_eq(rest, STR(":"));
}

bool quote_is_closing(struct str line)
{
	return quote_has_word(line, QUOTE_LIST(closings), is_closing_of);
}
