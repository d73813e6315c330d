/* One mail again, whole, of which parts were left out: where it was, and else wherever its Message-ID is found. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "imap/imap.h"
#include "imap/message_id.h"
#include "imap/mutf7.h"

enum { SLACK = 64 << 10, MAX_META = 16 << 10, MAX_FOUND = 50, MAX_FOLDERS = 300 };

struct wanted {
	struct imap *im;
	struct sync *sync;
	const struct raw *left;
	char id_space[MESSAGE_ID_MAX];
	struct str id;			/* its Message-ID; may be empty */
	char *folder;			/* where it was, as the server spells it; NULL: nobody knows */
	uint32_t uidvalidity, uid;
	bool is_done;
};

/* "INBOX/1700000000/4212", the number in the middle perhaps with a generation behind it. */
static void read_place(struct wanted *w)
{
	struct str id = w->left->id, validity;
	size_t last = str_rchr(id, '/'), middle = last == STR_NONE ? STR_NONE : str_rchr(str_sub(id, 0, last), '/');
	int64_t n_uid, n_validity;

	if (middle == STR_NONE)
		return;
	validity = str_sub(id, middle + 1, last - middle - 1);
	validity = str_sub(validity, 0, str_chr(validity, '.'));
	if (!str_int64(str_sub(id, last + 1, STR_NONE), &n_uid) || !str_int64(validity, &n_validity) || n_uid < 1 ||
	    n_uid > UINT32_MAX || n_validity < 1 || n_validity > UINT32_MAX)
		return;
	w->folder = xstrndup(id.ptr, middle);
	w->uid = (uint32_t)n_uid;
	w->uidvalidity = (uint32_t)n_validity;
}

/* ---- taking it ---- */

static void put_meta(const struct wanted *w, const char *folder, const struct mailbox *box, uint32_t uid,
		     struct buf *meta)
{
	static const char *const kept[] = { "folder_hint", "internaldate", "gm_msgid", "gm_thrid", "privacy" };

	buf_add(meta, STR("folder: "));
	mutf7_decode(str_from(folder), meta);
	buf_addf(meta, "\nuidvalidity: %u\nuid: %u\n", box->uidvalidity, uid);
	for (size_t i = 0; i < countof(kept); i++) {
		struct str value = raw_meta(w->left, str_from(kept[i]));

		if (value.len > 0)
			buf_addf(meta, "%s: " STR_FMT "\n", kept[i], STR_ARG(value));
	}
}

/* Its own id, which no folder can have: those end in a number. */
static bool emit(struct wanted *w, const char *folder, const struct mailbox *box, uint32_t uid, struct str body,
		 struct err *err)
{
	struct buf id, meta;
	struct raw raw;
	bool is_good;

	buf_init(&id, IMAP_MAX_ID + 16);
	buf_init(&meta, MAX_META);
	if (w->left->id.len > 0)
		buf_addf(&id, STR_FMT "/whole", STR_ARG(w->left->id));
	put_meta(w, folder, box, uid, &meta);
	raw = (struct raw){ .id = buf_str(&id), .content_type = STR("message/rfc822"), .body = body,
			    .meta = buf_str(&meta), .received_us = sync_now_us(w->sync) };
	is_good = sync_emit(w->sync, &raw, STR(""), STR(""), err);
	if (is_good)
		sync_traffic(w->sync, (int64_t)body.len, 0);
	buf_finish(&id);
	buf_finish(&meta);
	return is_good;
}

static bool check_size(struct wanted *w, uint32_t uid, struct err *err)
{
	const struct uid_range range = { uid, uid };
	struct mail *mails = NULL;
	int64_t size = -1;
	size_t n = 0;

	if (!session_fetch_metas(w->im->session, &range, 1, 1, &mails, &n, err))
		return false;
	if (n > 0)
		size = mails[0].size;
	free(mails);
	return size <= w->im->conf->max_message ||
	       err_setf(err, ERR_LIMIT, "the mail has %lld bytes, larger than max_message (%lld): raise that, reload, and "
			"fetch it again", (long long)size, (long long)w->im->conf->max_message);
}

