/* The part of a mail's dedupe key that is made of its content: who wrote it, when, its subject and the beginning of its
 * text, in a form that is the same wherever the mail is met (another mailbox, behind a list or a gateway, encoded or
 * wrapped anew) and that no better rule of another file changes. See docs/decisions/key-of-a-mail.md before a line of
 * this is touched; test_frozen.c holds what it has to give. */
#include "base/crypto.h"
#include "mime/address.h"
#include "mime/charset.h"
#include "mime/frozen_text.h"
#include "mime/html.h"
#include "mime/mail_reading.h"
#include "mime/param.h"
#include "mime/utf8.h"
#include "mime/words.h"

#define FROZEN_VERSION "mail key 2"

enum { FRONT_PLAIN = 32 << 10, FRONT_HTML = 256 << 10, FRONT_LINES = 2 << 10, SUBJECT_LETTERS = 256, ADDRESSES = 50 };

/* What a mailbox is configured to read unlabelled bytes as is no part of a mail, and what is wrong with it is told
 * elsewhere. */
static struct decode quiet(struct mail *m)
{
	return (struct decode){ .arena = m->dec.arena, .legacy = STR("windows-1252") };
}

static void add_piece(struct sha256 *h, struct str piece)
{
	sha256_add(h, piece);
	sha256_add(h, STR("\n"));
}

static struct str end_digest(struct mail *m, struct sha256 *h, const char *prefix)
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	sha256_end(h, digest);
	sha256_destroy(h);
	return arena_strf(m->dec.arena, "%s%s", prefix, crypto_hex(digest, sizeof(digest), hex));
}

/* ---- who ---- */

static struct str lower(struct mail *m, struct str s)
{
	struct str copy = arena_str(m->dec.arena, s);

	for (size_t i = 0; i < copy.len; i++)
		if (copy.ptr[i] >= 'A' && copy.ptr[i] <= 'Z')
			((char *)copy.ptr)[i] |= 0x20;
	return copy;
}

/* The first address of a field that is not `but`. */
static struct str first_address(struct mail *m, const char *name, struct str but)
{
	struct decode dec = quiet(m);
	struct addresses list = address_parse(&dec, head_get(&m->head, str_from(name)), ADDRESSES);

	for (size_t i = 0; i < list.n_items; i++)
		if (list.items[i].addr.len > 0 && !str_ieq(list.items[i].addr, but))
			return lower(m, list.items[i].addr);
	return (struct str){ NULL, 0 };
}

/* "Ana via Steel list <steel@lists.example>": a list that writes its own address, and says elsewhere who it was. */
static bool is_written_by_list(struct mail *m)
{
	struct decode dec = quiet(m);

	return (head_has(&m->head, STR("List-Id")) || head_has(&m->head, STR("List-Post"))) &&
	       str_ifind(words_decode(&dec, head_get(&m->head, STR("From"))), STR(" via ")) != STR_NONE;
}

static struct str author(struct mail *m)
{
	struct str none = { NULL, 0 }, from = first_address(m, "From", none), found = none;

	if (from.len == 0)
		return first_address(m, "Sender", none);
	found = first_address(m, "X-Original-From", none);
	if (found.len == 0 && is_written_by_list(m))
		found = first_address(m, "Reply-To", from);
	return found.len > 0 ? found : from;
}

/* ---- the subject ---- */

/* Lists and gateways mark subjects: "[steel] Offer", "{Spam?} Offer". */
static void add_subject(struct mail *m, struct sha256 *h)
{
	struct decode dec = quiet(m);
	struct str subject = words_decode(&dec, head_get(&m->head, STR("Subject")));
	struct buf bare, letters;
	size_t depth = 0;

	buf_init(&bare, subject.len);
	buf_init(&letters, SUBJECT_LETTERS + 4);
	for (size_t i = 0; i < subject.len; i++) {
		char c = subject.ptr[i];

		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth > 0)
			depth--;
		else if (depth == 0)
			buf_addc(&bare, c);
	}
	/* An unclosed bracket, and a subject that is nothing but brackets, are taken as they are. */
	frozen_letters(depth == 0 ? buf_str(&bare) : subject, SUBJECT_LETTERS, &letters);
	if (letters.len == 0)
		frozen_letters(subject, SUBJECT_LETTERS, &letters);
	add_piece(h, buf_str(&letters));
	buf_finish(&bare);
	buf_finish(&letters);
}

/* ---- the text ---- */

static bool is_text(const struct part *p)
{
	return !p->is_multipart && !str_eq(p->disposition, STR("attachment")) &&
	       (str_eq(p->type, STR("text/plain")) || str_eq(p->type, STR("text/html")));
}

