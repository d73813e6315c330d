#include "mime/html.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mime/html_reference.h"
#include "mime/html_tag.h"
#include "mime/html_text.h"
#include "mime/utf8.h"

enum { LISTS = 16, TABLES = 16, URL_MAX = 300 };

enum tag_act {
	ACT_NONE, ACT_LINE, ACT_PARA, ACT_BR, ACT_CELL, ACT_LI, ACT_LIST, ACT_OLIST, ACT_QUOTE, ACT_PRE,
	ACT_RAW, ACT_A, ACT_IMG, ACT_HR, ACT_PLAIN, ACT_VOID, ACT_DIV, ACT_TABLE, ACT_ROW, ACT_HEAD_CELL,
};

/* Sorted by name. ACT_RAW: what is inside is no text, up to the closing tag. */
static const struct tag {
	const char *name;
	enum tag_act act;
} tags[] = {
	{ "a", ACT_A },		  { "address", ACT_LINE },  { "area", ACT_VOID },
	{ "article", ACT_PARA },  { "aside", ACT_PARA },    { "base", ACT_VOID },
	{ "blockquote", ACT_QUOTE }, { "br", ACT_BR },	    { "caption", ACT_LINE },
	{ "center", ACT_LINE },	  { "col", ACT_VOID },	    { "dd", ACT_LINE },
	{ "div", ACT_DIV },	  { "dl", ACT_PARA },	    { "dt", ACT_LINE },
	{ "embed", ACT_VOID },	  { "fieldset", ACT_PARA }, { "figcaption", ACT_LINE },
	{ "footer", ACT_PARA },	  { "form", ACT_PARA },	    { "h1", ACT_PARA },
	{ "h2", ACT_PARA },	  { "h3", ACT_PARA },	    { "h4", ACT_PARA },
	{ "h5", ACT_PARA },	  { "h6", ACT_PARA },	    { "header", ACT_PARA },
	{ "hr", ACT_HR },	  { "iframe", ACT_RAW },    { "img", ACT_IMG },
	{ "input", ACT_VOID },	  { "li", ACT_LI },	    { "link", ACT_VOID },
	{ "main", ACT_PARA },	  { "meta", ACT_VOID },	    { "nav", ACT_PARA },
	{ "noembed", ACT_RAW },	  { "noframes", ACT_RAW },  { "object", ACT_NONE },
	{ "ol", ACT_OLIST },	  { "option", ACT_LINE },   { "p", ACT_PARA },
	{ "param", ACT_VOID },	  { "plaintext", ACT_PLAIN }, { "pre", ACT_PRE },
	{ "script", ACT_RAW },	  { "section", ACT_PARA },  { "source", ACT_VOID },
	{ "style", ACT_RAW },	  { "table", ACT_TABLE },    { "td", ACT_CELL },
	{ "template", ACT_RAW },  { "th", ACT_HEAD_CELL },	    { "title", ACT_RAW },
	{ "tr", ACT_ROW },	  { "track", ACT_VOID },    { "ul", ACT_LIST },
	{ "wbr", ACT_VOID },	  { "xml", ACT_RAW },
};

struct html {
	struct html_source src;
	struct html_text text;
	int lists[LISTS];	/* numbers of open ordered lists, −1: bullets */
	size_t n_lists;
	struct html_table {
		bool is_data;	/* it has a border or head cells: not there for the layout */
		bool has_cell;	/* in the row under way */
	} tables[TABLES];
	size_t n_tables;
	size_t quote_divs;	/* the div that is a quote by its class, and those within it */
	struct str href;
	size_t link_from;	/* where the text of the open link begins in the output */
	/* The element whose display is none: its name, and how many of that name are open. */
	char hidden[HTML_TAG_MAX];
	size_t hidden_depth, hidden_at;
	bool hides_nothing;	/* a hidden element never ended: it is read after all */
	struct html_text hidden_text;
	size_t hidden_len;
	/* What was looked for in vain is not looked for again: keeps the whole linear. */
	bool has_no_gt, has_no_comment_end;
	bool has_no_end[countof(tags)];
};

static int by_tag_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct tag *)row)->name);
}

static const struct tag *find_tag(const char *name)
{
	return bsearch(name, tags, countof(tags), sizeof(*tags), by_tag_name);
}

/* ---- markup that is skipped ---- */

