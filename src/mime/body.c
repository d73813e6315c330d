/* The text of a mail: which parts it is, decoded, joined, and what of it is new. */
#include "base/mem.h"
#include "mime/charset.h"
#include "mime/flowed.h"
#include "mime/html.h"
#include "mime/mail_reading.h"
#include "mime/param.h"
#include "mime/quote.h"
#include "mime/utf8.h"
#include "mime/uu.h"

static bool is_html(const struct part *p)
{
	return str_eq(p->type, STR("text/html"));
}

static bool is_readable(const struct part *p)
{
	return !p->is_multipart && !str_eq(p->disposition, STR("attachment")) &&
	       (is_html(p) || str_eq(p->type, STR("text/plain")));
}

struct str part_file_name(struct mail *m, const struct part *p)
{
	struct str name = param_text(&m->dec, p->disposition_field, STR("filename"));

	return name.len > 0 ? name : param_text(&m->dec, p->type_field, STR("name"));
}

bool part_is(struct mail *m, const struct part *p, const char *type, const char *other_type, const char *name_end)
{
	if (p->is_multipart)
		return false;
	if (str_eq(p->type, str_from(type)) || str_eq(p->type, str_from(other_type)))
		return true;
	return str_eq(p->type, STR("application/octet-stream")) && str_iends(part_file_name(m, p), str_from(name_end));
}

bool part_is_body(struct mail *m, const struct part *p)
{
	return is_readable(p) && part_file_name(m, p).len == 0;
}

/* Decoded where it is to stay: an attachment of megabytes is not copied, nor its buffer grown. */
struct str part_bytes(struct mail *m, const struct part *p, size_t max)
{
	size_t room = transfer_room(p->transfer, p->body.len);
	struct buf b;

	if (p->transfer == TRANSFER_NONE)
		return str_sub(p->body, 0, max);
	if (room > max)
		room = max;
	b = (struct buf){ .ptr = arena_alloc(m->dec.arena, room + 1), .room = room + 1, .max = room };
	if (b.ptr == NULL)
		return (struct str){ NULL, 0 };
	transfer_decode(p->transfer, p->body, &b);
	return buf_str(&b);
}

static void convert_html(struct mail *m, struct str bytes, struct str charset, struct buf *out)
{
	struct buf utf8;

	if (charset.len == 0)
		charset = html_meta_charset(bytes);
	buf_init(&utf8, 4 * bytes.len + 16);
	charset_decode(&m->dec, bytes, charset, &utf8);
	if (!html_to_text(buf_str(&utf8), out) || buf_is_exceeded(out))
		decode_warn(&m->dec, "HTML was read up to %d bytes and cut there", HTML_INPUT_MAX);
	buf_finish(&utf8);
}

static void convert_plain(struct mail *m, const struct part *p, struct str bytes, struct str charset,
			  struct buf *out)
{
	struct str format = param_get(p->type_field, STR("format"), m->dec.arena);
	struct str delsp = param_get(p->type_field, STR("delsp"), m->dec.arena);
	struct buf utf8;

	if (!str_ieq(format, STR("flowed"))) {
		charset_decode(&m->dec, bytes, charset, out);
		return;
	}
	buf_init(&utf8, 4 * bytes.len + 16);
	charset_decode(&m->dec, bytes, charset, &utf8);
	flowed_join(buf_str(&utf8), str_ieq(delsp, STR("yes")), out);
	buf_finish(&utf8);
}

/* ---- files in the text ---- */

static void keep_uu_file(struct mail *m, struct str block, struct str name)
{
	size_t room = transfer_room(TRANSFER_UU, block.len);
	struct uu_file *grown = arena_grow(m->dec.arena, m->uu_files, m->n_uu_files, sizeof(*grown));
	struct buf b = { .ptr = arena_alloc(m->dec.arena, room + 1), .room = room + 1, .max = room };

	if (grown == NULL || b.ptr == NULL)
		return;
	transfer_decode(TRANSFER_UU, block, &b);
	m->uu_files = grown;
	grown[m->n_uu_files++] = (struct uu_file){ .name = name, .bytes = buf_str(&b) };
}

