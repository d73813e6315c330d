#include "form.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "details.h"
#include "guess.h"
#include "model/text.h"

enum { DIGEST_BYTES = 16, NOT_MS = 11, MAX_ID = 255 };

/* ---- who ---- */

static void add_words(struct buf *b, const char *between, struct str s)
{
	s = str_trim(s);
	if (s.len == 0)
		return;
	if (b->len > 0)
		buf_add(b, str_from(between));
	buf_add(b, s);
}

/* All values of a meaning, in the operator's order, else in the form's. */
static void add_all(struct buf *b, const struct post *post, enum meaning meaning,
		    const char *between)
{
	size_t last_rank = 0;

	for (size_t rank = 0; rank <= last_rank; rank++)
		for (size_t i = 0; i < post->n_fields; i++) {
			const struct field *f = &post->fields[i];

			if (f->meaning != meaning)
				continue;
			if (f->rank == rank)
				add_words(b, between, f->value);
			if (f->rank > last_rank)
				last_rank = f->rank;
		}
}

/* Name and surname of two fields, or of one. */
static struct str full_name(const struct post *post, struct buf *b)
{
	buf_clear(b);
	add_all(b, post, MEANING_NAME, " ");
	if (b->len == 0)
		add_words(b, " ", details_first(post, MEANING_FIRST_NAME));
	if (b->len == 0 || !str_iends(buf_str(b), details_first(post, MEANING_LAST_NAME)))
		add_words(b, " ", details_first(post, MEANING_LAST_NAME));
	return arena_str(post->arena, buf_str(b));
}

static void add_identity(struct party *party, struct arena *arena, enum scheme scheme,
			 struct str value)
{
	value = str_trim(value);
	for (size_t i = 0; party != NULL && i < party->n_ids; i++)
		if (party->ids[i].scheme == scheme && str_ieq(party->ids[i].value, value))
			return;
	if (value.len > 0)
		party_add_identity(party, arena, scheme, arena_str(arena, value),
				   (struct str){ NULL, 0 });
}

static void add_sender(struct interaction *it, const struct post *post, struct buf *b)
{
	static const struct {
		enum meaning meaning;
		enum scheme scheme;
	} found[] = { { MEANING_EMAIL, SCHEME_EMAIL }, { MEANING_PHONE, SCHEME_PHONE } };
	struct party *from =
		interaction_add_party(it, post->arena, ROLE_FROM,
				      text_nfc(full_name(post, b), post->arena));

	for (size_t k = 0; k < sizeof(found) / sizeof(*found); k++)
		for (size_t i = 0; i < post->n_fields; i++)
			if (post->fields[i].meaning == found[k].meaning)
				add_identity(from, post->arena, found[k].scheme, post->fields[i].value);
}

/* ---- what ---- */

static bool is_said(const struct field *f)
{
	return (f->meaning == MEANING_NONE || f->meaning == MEANING_COMPANY) &&
	       str_trim(f->value).len > 0;
}

/* "Interests: site, crm": a name once, where it came first. */
static void add_line(struct buf *b, const struct post *post, size_t i, const char *before)
{
	const struct field *f = &post->fields[i];
	bool is_first = true;

	for (size_t k = 0; k < i && is_first; k++)
		is_first = !is_said(&post->fields[k]) || !str_eq(post->fields[k].name, f->name);
	if (!is_first)
		return;
	if (b->len > 0)
		buf_add(b, str_from(before));
	buf_add(b, f->label);
	buf_add(b, str_ends(f->label, STR(":")) || str_ends(f->label, STR("?")) ? STR(" ") : STR(": "));
	buf_add(b, str_trim(f->value));
	for (size_t k = i + 1; k < post->n_fields; k++) {
		if (!is_said(&post->fields[k]) || !str_eq(post->fields[k].name, f->name))
			continue;
		buf_add(b, STR(", "));
		buf_add(b, str_trim(post->fields[k].value));
	}
}

/* The message, and below it what else the form asked. */
static struct str text_of(const struct post *post, struct buf *b)
{
	bool is_first = true;

	buf_clear(b);
	add_all(b, post, MEANING_TEXT, "\n");
	for (size_t i = 0; i < post->n_fields; i++) {
		if (!is_said(&post->fields[i]))
			continue;
		add_line(b, post, i, is_first ? "\n\n" : "\n");
		is_first = false;
	}
	return arena_str(post->arena, buf_str(b));
}

/* ---- when, and which ---- */

/* RFC 3339, WordPress' "2026-09-14 15:00:03" in UTC, seconds or milliseconds since 1970. A date in the
 * site's own zone is no time. */
static bool read_time(struct str s, int64_t *us)
{
	int64_t n;

	if (clock_parse(s, us))
		return true;
	if (str_int64(s, &n))
		return !__builtin_mul_overflow(n, s.len > NOT_MS ? US_PER_MS : US_PER_S, us);
	return false;
}

