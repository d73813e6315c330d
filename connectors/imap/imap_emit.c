/* Handing mail and positions over to the host. What fails here is the host's, so the run is over. */
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "imap/imap.h"
#include "imap/message_id.h"
#include "mime/mail.h"

enum { MAX_META = 16 << 10 };

static const char *hint_text(enum folder_hint hint)
{
	static const char *const texts[] = { "", "inbox", "sent" };

	return texts[hint];
}

static bool stop(struct imap *im)
{
	im->must_stop = true;
	return false;
}

void imap_put_meta(struct buf *meta, const struct place *at, const struct mail *mail)
{
	buf_addf(meta, "folder: %s\nuidvalidity: %u\nuid: %u\n", at->folder->label, at->box.uidvalidity, mail->uid);
	if (at->folder->hint != FOLDER_HINT_NONE)
		buf_addf(meta, "folder_hint: %s\n", hint_text(at->folder->hint));
	if (mail->internaldate_us != INT64_MIN)
		buf_addf(meta, "internaldate: %lld\n", (long long)mail->internaldate_us);
	if (mail->size >= 0)
		buf_addf(meta, "size: %lld\n", (long long)mail->size);
	if (at->is_digging)
		buf_add(meta, STR("backfill: yes\n"));
	if (mail->gm_msgid != 0)
		buf_addf(meta, "gm_msgid: %llu\n", (unsigned long long)mail->gm_msgid);
	if (mail->gm_thrid != 0)
		buf_addf(meta, "gm_thrid: %llu\n", (unsigned long long)mail->gm_thrid);
}

/* "INBOX/1700000000/4212"; where UIDs came back into use the generation tells the two apart. */
void imap_put_prefix(struct buf *id, const char *folder, uint32_t uidvalidity, uint32_t generation)
{
	buf_addf(id, "%s/%u", folder, uidvalidity);
	if (generation > 0)
		buf_addf(id, ".%u", generation);
	buf_addc(id, '/');
}

void imap_put_id(struct buf *id, const struct place *at, uint32_t uid)
{
	if (at->box.uidvalidity == 0)
		return;
	imap_put_prefix(id, at->folder->name, at->box.uidvalidity, at->cursor.generation);
	buf_addf(id, "%u", uid);
}

/* "INBOX/0/id@host 9f86d0…": without UIDVALIDITY a UID may mean another mail tomorrow, so the bytes name the mail. That
 * is what keeps one that is read again with each connection from becoming a dead letter each time. */
void imap_put_content_prefix(struct buf *id, const struct place *at, struct str message_id)
{
	imap_put_prefix(id, at->folder->name, 0, 0);
	buf_add(id, message_id);
	buf_addc(id, ' ');
}

/* The header alone, of a mail that is a dead letter, goes with its size. */
static void put_content_id(struct buf *id, const struct place *at, struct str bytes, int64_t size)
{
	unsigned char digest[SHA256_SIZE];
	char text[MESSAGE_ID_MAX];

	if (bytes.len == 0)
		return;		/* nothing to name it by */
	imap_put_content_prefix(id, at, message_id_of(bytes, text));
	crypto_sha256(bytes, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		buf_addf(id, "%02x", digest[i]);
	if (size >= 0)
		buf_addf(id, "+%lld", (long long)size);
}

static void move_on(struct imap *im, struct place *at, uint32_t uid)
{
	struct cursor *c = &at->cursor;

	if (!cursor_owes(c, uid)) {
		cursor_done(c, uid, im->now_s);
		return;
	}
	imap_leave_out_above(im, at, uid);
	cursor_count_dug(c, 1);
	cursor_dig(c, uid);
}

/* With the position that is past them, and with no other: what is read again from there is counted again. */
static void tell_withheld(struct imap *im, struct place *at)
{
	if (at->n_withheld > 0)
		sync_withhold(im->sync, at->n_withheld, false);
	if (at->n_old_withheld > 0)
		sync_withhold(im->sync, at->n_old_withheld, true);
	at->n_withheld = at->n_old_withheld = 0;
}

static bool emit(struct imap *im, struct place *at, const struct mail *mail, struct str body,
		 const struct err *why, struct err *err)
{
	struct str key = str_from(at->folder->name), next;
	struct cursor before = at->cursor;
	char text[CURSOR_TEXT_SIZE];
	struct buf id, meta;
	struct raw raw;
	bool is_good;

	buf_init(&id, IMAP_MAX_ID);
	buf_init(&meta, MAX_META);
	if (at->box.uidvalidity > 0)
		imap_put_id(&id, at, mail->uid);
	else
		put_content_id(&id, at, body, why ? mail->size : -1);
	imap_put_meta(&meta, at, mail);
	if (im->conf->privacy == IMAP_PERSONAL)
		buf_add(&meta, STR("privacy: personal\n"));
	raw = (struct raw){ .id = buf_str(&id), .body = body,
			    .content_type = mail->is_partial ? STR(MAIL_SOME_PARTS) : STR("message/rfc822"),
			    .meta = buf_str(&meta), .received_us = sync_now_us(im->sync) };
	move_on(im, at, mail->uid);
	next = cursor_format(&at->cursor, text);
	tell_withheld(im, at);
	is_good = why ? sync_emit_dead(im->sync, &raw, key, next, why, err) :
			sync_emit(im->sync, &raw, key, next, err);
	buf_finish(&id);
	buf_finish(&meta);
	if (!is_good) {
		at->cursor = before;
		return stop(im);
	}
	at->is_dirty = false;
	sync_traffic(im->sync, (int64_t)body.len, mail->spared);
	imap_spend(im, body.len);
	return true;
}

bool imap_emit(struct imap *im, struct place *at, const struct mail *mail, struct str body, struct err *err)
{
	im->has_read_one = true;
	return emit(im, at, mail, body, NULL, err);
}

bool imap_emit_dead(struct imap *im, struct place *at, const struct mail *mail, struct str header,
		    const struct err *why, struct err *err)
{
	return emit(im, at, mail, header, why, err);
}

bool imap_mark(struct imap *im, struct place *at, struct err *err)
{
	char text[CURSOR_TEXT_SIZE];

	if (!at->is_dirty)
		return true;
	tell_withheld(im, at);
	if (!sync_mark(im->sync, str_from(at->folder->name), cursor_format(&at->cursor, text), err))
		return stop(im);
	at->is_dirty = false;
	return true;
}

bool imap_flush(struct imap *im, struct err *err)
{
	return sync_flush(im->sync, err) || stop(im);
}
