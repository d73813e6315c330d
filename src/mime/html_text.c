#include "mime/html_text.h"

#include "mime/utf8.h"

enum { QUOTE_SHOWN = 8 };

static void quote_mark(struct html_text *t)
{
	int n = t->quote < QUOTE_SHOWN ? t->quote : QUOTE_SHOWN;

	for (int i = 0; i < n; i++)
		buf_add(t->out, STR("> "));
}

/* Everything owed before a visible character. */
static void settle(struct html_text *t)
{
	if (!t->is_started) {
		quote_mark(t);
	} else if (t->newlines > 0) {
		for (unsigned i = 0; i < t->newlines; i++) {
			buf_addc(t->out, '\n');
			quote_mark(t);
		}
	} else if (t->space) {
		buf_addc(t->out, ' ');
	}
	t->newlines = 0;
	t->space = t->is_after_bar = false;
	t->is_started = true;
}

static bool is_invisible(struct html_text *t, uint32_t code)
{
	/* Zero-width characters pad the previews of newsletters; the non-joiner is part of Persian
	 * words, and only padding when it stands alone. */
	return code == 0x200b || code == 0xfeff || code == 0xad || code == 0x34f ||
	       ((code == 0x200c || code == 0x200d || code == 0x2007) &&
		(t->space || t->newlines > 0 || !t->is_started));
}

void html_text_char(struct html_text *t, uint32_t code)
{
	if (code == '\n' && t->pre > 0) {
		html_text_newline(t);
		return;
	}
	if (code == '\t' && t->pre > 0) {
		settle(t);
		buf_addc(t->out, '\t');
		return;
	}
	if ((code == ' ' || code == 0xa0) && t->pre > 0) {
		settle(t);
		buf_addc(t->out, ' ');
		return;
	}
	if (code == ' ' || code == 0xa0 || (code >= '\t' && code <= '\r')) {
		t->space = true;
		return;
	}
	if (code < 0x20 || is_invisible(t, code))
		return;
	settle(t);
	utf8_put(t->out, code);
}

void html_text_add(struct html_text *t, struct str s)
{
	if (s.len == 0)
		return;
	settle(t);
	buf_add(t->out, s);
}

void html_text_break(struct html_text *t, unsigned n)
{
	if (t->newlines < n && !t->is_after_bar)
		t->newlines = n;
}

void html_text_bar(struct html_text *t)
{
	t->newlines = 0;
	t->space = true;
	html_text_add(t, STR("|"));
	t->space = t->is_after_bar = true;
}

void html_text_newline(struct html_text *t)
{
	/* Two line ends are a blank line; more of them say no more. */
	if (t->is_started && t->newlines < 3 && !t->is_after_bar)
		t->newlines++;
	t->space = false;
}
