/* The HTML of a mail as its sender wrote it, for who asks for it: it lies in the journal with the mail and is kept
 * nowhere else. */
#include "mime/charset.h"
#include "mime/html.h"
#include "mime/mail_reading.h"
#include "mime/param.h"
#include "mime/utf8.h"

/* A reply of a parser may be larger than the mail by a little only. */
enum { GROWTH_MAX = 512 << 10 };

bool original_is_wanted(const struct raw *raw)
{
	return str_eq(raw->content_type, STR(MAIL_WANT_HTML));
}

/* With a byte order mark, which every browser believes more than what the page says of itself. */
static struct str as_utf8(struct mail *m, const struct part *p, size_t room)
{
	struct str charset = param_get(p->type_field, STR("charset"), m->dec.arena);
	struct str bytes = part_bytes(m, p, HTML_INPUT_MAX), text;
	struct buf utf8;

	if (charset.len == 0)
		charset = html_meta_charset(bytes);
	buf_init(&utf8, 4 * bytes.len + 16);
	buf_add(&utf8, STR("\xef\xbb\xbf"));
	charset_decode(&m->dec, bytes, charset, &utf8);
	text = arena_str(m->dec.arena, utf8_cut(buf_str(&utf8), room));
	buf_finish(&utf8);
	return text;
}

void original_read(struct mail *m)
{
	size_t left = m->bytes.len + GROWTH_MAX;

	for (size_t i = 0; i < m->tree.n_parts; i++) {
		const struct part *p = &m->tree.parts[i];
		struct attachment *a;

		if (!str_eq(p->type, STR("text/html")) || !part_is_body(m, p))
			continue;
		a = interaction_add_attachment(&m->it, m->dec.arena);
		if (a == NULL)
			return;
		a->body = as_utf8(m, p, left);
		left -= a->body.len;
		a->name = STR("message.html");
		a->media_type = STR("text/html");
		a->size = (int64_t)a->body.len;
		a->state = ATTACHMENT_STORED;
	}
}
