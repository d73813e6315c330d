#include "mime/html.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mime/html_reference.h"
#include "mime/html_text.h"
#include "mime/utf8.h"

enum { LISTS = 16, URL_MAX = 300, TAG_MAX = 16 };

enum tag_act {
	ACT_NONE, ACT_LINE, ACT_PARA, ACT_BR, ACT_CELL, ACT_LI, ACT_LIST, ACT_OLIST, ACT_QUOTE, ACT_PRE,
	ACT_RAW, ACT_A, ACT_IMG, ACT_HR, ACT_PLAIN, ACT_VOID,
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
	{ "div", ACT_LINE },	  { "dl", ACT_PARA },	    { "dt", ACT_LINE },
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
	{ "style", ACT_RAW },	  { "table", ACT_LINE },    { "td", ACT_CELL },
	{ "template", ACT_RAW },  { "th", ACT_CELL },	    { "title", ACT_RAW },
	{ "tr", ACT_LINE },	  { "track", ACT_VOID },    { "ul", ACT_LIST },
	{ "wbr", ACT_VOID },	  { "xml", ACT_RAW },
};

struct html {
	struct str in;
	size_t at;
	struct html_text text;
	int lists[LISTS];	/* numbers of open ordered lists, −1: bullets */
	size_t n_lists;
	struct str href;
	size_t link_from;	/* where the text of the open link begins in the output */
	/* The element whose display is none: its name, and how many of that name are open. */
	char hidden[TAG_MAX];
	size_t hidden_depth, hidden_at;
	bool hides_nothing;	/* a hidden element never ended: it is read after all */
	struct html_text hidden_text;
	size_t hidden_len;
	/* What was looked for in vain is not looked for again: keeps the whole linear. */
	bool has_no_gt, has_no_comment_end, has_no_quote[2];
	bool has_no_end[countof(tags)];
};

/* One tag as read. Values are slices of the input, their references not yet decoded. */
struct tag_seen {
	char name[TAG_MAX];
	bool is_end, is_hidden;
	struct str href, alt;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int by_tag_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct tag *)row)->name);
}

static const struct tag *find_tag(const char *name)
{
	return bsearch(name, tags, countof(tags), sizeof(*tags), by_tag_name);
}

/* ---- tags ---- */

static bool hides(struct str style)
{
	static const struct str hints[] = { { "display:none", 12 }, { "mso-hide:all", 12 },
					    { "visibility:hidden", 17 } };
	size_t n[countof(hints)] = { 0 };

	for (size_t i = 0; i < style.len; i++) {
		char c = lower(style.ptr[i]);

		if (is_white(c))
			continue;
		for (size_t h = 0; h < countof(hints); h++) {
			n[h] = c == hints[h].ptr[n[h]] ? n[h] + 1 : c == hints[h].ptr[0];
			if (n[h] == hints[h].len)
				return true;
		}
	}
	return false;
}

static struct str attribute_value(struct html *h)
{
	struct str rest = str_sub(h->in, h->at, h->in.len), value;
	char quote = rest.len ? rest.ptr[0] : '\0';
	size_t n;

	if (quote == '"' || quote == '\'') {
		bool *has_none = &h->has_no_quote[quote == '"'];

		n = *has_none ? STR_NONE : str_chr(str_sub(rest, 1, rest.len), quote);
		if (n != STR_NONE) {
			h->at += n + 2;
			return str_sub(rest, 1, n);
		}
		*has_none = true;
	}
	for (n = 0; n < rest.len && !is_white(rest.ptr[n]) && rest.ptr[n] != '>'; n++)
		;
	value = str_sub(rest, 0, n);
	h->at += n;
	return value;
}

static void read_attribute(struct html *h, struct tag_seen *tag)
{
	struct str in = h->in, name, value = { NULL, 0 };
	size_t start = h->at;

	while (h->at < in.len && !is_white(in.ptr[h->at]) && in.ptr[h->at] != '=' &&
	       in.ptr[h->at] != '>' && in.ptr[h->at] != '/')
		h->at++;
	name = str_sub(in, start, h->at - start);
	while (h->at < in.len && is_white(in.ptr[h->at]))
		h->at++;
	if (h->at < in.len && in.ptr[h->at] == '=') {
		h->at++;
		while (h->at < in.len && is_white(in.ptr[h->at]))
			h->at++;
		value = attribute_value(h);
	}
	if (str_ieq(name, STR("href")))
		tag->href = value;
	else if (str_ieq(name, STR("alt")))
		tag->alt = value;
	else if (str_ieq(name, STR("hidden")) || (str_ieq(name, STR("style")) && hides(value)))
		tag->is_hidden = true;
}

