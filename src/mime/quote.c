#include "mime/quote.h"

#include <stddef.h>

#include "mime/line.h"
#include "mime/quote_marks.h"
#include "mime/quote_signature.h"
#include "mime/quote_words.h"
#include "mime/utf8.h"

enum {
	ATTRIBUTION_LINES = 3,	/* over how many lines an attribution may be wrapped */
	BLOCK_LINES = 14,	/* how far a block of headers is looked through, recipients wrapped */
	BLOCK_LABELS = 3,	/* a "From:" alone is prose, and so are two labels */
	LABEL_LINE_MAX = 120,	/* as much of a line as its label can need */
};

static bool is_prefix(struct str subject, struct str prefix)
{
	return str_istarts(subject, prefix);
}

/* "VS:" passes a mail on in Danish and Norwegian; in Finnish it answers one. */
static bool is_finnish_answer(struct str subject, struct str text)
{
	return str_istarts(subject, STR("VS:")) && (str_find(text, STR("kirjoitti")) != STR_NONE ||
						     str_find(text, STR("Lähettäjä:")) != STR_NONE);
}

bool quote_is_forward(struct str subject, struct str text)
{
	subject = str_trim(subject);
	return quote_has_word(subject, QUOTE_LIST(forward_prefixes), is_prefix) &&
	       !is_finnish_answer(subject, text);
}

static bool is_quoted(struct str line)
{
	return str_starts(str_trim(line), STR(">"));
}

static bool is_sentence_end(struct str line)
{
	return str_ends(line, STR(".")) || str_ends(line, STR("!")) || str_ends(line, STR("?")) ||
	       str_ends(line, STR(":"));
}

/* Where the attribution begins that ends at `end`; `end` itself when there is none. It may be
 * wrapped: its last lines may pass for one alone, so lines above are taken while they open one. */
static size_t attribution_start(struct str text, size_t end, bool is_above_quote)
{
	char folded[QUOTE_LINE_MAX], one[QUOTE_LINE_MAX];
	size_t at = end, start, found = end;
	struct str line, joined;

	/* Blank lines may stand between it and the quote. */
	while (line_before(text, at, &line, &start) && line_is_blank(line))
		at = start;
	for (size_t n = 0, stop = at; n < ATTRIBUTION_LINES; n++) {
		if (!line_before(text, at, &line, &start) || line_is_blank(line) || is_quoted(line))
			break;
		if (found != end && is_sentence_end(quote_fold(line, one)))
			break;
		at = start;
		joined = quote_fold(str_sub(text, at, stop - at), folded);
		if (!quote_is_attribution(joined) && !(is_above_quote && quote_is_dated_address(joined)))
			continue;
		if (found == end || quote_has_opener(joined))
			found = at;
		if (quote_has_opener(joined))
			break;
	}
	return found;
}

/* ---- quotes with ">" ---- */

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
	if (behind == 0 || (n > 0 && str_trim(str_sub(text, 0, attribution_start(text, start, true))).len > 0))
		return 0;
	for (at = behind; line_next(text, &at, &line);)
		if (is_quoted(line))
			return 0;
	return behind;
}

/* ---- quotes that are only introduced ---- */

/* Is all of this old mail? A quote at its front and other text behind it is an answer below. */
static bool is_all_old(struct str below)
{
	struct str line = { NULL, 0 };
	size_t at = 0;

	while (line_next(below, &at, &line) && line_is_blank(line))
		;
	return !is_quoted(line) || quoted_front(below) == 0;
}

/* Does a block of headers begin at `at`? If so, *end is where it ends. */
static bool is_header_block(struct str text, size_t at, size_t *end)
{
	char folded[QUOTE_LINE_MAX];
	size_t n_labels = 0, n_from = 0, n_strange = 0;
	struct str line, f;

	for (size_t n = 0; n < BLOCK_LINES && line_next(text, &at, &line) && !line_is_blank(line); n++) {
		f = quote_fold(utf8_cut(line, LABEL_LINE_MAX), folded);
		if (quote_is_from_label(f))
			n_from++;
		else if (quote_is_label(f))
			n_labels++;
		else
			n_strange++;
		/* Two authors are no block; nor is prose, unless it is a long list of recipients. */
		if (n_from > 1 || (n_strange > 2 && n_labels + n_from < BLOCK_LABELS))
			return false;
		*end = at;
	}
	return n_from == 1 && n_labels + n_from >= BLOCK_LABELS;
}

/* A block in a language that nobody listed: below Outlook's rule, its author with the address, and labels alone. */
static bool is_block_by_form(struct str text, size_t at)
{
	char folded[QUOTE_LINE_MAX];
	struct str line, f;
	size_t n = 0;

	for (; n < BLOCK_LINES && line_next(text, &at, &line) && !line_is_blank(line); n++) {
		f = quote_fold(utf8_cut(line, LABEL_LINE_MAX), folded);
		if (!quote_has_label(f) || (n == 0 && !quote_has_address(f)))
			return false;
	}
	return n >= BLOCK_LABELS;
}

/* What is known while the text is looked through for marks. */
struct search {
	struct str text;
	size_t last_quoted;		/* where the last ">" line begins; 0: nothing is quoted */
	size_t rule;			/* the rule above, STR_NONE: none */
	bool is_after_gap;		/* the line above is blank or a rule, or there is none */
	bool is_forward;		/* a line of a program says so */
};

