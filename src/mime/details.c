/* What only mail has, as JSON. */
#include "base/base64.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "mime/address.h"
#include "mime/mail_reading.h"
#include "mime/msgid.h"
#include "mime/param.h"
#include "mime/utf8.h"
#include "mime/words.h"

/* DETAILS_MAX is beyond what all its members can come to, whatever their bytes are written as: a sender who made it too long
 * would be rid of what is said against him in it. */
enum { DETAILS_MAX = 2 << 20, LISTED = 50, SHOWN_MAX = 500, ADDRESSES = 20,
       SIGNATURE_MAX = 2000, AUTHENTICATION_MAX = 64 << 10, THREAD_INDEX_ROOT = 22, THREAD_INDEX_MAX = 4096 };

static void put_text(struct mail *m, struct json_writer *w, const char *name, struct str field)
{
	struct str text = utf8_cut(words_decode(&m->dec, head_get(&m->head, field)), SHOWN_MAX);

	if (text.len > 0)
		json_member(w, name, text);
}

static void put_id(struct mail *m, struct json_writer *w, const char *name, struct str field)
{
	struct str id = msgid_first(&m->dec, mail_header(m, field));

	if (id.len > 0)
		json_member(w, name, id);
}

static void put_found(struct json_writer *w, const char *name, struct str value)
{
	if (value.len > 0)
		json_member(w, name, value);
}