/* h->at stands on the letter or slash behind "<"; afterwards behind ">". */
static void read_tag(struct html *h, struct tag_seen *tag)
{
	struct str in = h->in;
	size_t n = 0;

	*tag = (struct tag_seen){ .is_end = in.ptr[h->at] == '/' };
	h->at += tag->is_end;
	for (; h->at < in.len && !is_white(in.ptr[h->at]) && in.ptr[h->at] != '>' &&
	       in.ptr[h->at] != '/'; h->at++)
		if (n + 1 < TAG_MAX)
			tag->name[n++] = lower(in.ptr[h->at]);
	while (h->at < in.len && in.ptr[h->at] != '>') {
		if (is_white(in.ptr[h->at]) || in.ptr[h->at] == '/' || in.ptr[h->at] == '=')
			h->at++;
		else
			read_attribute(h, tag);
	}
	h->at += h->at < in.len;
}

/* Past the end tag of script, style and their like; when there is none the element is empty. */
static void skip_raw(struct html *h, const struct tag *tag)
{
	size_t n = strlen(tag->name), i = h->at;
	bool *has_none = &h->has_no_end[tag - tags];

	while (!*has_none) {
		size_t hit = str_find(str_sub(h->in, i, h->in.len), STR("</"));

		if (hit == STR_NONE) {
			*has_none = true;
			return;
		}
		i += hit + 2;
		if (str_ieq(str_sub(h->in, i, n), (struct str){ tag->name, n })) {
			hit = str_chr(str_sub(h->in, i, h->in.len), '>');
			h->at = hit == STR_NONE ? h->in.len : i + hit + 1;
			return;
		}
	}
}

/* <!-- … -->, <!doctype …>, <?xml …>, and Outlook's <![if …]> */
static void skip_declaration(struct html *h)
{
	struct str rest = str_sub(h->in, h->at, h->in.len);
	size_t end;

	if (str_starts(rest, STR("!--")) && !h->has_no_comment_end) {
		end = str_find(str_sub(rest, 1, rest.len), STR("-->"));
		if (end != STR_NONE) {
			h->at += 1 + end + 3;
			return;
		}
		h->has_no_comment_end = true;
	}
	end = h->has_no_gt ? STR_NONE : str_chr(rest, '>');
	h->has_no_gt = end == STR_NONE;
	h->at = end == STR_NONE ? h->in.len : h->at + end + 1;
}

/* ---- what tags do ---- */

static void begin_hiding(struct html *h, const char *name)
{
	memcpy(h->hidden, name, TAG_MAX);
	h->hidden_depth = 1;
	h->hidden_at = h->at;
	h->hidden_text = h->text;
	h->hidden_len = h->text.out->len;
}

static void while_hidden(struct html *h, const struct tag_seen *tag)
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

static void end_link(struct html *h)
{
	struct str text = str_sub(buf_str(h->text.out), h->link_from, h->text.out->len);
	struct str url = str_trim(h->href);
	char decoded[URL_MAX];
	size_t n = 0, step;
	struct buf b;

	h->href = (struct str){ NULL, 0 };
	if (url.len == 0 || url.len >= sizeof(decoded) || str_trim(text).len == 0 ||
	    !(str_istarts(url, STR("http")) || str_istarts(url, STR("mailto:")) ||
	      str_istarts(url, STR("tel:"))))
		return;
	buf_init(&b, 4 * URL_MAX);
	for (size_t i = 0; i < url.len; i += step) {
		uint32_t code;

		step = html_reference(str_sub(url, i, url.len), &code);
		if (code > ' ')
			utf8_put(&b, code);
	}
	n = b.len;
	if (n > 0 && !str_ieq(bare_url(buf_str(&b)), bare_url(text))) {
		html_text_add(&h->text, STR(" ("));
		buf_add(h->text.out, buf_str(&b));
		buf_addc(h->text.out, ')');
	}
	buf_finish(&b);
}

static void begin_link(struct html *h, const struct tag_seen *tag)
{
	end_link(h);
	h->href = tag->href;
	h->link_from = h->text.out->len;
}

static void list_item(struct html *h)
{
	int *number = h->n_lists && h->n_lists <= LISTS ? &h->lists[h->n_lists - 1] : NULL;
	char mark[16] = "- ";

	html_text_break(&h->text, 1);
	if (number != NULL && *number >= 0)
		snprintf(mark, sizeof(mark), "%d. ", ++*number);
	html_text_add(&h->text, str_from(mark));
}