static bool take(struct wanted *w, const char *folder, const struct mailbox *box, uint32_t uid, struct err *err)
{
	bool is_found = false, is_good;
	struct buf body;

	if (!check_size(w, uid, err))
		return false;
	buf_init(&body, (size_t)w->im->conf->max_message + SLACK);
	is_good = imap_fetch_pieces(w->im, uid, &body, &is_found, err);
	if (is_good && buf_is_exceeded(&body))
		is_good = err_setf(err, ERR_LIMIT, "the mail is larger than max_message (%lld bytes)",
				   (long long)w->im->conf->max_message);
	if (is_good && is_found) {
		is_good = emit(w, folder, box, uid, buf_str(&body), err);
		w->is_done = is_good;
	}
	buf_finish(&body);
	return is_good;
}

/* Is this the mail? By its Message-ID; without one its header must be the same byte for byte. */
static bool is_it(struct wanted *w, uint32_t uid, bool *is, struct err *err)
{
	char space[MESSAGE_ID_MAX];
	struct str header;
	bool is_found;

	*is = false;
	if (!session_fetch_header(w->im->session, uid, &header, &is_found, err))
		return false;
	if (!is_found)
		return true;
	*is = w->id.len > 0 ? str_eq(message_id_of(header, space), w->id) :
			      str_find(str_sub(w->left->body, 0, 2 * header.len), header) != STR_NONE;
	return true;
}

/* ---- finding it ---- */

/* A plain NO to EXAMINE is a folder that is gone. */
static bool try_place(struct wanted *w, struct err *err)
{
	struct mailbox box;
	bool is = false;

	if (w->folder == NULL)
		return true;
	if (!session_examine(w->im->session, w->folder, &box, err))
		return session_fault(w->im->session) == SESSION_REFUSED;
	if (box.uidvalidity != w->uidvalidity)
		return true;
	return is_it(w, w->uid, &is, err) && (!is || take(w, w->folder, &box, w->uid, err));
}

static bool try_folder(struct wanted *w, const char *name, struct err *err)
{
	auto_free char *id = xstrndup(w->id.ptr, w->id.len);
	auto_free uint32_t *uids = NULL;
	struct mailbox box;
	size_t n = 0;
	bool is = false;

	if (!session_examine(w->im->session, name, &box, err) ||
	    !session_search_id(w->im->session, id, MAX_FOUND, &uids, &n, err))
		return session_fault(w->im->session) == SESSION_REFUSED;
	for (size_t i = 0; i < n && i < MAX_FOUND && !w->is_done; i++)
		if (!is_it(w, uids[i], &is, err) || (is && !take(w, name, &box, uids[i], err)))
			return false;
	return true;
}

/* It was moved, or the folder was renamed or numbered anew. */
static bool try_everywhere(struct wanted *w, struct err *err)
{
	struct listed *all = NULL;
	size_t n = 0;
	bool is_good = w->id.len == 0 || session_list(w->im->session, &all, &n, err);

	for (size_t i = 0; i < n && i < MAX_FOLDERS && is_good && !w->is_done; i++) {
		if (sync_is_canceled(w->sync))
			is_good = err_setf(err, ERR_CANCELED, "canceled");
		else if (!(all[i].attrs & FOLDER_NOSELECT))
			is_good = try_folder(w, all[i].name, err);
	}
	listed_free(all, n);
	return is_good;
}

bool imap_fetch(void *session, struct sync *sync, const struct raw *left, struct err *err)
{
	struct wanted w = { .im = session, .sync = sync, .left = left };
	bool is_good;

	imap_begin(w.im, sync);
	w.id = message_id_of(left->body, w.id_space);
	read_place(&w);
	is_good = imap_link(w.im, err) && try_place(&w, err) && (w.is_done || try_everywhere(&w, err));
	if (is_good && !w.is_done)
		is_good = err_setf(err, ERR_MISSING, "the server has this mail no more: neither where it was nor, by its "
				   "Message-ID, in any other folder");
	free(w.folder);
	return is_good;
}
