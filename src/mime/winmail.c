/* winmail.dat in a mail: opened once, its files are attachments like others, and its text is the mail's where that has
 * no other. */
#include "base/mem.h"
#include "mime/charset.h"
#include "mime/html.h"
#include "mime/mail_reading.h"
#include "mime/param.h"
#include "mime/rtf.h"
#include "mime/utf8.h"

enum { RTF_MAX = 4 << 20 };

void winmail_read(struct mail *m)
{
	for (size_t i = 0; i < m->tree.n_parts && m->n_winmails < WINMAILS_MAX; i++) {
		struct winmail *w = &m->winmails[m->n_winmails];

		if (!part_is(m, &m->tree.parts[i], "application/ms-tnef", "application/vnd.ms-tnef", "winmail.dat"))
			continue;
		*w = (struct winmail){ .part = i, .bytes = part_bytes(m, &m->tree.parts[i], SIZE_MAX),
				       .tnef = arena_new(m->dec.arena, struct tnef) };
		if (w->tnef == NULL)
			return;
		if (!tnef_read(w->bytes, w->tnef)) {
			decode_warn(&m->dec, "winmail.dat is not what its type says, it is kept as it is");
			continue;
		}
		if (w->tnef->is_damaged && w->tnef->n_files == 0) {
			decode_warn(&m->dec, "winmail.dat is damaged and no file was found in it, it is kept as it is");
			continue;
		}
		if (w->tnef->is_damaged)
			decode_warn(&m->dec, "winmail.dat is damaged, what could be read of it is listed");
		if (w->tnef->n_unlisted > 0)
			decode_warn(&m->dec, "winmail.dat holds %zu files more than the %d that are listed",
				    w->tnef->n_unlisted, TNEF_FILES_MAX);
		m->n_winmails++;
	}
}

const struct winmail *winmail_of(const struct mail *m, size_t part)
{
	for (size_t i = 0; i < m->n_winmails; i++)
		if (m->winmails[i].part == part)
			return &m->winmails[i];
	return NULL;
}

/* ---- its texts ---- */

static void put_text(struct mail *m, struct str bytes, bool is_wide, unsigned code_page, struct buf *out)
{
	charset_decode(&m->dec, bytes, is_wide ? STR("utf-16le") : charset_of_code_page(code_page), out);
}

struct str winmail_name(struct mail *m, const struct winmail *w, const struct tnef_file *file)
{
	bool is_long = file->long_name.len > 0;
	struct str name = is_long ? file->long_name : file->name, made;
	struct buf b;

	buf_init(&b, 4 * name.len + 16);
	put_text(m, name, is_long ? file->is_long_name_wide : file->is_name_wide, w->tnef->code_page, &b);
	made = arena_str(m->dec.arena, buf_str(&b));
	buf_finish(&b);
	return made;
}

static void put_rtf(struct mail *m, struct str compressed, struct buf *out)
{
	struct buf rtf, read;
	bool is_html;

	buf_init(&rtf, RTF_MAX);
	buf_init(&read, RTF_MAX);
	if (rtf_decompress(compressed, &rtf) && rtf_read(&m->dec, buf_str(&rtf), &read, &is_html)) {
		if (is_html)
			html_to_text(buf_str(&read), out);
		else
			buf_add(out, buf_str(&read));
	}
	buf_finish(&rtf);
	buf_finish(&read);
}

static void put_best(struct mail *m, const struct tnef *t, struct buf *out)
{
	struct str charset = charset_of_code_page(t->html_code_page ? t->html_code_page : t->code_page);
	struct buf html;

	if (t->body.len > 0) {
		put_text(m, str_sub(t->body, 0, m->opt.max_text_bytes), t->is_body_wide, t->code_page, out);
		return;
	}
	if (t->html.len == 0) {
		put_rtf(m, t->rtf, out);
		return;
	}
	buf_init(&html, 4 * (size_t)HTML_INPUT_MAX + 16);
	charset_decode(&m->dec, str_sub(t->html, 0, HTML_INPUT_MAX), charset, &html);
	html_to_text(buf_str(&html), out);
	buf_finish(&html);
}

struct str winmail_text(struct mail *m)
{
	struct str text = { NULL, 0 };
	struct buf raw, clean;

	for (size_t i = 0; i < m->n_winmails && text.len == 0; i++) {
		buf_init(&raw, 16 << 20);
		put_best(m, m->winmails[i].tnef, &raw);
		buf_init(&clean, 4 * raw.len + 64);
		utf8_clean(buf_str(&raw), &clean);
		text = arena_str(m->dec.arena, str_trim(utf8_cut(buf_str(&clean), m->opt.max_text_bytes)));
		buf_finish(&raw);
		buf_finish(&clean);
	}
	return text;
}
