/* One run: every folder by itself, then IDLE. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "imap/exclude.h"
#include "imap/imap.h"

enum {
	MAX_ROUNDS = 5,			/* before a chatty mailbox has to wait for its turn */
	MAX_IDLE_FAILURES = 2,
	RELIST_S = 300,
};

static const char *stuck_text(const struct place *at, char *out, size_t size)
{
	for (size_t i = 0; i < at->cursor.n_gaps; i++)
		if (at->cursor.gaps[i].is_stuck) {
			snprintf(out, size, "the server lists UID %u and does not deliver it; it is asked for again",
				 at->cursor.gaps[i].from);
			return out;
		}
	if (at->box.uidvalidity == 0)
		return "the server gives no UIDVALIDITY, so that everything is read again after each reconnect";
	return "";
}

static struct place *inbox_of(struct imap *im)
{
	for (size_t i = 0; i < im->folders.n_items; i++)
		if (im->folders.items[i].hint == FOLDER_HINT_INBOX)
			return &im->places[i];
	return im->folders.n_items > 0 ? &im->places[0] : NULL;
}

void imap_tell_folder(struct imap *im, const struct place *at, const char *error)
{
	const struct mailbox *box = at->box.uidvalidity != 0 ? &at->box : &at->seen;

	sync_folder(im->sync, &(struct folder_state){
		.folder = str_from(at->folder->label), .uidvalidity = box->uidvalidity, .messages = box->exists,
		.looked_us = clock_wall_us(), .error = str_from(error),
	});
}

static bool sync_folders(struct imap *im, struct err *err)
{
	struct err first = { 0 };
	size_t n_good = 0;
	char text[200];

	for (size_t i = 0; i < im->folders.n_items; i++) {
		struct place *at = &im->places[i];

		if (sync_is_canceled(im->sync))
			return err_setf(err, ERR_CANCELED, "canceled");
		if (at != inbox_of(im) && imap_is_unchanged(im, at)) {
			n_good++;
			at->has_failed = false;
			imap_tell_folder(im, at, "");
			continue;
		}
		at->has_failed = !imap_folder(im, at, err);
		if (!at->has_failed) {
			n_good++;
			imap_tell_folder(im, at, stuck_text(at, text, sizeof(text)));
			continue;
		}
		if (im->must_stop || err->kind == ERR_CANCELED)
			return false;
		imap_tell_folder(im, at, err->msg);
		if (first.kind == ERR_NONE) {
			first = *err;
			err_prefixf(&first, "folder \"%.100s\"", at->folder->label);
		}
	}
	if (n_good == 0 && first.kind != ERR_NONE) {
		*err = first;
		return false;
	}
	if (first.kind == ERR_NONE)
		sync_looked(im->sync);
	return true;
}

/* ---- the run ---- */

void imap_begin_at(struct imap *im, int64_t now_us)
{
	int64_t since_us = im->conf->since;

	im->now_s = now_us / US_PER_S;
	im->since_us = since_us < 0 ? now_us + since_us : since_us;
}

void imap_begin(struct imap *im, struct sync *sync)
{
	imap_begin_at(im, sync_now_us(sync));
	im->sync = sync;
	im->n_reconnects = 0;
	session_calm(im->session);
	imap_load_budget(im);
	im->must_stop = false;
	for (size_t i = 0; i < im->folders.n_items; i++)
		im->places[i].is_loaded = im->places[i].is_dirty = false;
}

/* Out of IDLE, or onto a new connection when the old one did not survive. */
bool imap_wake(struct imap *im, struct err *err)
{
	struct err ignored;
	bool is_good;

	if (session_is_idle(im->session))
		session_idle_done(im->session, &ignored);
	/* A new connection, a new look at what folders there are. */
	if (!session_is_connected(im->session))
		imap_forget_folders(im);
	if (!session_is_connected(im->session) && !sync_may_connect(im->sync))
		return err_setf(err, ERR_CANCELED, "many connect to this server just now; waiting for a turn");
	is_good = imap_link(im, err);
	sync_connected(im->sync);
	return is_good;
}

