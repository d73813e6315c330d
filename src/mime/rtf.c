#include "mime/rtf.h"

#include "base/mem.h"
#include "mime/charset.h"
#include "mime/utf8.h"

enum { DEPTH_MAX = 64, RUN_MAX = 512, WORD_MAX = 32 };

struct group {
	bool is_skipped;	/* fonts, pictures … */
	bool is_rtf_only;	/* between \htmlrtf and \htmlrtf0 */
	int fallback;		/* characters to pass over behind \u */
};

struct rtf {
	struct decode *dec;
	struct buf *out;
	struct str rest;
	struct group groups[DEPTH_MAX];
	size_t depth;		/* may be more than there is room for: those deepest are passed over */
	bool is_html;
	int n_pass;		/* characters still to be passed over */
	struct str charset;
	char run[RUN_MAX];	/* bytes of the code page that wait for their charset */
	size_t n_run;
};

static struct group *current(struct rtf *r)
{
	return &r->groups[r->depth < DEPTH_MAX ? r->depth : DEPTH_MAX - 1];
}

static bool is_silent(struct rtf *r)
{
	const struct group *g = current(r);

	return r->depth >= DEPTH_MAX || g->is_skipped || (r->is_html && g->is_rtf_only);
}

static void flush(struct rtf *r)
{
	if (r->n_run > 0)
		charset_decode(r->dec, (struct str){ r->run, r->n_run }, r->charset, r->out);
	r->n_run = 0;
}

static void put(struct rtf *r, struct str s)
{
	if (is_silent(r))
		return;
	flush(r);
	buf_add(r->out, s);
}

static void put_char(struct rtf *r, char c)
{
	if (r->n_pass > 0) {
		r->n_pass--;
		return;
	}
	if (is_silent(r))
		return;
	if (r->n_run == RUN_MAX)
		flush(r);
	r->run[r->n_run++] = c;
}

static void put_unicode(struct rtf *r, int code)
{
	if (code < 0)
		code += 0x10000;
	r->n_pass = 0;
	if (code >= 0x20 && (code < 0xd800 || code > 0xdfff) && !is_silent(r)) {
		flush(r);
		utf8_put(r->out, (uint32_t)code);
	}
	r->n_pass = current(r)->fallback;
}

/* ---- control words ---- */

static const struct {
	const char *word, *text, *html;
} characters[] = {
	{ "par", "\n", "\r\n" }, { "line", "\n", "\r\n" }, { "tab", "\t", "\t" }, { "cell", "\t", "" },
	{ "row", "\n", "" }, { "lquote", "‘", "&lsquo;" }, { "rquote", "’", "&rsquo;" },
	{ "ldblquote", "“", "&ldquo;" }, { "rdblquote", "”", "&rdquo;" }, { "bullet", "•", "&bull;" },
	{ "endash", "–", "&ndash;" }, { "emdash", "—", "&mdash;" },
};

static bool is_skipped_word(struct str word)
{
	static const char *const words[] = { "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header",
					     "footer", "footnote", "filetbl", "listtable", "generator" };

	for (size_t i = 0; i < countof(words); i++)
		if (str_eq(word, str_from(words[i])))
			return true;
	return false;
}

