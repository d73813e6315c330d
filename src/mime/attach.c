/* The attachments of a mail: every part that is not its text. */
#include "base/base64_lines.h"
#include "base/mem.h"
#include "mime/mail_reading.h"
#include "mime/msgid.h"
#include "mime/param.h"
#include "mime/utf8.h"
#include "mime/words.h"

enum { NAME_MAX_BYTES = 200 };

/* No path, no control or bidi characters, a bounded length that keeps the extension. */
static struct str safe_name(struct mail *m, struct str name)
{
	struct buf b;
	size_t step, dot;
	struct str ext = { NULL, 0 };

	for (size_t i = name.len; i > 0; i--) {
		if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\') {
			name = str_sub(name, i, name.len);
			break;
		}
	}
	buf_init(&b, name.len + 16);
	for (size_t i = 0; i < name.len; i += step) {
		uint32_t code = utf8_get(str_sub(name, i, name.len), &step);

		if (!utf8_is_bidi(code) && code >= 0x20)
			buf_add(&b, str_sub(name, i, step));
	}
	name = arena_str(m->dec.arena, str_trim(buf_str(&b)));
	buf_finish(&b);
	if (str_eq(name, STR(".")) || str_eq(name, STR("..")))
		return (struct str){ NULL, 0 };
	if (name.len <= NAME_MAX_BYTES)
		return name;
	dot = str_rchr(name, '.');
	if (dot != STR_NONE && name.len - dot <= 12)
		ext = str_sub(name, dot, name.len);
	name = utf8_cut(name, NAME_MAX_BYTES - ext.len);
	return arena_strf(m->dec.arena, STR_FMT STR_FMT, STR_ARG(name), STR_ARG(ext));
}

static struct str clean_type(struct mail *m, struct str type)
{
	return utf8_cut(words_decode(&m->dec, str_sub(type, 0, 500)), 120);
}

/* A name for what has none: of the type's second half where that is an extension too. */
static struct str made_up_name(struct mail *m, const struct part *p)
{
	static const struct {
		const char *type, *name;
	} names[] = {
		{ "text/calendar", "invite.ics" },	{ "text/vcard", "contact.vcf" },
		{ "text/x-vcard", "contact.vcf" },	{ "text/html", "attachment.html" },
		{ "text/rfc822-headers", "headers.txt" }, { "message/delivery-status", "delivery-status.txt" },
		{ "message/disposition-notification", "receipt.txt" },
		{ "message/feedback-report", "feedback-report.txt" },
		{ "application/pdf", "attachment.pdf" },	{ "application/zip", "attachment.zip" },
		{ "application/json", "attachment.json" }, { "application/ms-tnef", "winmail.dat" },
		{ "application/pgp-signature", "signature.asc" },
		{ "application/pkcs7-signature", "smime.p7s" }, { "image/svg+xml", "image.svg" },
	};
	struct str type = clean_type(m, p->type);
	struct str ext = str_sub(type, str_chr(type, '/') + 1, type.len);

	for (size_t i = 0; i < countof(names); i++)
		if (str_eq(type, str_from(names[i].type)))
			return str_from(names[i].name);
	if (str_starts(type, STR("image/")) && ext.len > 0 && ext.len <= 5)
		return safe_name(m, arena_strf(m->dec.arena, "image." STR_FMT, STR_ARG(ext)));
	return str_starts(type, STR("text/")) ? STR("attachment.txt") : STR("attachment.bin");
}

static bool is_message(const struct part *p)
{
	return str_eq(p->type, STR("message/rfc822")) || str_eq(p->type, STR("message/global"));
}

/* An attached mail is called after its subject. */
static struct str message_name(struct mail *m, struct str bytes)
{
	struct str subject = { NULL, 0 };
	struct err ignored;
	struct head head;

	if (tree_parse_head(&m->dec, str_sub(bytes, 0, 64 << 10), &head, &ignored))
		subject = words_decode(&m->dec, head_get(&head, STR("Subject")));
	if (subject.len == 0)
		return STR("message.eml");
	return arena_strf(m->dec.arena, STR_FMT ".eml", STR_ARG(utf8_cut(subject, 120)));
}

static struct str name_of(struct mail *m, const struct part *p, struct str bytes)
{
	struct str name = param_text(&m->dec, p->disposition_field, STR("filename"));

	if (name.len == 0)
		name = param_text(&m->dec, p->type_field, STR("name"));
	name = safe_name(m, name);
	if (name.len == 0 && is_message(p))
		name = safe_name(m, message_name(m, bytes));
	else if (is_message(p) && !str_iends(name, STR(".eml")))
		name = arena_strf(m->dec.arena, STR_FMT ".eml", STR_ARG(name));
	return name.len > 0 ? name : made_up_name(m, p);
}

/* Outlook gives every attachment an id: only pictures that the text shows are inline. */
static bool is_inline(const struct mail *m, const struct part *p)
{
	if (p->content_id.len == 0 || str_eq(p->disposition, STR("attachment")))
		return false;
	return str_eq(p->disposition, STR("inline")) ||
	       str_eq(m->tree.parts[p->parent].type, STR("multipart/related"));
}

/* As nearly every mailer writes it: then the daemon can read it again by itself, from the raw mail. */
static bool read_clean_base64(struct mail *m, struct str text, struct attachment *a)
{
	size_t room = transfer_room(TRANSFER_BASE64, text.len);
	char *out = arena_bytes(m->dec.arena, room);
	struct base64_lines lines;
	size_t n;

	if (out == NULL)
		return false;
	base64_lines_begin(&lines, text);
	n = base64_lines_next(&lines, out, room);
	if (n == 0)
		return false;
	a->body = (struct str){ out, n };
	a->encoded = text;
	return true;
}

