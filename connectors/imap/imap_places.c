/* All UIDs of a folder without asking SEARCH: by their places, which EXISTS counts. */
#include <stdlib.h>

#include "imap/imap.h"
#include "imap/uidset.h"

enum {
	WINDOW = 500,			/* places in one command */
	MAX_UIDS = 4 << 20,		/* EXISTS is a claim as well */
};

static bool list_window(struct imap *im, struct place *at, uint32_t first, uint32_t last, struct uidset *all, size_t *n,
			struct err *err)
{
	struct mail *mails = NULL;

	*n = 0;
	if (!imap_link_folder(im, at, err))
		return false;
	/* Some of them are gone by now: a NO is no trouble. */
	if (!session_fetch_places(im->session, first, last, &mails, n, err))
		return session_fault(im->session) == SESSION_REFUSED;
	for (size_t i = 0; i < *n; i++)
		uidset_add(all, mails[i].uid);
	free(mails);
	return true;
}

/* EXISTS of now: what was deleted since we began is not left out by anybody. */
static bool ask_exists(struct imap *im, struct place *at, uint32_t *exists, struct err *err)
{
	struct mailbox box;

	if (!imap_link_folder(im, at, err) || !session_examine(im->session, at->folder->name, &box, err))
		return false;
	if (box.uidvalidity != at->box.uidvalidity)
		return err_setf(err, ERR_AGAIN, "UIDVALIDITY changed while the folder was compared");
	*exists = box.exists;
	return true;
}

bool imap_list_places(struct imap *im, struct place *at, int64_t n_listed, struct uidset *all, bool *is_needed,
		      struct err *err)
{
	uint32_t exists = at->box.exists, first = 1;
	size_t n = 1;

	*is_needed = false;
	if (n_listed >= exists)
		return true;
	if (!ask_exists(im, at, &exists, err))
		return false;
	if (n_listed >= exists)
		return true;
	while (first <= exists && n > 0 && all->n < MAX_UIDS) {
		uint32_t last = exists - first < WINDOW ? exists : first + WINDOW - 1;

		sync_progress(im->sync, &im->progress);
		if (!list_window(im, at, first, last, all, &n, err))
			return false;
		if (last == UINT32_MAX)
			break;
		first = last + 1;
	}
	uidset_sort(all);
	/* A server that counts wrongly, and not a SEARCH that does. */
	*is_needed = all->n > (size_t)n_listed;
	return true;
}
