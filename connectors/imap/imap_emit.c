/* Handing mail and positions over to the host. What fails here is the host's, so the run is over. */
#include <string.h>

#include "base/buf.h"
#include "imap/imap.h"

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
}

/* "INBOX/1700000000/4212". Without UIDVALIDITY a UID may mean another mail tomorrow, so it names nothing;
 * where UIDs came back into use the generation tells the two apart. */
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
	imap_put_id(&id, at, mail->uid);
	imap_put_meta(&meta, at, mail);
	raw = (struct raw){ .id = buf_str(&id), .content_type = STR("message/rfc822"), .body = body,
			    .meta = buf_str(&meta), .received_us = sync_now_us(im->sync) };
	cursor_done(&at->cursor, mail->uid, im->now_s);
	next = cursor_format(&at->cursor, text);
	is_good = why ? sync_emit_dead(im->sync, &raw, key, next, why, err) :
			sync_emit(im->sync, &raw, key, next, err);
	buf_finish(&id);
	buf_finish(&meta);
	if (!is_good) {
		at->cursor = before;
		return stop(im);
	}
	at->is_dirty = false;
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
	if (!sync_mark(im->sync, str_from(at->folder->name), cursor_format(&at->cursor, text), err))
		return stop(im);
	at->is_dirty = false;
	return true;
}

bool imap_flush(struct imap *im, struct err *err)
{
	return sync_flush(im->sync, err) || stop(im);
}