static void set_time(struct interaction *it, const struct post *post, const struct raw *raw)
{
	it->occurred_us = raw->received_us;
	for (size_t i = 0; i < post->n_fields && it->claimed_us == 0; i++) {
		const struct field *f = &post->fields[i];
		struct str s = str_trim(f->value);

		if (f->meaning != MEANING_SUBMITTED_AT)
			continue;
		if (str_eq(f->key, STR("datecreated")) && s.len == 19)
			s = arena_strf(post->arena, STR_FMT "Z", STR_ARG(s));
		if (!read_time(s, &it->claimed_us))
			it->claimed_us = 0;
	}
	it->key_us = it->claimed_us;
	if (it->claimed_us > 0 && it->claimed_us < raw->received_us)
		it->occurred_us = it->claimed_us;
}

static struct str shortened(struct arena *arena, struct str id)
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	if (id.len <= MAX_ID)
		return arena_str(arena, id);
	crypto_sha256(id, digest);
	return arena_strf(arena, "sha256:%s", crypto_hex(digest, sizeof(digest), hex));
}

/* What looks like an id of the post. A plain `id` may name anything: only as a stored entry has it,
 * with its form and its date. */
static struct str weak_id(const struct post *post, const struct interaction *it)
{
	for (size_t i = 0; i < post->n_fields; i++) {
		const struct field *f = &post->fields[i];

		if (f->meaning != MEANING_WEAK_ID || str_trim(f->value).len == 0)
			continue;
		if (!str_eq(f->key, STR("id")) || (it->account.len > 0 && it->claimed_us != 0))
			return str_trim(f->value);
	}
	return (struct str){ NULL, 0 };
}

/* A page may carry such an id unchanged from post to post: with other content it is another post. */
static struct str content_digest(const struct post *post, const struct interaction *it, struct buf *b)
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	buf_clear(b);
	buf_add(b, it->text);
	for (size_t i = 0; it->n_parties > 0 && i < it->parties[0].n_ids; i++) {
		buf_addc(b, '\0');
		buf_add(b, it->parties[0].ids[i].value);
	}
	crypto_sha256(buf_str(b), digest);
	return arena_str(post->arena, str_from(crypto_hex(digest, DIGEST_BYTES, hex)));
}

static void set_key(struct interaction *it, const struct post *post, const struct raw *raw,
		    struct buf *b)
{
	struct str id = details_first(post, MEANING_ID);

	it->account = shortened(post->arena, details_first(post, MEANING_FORM_ID));
	if (id.len == 0)
		id = raw->id;
	if (id.len == 0) {
		id = weak_id(post, it);
		if (id.len > 0)
			it->discriminator = content_digest(post, it, b);
	}
	it->external_id = shortened(post->arena, id);
}

/* The same person on the same form. */
static struct str thread_of(const struct post *post, const struct interaction *it)
{
	if (it->n_parties == 0 || it->parties[0].n_ids == 0)
		return (struct str){ NULL, 0 };
	return arena_strf(post->arena, STR_FMT ":" STR_FMT,
			  STR_ARG(it->account.len > 0 ? it->account : STR("form")),
			  STR_ARG(it->parties[0].ids[0].value));
}

static bool is_empty(const struct post *post)
{
	for (size_t i = 0; i < post->n_fields; i++)
		if (str_trim(post->fields[i].value).len > 0)
			return false;
	return post->n_files == 0;
}

static void set_filter(struct interaction *it, const struct post *post, const char *configured)
{
	const struct field *trap = guess_honeypot(post, configured);

	if (trap != NULL)
		it->filter = arena_strf(post->arena, "honeypot field \"" STR_FMT "\" was filled in",
					STR_ARG(text_cut(trap->name, 100)));
	else if (is_empty(post))
		it->filter = STR("no field of the form has a value");
	it->why = it->filter.len > 0 ? it->filter : STR("posted through a website form");
}

static void fill(struct interaction *it, const struct form_conf *cf, const struct post *post,
		 const struct raw *raw, struct buf *b)
{
	it->channel = CHANNEL_FORM;
	it->kind = KIND_FORM;
	it->direction = DIRECTION_IN;
	add_sender(it, post, b);
	it->subject = text_nfc(arena_str(post->arena, details_first(post, MEANING_SUBJECT)), post->arena);
	it->text = text_nfc(text_of(post, b), post->arena);
	set_time(it, post, raw);
	set_key(it, post, raw, b);
	it->thread = thread_of(post, it);
	it->attachments = post->files;
	it->n_attachments = post->n_files;
	it->details = details_json(post, raw, details_page_url(post, raw));
	set_filter(it, post, cf->honeypot);
}

bool form_normalize(const void *conf, const struct raw *raw, struct interactions *out,
		    struct err *err)
{
	const struct form_conf *cf = conf;
	struct post post = { .arena = out->arena };
	struct interaction *it;
	struct buf scratch;

	if (!post_read(&post, raw, err))
		return false;
	guess_fields(&post, &cf->map);
	it = interactions_add(out);
	if (it == NULL)
		return err_setf(err, ERR_LIMIT, "no room for another interaction");
	buf_init(&scratch, post_text_room(raw));
	fill(it, cf, &post, raw, &scratch);
	buf_finish(&scratch);
	return true;
}

const struct connector form_reader = {
	.api = CONNECTOR_API, .name = "form", .conf_size = sizeof(struct form_conf), .keys = form_keys,
	.normalize = form_normalize,
};