/* The text without the files that are in it; those become attachments. */
static struct str without_uu_files(struct mail *m, struct str text)
{
	struct uu_block block;
	bool is_found = uu_find(text, 0, &block);
	struct str kept;
	size_t at = 0;
	struct buf b;

	if (!is_found)
		return text;
	buf_init(&b, text.len);
	for (; is_found && m->n_uu_files < UU_FILES_MAX; is_found = uu_find(text, at, &block)) {
		buf_add(&b, str_sub(text, at, block.start - at));
		keep_uu_file(m, str_sub(text, block.start, block.end - block.start), block.name);
		at = block.end;
	}
	if (is_found)
		decode_warn(&m->dec, "the text holds more files than the %d that are listed", UU_FILES_MAX);
	buf_add(&b, str_sub(text, at, text.len));
	kept = arena_str(m->dec.arena, buf_str(&b));
	buf_finish(&b);
	return kept;
}

/* The first line looks the same in quoted-printable; base64 was not there when people wrote so. */
static bool may_hold_files(struct str encoded)
{
	return str_starts(encoded, STR("begin ")) || str_find(encoded, STR("\nbegin ")) != STR_NONE;
}

/* A part's bytes, at most max of them: counted without the files that stand in its text. */
static void read_bytes(struct mail *m, const struct part *p, size_t max, struct buf *out)
{
	struct str whole;

	buf_init(out, max);
	if (is_html(p) || !may_hold_files(p->body)) {
		transfer_decode(p->transfer, p->body, out);
		return;
	}
	whole = part_bytes(m, p, SIZE_MAX);
	buf_add(out, str_sub(without_uu_files(m, whole), 0, max));
}

/* A text part as clean UTF-8, at most max bytes. */
static struct str text_of(struct mail *m, const struct part *p, size_t max)
{
	size_t max_in = is_html(p) ? m->html_left + 1 : max + 1;
	struct str charset = param_get(p->type_field, STR("charset"), m->dec.arena), text;
	struct buf encoded, raw, clean;
	bool is_cut;

	/* Not in the arena: only what comes out of all this is kept. */
	read_bytes(m, p, max_in, &encoded);
	is_cut = encoded.len >= max_in;
	if (is_html(p))
		m->html_left -= is_cut ? m->html_left : encoded.len;
	buf_init(&raw, 8 * (encoded.len + 16));
	if (is_html(p))
		convert_html(m, buf_str(&encoded), charset, &raw);
	else
		convert_plain(m, p, buf_str(&encoded), charset, &raw);
	buf_finish(&encoded);
	buf_init(&clean, 4 * (size_t)raw.len + 64);
	utf8_clean(buf_str(&raw), &clean);
	if (is_cut && is_html(p))
		decode_warn(&m->dec, "HTML was read up to %d bytes and cut there", HTML_INPUT_MAX);
	else if (clean.len > max || is_cut)
		decode_warn(&m->dec, "the text was cut at %zu bytes", m->opt.max_text_bytes);
	text = arena_str(m->dec.arena, utf8_cut(buf_str(&clean), max));
	buf_finish(&raw);
	buf_finish(&clean);
	return text;
}

/* "Your mail program cannot show HTML": not what the sender wrote. */
static bool is_stub(struct str text)
{
	static const char *const signs[] = {
		"view this email in", "view this message in", "view in browser", "view it in your browser",
		"support html", "html compatible", "html-compatible", "html capable", "enable html",
		"html email", "html e-mail", "html-mail", "html message", "html format", "html version",
		"formato html", "suporta html", "soporta html", "versão html", "versión html",
		"em html", "en html", "no seu navegador", "en su navegador", "dans votre navigateur",
		"im browser", "nel browser", "in uw browser",
	};

	text = str_trim(text);
	if (text.len > 400)
		return false;
	for (size_t i = 0; i < countof(signs); i++)
		if (str_ifind(text, str_from(signs[i])) != STR_NONE)
			return true;
	return text.len == 0;
}

