#include "mime/quote.h"

#include "base/mem.h"
#include "mime/line.h"
#include "mime/quote_marks.h"

enum {
	ATTRIBUTION_LINES = 3,	/* over how many lines an attribution may be wrapped */
	SIGNATURE_LINES = 30,	/* a signature longer than this is none */
	BARE_SIGNATURE_LINES = 10,	/* after "--" without its space */
};

bool quote_is_forward(struct str subject)
{
	static const char *const prefixes[] = {
		"Fwd:", "FW:", "Fw:", "ENC:", "RV:", "WG:", "TR:", "I:", "Doorst:", "VS:", "VB:", "PD:",
		"转发:", "転送:", "전달:", "Encaminhada:", "Réf:",
	};

	subject = str_trim(subject);
	for (size_t i = 0; i < countof(prefixes); i++)
		if (str_istarts(subject, str_from(prefixes[i])))
			return true;
	return false;
}

static bool is_quoted(struct str line)
{
	return str_starts(str_trim(line), STR(">"));
}

/* The line that ends before offset `end`, and where it begins. False at the front of the text. */
static bool line_before(struct str text, size_t end, struct str *line, size_t *start)
{
	size_t at;

	if (end == 0)
		return false;
	at = str_rchr(str_sub(text, 0, end - 1), '\n');
	*start = at == STR_NONE ? 0 : at + 1;
	*line = str_sub(text, *start, end - *start);
	if (str_ends(*line, STR("\n")))
		line->len--;
	return true;
}

/* How attributions begin, in the languages that put the date first. */
static bool has_opener(struct str line)
{
	static const char *const openers[] = { "On ", "Em ", "El ", "Le ", "Am ", "Il ", "Op ", "Den ",
					       "In data ", "W dniu ", "Dnia ", "Dne ", "Pe " };

	for (size_t i = 0; i < countof(openers); i++)
		if (str_starts(line, str_from(openers[i])))
			return true;
	return false;
}

/* Where the attribution begins that ends at `end`; `end` itself when there is none. It may be
 * wrapped: its last lines may pass for one alone, so lines above are taken while they open one. */
static size_t attribution_start(struct str text, size_t end)
{
	char folded[QUOTE_LINE_MAX];
	size_t at = end, start, found = end;
	struct str line, joined;

	/* Blank lines may stand between it and the quote. */
	while (line_before(text, at, &line, &start) && line_is_blank(line))
		at = start;
	for (size_t n = 0, stop = at; n < ATTRIBUTION_LINES; n++) {
		if (!line_before(text, at, &line, &start) || line_is_blank(line) || is_quoted(line))
			break;
		at = start;
		joined = quote_fold(str_sub(text, at, stop - at), folded);
		if (!quote_is_attribution(joined))
			continue;
		if (found == end || has_opener(joined))
			found = at;
		if (has_opener(joined))
			break;
	}
	return found;
}

/* The run of quoted and blank lines at the end of the text; text.len when nothing is quoted. */
static size_t quoted_tail(struct str text)
{
	size_t at = text.len, start, first = text.len;
	struct str line;

	while (line_before(text, at, &line, &start) && (line_is_blank(line) || is_quoted(line))) {
		at = start;
		if (is_quoted(line))
			first = at;
	}
	return first;
}

/* The offset behind a quote with which the text begins (answer below), 0 when it does not, or when
 * more quoted lines follow among the answer. */
static size_t quoted_front(struct str text)
{
	char folded[QUOTE_LINE_MAX];
	size_t at = 0, behind = 0, start = 0, n = 0, end;
	bool has_quote = false;
	struct str line;

	while (end = at, line_next(text, &at, &line)) {
		if (is_quoted(line)) {
			has_quote = true;
		} else if (has_quote && !line_is_blank(line)) {
			behind = end;
			break;
		} else if (!has_quote && !line_is_blank(line) && ++n > ATTRIBUTION_LINES) {
			return 0;
		}
		if (!has_quote)
			start = at;
	}
	/* Before the quote only its attribution may stand. */
	if (behind == 0 || (n > 0 && !quote_is_attribution(quote_fold(str_sub(text, 0, start), folded))))
		return 0;
	for (at = behind; line_next(text, &at, &line);)
		if (is_quoted(line))
			return 0;
	return behind;
}