static void list(struct html *h, bool is_end, int first)
{
	html_text_break(&h->text, h->n_lists > !!is_end ? 1 : 2);
	if (is_end)
		h->n_lists -= h->n_lists > 0;
	else if (h->n_lists++ < LISTS)
		h->lists[h->n_lists - 1] = first;
}

/* Emoji stand in mails as pictures whose alternative text is the character. */
static void image(struct html *h, struct str alt)
{
	if (alt.len > 0 && alt.len <= 16 && (unsigned char)alt.ptr[0] >= 0xe0)
		html_text_add(&h->text, alt);
}

static void nest(int *depth, bool is_end)
{
	*depth += is_end ? -(*depth > 0) : *depth < 1000;
}

static void act(struct html *h, const struct tag *row, const struct tag_seen *tag)
{
	switch (row->act) {
	case ACT_LINE: html_text_break(&h->text, 1); break;
	case ACT_PARA: html_text_break(&h->text, 2); break;
	case ACT_BR: html_text_newline(&h->text); break;
	case ACT_CELL: h->text.space = true; break;
	case ACT_LI: if (!tag->is_end) list_item(h); break;
	case ACT_LIST: list(h, tag->is_end, -1); break;
	case ACT_OLIST: list(h, tag->is_end, 0); break;
	case ACT_QUOTE:
		html_text_break(&h->text, 1);
		nest(&h->text.quote, tag->is_end);
		break;
	case ACT_PRE:
		html_text_break(&h->text, 1);
		nest(&h->text.pre, tag->is_end);
		break;
	case ACT_A: if (tag->is_end) end_link(h); else begin_link(h, tag); break;
	case ACT_IMG: image(h, tag->alt); break;
	case ACT_HR:
		html_text_break(&h->text, 1);
		html_text_add(&h->text, STR("________________________________"));
		html_text_break(&h->text, 1);
		break;
	case ACT_RAW: if (!tag->is_end) skip_raw(h, row); break;
	case ACT_PLAIN: h->text.pre = 1; break;
	case ACT_NONE: case ACT_VOID: break;
	}
}

/* h->at stands behind "<". */
static void markup(struct html *h)
{
	const struct tag *row;
	struct tag_seen tag;
	char c = h->at < h->in.len ? h->in.ptr[h->at] : '\0';

	if (c == '!' || c == '?') {
		skip_declaration(h);
		return;
	}
	if (!is_letter(c) && !(c == '/' && h->at + 1 < h->in.len && is_letter(h->in.ptr[h->at + 1]))) {
		if (h->hidden_depth == 0)
			html_text_char(&h->text, '<');
		return;
	}
	read_tag(h, &tag);
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
		begin_hiding(h, tag.name);
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
	size_t end = str_chr(str_sub(h->in, h->at, h->in.len), '<'), n;
	uint32_t code;

	end = end == STR_NONE ? h->in.len : h->at + end;
	if (h->hidden_depth > 0) {
		h->at = end;
		return;
	}
	for (; h->at < end; h->at += n) {
		n = plain_run(str_sub(h->in, h->at, end - h->at));
		if (n > 0) {
			html_text_add(&h->text, str_sub(h->in, h->at, n));
			continue;
		}
		n = html_reference(str_sub(h->in, h->at, end - h->at), &code);
		html_text_char(&h->text, code);
	}
}

bool html_to_text(struct str html, struct buf *out)
{
	bool is_all = html.len <= HTML_INPUT_MAX;
	struct html h = { .in = utf8_cut(html, HTML_INPUT_MAX), .text.out = out };

	while (h.at < h.in.len || h.hidden_depth > 0) {
		if (h.at >= h.in.len) {
			/* Hidden to the end: more likely a tag that was never closed than nothing to
			 * read. Once, so still linear. */
			h.at = h.hidden_at;
			h.text = h.hidden_text;
			buf_truncate(out, h.hidden_len);
			h.hidden_depth = 0;
			h.hides_nothing = true;
		} else if (h.in.ptr[h.at] == '<') {
			h.at++;
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
	for (n = 0; n < head.len && (is_letter(head.ptr[n]) || head.ptr[n] == '-' || head.ptr[n] == '_' ||
				     (head.ptr[n] >= '0' && head.ptr[n] <= '9')); n++)
		;
	return str_sub(head, 0, n);
}