/* Past the end tag of script, style and their like; when there is none the element is empty. */
static void skip_raw(struct html *h, const struct tag *tag)
{
	size_t n = strlen(tag->name), i = h->src.at;
	bool *has_none = &h->has_no_end[tag - tags];

	while (!*has_none) {
		size_t hit = str_find(str_sub(h->src.in, i, h->src.in.len), STR("</"));

		if (hit == STR_NONE) {
			*has_none = true;
			return;
		}
		i += hit + 2;
		if (str_ieq(str_sub(h->src.in, i, n), (struct str){ tag->name, n })) {
			hit = str_chr(str_sub(h->src.in, i, h->src.in.len), '>');
			h->src.at = hit == STR_NONE ? h->src.in.len : i + hit + 1;
			return;
		}
	}
}

/* <!-- … -->, <!doctype …>, <?xml …>, and Outlook's <![if …]> */
static void skip_declaration(struct html *h)
{
	struct str rest = str_sub(h->src.in, h->src.at, h->src.in.len);
	size_t end;

	if (str_starts(rest, STR("!--")) && !h->has_no_comment_end) {
		end = str_find(str_sub(rest, 1, rest.len), STR("-->"));
		if (end != STR_NONE) {
			h->src.at += 1 + end + 3;
			return;
		}
		h->has_no_comment_end = true;
	}
	end = h->has_no_gt ? STR_NONE : str_chr(rest, '>');
	h->has_no_gt = end == STR_NONE;
	h->src.at = end == STR_NONE ? h->src.in.len : h->src.at + end + 1;
}

/* ---- what tags do ---- */

static void begin_hiding(struct html *h, const char *name, size_t tag_at)
{
	memcpy(h->hidden, name, HTML_TAG_MAX);
	h->hidden_depth = 1;
	h->hidden_at = tag_at;
	h->hidden_text = h->text;
	h->hidden_len = h->text.out->len;
}

static void while_hidden(struct html *h, const struct html_tag *tag)
{
	if (strcmp(tag->name, h->hidden) == 0)
		h->hidden_depth += tag->is_end ? -(size_t)1 : 1;
}

/* "https://www.acme.example/" says no more than "acme.example". */
static struct str bare_url(struct str url)
{
	static const struct str prefixes[] = { { "https://", 8 }, { "http://", 7 }, { "mailto:", 7 },
					       { "tel:", 4 }, { "www.", 4 } };

	url = str_trim(url);
	for (size_t i = 0; i < countof(prefixes); i++)
		if (str_istarts(url, prefixes[i]))
			url = str_sub(url, prefixes[i].len, url.len);
	if (str_ends(url, STR("/")))
		url.len--;
	return url;
}

/* A target as it is meant: references decoded, white space left out. */
static void decode_url(struct str url, struct buf *out)
{
	uint32_t code;
	size_t step;

	for (size_t i = 0; i < url.len; i += step) {
		step = html_reference(str_sub(url, i, url.len), &code);
		if (code > ' ')
			utf8_put(out, code);
	}
}

static void end_link(struct html *h)
{
	struct str text = str_sub(buf_str(h->text.out), h->link_from, h->text.out->len);
	struct str url = str_trim(h->href);
	struct buf b;

	h->href = (struct str){ NULL, 0 };
	if (url.len == 0 || url.len >= URL_MAX || str_trim(text).len == 0 ||
	    !(str_istarts(url, STR("http")) || str_istarts(url, STR("mailto:")) ||
	      str_istarts(url, STR("tel:"))))
		return;
	buf_init(&b, 4 * URL_MAX);
	decode_url(url, &b);
	if (b.len > 0 && !str_ieq(bare_url(buf_str(&b)), bare_url(text))) {
		html_text_add(&h->text, STR(" ("));
		buf_add(h->text.out, buf_str(&b));
		buf_addc(h->text.out, ')');
	}
	buf_finish(&b);
}

static void begin_link(struct html *h, const struct html_tag *tag)
{
	end_link(h);
	h->href = tag->href;
	h->link_from = h->text.out->len;
}

static void list_item(struct html *h)
{
	int *number = h->n_lists && h->n_lists <= LISTS ? &h->lists[h->n_lists - 1] : NULL;
	size_t depth = h->n_lists < LISTS ? h->n_lists : LISTS;
	char mark[64];

	html_text_break(&h->text, 1);
	if (number != NULL && *number >= 0)
		snprintf(mark, sizeof(mark), "%*s%d. ", depth > 1 ? 2 * ((int)depth - 1) : 0, "", (*number)++);
	else
		snprintf(mark, sizeof(mark), "%*s- ", depth > 1 ? 2 * ((int)depth - 1) : 0, "");
	html_text_add(&h->text, str_from(mark));
}

static int first_number(struct str start)
{
	int64_t n;

	return str_int64(str_trim(start), &n) && n < 1000000 ? (int)n : 1;
}