static void tell_missing(struct imap *im)
{
	char text[400] = "";

	if (!imap_folders_trouble(im, text, sizeof(text)) && im->folders.missing != NULL) {
		if (im->conf->folders.n_items > 0)
			snprintf(text, sizeof(text), "the server has no folder %s", im->folders.missing);
		else
			snprintf(text, sizeof(text), "no folder of sent mail was found; name it in folders:");
	}
	sync_trouble(im->sync, STR("folders"), str_from(text));
	sync_trouble(im->sync, STR("exclude"), exclude_has(&im->conf->exclude, EXCLUDE_LABEL) && !session_is_gmail(im->session) ?
		     STR("label:… means something to Gmail only, and this server is not Gmail") : STR(""));
}

/* By the clock, folders are listed anew: one may have been made that a pattern means, or that was missing. A server
 * that wakes us all the time, or whose old mail calls for one turn after the other, is asked now and then as well. */
static bool look_for_folders(struct imap *im, struct err *err)
{
	struct listed *all;
	size_t n_all;

	if (!im->is_by_clock && clock_mono_us() - im->listed_us < RELIST_S * US_PER_S)
		return true;
	if (!imap_relist(im, &all, &n_all, err))
		return false;
	listed_free(all, n_all);
	return true;
}

/* Not being able to idle is no error: the host comes back by the clock. */
static bool park(struct imap *im)
{
	struct place *at = inbox_of(im);
	struct mailbox box;
	struct err why = { 0 };

	if (!im->conf->idle || at == NULL || im->n_idle_failures >= MAX_IDLE_FAILURES ||
	    !session_has_idle(im->session))
		return false;
	if (!session_examine(im->session, at->folder->name, &box, &why))
		return false;
	/* Mail that came while other folders were read is not announced again. */
	if (box.uidnext > at->cursor.next || box.exists > at->box.exists)
		return true;
	if (session_idle(im->session, &why)) {
		im->n_idle_failures = 0;
		return true;
	}
	if (why.kind != ERR_CANCELED && ++im->n_idle_failures == MAX_IDLE_FAILURES)
		sync_trouble(im->sync, STR("IDLE"), STR("the server announces IDLE and does not do it; asking by the clock"));
	return false;
}

static bool run(struct imap *im, struct err *err)
{
	for (int round = 0; round < MAX_ROUNDS; round++) {
		int64_t begun_us = clock_mono_us();

		im->is_by_clock = round == 0 && session_is_connected(im->session) && !session_is_called(im->session) &&
				  !im->has_dug;
		if (!imap_wake(im, err) || !look_for_folders(im, err))
			return false;
		tell_missing(im);
		if (round == 0 && !imap_search_newcomers(im, err))
			return false;
		if (!sync_folders(im, err) || !imap_backfill(im, clock_mono_us() - begun_us, err) ||
		    !imap_keep_budget(im, err))
			return false;
		if (!park(im))
			return true;
		if (session_is_idle(im->session) && !session_has_pending(im->session)) {
			sync_watch(im->sync, session_fd(im->session));
			return true;
		}
	}
	return true;	/* more is waiting; the host comes back soon enough */
}

void imap_tell_throttle(struct imap *im, const struct err *err)
{
	struct throttle throttle;
	struct err ignored;

	if (err->kind != ERR_THROTTLED)
		return;
	throttle = session_throttle(im->session, &ignored);
	sync_throttled(im->sync, throttle.kind == THROTTLE_QUOTA, throttle.wait_us);
	if (throttle.kind == THROTTLE_QUOTA)
		imap_note_quota(im);
}

bool imap_sync(void *session, struct sync *sync, struct err *err)
{
	struct imap *im = session;
	bool is_good;

	imap_begin(im, sync);
	is_good = run(im, err);
	if (!is_good)
		imap_tell_throttle(im, err);
	im->sync = NULL;
	/* These two mean one message; what stopped us is the server. */
	if (!is_good && (err->kind == ERR_INPUT || err->kind == ERR_LIMIT))
		err->kind = ERR_AGAIN;
	return is_good;
}