/* Two labels below the "From:" at `at` make a block; a "From:" alone is prose. */
static bool is_header_block(struct str text, size_t at)
{
	char folded[QUOTE_LINE_MAX];
	struct str line;
	int n = 0, n_others = 0;

	line_next(text, &at, &line);
	/* A long list of recipients may be wrapped over one line more. */
	while (n < 2 && n_others < 2 && line_next(text, &at, &line)) {
		if (quote_is_label(quote_fold(line, folded)))
			n++;
		else
			n_others++;
	}
	return n >= 2;
}

/* Can the line be any of the marks that outlook_start() looks for? Each has a colon, or dashes or a rule at its
 * front; folding every line of prose to find out costs as much as all the rest. */
static bool may_be_mark(struct str line)
{
	struct str trimmed = str_trim(line);

	if (trimmed.len > 0 && (trimmed.ptr[0] == '-' || trimmed.ptr[0] == '_'))
		return true;
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] == ':' || (unsigned char)line.ptr[i] >= 0x80)
			return true;
	return trimmed.len == 0;
}

/* Where Outlook's kind of quote begins, text.len when there is none: a marker line, or a block of
 * headers with the rule above it. */
static size_t outlook_start(struct str text)
{
	char folded[QUOTE_LINE_MAX];
	size_t at = 0, start = 0, rule = STR_NONE;
	struct str line;

	for (; line_next(text, &at, &line); start = at) {
		struct str f;

		if (!may_be_mark(line)) {
			rule = STR_NONE;
			continue;
		}
		f = quote_fold(line, folded);
		if (quote_is_original(f))
			return start;
		if (quote_is_forwarded(f))
			return text.len;
		if (quote_is_from_label(f) && is_header_block(text, start))
			return rule != STR_NONE ? rule : start;
		if (quote_is_rule(f))
			rule = start;
		else if (f.len > 0)
			rule = STR_NONE;
	}
	return text.len;
}

/* Where the signature begins, text.len when there is none. */
static size_t signature_start(struct str text)
{
	size_t at = text.len, start, n = 0;
	char folded[QUOTE_LINE_MAX];
	struct str line;

	for (; n < SIGNATURE_LINES && line_before(text, at, &line, &start); n++, at = start) {
		if (str_eq(line, STR("-- ")) ||
		    (n < BARE_SIGNATURE_LINES && str_eq(str_trim(line), STR("--"))))
			return start;
	}
	/* "Sent from my …" counts only as the last words. */
	for (at = text.len; line_before(text, at, &line, &start); at = start) {
		if (line_is_blank(line))
			continue;
		return quote_is_device(quote_fold(line, folded)) ? start : text.len;
	}
	return text.len;
}

/* Slices keep their place in the text; only the end is trimmed, so that "-- " stays readable. */
static struct str cut_quotes(struct str text, bool is_forward)
{
	size_t tail, front;

	if (!is_forward)
		text = str_sub(text, 0, outlook_start(text));
	tail = quoted_tail(text);
	if (tail < text.len)
		return str_sub(text, 0, attribution_start(text, tail));
	front = quoted_front(text);
	return str_sub(text, front, text.len);
}

struct str quote_new_text(struct str text, bool is_forward)
{
	struct str fresh;

	/* A signature may stand below the quote as well as above it. */
	fresh = cut_quotes(str_sub(text, 0, signature_start(text)), is_forward);
	fresh = str_trim(str_sub(fresh, 0, signature_start(fresh)));
	if (fresh.len == 0)
		fresh = str_trim(cut_quotes(text, is_forward));
	return fresh.len > 0 ? fresh : str_trim(text);
}