static void add(struct mail *m, const struct part *p)
{
	struct attachment *a = interaction_add_attachment(&m->it, m->dec.arena);

	if (a == NULL)
		return;
	if (p->transfer != TRANSFER_BASE64 || !read_clean_base64(m, base64_lines_trim(p->body), a))
		a->body = part_bytes(m, p, SIZE_MAX);
	a->name = name_of(m, p, a->body);
	a->media_type = clean_type(m, p->type);
	a->size = (int64_t)a->body.len;
	a->state = ATTACHMENT_STORED;
	if (is_inline(m, p))
		a->content_id = msgid_first(&m->dec, p->content_id);
}

/* Listed with its reason; the bytes stay in the journal. */
static void add_skipped(struct mail *m, const struct part *p, int64_t size, struct str reason)
{
	struct attachment *a = interaction_add_attachment(&m->it, m->dec.arena);

	if (a == NULL)
		return;
	a->name = name_of(m, p, (struct str){ NULL, 0 });
	a->media_type = clean_type(m, p->type);
	a->size = size;
	a->state = ATTACHMENT_SKIPPED;
	a->reason = reason;
}

/* Not fetched with the mail: all but its bytes is as if it had been. */
static void add_left_out(struct mail *m, const struct part *p, const struct left_out *left_out)
{
	struct attachment *a = interaction_add_attachment(&m->it, m->dec.arena);

	if (a == NULL)
		return;
	a->name = name_of(m, p, p->body);	/* a message has its header here */
	a->media_type = clean_type(m, p->type);
	a->size = left_out->size;
	a->state = ATTACHMENT_SKIPPED;
	a->reason = left_out->reason;
	a->remote_id = left_out->number;
	if (is_inline(m, p))
		a->content_id = msgid_first(&m->dec, p->content_id);
}

/* ---- files inside of parts ---- */

static struct str name_inside(struct mail *m, struct str name, struct str fallback)
{
	struct buf valid, clean;

	buf_init(&valid, 3 * name.len + 16);
	buf_init(&clean, 16 * name.len + 64);
	utf8_repair(name, &valid);
	utf8_clean_line(buf_str(&valid), &clean);
	name = safe_name(m, buf_str(&clean));
	buf_finish(&valid);
	buf_finish(&clean);
	return name.len > 0 ? name : fallback;
}

static struct str type_inside(struct mail *m, const struct tnef_file *file)
{
	struct str type = clean_type(m, file->media_type);

	if (file->is_message)
		return STR("application/ms-tnef");
	return str_chr(type, '/') != STR_NONE ? type : STR("application/octet-stream");
}

static void add_from_winmail(struct mail *m, const struct winmail *w, const struct tnef_file *file)
{
	struct attachment *a = interaction_add_attachment(&m->it, m->dec.arena);

	if (a == NULL)
		return;
	a->name = name_inside(m, winmail_name(m, w, file), file->is_message ? STR("message.dat") : STR("attachment.bin"));
	a->media_type = type_inside(m, file);
	a->size = (int64_t)file->bytes.len;
	a->state = ATTACHMENT_STORED;
	a->body = file->bytes;
	if (file->bytes.len > 0)
		return;
	a->size = -1;
	a->state = ATTACHMENT_SKIPPED;
	a->reason = STR("winmail.dat names it and does not hold its bytes");
}

static void add_winmail(struct mail *m, const struct winmail *w)
{
	size_t n = w->tnef->n_files;

	add_skipped(m, &m->tree.parts[w->part], (int64_t)w->bytes.len,
		    n == 0 ? STR("opened: it holds no file") :
			     arena_strf(m->dec.arena, "opened: the %s behind it %s its content",
					n == 1 ? "file" : "files", n == 1 ? "is" : "are"));
	for (size_t i = 0; i < n; i++)
		add_from_winmail(m, w, &w->tnef->files[i]);
}

static void add_from_text(struct mail *m, const struct uu_file *file)
{
	struct attachment *a = interaction_add_attachment(&m->it, m->dec.arena);

	if (a == NULL)
		return;
	a->name = name_inside(m, file->name, STR("attachment.bin"));
	a->media_type = STR("application/octet-stream");
	a->size = (int64_t)file->bytes.len;
	a->state = ATTACHMENT_STORED;
	a->body = file->bytes;
}

/* ---- all of them ---- */

/* Another form of the text itself, which the text already tells. */
static bool is_other_form(const struct mail *m, const struct part *p)
{
	return str_eq(p->type, STR("text/x-amp-html")) &&
	       str_eq(m->tree.parts[p->parent].type, STR("multipart/alternative"));
}

static void add_part(struct mail *m, size_t i)
{
	const struct part *p = &m->tree.parts[i];
	const struct winmail *w = winmail_of(m, i);
	struct left_out left_out;

	if (p->is_multipart || part_is_body(m, p))
		return;
	if (part_is_left_out(m, p, &left_out))
		add_left_out(m, p, &left_out);
	else if (w != NULL)
		add_winmail(m, w);
	else if (is_other_form(m, p))
		add_skipped(m, p, -1, STR("another form of the text"));
	else
		add(m, p);
}

void attachments_read(struct mail *m)
{
	for (size_t i = 0; i < m->tree.n_parts; i++)
		add_part(m, i);
	for (size_t i = 0; i < m->n_uu_files; i++)
		add_from_text(m, &m->uu_files[i]);
}