static void list(struct html *h, bool is_end, int first)
{
	html_text_break(&h->text, h->n_lists > !!is_end ? 1 : 2);
	if (is_end)
		h->n_lists -= h->n_lists > 0;
	else if (h->n_lists++ < LISTS)
		h->lists[h->n_lists - 1] = first;
}

/* The table under way; NULL: none, or deeper than anybody looks. */
static struct html_table *table_of(struct html *h)
{
	return h->n_tables > 0 && h->n_tables <= TABLES ? &h->tables[h->n_tables - 1] : NULL;
}

static void table(struct html *h, const struct html_tag *tag)
{
	bool has_border = tag->border.len > 0 && tag->border.ptr[0] >= '1' && tag->border.ptr[0] <= '9';

	html_text_break(&h->text, 1);
	if (tag->is_end)
		h->n_tables -= h->n_tables > 0;
	else if (h->n_tables++ < TABLES)
		h->tables[h->n_tables - 1] = (struct html_table){ .is_data = has_border };
}

static void table_row(struct html *h)
{
	struct html_table *t = table_of(h);

	html_text_break(&h->text, 1);
	if (t != NULL)
		t->has_cell = false;
}

/* Most tables of mails are there for the layout: only in those with data a bar stands between the cells. */
static void cell(struct html *h, const struct html_tag *tag, bool is_head)
{
	struct html_table *t = table_of(h);

	h->text.space = true;
	if (t == NULL || tag->is_end)
		return;
	t->is_data = t->is_data || is_head;
	if (t->is_data && t->has_cell)
		html_text_bar(&h->text);
	t->has_cell = true;
}

static bool is_dot(const struct html_tag *tag)
{
	int64_t width, height;

	return str_int64(tag->width, &width) && str_int64(tag->height, &height) && width <= 2 && height <= 2;
}

/* Emoji stand in mails as pictures whose alternative text is the character. A picture that came with the
 * mail is named as plain mails name it, so that it can be put back there; others are not fetched, and a
 * single dot is nobody's picture. */
static void image(struct html *h, const struct html_tag *tag)
{
	struct str src = str_trim(tag->src);

	if (tag->alt.len > 0 && tag->alt.len <= 16 && (unsigned char)tag->alt.ptr[0] >= 0xe0) {
		html_text_add(&h->text, tag->alt);
	} else if (str_istarts(src, STR("cid:")) && src.len > 4 && src.len < URL_MAX && !is_dot(tag)) {
		html_text_add(&h->text, STR("[cid:"));
		decode_url(str_sub(src, 4, src.len), h->text.out);
		buf_addc(h->text.out, ']');
	}
}

/* <div> may be a quote by its class, and the same div ends it; or the place where Outlook's old mail begins, which
 * nothing ends. */
static void division(struct html *h, const struct html_tag *tag)
{
	html_text_break(&h->text, 1);
	if (h->quote_divs > 0) {
		h->quote_divs += tag->is_end ? -(size_t)1 : 1;
		h->text.quote -= h->quote_divs == 0 && h->text.quote > 0;
	} else if (tag->is_quote && !tag->is_end) {
		h->quote_divs = 1;
		h->text.quote++;
	} else if (tag->is_old_from_here && !tag->is_end && h->text.quote == 0) {
		h->quote_divs = SIZE_MAX / 2;
		h->text.quote++;
	}
}

static void nest(int *depth, bool is_end)
{
	*depth += is_end ? -(*depth > 0) : *depth < 1000;
}

static void act(struct html *h, const struct tag *known, const struct html_tag *tag)
{
	switch (known->act) {
	case ACT_LINE: html_text_break(&h->text, 1); break;
	case ACT_PARA: html_text_break(&h->text, 2); break;
	case ACT_BR: html_text_newline(&h->text); break;
	case ACT_CELL: cell(h, tag, false); break;
	case ACT_HEAD_CELL: cell(h, tag, true); break;
	case ACT_ROW: table_row(h); break;
	case ACT_TABLE: table(h, tag); break;
	case ACT_DIV: division(h, tag); break;
	case ACT_LI: if (!tag->is_end) list_item(h); break;
	case ACT_LIST: list(h, tag->is_end, -1); break;
	case ACT_OLIST: list(h, tag->is_end, first_number(tag->start)); break;
	case ACT_QUOTE:
		html_text_break(&h->text, 1);
		nest(&h->text.quote, tag->is_end);
		break;
	case ACT_PRE:
		html_text_break(&h->text, 1);
		nest(&h->text.pre, tag->is_end);
		break;
	case ACT_A: if (tag->is_end) end_link(h); else begin_link(h, tag); break;
	case ACT_IMG: image(h, tag); break;
	case ACT_HR:
		html_text_break(&h->text, 1);
		html_text_add(&h->text, STR("________________________________"));
		html_text_break(&h->text, 1);
		break;
	case ACT_RAW: if (!tag->is_end) skip_raw(h, known); break;
	case ACT_PLAIN: h->text.pre = 1; break;
	case ACT_NONE: case ACT_VOID: break;
	}
}

