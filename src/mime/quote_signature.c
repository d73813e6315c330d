#include "mime/quote_signature.h"

#include "base/mem.h"
#include "mime/line.h"
#include "mime/quote_marks.h"

enum {
	SIGNATURE_LINES = 30,		/* a signature longer than this is none */
	BARE_SIGNATURE_LINES = 10,	/* after "--" without its space */
	CLOSING_LINES = 14,		/* below "Best regards": name, title, numbers, address */
	CLOSING_LINE_MAX = 160,		/* and none of them is a sentence */
};

static bool is_bare_dash(struct str line)
{
	static const char *const dashes[] = { "--", "__", "—", "––" };

	for (size_t i = 0; i < countof(dashes); i++)
		if (str_eq(str_trim(line), str_from(dashes[i])))
			return true;
	return false;
}

static size_t dash_start(struct str text)
{
	size_t at = text.len, start;
	struct str line;

	for (size_t n = 0; n < SIGNATURE_LINES && line_before(text, at, &line, &start); n++, at = start)
		if (str_eq(line, STR("-- ")) || (n < BARE_SIGNATURE_LINES && is_bare_dash(line)))
			return start;
	return text.len;
}

/* "Sent from my …" counts only as the last words. */
static size_t device_start(struct str text)
{
	char folded[QUOTE_LINE_MAX];
	size_t at = text.len, start;
	struct str line;

	for (; line_before(text, at, &line, &start); at = start) {
		if (line_is_blank(line))
			continue;
		return quote_is_device(quote_fold(line, folded)) ? start : text.len;
	}
	return text.len;
}

/* What may stand below a closing: names, numbers and addresses, but no question and no postscript. */
static bool is_of_signature(struct str folded)
{
	return folded.len > 0 && folded.len <= CLOSING_LINE_MAX && !str_ends(folded, STR("?")) &&
	       !str_ends(folded, STR("？")) && !str_ends(folded, STR("؟")) &&
	       !str_starts(folded, STR(">")) && !str_istarts(folded, STR("PS")) &&
	       !str_istarts(folded, STR("P.S")) && !str_istarts(folded, STR("P. S"));
}

static size_t closing_start(struct str text)
{
	char folded[QUOTE_LINE_MAX];
	size_t at = text.len, start, n = 0;
	struct str line, f;

	for (; n <= CLOSING_LINES && line_before(text, at, &line, &start); at = start) {
		if (line_is_blank(line))
			continue;
		f = quote_fold(line, folded);
		if (quote_is_closing(f))
			return str_trim(str_sub(text, 0, start)).len > 0 ? start : text.len;
		if (!is_of_signature(f))
			break;
		n++;
	}
	return text.len;
}

size_t quote_signature_start(struct str text)
{
	size_t at = dash_start(text), closing;

	if (at == text.len)
		at = device_start(text);
	/* A closing may stand above either. */
	closing = closing_start(str_sub(text, 0, at));
	return closing < at ? closing : at;
}
