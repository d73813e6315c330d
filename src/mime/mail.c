#include "mime/mail.h"

#include <gmime/gmime.h>

#include "base/crypto.h"
#include "mime/charset.h"
#include "mime/mail_reading.h"
#include "mime/notice.h"

static const struct mail_options defaults = {
	.legacy_charset = "windows-1252",
	.max_bytes = 50 << 20,
	.max_header_bytes = 256 << 10,
	.max_field_bytes = 64 << 10,
	.max_fields = 2000,
	.max_depth = 20,
	.max_parts = 200,
	.max_addresses = 200,
	.max_text_bytes = 1 << 20,
};

enum { HEADER_BYTES_HARD = 1 << 20 };

void mime_warm_up(void)
{
	unsigned char digest[SHA256_SIZE];

	g_mime_init();
	charset_warm_up();
	calendar_warm_up();
	/* OpenSSL reads its configuration when it is first asked for something. */
	crypto_sha256(STR(""), digest);
	sha256_destroy(sha256_create());
}

static size_t or_default(size_t value, size_t fallback)
{
	return value ? value : fallback;
}

static struct mail_options fill_in(const struct mail_options *opt)
{
	struct mail_options o = opt ? *opt : defaults;

	o.legacy_charset = o.legacy_charset ? o.legacy_charset : defaults.legacy_charset;
	o.max_bytes = or_default(o.max_bytes, defaults.max_bytes);
	o.max_header_bytes = or_default(o.max_header_bytes, defaults.max_header_bytes);
	if (o.max_header_bytes > HEADER_BYTES_HARD)
		o.max_header_bytes = HEADER_BYTES_HARD;
	o.max_field_bytes = or_default(o.max_field_bytes, defaults.max_field_bytes);
	o.max_fields = or_default(o.max_fields, defaults.max_fields);
	o.max_depth = or_default(o.max_depth, defaults.max_depth);
	o.max_parts = or_default(o.max_parts, defaults.max_parts);
	o.max_addresses = or_default(o.max_addresses, defaults.max_addresses);
	o.max_text_bytes = or_default(o.max_text_bytes, defaults.max_text_bytes);
	return o;
}

/* Old programs end lines with CR alone; everything here looks for LF. */
static struct str with_line_ends(struct str mail, struct arena *arena)
{
	struct str copy;

	if (str_chr(mail, '\n') != STR_NONE || str_chr(mail, '\r') == STR_NONE)
		return mail;
	copy = arena_str(arena, mail);
	for (size_t i = 0; i < copy.len; i++)
		if (copy.ptr[i] == '\r')
			((char *)copy.ptr)[i] = '\n';
	return copy;
}

static bool take_apart(struct mail *m, struct err *err)
{
	const struct limits limits = {
		.max_depth = m->opt.max_depth,
		.max_parts = m->opt.max_parts,
		.max_header_bytes = m->opt.max_header_bytes,
		.max_field_bytes = m->opt.max_field_bytes,
		.max_fields = m->opt.max_fields,
	};
	size_t n_junk = 0, start = prescan_start(m->bytes, &n_junk);

	m->bytes = str_sub(m->bytes, start, m->bytes.len);
	if (!tree_parse(&m->dec, m->bytes, &limits, &m->tree, err))
		return false;
	m->head = m->tree.parts[0].head;
	m->head.n_junk += n_junk;
	return true;
}

/* dropped: the mail was in another one, which was left at a drop address; NULL: it came by itself. */
static void read_all(struct mail *m, const struct drop *dropped)
{
	m->it.channel = CHANNEL_EMAIL;
	envelope_read(m);
	if (dropped == NULL)
		drop_read(m);
	else
		m->drop = *dropped;
	report_read(&m->dec, &m->tree, notice_is_from_system(m), &m->report);
	winmail_read(m);
	body_read(m);
	if (original_is_wanted(m->raw))
		original_read(m);
	else
		attachments_read(m);
	invite_read(m);
	kind_read(m);
	if (m->author_why.len > 0)
		m->it.why = arena_strf(m->dec.arena, STR_FMT "; " STR_FMT, STR_ARG(m->it.why), STR_ARG(m->author_why));
	forwarded_read(m);
}

bool mail_read(const struct mail_options *opt, const struct raw *raw, struct arena *arena, const struct drop *dropped,
	       struct mail *out, struct err *err)
{
	*out = (struct mail){ .opt = *opt, .raw = raw };
	out->dec.arena = arena;
	out->dec.legacy = str_from(opt->legacy_charset);
	if (raw->body.len == 0)
		return err_setf(err, ERR_INPUT, "the mail is empty");
	if (raw->body.len > opt->max_bytes)
		return err_setf(err, ERR_LIMIT, "mail has %zu bytes; the limit is %zu", raw->body.len, opt->max_bytes);
	out->bytes = with_line_ends(raw->body, arena);
	if (!take_apart(out, err))
		return false;
	read_all(out, dropped);
	return true;
}

bool mail_normalize(const struct mail_options *opt, const struct raw *raw, struct interactions *out,
		    struct err *err)
{
	const struct mail_options filled = fill_in(opt);
	struct interaction *it;
	struct mail m;

	if (!mail_read(&filled, raw, out->arena, NULL, &m, err))
		return false;
	drop_unwrap(&m);
	details_write(&m);
	if (arena_is_exceeded(out->arena))
		return err_setf(err, ERR_LIMIT, "mail needs more than %zu bytes of memory to be read",
				arena_used(out->arena));
	it = interactions_add(out);
	if (it == NULL)
		return err_setf(err, ERR_LIMIT, "more than %zu interactions", out->max_items);
	*it = m.it;
	return true;
}