static void put_reply_to(struct mail *m, struct json_writer *w)
{
	struct addresses list = address_parse(&m->dec, head_get(&m->head, STR("Reply-To")), ADDRESSES);

	if (list.n_items == 0)
		return;
	json_name(w, "reply_to");
	json_open(w, '[');
	for (size_t i = 0; i < list.n_items; i++) {
		json_open(w, '{');
		json_member_or_null(w, "address", list.items[i].addr);
		json_member_or_null(w, "name", list.items[i].name);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* Which of our mailboxes got it: every header that a delivery agent writes, each address once. */
static void put_delivered_to(struct mail *m, struct json_writer *w)
{
	static const char *const names[] = { "Delivered-To", "X-Original-To", "Envelope-To",
					     "X-Envelope-To" };
	struct str seen[ADDRESSES];
	size_t n = 0, known;

	for (size_t i = 0; i < m->head.n_fields && n < ADDRESSES; i++) {
		const struct field *f = &m->head.fields[i];
		struct addresses list;

		for (known = 0; known < countof(names); known++)
			if (str_ieq(f->name, str_from(names[known])))
				break;
		if (known == countof(names))
			continue;
		list = address_parse(&m->dec, f->value, 1);
		if (list.n_items == 0 || list.items[0].addr.len == 0)
			continue;
		for (known = 0; known < n && !str_ieq(seen[known], list.items[0].addr); known++)
			;
		if (known == n)
			seen[n++] = list.items[0].addr;
	}
	if (n == 0)
		return;
	json_name(w, "delivered_to");
	json_open(w, '[');
	for (size_t i = 0; i < n; i++)
		json_str_value(w, seen[i]);
	json_close(w, ']');
}

/* The first of them names the thread, the last ones are nearest. */
static void put_references(struct mail *m, struct json_writer *w)
{
	struct str rest = mail_header(m, STR("References")), id;
	size_t n = 0;

	if (!msgid_next(&m->dec, &rest, &id))
		return;
	json_name(w, "references");
	json_open(w, '[');
	do {
		if (id.len <= MSGID_MAX)
			json_str_value(w, id);
	} while (++n < LISTED && msgid_next(&m->dec, &rest, &id));
	json_close(w, ']');
	if (msgid_next(&m->dec, &rest, &id))
		decode_warn(&m->dec, "References has more than %d ids", LISTED);
}

static void put_failed(struct json_writer *w, const struct report *r)
{
	if (r->n_failed == 0)
		return;
	json_name(w, "failed_recipients");
	json_open(w, '[');
	for (size_t i = 0; i < r->n_failed; i++) {
		json_open(w, '{');
		json_member_or_null(w, "address", r->failed[i].address);
		put_found(w, "status", r->failed[i].status);
		put_found(w, "diagnostic", r->failed[i].diagnostic);
		json_close(w, '}');
	}
	json_close(w, ']');
	if (r->n_unlisted > 0)
		json_member_int(w, "failed_unlisted", (int64_t)r->n_unlisted);
}

static void put_report(struct mail *m, struct json_writer *w)
{
	const struct report *r = &m->report;

	put_found(w, "report_action", r->worst.action);
	put_found(w, "report_status", r->worst.status);
	put_found(w, "report_recipient", r->worst.address);
	put_found(w, "report_diagnostic", r->worst.diagnostic);
	put_found(w, "report_disposition", r->disposition);
	put_failed(w, r);
}

static void put_warnings(struct mail *m, struct json_writer *w)
{
	if (m->dec.n_warnings == 0)
		return;
	json_name(w, "warnings");
	json_open(w, '[');
	for (size_t i = 0; i < m->dec.n_warnings; i++)
		json_str_value(w, m->dec.warnings[i]);
	json_close(w, ']');
	if (m->dec.n_unlisted > 0)
		json_member_int(w, "warnings_unlisted", (int64_t)m->dec.n_unlisted);
}

/* Each filter of a server may write one of its own. Which are of our servers only the pipeline can know: theirs stand above
 * all that the sender wrote, and grow with each of the sender's signatures, so there is room for the longest field. */
void authentication_write(struct mail *m, const struct head *head, struct json_writer *w)
{
	size_t n = 0, room = AUTHENTICATION_MAX;

	for (size_t i = 0; i < head->n_fields && n < LISTED && room > 0; i++) {
		const struct field *f = &head->fields[i];
		struct str text;

		if (!str_ieq(f->name, STR("Authentication-Results")))
			continue;
		if (n++ == 0) {
			json_name(w, "authentication_results");
			json_open(w, '[');
		}
		/* Not decoded: the sender's address stands in it, of which an encoded word would make a result. */
		text = utf8_cut(field_unfold(f->value, m->dec.arena), room);
		json_str_value(w, text);
		room -= text.len;
	}
	if (n > 0)
		json_close(w, ']');
}

/* Outlook's: 22 bytes name the conversation, five more each reply. */
static void put_thread_index(struct mail *m, struct json_writer *w)
{
	struct str field = mail_header(m, STR("Thread-Index"));
	char hex[2 * THREAD_INDEX_ROOT + 1];
	struct buf b;

	buf_init(&b, THREAD_INDEX_MAX);
	if (field.len <= THREAD_INDEX_MAX && base64_read(&b, field) && b.len >= THREAD_INDEX_ROOT)
		json_member(w, "thread_index", str_from(crypto_hex((const unsigned char *)b.ptr, THREAD_INDEX_ROOT, hex)));
	buf_finish(&b);
}

static void put_authentication(struct mail *m, struct json_writer *w)
{
	authentication_write(m, &m->head, w);
	put_text(m, w, "original_from", STR("X-Original-From"));
	put_text(m, w, "original_sender", STR("X-Original-Sender"));
	put_id(m, w, "original_message_id", STR("X-Microsoft-Original-Message-ID"));
	put_thread_index(m, w);
	put_id(m, w, "google_original_message_id", STR("X-Google-Original-Message-ID"));
}

void details_write(struct mail *m)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, DETAILS_MAX);
	json_begin(&w, &b);
	json_open(&w, '{');
	authors_write(m, &w);
	put_reply_to(m, &w);
	put_delivered_to(m, &w);
	put_text(m, &w, "list_id", STR("List-Id"));
	put_id(m, &w, "in_reply_to", STR("In-Reply-To"));
	put_references(m, &w);
	put_authentication(m, &w);
	put_text(m, &w, "importance", head_has(&m->head, STR("Importance")) ? STR("Importance") :
									      STR("X-Priority"));
	put_text(m, &w, "mailer", head_has(&m->head, STR("X-Mailer")) ? STR("X-Mailer") :
									STR("User-Agent"));
	put_report(m, &w);
	invite_write(m, &w);
	forwarded_write(m, &w);
	drop_write(m, &w);
	put_found(&w, "signature", utf8_cut(m->signature, SIGNATURE_MAX));
	if (m->has_html)
		json_member_bool(&w, "has_html", true);
	put_warnings(m, &w);
	json_close(&w, '}');
	if (b.len > 2 && !buf_is_exceeded(&b))
		m->it.details = arena_str(m->dec.arena, buf_str(&b));
	buf_finish(&b);
}
