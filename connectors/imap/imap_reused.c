/* UIDs that mean other mails now, although UIDVALIDITY says that they do not: a server that came back from a backup
 * numbers on from there, and once it has passed our position nothing else shows it. The newest UIDs are where that
 * is, so their Message-IDs are held against those of the journal's own bytes. */
#include <stdlib.h>

#include "base/mem.h"
#include "imap/imap.h"
#include "imap/message_id.h"

enum {
	ASKED = 200,			/* UIDs, also in one command */
	MAX_LOOKS = 50,
	HEAD = 64 << 10,
};

/* What the journal has under this UID; empty: nothing that could be compared. */
static bool journal_id(struct imap *im, const struct place *at, uint32_t uid, char out[MESSAGE_ID_MAX], struct str *id,
		       struct err *err)
{
	auto_free char *bytes = NULL;
	struct buf delivery;
	size_t n = 0;
	bool is_good;

	buf_init(&delivery, IMAP_MAX_ID);
	imap_put_id(&delivery, at, uid);
	is_good = sync_read_known(im->sync, buf_str(&delivery), &bytes, &n, err);
	buf_finish(&delivery);
	if (!is_good)
		im->must_stop = true;
	*id = bytes ? message_id_of((struct str){ bytes, n }, out) : (struct str){ NULL, 0 };
	return is_good;
}

/* From the bytes of the mail itself: what a server keeps of headers beside them may be out of date. */
static bool is_other_mail(struct imap *im, struct place *at, uint32_t uid, bool *is, struct err *err)
{
	char ours[MESSAGE_ID_MAX], theirs[MESSAGE_ID_MAX];
	struct str a, b, head = { 0 };
	bool is_found = false;

	*is = false;
	if (!journal_id(im, at, uid, ours, &a, err) || !imap_link_folder(im, at, err) ||
	    !session_fetch_piece(im->session, uid, 0, HEAD, &head, &is_found, err))
		return false;
	b = is_found ? message_id_of(head, theirs) : (struct str){ NULL, 0 };
	*is = a.len > 0 && b.len > 0 && !str_eq(a, b);
	return true;
}

static bool compare_one(struct imap *im, struct place *at, uint32_t uid, struct str theirs, bool *is_suspect,
			struct err *err)
{
	char ours[MESSAGE_ID_MAX];
	struct str id;

	if (!journal_id(im, at, uid, ours, &id, err))
		return false;
	*is_suspect = id.len > 0 && !str_eq(id, theirs);
	return true;
}

/* The first UID whose header speaks of another mail; 0: there is none. n_there: of them are on the server. */
static bool find_suspect(struct imap *im, struct place *at, struct mail *mails, size_t n, uint32_t *uid, size_t *n_there,
			 struct err *err)
{
	char theirs[MESSAGE_ID_MAX];
	bool is_suspect;

	*uid = 0;
	if (!imap_link_folder(im, at, err))
		return false;
	if (!session_fetch_message_ids(im->session, mails, n, err))
		return err->kind != ERR_CANCELED;	/* a server that cannot answer this proves nothing */
	for (size_t i = 0; i < n && *uid == 0; i++) {
		struct str id = mails[i].has_body ? message_id_of(mails[i].body, theirs) : (struct str){ NULL, 0 };

		*n_there += mails[i].has_body;
		if (id.len == 0)
			continue;
		if (!compare_one(im, at, mails[i].uid, id, &is_suspect, err))
			return false;
		*uid = is_suspect ? mails[i].uid : 0;
	}
	return true;
}

static bool look_at(struct imap *im, struct place *at, const uint32_t *uids, size_t n, size_t *n_there, bool *is_reused,
		    struct err *err)
{
	struct mail mails[ASKED];
	uint32_t suspect;

	for (size_t i = 0; i < n; i++)
		mails[i] = (struct mail){ .uid = uids[i], .size = -1 };
	if (!find_suspect(im, at, mails, n, &suspect, n_there, err))
		return false;
	return suspect == 0 || is_other_mail(im, at, suspect, is_reused, err);
}

/* The newest that are there: above them may be many that the journal has and the server has no more, after a restore
 * above all. */
bool imap_find_reused(struct imap *im, struct place *at, const uint32_t *uids, size_t n, bool *is_reused,
		      struct err *err)
{
	size_t n_there = 0, most = at->box.exists < ASKED ? at->box.exists : ASKED;

	*is_reused = false;
	for (int i = 0; i < MAX_LOOKS && n > 0 && n_there < most && !*is_reused; i++) {
		size_t size = n < ASKED ? n : ASKED;

		n -= size;
		sync_progress(im->sync, &im->progress);
		if (!look_at(im, at, uids + n, size, &n_there, is_reused, err))
			return false;
	}
	return true;
}