static void take_word(struct rtf *r, struct str word, bool has_number, int number)
{
	struct group *g = current(r);

	for (size_t i = 0; i < countof(characters); i++)
		if (str_eq(word, str_from(characters[i].word)))
			put(r, str_from(r->is_html ? characters[i].html : characters[i].text));
	if (is_skipped_word(word))
		g->is_skipped = true;
	else if (str_eq(word, STR("u")) && has_number)
		put_unicode(r, number);
	else if (str_eq(word, STR("uc")) && has_number)
		g->fallback = number < 0 || number > 16 ? 1 : number;
	else if (str_eq(word, STR("ansicpg")) && has_number)
		r->charset = charset_of_code_page((unsigned)number);
	else if (str_eq(word, STR("fromhtml")))
		r->is_html = true;
	else if (str_eq(word, STR("htmlrtf")))
		g->is_rtf_only = !has_number || number != 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char front(const struct rtf *r)
{
	return r->rest.len > 0 ? r->rest.ptr[0] : '\0';
}

static void step(struct rtf *r, size_t n)
{
	r->rest = str_sub(r->rest, n, r->rest.len);
}

/* "-123" behind a word; numbers that no program writes are 0. */
static bool read_number(struct rtf *r, int *number)
{
	bool is_negative = front(r) == '-';
	size_t n = is_negative, from = n;
	int64_t value = 0;

	while (n < r->rest.len && r->rest.ptr[n] >= '0' && r->rest.ptr[n] <= '9')
		n++;
	if (n == from)
		return false;
	if (!str_int64(str_sub(r->rest, from, n - from), &value) || value > 0xffff)
		value = 0;
	*number = (int)(is_negative ? -value : value);
	step(r, n);
	return true;
}

static void read_word(struct rtf *r)
{
	struct str word;
	bool has_number;
	int number = 0;
	size_t n = 0;

	while (n < r->rest.len && n < WORD_MAX && is_letter(r->rest.ptr[n]))
		n++;
	word = str_sub(r->rest, 0, n);
	step(r, n);
	has_number = read_number(r, &number);
	if (front(r) == ' ')
		step(r, 1);
	take_word(r, word, has_number, number);
}

/* "\*" begins a group that whoever does not know it passes over; only one of them is HTML. */
static void read_destination(struct rtf *r)
{
	step(r, 1);
	if (!r->is_html || !str_starts(r->rest, STR("\\htmltag")))
		current(r)->is_skipped = true;
}

static void read_symbol(struct rtf *r)
{
	char c = front(r);

	if (c == '\'') {
		int high = str_hex_digit(r->rest.len > 1 ? r->rest.ptr[1] : '\0');
		int low = str_hex_digit(r->rest.len > 2 ? r->rest.ptr[2] : '\0');

		if (high >= 0 && low >= 0)
			put_char(r, (char)(high << 4 | low));
		step(r, 3);
		return;
	}
	if (c == '*') {
		read_destination(r);
		return;
	}
	step(r, 1);
	if (c == '\\' || c == '{' || c == '}')
		put_char(r, c);
	else if (c == '~')
		put(r, r->is_html ? STR("&nbsp;") : STR(" "));
	else if (c == '\n' || c == '\r')
		put(r, STR("\n"));
}

/* What is inside of a skipped group is skipped, too. */
static void open_group(struct rtf *r)
{
	struct group outer = *current(r);

	r->depth++;
	if (r->depth < DEPTH_MAX)
		r->groups[r->depth] = outer;
	r->n_pass = 0;
}

static void close_group(struct rtf *r)
{
	if (r->depth > 0)
		r->depth--;
	r->n_pass = 0;
}

static void read_one(struct rtf *r)
{
	char c = front(r);

	if (c == '\\') {
		step(r, 1);
		if (is_letter(front(r)))
			read_word(r);
		else
			read_symbol(r);
		return;
	}
	step(r, 1);
	if (c == '{')
		open_group(r);
	else if (c == '}')
		close_group(r);
	else if (c != '\r' && c != '\n' && c != '\0')
		put_char(r, c);
}

bool rtf_read(struct decode *dec, struct str rtf, struct buf *out, bool *is_html)
{
	struct rtf r = { .dec = dec, .out = out, .rest = rtf, .charset = STR("windows-1252"),
			 .groups = { { .fallback = 1 } } };

	if (!str_starts(rtf, STR("{\\rtf")))
		return false;
	while (r.rest.len > 0 && !buf_is_exceeded(out))
		read_one(&r);
	flush(&r);
	*is_html = r.is_html;
	return true;
}