/* Whole lines, so that no character is cut in two, or is so only for who ends lines otherwise. */
static struct str front_of(struct str bytes, size_t max)
{
	struct str front = str_sub(bytes, 0, max);
	size_t end = bytes.len > max ? str_rchr(front, '\n') : STR_NONE;

	return end == STR_NONE ? front : str_sub(front, 0, end);
}

/* So few letters count that the first lines mostly hold them: cleaned alone, they are what they are in the whole, since
 * nothing combines with a line end. */
static bool add_front(struct str text, struct buf *letters)
{
	size_t end = str_rchr(str_sub(text, 0, FRONT_LINES), '\n');
	struct buf clean;
	bool is_enough;

	if (end == STR_NONE)
		return false;
	buf_init(&clean, 4 * end + 64);
	utf8_clean(str_sub(text, 0, end + 1), &clean);
	is_enough = frozen_front(buf_str(&clean), letters);
	buf_finish(&clean);
	return is_enough;
}

static void add_whole(struct str text, struct buf *letters)
{
	struct buf clean;

	buf_init(&clean, 4 * text.len + 64);
	utf8_clean(text, &clean);
	frozen_lines(buf_str(&clean), letters);
	buf_finish(&clean);
}

static void add_part(struct mail *m, const struct part *p, struct buf *letters)
{
	bool is_html = str_eq(p->type, STR("text/html"));
	size_t max = is_html ? FRONT_HTML : FRONT_PLAIN;
	struct str charset = param_get(p->type_field, STR("charset"), m->dec.arena), bytes, said;
	struct decode dec = quiet(m);
	struct buf decoded, utf8, text;

	buf_init(&decoded, max + 1);
	transfer_decode(p->transfer, p->body, &decoded);
	bytes = front_of(buf_str(&decoded), max);
	if (is_html && charset.len == 0)
		charset = html_meta_charset(bytes);
	buf_init(&utf8, 4 * bytes.len + 16);
	charset_decode(&dec, bytes, charset, &utf8);
	buf_init(&text, 8 * utf8.len + 16);
	if (is_html)
		frozen_strip(buf_str(&utf8), &text);
	said = is_html ? buf_str(&text) : buf_str(&utf8);
	if (!add_front(said, letters))
		add_whole(said, letters);
	buf_finish(&decoded);
	buf_finish(&utf8);
	buf_finish(&text);
}

/* The first part that says anything; the others repeat it, or were added on the way. */
static struct str frozen_text(struct mail *m)
{
	struct str text;
	struct buf letters;

	buf_init(&letters, FROZEN_LETTERS + 8);
	for (size_t i = 0; i < m->tree.n_parts && letters.len == 0; i++)
		if (is_text(&m->tree.parts[i]))
			add_part(m, &m->tree.parts[i], &letters);
	text = arena_str(m->dec.arena, buf_str(&letters));
	buf_finish(&letters);
	return text;
}

/* ---- the whole ---- */

/* Line ends differ between a server and an mbox file, and so may blank lines at the end. */
static void add_body(struct sha256 *h, struct str body)
{
	struct str piece;

	body = str_trim(body);
	while (str_next(&body, '\r', &piece))
		sha256_add(h, piece);
}

static void add_content(struct mail *m, struct sha256 *h, struct str text)
{
	add_piece(h, STR(FROZEN_VERSION));
	add_piece(h, author(m));
	add_piece(h, arena_strf(m->dec.arena, "%lld", (long long)m->it.claimed_us));
	add_subject(m, h);
	add_piece(h, text);
}

/* Without a text only the whole body tells one mail of a scanner from the next. */
static struct str synthetic_id(struct mail *m, struct str text)
{
	struct sha256 *h = sha256_create();
	struct decode dec = quiet(m);
	struct addresses to = address_parse(&dec, head_get(&m->head, STR("To")), ADDRESSES);

	add_content(m, h, text);
	for (size_t i = 0; i < to.n_items; i++)
		add_piece(h, lower(m, to.items[i].addr));
	if (text.len == 0)
		add_body(h, str_sub(m->bytes, m->head.body_at, m->bytes.len));
	return end_digest(m, h, "sha256:");
}

void frozen_read(struct mail *m)
{
	struct str text = frozen_text(m);
	struct sha256 *h;

	if (m->it.external_id.len == 0)
		m->it.external_id = synthetic_id(m, text);
	h = sha256_create();
	add_content(m, h, text);
	m->it.discriminator = end_digest(m, h, "");
}
