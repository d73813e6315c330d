/* Getting and keeping a connection. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "imap/imap.h"

/* A server that makes us reconnect this often in one run is not to be hammered: the host backs off. */
enum { MAX_RECONNECTS = 24 };

void imap_forget_folders(struct imap *im)
{
	folder_list_finish(&im->folders);
	free(im->places);
	im->places = NULL;
}

void imap_choose_folders(struct imap *im, const struct listed *all, size_t n_all)
{
	const struct folder_wish wish = { .wanted = &im->conf->folders, .exclude = &im->conf->exclude,
					  .is_gmail = session_is_gmail(im->session) };

	imap_forget_folders(im);
	folders_choose(&wish, all, n_all, &im->folders);
	im->places = xcalloc(im->folders.n_items + 1, sizeof(*im->places));
	for (size_t i = 0; i < im->folders.n_items; i++)
		im->places[i].folder = &im->folders.items[i];
}

static bool list(struct imap *im, struct listed **all, size_t *n_all, struct err *err)
{
	im->listed_us = clock_mono_us();
	*all = NULL;
	*n_all = 0;
	return session_list(im->session, all, n_all, err) || session_fault(im->session) == SESSION_REFUSED;
}

/* What was read from 1 on this connection need not be read from 1 again. */
static void carry_over(struct imap *im, const struct folder_list *folders, const struct place *places)
{
	for (size_t i = 0; i < im->folders.n_items; i++)
		for (size_t k = 0; k < folders->n_items; k++)
			if (strcmp(im->folders.items[i].name, folders->items[k].name) == 0) {
				im->places[i].listed_on = places[k].listed_on;
				im->places[i].n_met = places[k].n_met;
				im->places[i].stuck_tried_us = places[k].stuck_tried_us;
				im->places[i].seen = places[k].seen;
				im->places[i].read_s = places[k].read_s;
				im->places[i].is_settled = places[k].is_settled;
			}
}

bool imap_relist(struct imap *im, struct listed **all, size_t *n_all, struct err *err)
{
	struct folder_list folders;
	struct place *places;

	*all = NULL;
	if (!imap_link(im, err) || !list(im, all, n_all, err))
		return false;
	folders = im->folders;
	places = im->places;
	im->folders = (struct folder_list){ 0 };
	im->places = NULL;
	imap_choose_folders(im, *all, *n_all);
	carry_over(im, &folders, places);
	folder_list_finish(&folders);
	free(places);
	return true;
}

static bool connect_once(struct imap *im, struct err *err)
{
	struct listed *all;
	size_t n_all;

	if (!session_connect(im->session, err))
		return false;
	im->n_connections++;
	/* In the middle of a run the list stays: places point into it. */
	if (im->places != NULL)
		return true;
	if (!list(im, &all, &n_all, err))
		return false;
	imap_choose_folders(im, all, n_all);
	listed_free(all, n_all);
	return true;
}

bool imap_link(struct imap *im, struct err *err)
{
	if (session_is_connected(im->session))
		return true;
	/* It has just shown us the door. */
	if (session_throttle(im->session, err).kind != THROTTLE_NONE) {
		im->must_stop = true;
		return false;
	}
	if (im->n_reconnects++ < MAX_RECONNECTS) {
		if (connect_once(im, err))
			return true;
	} else {
		err_setf(err, ERR_AGAIN, "the connection had to be made anew %d times in one run", MAX_RECONNECTS);
	}
	im->must_stop = true;
	return false;
}

bool imap_link_folder(struct imap *im, struct place *at, struct err *err)
{
	uint32_t uidvalidity = at->box.uidvalidity;

	if (session_is_connected(im->session))
		return true;
	if (!imap_link(im, err) || !session_examine(im->session, at->folder->name, &at->box, err))
		return false;
	if (at->box.uidvalidity == uidvalidity && uidvalidity != 0)
		return true;
	/* The UIDs in our hands may mean other mails now. */
	at->box.uidvalidity = uidvalidity;
	return err_setf(err, ERR_AGAIN, "the connection was lost, and the UIDs cannot be relied on behind it");
}