/* h->src.at stands behind "<". */
static void markup(struct html *h)
{
	const struct tag *row;
	struct html_tag tag;
	size_t at = h->src.at - 1;
	char c = h->src.at < h->src.in.len ? h->src.in.ptr[h->src.at] : '\0';

	if (c == '!' || c == '?') {
		skip_declaration(h);
		return;
	}
	if (!html_is_letter(c) && !(c == '/' && h->src.at + 1 < h->src.in.len && html_is_letter(h->src.in.ptr[h->src.at + 1]))) {
		if (h->hidden_depth == 0)
			html_text_char(&h->text, '<');
		return;
	}
	html_tag_read(&h->src, &tag);
	row = find_tag(tag.name);
	if (h->hidden_depth > 0) {
		while_hidden(h, &tag);
		if (row != NULL && row->act == ACT_RAW && !tag.is_end)
			skip_raw(h, row);
		return;
	}
	if (tag.is_hidden && !tag.is_end && !h->hides_nothing &&
	    !(row && (row->act == ACT_VOID || row->act == ACT_IMG || row->act == ACT_BR ||
		      row->act == ACT_HR || row->act == ACT_RAW)))
		begin_hiding(h, tag.name, at);
	else if (row != NULL)
		act(h, row, &tag);
}

/* How many bytes at the front are visible ASCII that stands for itself. */
static size_t plain_run(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] > ' ' && s.ptr[n] < 0x7f && s.ptr[n] != '&')
		n++;
	return n;
}

/* Plain characters up to the next "<". */
static void characters(struct html *h)
{
	size_t end = str_chr(str_sub(h->src.in, h->src.at, h->src.in.len), '<'), n;
	uint32_t code;

	end = end == STR_NONE ? h->src.in.len : h->src.at + end;
	if (h->hidden_depth > 0) {
		h->src.at = end;
		return;
	}
	for (; h->src.at < end; h->src.at += n) {
		n = plain_run(str_sub(h->src.in, h->src.at, end - h->src.at));
		if (n > 0) {
			html_text_add(&h->text, str_sub(h->src.in, h->src.at, n));
			continue;
		}
		n = html_reference(str_sub(h->src.in, h->src.at, end - h->src.at), &code);
		html_text_char(&h->text, code);
	}
}

bool html_to_text(struct str html, struct buf *out)
{
	bool is_all = html.len <= HTML_INPUT_MAX;
	struct html h = { .src.in = utf8_cut(html, HTML_INPUT_MAX), .text.out = out };

	while (h.src.at < h.src.in.len || h.hidden_depth > 0) {
		if (h.src.at >= h.src.in.len) {
			/* Hidden to the end: more likely a tag that was never closed than nothing to
			 * read. Once, so still linear. */
			h.src.at = h.hidden_at;
			h.text = h.hidden_text;
			buf_truncate(out, h.hidden_len);
			h.hidden_depth = 0;
			h.hides_nothing = true;
		} else if (h.src.in.ptr[h.src.at] == '<') {
			h.src.at++;
			markup(&h);
		} else {
			characters(&h);
		}
	}
	end_link(&h);
	return is_all;
}

struct str html_meta_charset(struct str html)
{
	struct str head = str_sub(html, 0, 1024);
	size_t at = str_ifind(head, STR("<meta")), n;

	if (at == STR_NONE)
		return (struct str){ NULL, 0 };
	head = str_sub(head, at, head.len);
	at = str_ifind(head, STR("charset="));
	if (at == STR_NONE)
		return (struct str){ NULL, 0 };
	head = str_sub(head, at + 8, 40);
	while (head.len > 0 && (head.ptr[0] == '"' || head.ptr[0] == '\''))
		head = str_sub(head, 1, head.len);
	for (n = 0; n < head.len && (html_is_letter(head.ptr[n]) || head.ptr[n] == '-' || head.ptr[n] == '_' ||
				     (head.ptr[n] >= '0' && head.ptr[n] <= '9')); n++)
		;
	return str_sub(head, 0, n);
}
