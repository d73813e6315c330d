#include "mime/frozen_text.h"

#include "base/mem.h"
#include "mime/html_reference.h"
#include "mime/line.h"
#include "mime/utf8.h"

/* ---- letters ---- */

/* Blocks of Unicode without letters, by their numbers and not by a table that grows with each release of Unicode:
 * punctuation, spaces and symbols are what converters, wrapping and "smart" quotes change on the way. */
static bool is_dropped(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} blocks[] = {
		{ 0x80, 0xa9 }, { 0xab, 0xb4 }, { 0xb6, 0xb9 }, { 0xbb, 0xbf }, { 0xd7, 0xd7 }, { 0xf7, 0xf7 },
		{ 0x600, 0x61f }, { 0x2000, 0x2bff }, { 0x3000, 0x3004 }, { 0x3008, 0x3020 }, { 0x3030, 0x3030 },
		{ 0x30fb, 0x30fb }, { 0xe000, 0xf8ff }, { 0xfe00, 0xfe6f }, { 0xfeff, 0xff0f }, { 0xff1a, 0xff20 },
		{ 0xff3b, 0xff40 }, { 0xff5b, 0xff65 }, { 0xffe0, 0xffff }, { 0x1f000, 0x1faff }, { 0xe0000, 0x10ffff },
	};

	if (code < 0x80)
		return !((code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9'));
	for (size_t i = 0; i < countof(blocks); i++)
		if (code >= blocks[i].first && code <= blocks[i].last)
			return true;
	return false;
}

void frozen_letters(struct str text, size_t max, struct buf *out)
{
	size_t start = out->len, step;

	for (size_t i = 0; i < text.len && out->len - start < max; i += step)
		if (!is_dropped(utf8_get(str_sub(text, i, text.len), &step)))
			buf_add(out, str_sub(text, i, step));
}

/* ---- lines ---- */

/* "-- ", "_____", "====": nothing else, and two of them. */
static bool is_separator(struct str line)
{
	struct str trimmed = str_trim(line);

	for (size_t i = 0; i < trimmed.len; i++)
		if (str_chr(STR("-_=*~#"), trimmed.ptr[i]) == STR_NONE)
			return false;
	return trimmed.len >= 2;
}

/* ">From" is what an mbox file makes of "From" at the front of a line. */
static bool is_quoted(struct str line)
{
	struct str trimmed = str_trim(line);

	return str_starts(trimmed, STR(">")) && !str_starts(trimmed, STR(">From "));
}

static void add_lines(struct str text, bool with_quoted, struct buf *out)
{
	size_t start = out->len, at = 0;
	struct str line;

	while (out->len - start < FROZEN_LETTERS && line_next(text, &at, &line)) {
		if (out->len > start && is_separator(line))
			return;
		if (with_quoted || !is_quoted(line))
			frozen_letters(line, FROZEN_LETTERS - (out->len - start), out);
	}
}

void frozen_lines(struct str text, struct buf *out)
{
	size_t start = out->len;

	add_lines(text, false, out);
	if (out->len == start)
		add_lines(text, true, out);
}

bool frozen_front(struct str text, struct buf *out)
{
	size_t start = out->len;

	add_lines(text, false, out);
	if (out->len - start >= FROZEN_LETTERS)
		return true;
	buf_truncate(out, start);
	return false;
}

/* ---- pages ---- */

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(struct str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(name, str_from(names[i])))
			return true;
	return false;
}

/* Behind what a browser does not show: up to the closing tag of that name, or to the end. */
static size_t skip_hidden(struct str html, size_t at, struct str name)
{
	size_t slash;

	for (; at < html.len; at += slash + 2) {
		slash = str_find(str_sub(html, at, html.len), STR("</"));
		if (slash == STR_NONE)
			return html.len;
		if (str_istarts(str_sub(html, at + slash + 2, html.len), name))
			return at + slash;
	}
	return html.len;
}

/* The tag at `at`, which is a "<"; returns what comes behind it. */
static size_t read_tag(struct str html, size_t at, struct buf *out)
{
	static const char *const hidden[] = { "style", "script", "title" };
	static const char *const blocks[] = { "br", "p", "div", "tr", "li", "table", "blockquote", "pre", "hr",
					      "h1", "h2", "h3", "h4", "h5", "h6" };
	struct str rest = str_sub(html, at, html.len), name;
	bool is_end = str_starts(rest, STR("</"));
	size_t n = is_end ? 2 : 1, front = n, end;

	if (str_starts(rest, STR("<!--"))) {
		end = str_find(rest, STR("-->"));
		return end == STR_NONE ? html.len : at + end + 3;
	}
	while (n < rest.len && is_name_byte(rest.ptr[n]))
		n++;
	name = str_sub(rest, front, n - front);
	if (name.len == 0 && !str_starts(rest, STR("<!")) && !str_starts(rest, STR("<?")) && !is_end) {
		buf_addc(out, '<');
		return at + 1;
	}
	end = str_chr(rest, '>');
	end = end == STR_NONE ? html.len : at + end + 1;
	if (!is_end && is_one_of(name, hidden, countof(hidden)))
		return skip_hidden(html, end, name);
	if (is_one_of(name, blocks, countof(blocks)))
		buf_add(out, str_ieq(name, STR("hr")) ? STR("\n--\n") : STR("\n"));
	return end;
}

void frozen_strip(struct str html, struct buf *out)
{
	uint32_t code;

	for (size_t at = 0; at < html.len;) {
		char c = html.ptr[at];

		if (c == '<') {
			at = read_tag(html, at, out);
		} else if (c == '&') {
			at += html_reference(str_sub(html, at, html.len), &code);
			utf8_put(out, code);
		} else {
			/* A line end of the source is a space of the page. */
			buf_addc(out, c == '\n' || c == '\r' ? ' ' : c);
			at++;
		}
	}
}
