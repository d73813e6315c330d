#include "mime/html_tag.h"

#include <stddef.h>

#include "base/mem.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool html_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool html_is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One declaration of a style, without white space, "display:none"; a length of nothing counts whatever its unit. */
static bool is_hiding(const char *text, size_t n)
{
	static const char *const exact[] = { "display:none", "visibility:hidden", "opacity:0", "max-height:0",
					     "max-height:0px", "opacity:0.0" };
	const struct str s = { text, n };

	for (size_t i = 0; i < countof(exact); i++)
		if (str_eq(s, str_from(exact[i])))
			return true;
	return str_eq(s, STR("display:none!important")) || str_eq(s, STR("visibility:hidden!important"));
}

/* Not "mso-hide": that hides from Outlook alone what all others see, a button often. */
static bool hides(struct str style)
{
	char declaration[32];
	size_t n = 0;

	for (size_t i = 0; i <= style.len; i++) {
		char c = i < style.len ? style.ptr[i] : ';';

		if (c == ';') {
			if (n <= sizeof(declaration) && is_hiding(declaration, n))
				return true;
			n = 0;
		} else if (!html_is_white(c)) {
			if (n < sizeof(declaration))
				declaration[n] = lower(c);
			n++;
		}
	}
	return false;
}

static struct str attribute_value(struct html_source *s)
{
	struct str rest = str_sub(s->in, s->at, s->in.len), value;
	char quote = rest.len ? rest.ptr[0] : '\0';
	size_t n;

	if (quote == '"' || quote == '\'') {
		bool *has_none = &s->has_no_quote[quote == '"'];

		n = *has_none ? STR_NONE : str_chr(str_sub(rest, 1, rest.len), quote);
		if (n != STR_NONE) {
			s->at += n + 2;
			return str_sub(rest, 1, n);
		}
		*has_none = true;
	}
	for (n = 0; n < rest.len && !html_is_white(rest.ptr[n]) && rest.ptr[n] != '>'; n++)
		;
	value = str_sub(rest, 0, n);
	s->at += n;
	return value;
}

static void keep_attribute(struct str name, struct str value, struct html_tag *tag)
{
	static const struct {
		const char *name;
		size_t where;
	} kept[] = {
		{ "href", offsetof(struct html_tag, href) },	 { "alt", offsetof(struct html_tag, alt) },
		{ "src", offsetof(struct html_tag, src) },	 { "start", offsetof(struct html_tag, start) },
		{ "border", offsetof(struct html_tag, border) }, { "width", offsetof(struct html_tag, width) },
		{ "height", offsetof(struct html_tag, height) },
	};

	for (size_t i = 0; i < countof(kept); i++)
		if (str_ieq(name, str_from(kept[i].name)))
			*(struct str *)((char *)tag + kept[i].where) = value;
	if (str_ieq(name, STR("hidden")) || (str_ieq(name, STR("style")) && hides(value)))
		tag->is_hidden = true;
	/* Yahoo and Outlook put the old mail into no blockquote. */
	if (str_ieq(name, STR("class")) && str_find(value, STR("yahoo_quoted")) != STR_NONE)
		tag->is_quote = true;
	if (str_ieq(name, STR("id")) && (str_find(value, STR("divRplyFwdMsg")) != STR_NONE ||
					 str_find(value, STR("mail-editor-reference-message")) != STR_NONE))
		tag->is_old_from_here = true;
}

static void read_attribute(struct html_source *s, struct html_tag *tag)
{
	struct str in = s->in, name, value = { NULL, 0 };
	size_t start = s->at;

	while (s->at < in.len && !html_is_white(in.ptr[s->at]) && in.ptr[s->at] != '=' &&
	       in.ptr[s->at] != '>' && in.ptr[s->at] != '/')
		s->at++;
	name = str_sub(in, start, s->at - start);
	while (s->at < in.len && html_is_white(in.ptr[s->at]))
		s->at++;
	if (s->at < in.len && in.ptr[s->at] == '=') {
		s->at++;
		while (s->at < in.len && html_is_white(in.ptr[s->at]))
			s->at++;
		value = attribute_value(s);
	}
	keep_attribute(name, value, tag);
}

void html_tag_read(struct html_source *s, struct html_tag *tag)
{
	struct str in = s->in;
	size_t n = 0;

	*tag = (struct html_tag){ .is_end = in.ptr[s->at] == '/' };
	s->at += tag->is_end;
	for (; s->at < in.len && !html_is_white(in.ptr[s->at]) && in.ptr[s->at] != '>' &&
	       in.ptr[s->at] != '/'; s->at++)
		if (n + 1 < HTML_TAG_MAX)
			tag->name[n++] = lower(in.ptr[s->at]);
	while (s->at < in.len && in.ptr[s->at] != '>') {
		if (html_is_white(in.ptr[s->at]) || in.ptr[s->at] == '/' || in.ptr[s->at] == '=')
			s->at++;
		else
			read_attribute(s, tag);
	}
	s->at += s->at < in.len;
}
