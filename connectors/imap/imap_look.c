/* Has a folder changed since it was read to its end? Asked by STATUS, which costs the server less than opening it. The
 * counters decide nothing but that: a folder that looks unchanged is opened all the same every so often, and the
 * comparison with the server (imap_reconcile.c) asks for every UID. */
#include <stdio.h>

#include "imap/imap.h"

enum { FULL_LOOK_S = 1800 };

void imap_note_read(struct imap *im, struct place *at)
{
	at->read_s = im->now_s;
	at->seen = at->box;
	at->is_settled = at->box.uidvalidity != 0 && at->box.uidnext != 0 && at->cursor.next == at->box.uidnext &&
			 at->cursor.backlog == 0;
	for (size_t i = 0; i < at->cursor.n_gaps; i++)
		at->is_settled &= !at->cursor.gaps[i].is_stuck;
}

bool imap_is_unchanged(struct imap *im, struct place *at)
{
	struct mailbox now;
	struct err ignored;

	if (!at->is_settled || im->has_no_status || im->now_s - at->read_s >= FULL_LOOK_S ||
	    !session_is_connected(im->session))
		return false;
	if (!session_status(im->session, at->folder->name, &now, &ignored)) {
		/* Refused: opening it tells why. What cost the connection is not asked for again. */
		im->has_no_status = session_fault(im->session) != SESSION_REFUSED;
		return false;
	}
	return now.uidvalidity == at->seen.uidvalidity && now.uidnext == at->seen.uidnext &&
	       now.exists == at->seen.exists;
}

bool imap_folders_trouble(const struct imap *im, char *out, size_t size)
{
	if (im->folders.n_excess > 0)
		snprintf(out, size, "%zu more folders than the %d that are read: leave some out with '!NAME' in folders:",
			 im->folders.n_excess, FOLDERS_MAX);
	else if (im->folders.lacks_all_mail)
		snprintf(out, size, "Gmail does not show All Mail over IMAP (its settings, Labels, Show in IMAP); until then only "
			 "INBOX and the sent mail are read");
	else if (im->folders.n_items == 0)
		snprintf(out, size, "there is none left to read: folders: and exclude: leave out all of them");
	else
		return false;
	return true;
}