static size_t find_last_quoted(struct str text)
{
	size_t at = text.len, start;
	struct str line;

	for (; line_before(text, at, &line, &start); at = start)
		if (is_quoted(line))
			return start;
	return 0;
}

/* An old mail below a full attribution without any ">", as Yahoo and some telephones write it. */
static bool is_bare_quote(struct search *s, size_t at, size_t behind, size_t *start)
{
	char folded[QUOTE_LINE_MAX];
	struct str next;

	if (behind <= s->last_quoted || !line_next(s->text, &behind, &next) || !line_is_blank(next))
		return false;
	*start = attribution_start(s->text, behind, false);
	if (*start > at)
		return false;
	return quote_is_full_attribution(quote_fold(str_trim(str_sub(s->text, *start, behind - *start)),
						     folded));
}

/* Is the line at `at` a mark? Then *start is where the old mail begins. */
static bool is_mark(struct search *s, struct str f, size_t at, size_t behind, size_t *start)
{
	size_t end = behind;

	*start = s->rule != STR_NONE ? s->rule : at;
	if (quote_is_original(f) ||
	    (quote_is_from_label(f) && is_header_block(s->text, at, &end)) ||
	    (s->is_after_gap && quote_is_label(f) && is_header_block(s->text, at, &end)) ||
	    (s->rule != STR_NONE && is_block_by_form(s->text, at)))
		return is_all_old(str_sub(s->text, end, s->text.len));
	return (str_ends(f, STR(":")) || str_ends(f, STR("："))) && is_bare_quote(s, at, behind, start);
}

/* Where an old mail begins that is introduced and not quoted; text.len when there is none. */
static size_t mark_start(struct search *s)
{
	char folded[QUOTE_LINE_MAX];
	size_t at = 0, start = 0, found;
	struct str line, f;

	for (; line_next(s->text, &at, &line); start = at) {
		bool is_rule = false;

		if (quote_may_be_mark(line)) {
			f = quote_fold(line, folded);
			if (f.len > 0 && quote_is_forwarded(f)) {
				s->is_forward = true;
				break;
			}
			if (f.len > 0 && is_mark(s, f, start, at, &found))
				return found;
			is_rule = quote_is_rule(f);
		}
		if (is_rule)
			s->rule = start;
		else if (!line_is_blank(line))
			s->rule = STR_NONE;
		s->is_after_gap = is_rule || line_is_blank(line);
	}
	return s->text.len;
}

/* ---- the parts ---- */

static struct search search_of(struct str text)
{
	return (struct search){ .text = text, .last_quoted = find_last_quoted(text), .rule = STR_NONE,
				.is_after_gap = true };
}

/* The rule that Outlook draws above the old mail is no text. */
static struct str without_last_rule(struct str text)
{
	char folded[QUOTE_LINE_MAX];
	struct str line, trimmed = str_trim(text);
	size_t start, end = (size_t)(trimmed.ptr - text.ptr) + trimmed.len;

	if (trimmed.len > 0 && line_before(text, end, &line, &start) && quote_is_rule(quote_fold(line, folded)))
		return str_sub(text, 0, start);
	return text;
}

/* Slices keep their place in the text; only the end is trimmed, so that "-- " stays readable. */
static struct str cut_quotes(struct str text, bool *is_forward)
{
	struct search s = search_of(text);
	size_t tail;

	text = str_sub(text, 0, mark_start(&s));
	*is_forward = s.is_forward;
	if (s.is_forward)
		return text;
	tail = quoted_tail(text);
	if (tail < text.len)
		return without_last_rule(str_sub(text, 0, attribution_start(text, tail, true)));
	return str_sub(text, quoted_front(text), text.len);
}

static struct str from(struct str text, size_t at)
{
	return str_trim(str_sub(text, at, text.len));
}

/* A signature may stand below the quote as well as above it; the one above is nearer. */
static struct quote_parts split(struct str text)
{
	struct quote_parts parts = { .fresh = text };
	bool is_forward;
	size_t at;

	for (int n = 0; n < 2; n++) {
		parts.fresh = cut_quotes(parts.fresh, &is_forward);
		if (is_forward)
			return (struct quote_parts){ .fresh = str_trim(text) };
		at = quote_signature_start(parts.fresh);
		if (at < parts.fresh.len)
			parts.signature = from(parts.fresh, at);
		parts.fresh = str_sub(parts.fresh, 0, at);
	}
	parts.fresh = str_trim(parts.fresh);
	return parts;
}

/* In a mail that passes another one on only a signature without anything below it is known to be its author's. */
static struct quote_parts split_forward(struct str text)
{
	struct search s = search_of(text);
	size_t at = quote_signature_start(text);

	if (s.last_quoted > 0 || mark_start(&s) < text.len || s.is_forward)
		at = text.len;
	return (struct quote_parts){ str_trim(str_sub(text, 0, at)), from(text, at) };
}

struct quote_parts quote_split(struct str text, bool is_forward)
{
	struct quote_parts parts = is_forward ? split_forward(text) : split(text);
	bool ignored;

	if (parts.fresh.len > 0)
		return parts;
	parts = (struct quote_parts){ .fresh = str_trim(cut_quotes(text, &ignored)) };
	if (parts.fresh.len == 0)
		parts.fresh = str_trim(text);
	return parts;
}

struct str quote_new_text(struct str text, bool is_forward)
{
	return quote_split(text, is_forward).fresh;
}