/* The outermost multipart/alternative around a part; STR_NONE when there is none. */
static size_t group_of(const struct tree *tree, size_t i)
{
	size_t group = STR_NONE;

	while (i != tree->parts[i].parent) {
		i = tree->parts[i].parent;
		if (str_eq(tree->parts[i].type, STR("multipart/alternative")))
			group = i;
	}
	return group;
}

/* A text part that may be part of the text. */
struct choice {
	size_t group;
	bool is_body, is_html, is_wanted;
	struct str text;
};

static void read_choices(struct mail *m, struct choice *choices, bool take_named)
{
	for (size_t i = 0; i < m->tree.n_parts; i++) {
		const struct part *p = &m->tree.parts[i];
		struct choice *c = &choices[i];

		c->is_body = take_named ? is_readable(p) : part_is_body(m, p);
		c->is_html = is_html(p);
		c->group = group_of(&m->tree, i);
		m->has_html = m->has_html || (c->is_body && c->is_html);
	}
}

static bool group_has(const struct choice *choices, size_t n, size_t group, bool html)
{
	for (size_t i = 0; i < n; i++)
		if (choices[i].is_body && choices[i].group == group && choices[i].is_html == html &&
		    choices[i].is_wanted)
			return true;
	return false;
}

/* Plain parts are read first; the HTML of a group only where they say nothing. */
static void choose(struct mail *m, struct choice *choices, size_t budget)
{
	size_t n = m->tree.n_parts;

	for (size_t i = 0; i < n; i++) {
		struct choice *c = &choices[i];

		if (!c->is_body || c->is_html)
			continue;
		c->text = text_of(m, &m->tree.parts[i], budget);
		budget -= c->text.len;
		c->is_wanted = c->group == STR_NONE || !is_stub(c->text);
	}
	for (size_t i = 0; i < n; i++) {
		struct choice *c = &choices[i];

		if (!c->is_body || !c->is_html)
			continue;
		if (c->group != STR_NONE && group_has(choices, n, c->group, false))
			continue;
		c->text = text_of(m, &m->tree.parts[i], budget);
		budget -= c->text.len;
		c->is_wanted = str_trim(c->text).len > 0;
	}
	/* A stub is better than nothing. */
	for (size_t i = 0; i < n; i++)
		if (choices[i].is_body && !choices[i].is_wanted && !choices[i].is_html &&
		    !group_has(choices, n, choices[i].group, true))
			choices[i].is_wanted = true;
}

static struct str join(struct mail *m, const struct choice *choices)
{
	struct buf all;
	struct str text;

	buf_init(&all, 2 * m->opt.max_text_bytes);
	for (size_t i = 0; i < m->tree.n_parts; i++) {
		if (!choices[i].is_wanted || str_trim(choices[i].text).len == 0)
			continue;
		if (all.len > 0)
			buf_add(&all, str_ends(buf_str(&all), STR("\n")) ? STR("\n") : STR("\n\n"));
		buf_add(&all, choices[i].text);
	}
	text = arena_str(m->dec.arena, buf_str(&all));
	buf_finish(&all);
	return text;
}

void body_read(struct mail *m)
{
	struct quote_parts parts;
	struct choice *choices;
	struct str whole = { NULL, 0 };

	m->html_left = HTML_INPUT_MAX;
	/* Some programs name the body itself "text.txt": believed only when nothing else is there. */
	for (int named = 0; named < 2 && str_trim(whole).len == 0; named++) {
		choices = arena_alloc(m->dec.arena, m->tree.n_parts * sizeof(*choices));
		if (choices == NULL)
			return;
		m->n_uu_files = 0;
		read_choices(m, choices, named);
		choose(m, choices, m->opt.max_text_bytes);
		whole = join(m, choices);
	}
	if (str_trim(whole).len == 0 && m->n_winmails > 0)
		whole = winmail_text(m);
	parts = quote_split(whole, quote_is_forward(m->it.subject, whole));
	m->it.text = parts.fresh;
	m->signature = parts.signature;
	whole = str_trim(whole);
	if (!str_eq(whole, m->it.text))
		m->it.text_full = whole;
}
