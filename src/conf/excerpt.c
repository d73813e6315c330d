#include "conf/excerpt.h"

#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf/yaml_doc.h"

enum {
	MAX_SHOWN = 160,	/* characters of a line */
	BEFORE_PLACE = 60,	/* of them at least before the place, when the line is cut */
	MAX_BYTES = 8192,
};

static const struct str hidden_text = { "••••", 12 };

struct excerpt {
	struct buf source, carets;
	int from, to;			/* columns to underline, the end exclusive */
};

/* `width` columns of the terminal under one character. */
static void underline(struct excerpt *x, int column, int width)
{
	char mark = column >= x->from && column < x->to ? '^' : ' ';

	while (width-- > 0)
		buf_addc(&x->carets, mark);
}

static void put_hidden(struct excerpt *x, int column, int until)
{
	bool is_meant = column < x->to && until > x->from;

	buf_add(&x->source, hidden_text);
	buf_add(&x->carets, is_meant ? STR("^^^^") : STR("    "));
}

static void put_char(struct excerpt *x, struct str c, int column)
{
	utf8proc_int32_t code;

	if (c.len == 1 && c.ptr[0] == '\t') {
		buf_addc(&x->source, '\t');
		buf_addc(&x->carets, column < x->from ? '\t' : column < x->to ? '^' : ' ');
		return;
	}
	if (utf8proc_iterate((const utf8proc_uint8_t *)c.ptr, (utf8proc_ssize_t)c.len, &code) < 1 ||
	    utf8proc_category(code) == UTF8PROC_CATEGORY_CC ||
	    utf8proc_category(code) == UTF8PROC_CATEGORY_CF) {
		/* Nothing in a file may steer the terminal, nor turn its direction. */
		buf_add(&x->source, STR("\xef\xbf\xbd"));
		underline(x, column, 1);
		return;
	}
	buf_add(&x->source, c);
	underline(x, column, utf8proc_charwidth(code));
}

static void put_line(struct excerpt *x, const struct yaml_doc *doc, struct str line, int number)
{
	int first = x->from > MAX_SHOWN - BEFORE_PLACE ? x->from - BEFORE_PLACE : 1;
	int column = 1, shown_to = 0, until;
	size_t n;

	for (; line.len > 0 && column < first + MAX_SHOWN; column++) {
		struct str c = str_sub(line, 0, yaml_char_length(line));

		n = c.len ? c.len : 1;
		line = str_sub(line, n, line.len);
		if (column < first)
			continue;
		if (column == first && first > 1) {
			buf_add(&x->source, STR("…"));
			buf_addc(&x->carets, ' ');
		}
		until = yaml_hidden_until(doc, number, column);
		if (until == 0)
			put_char(x, c, column);
		else if (column >= shown_to)	/* four dots stand for the whole range */
			put_hidden(x, column, until);
		shown_to = until ? until : shown_to;
	}
	if (line.len > 0)
		buf_add(&x->source, STR("…"));
	if (x->from >= column)		/* behind the end of the line */
		underline(x, x->from, 1);
}

void excerpt_make(struct yaml_doc *doc, struct yaml_place at, char **source, char **carets)
{
	struct str line = yaml_line(doc, at.line);
	struct excerpt x = { .from = at.column, .to = at.end_column };

	*source = *carets = NULL;
	if (line.len == 0)
		return;
	if (at.end_line > at.line)
		x.to = INT32_MAX;
	if (x.to <= x.from)
		x.to = x.from + 1;
	buf_init(&x.source, MAX_BYTES);
	buf_init(&x.carets, MAX_BYTES);
	put_line(&x, doc, line, at.line);
	while (x.carets.len > 0 && x.carets.ptr[x.carets.len - 1] == ' ')
		buf_truncate(&x.carets, x.carets.len - 1);
	*source = buf_steal(&x.source);
	*carets = buf_steal(&x.carets);
}
