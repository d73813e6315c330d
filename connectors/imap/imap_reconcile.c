/* Is everything that the server lists in the journal? Each folder is read as always first; then all UIDs that the
 * server lists below the position are held against the ids of the journal. No CONDSTORE, no UIDNEXT and no
 * memory of what was listed before takes part in the answer. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "imap/imap.h"
#include "imap/uidset.h"

enum { STRIDE = 100000 };	/* UIDs that one SEARCH covers, at first */

struct folder_run {
	struct imap *im;
	struct place *at;
	struct uidset known;
	struct reconciled counts;
	bool is_anew;			/* UIDs were found in use again */
	bool is_by_place;		/* SEARCH left some out */
	char note[160];
};

/* ---- what the journal has ---- */

struct known_ids {
	struct uidset *set;
	size_t n_prefix;
};

/* What is left of "Work/7/3/12" behind the prefix of the folder "Work" is no number: another folder's. */
static bool add_known(struct str id, void *arg)
{
	struct known_ids *known = arg;
	int64_t uid;

	if (str_int64(str_sub(id, known->n_prefix, STR_NONE), &uid) && uid > 0 && uid <= UINT32_MAX)
		uidset_add(known->set, (uint32_t)uid);
	return true;
}

static bool load_known(struct folder_run *run, struct err *err)
{
	const struct place *at = run->at;
	struct known_ids known = { .set = &run->known };
	struct buf prefix;
	bool is_good;

	if (at->box.uidvalidity == 0)
		return true;	/* its mail has no ids: looked for by Message-ID */
	buf_init(&prefix, IMAP_MAX_ID);
	imap_put_prefix(&prefix, at->folder->name, at->box.uidvalidity, at->cursor.generation);
	known.n_prefix = prefix.len;
	is_good = sync_each_known(run->im->sync, buf_str(&prefix), add_known, &known, err);
	buf_finish(&prefix);
	uidset_sort(&run->known);
	if (!is_good)
		run->im->must_stop = true;
	return is_good;
}

/* ---- what the server has ---- */

static void show_progress(struct folder_run *run)
{
	struct imap *im = run->im;

	im->progress.listed = (uint32_t)run->counts.listed;
	im->progress.healed = (uint32_t)run->counts.healed;
	sync_progress(im->sync, &im->progress);
}

static bool compare_listed(struct folder_run *run, struct uid_range range, const uint32_t *uids, size_t n,
			   struct err *err)
{
	uint32_t *absent = xcalloc(n + 1, sizeof(*absent));
	size_t n_vanished, n_absent;
	bool is_good = true;

	n_absent = uidset_compare(&run->known, range.from, range.to, uids, n, absent, &n_vanished);
	run->counts.listed += (int64_t)n;
	run->counts.known += (int64_t)(n - n_absent);
	run->counts.vanished += (int64_t)n_vanished;
	show_progress(run);
	if (n_absent > 0)
		is_good = imap_settle_absent(run->im, run->at, absent, n_absent, &run->counts, err);
	free(absent);
	show_progress(run);
	return is_good;
}

static bool compare_range(struct folder_run *run, struct uid_range range, size_t *n, struct err *err)
{
	uint32_t *uids = NULL;
	bool is_good;

	*n = 0;
	if (run->at->box.exists > 0 && !imap_search(run->im, run->at, &range, 1, &uids, n, err))
		return false;
	is_good = compare_listed(run, range, uids, *n, err);
	free(uids);
	return is_good;
}

/* Strides where there is nothing, as some servers number by the clock; back to small ones where an answer would be
 * too large. */
static bool compare_all(struct folder_run *run, uint32_t last, struct err *err)
{
	uint64_t from = (uint64_t)run->at->cursor.backlog + 1, stride = run->at->box.exists > 0 ? STRIDE : UINT64_C(1) << 32;

	while (from <= last) {
		uint64_t to = from + stride - 1;
		struct uid_range range = { (uint32_t)from, to < last ? (uint32_t)to : last };
		size_t n;

		if (sync_is_canceled(run->im->sync))
			return err_setf(err, ERR_CANCELED, "canceled");
		if (compare_range(run, range, &n, err)) {
			from = (uint64_t)range.to + 1;
			stride = n == 0 ? stride * 8 : stride;
		} else if (stride > STRIDE && !run->im->must_stop &&
			   session_fault(run->im->session) == SESSION_TOO_LARGE) {
			stride = STRIDE;
		} else {
			return false;
		}
	}
	return true;
}

/* SEARCH, which may be answered from an index that lags behind, has listed fewer mails than there are. Then the places
 * are gone through, and what was healed so far is known by now. */
static bool compare_by_place(struct folder_run *run, struct err *err)
{
	struct uidset all = { 0 };
	int64_t healed = run->counts.healed;
	bool is_needed, is_good;

	is_good = imap_list_places(run->im, run->at, run->counts.listed, &all, &is_needed, err);
	if (is_good && is_needed) {
		run->is_by_place = true;
		run->counts = (struct reconciled){ .folder = run->counts.folder, .healed = healed };
		uidset_finish(&run->known);
		is_good = load_known(run, err) &&
			  compare_listed(run, (struct uid_range){ 1, UINT32_MAX }, all.uids, all.n, err);
	}
	uidset_finish(&all);
	return is_good;
}

static const char *note_of(const struct folder_run *run)
{
	if (run->is_anew)
		return "UIDs were in use again for other mails: all was read anew";
	if (run->at->box.uidvalidity == 0)
		return "no UIDVALIDITY: compared by Message-ID";
	return run->is_by_place ? "SEARCH lists fewer mails than there are: compared by FETCH" : "";
}

/* ---- one folder ---- */

/* What is not due yet is not missing. */
static void note_backlog(struct folder_run *run)
{
	if (run->at->cursor.backlog == 0)
		return;
	snprintf(run->note, sizeof(run->note), "about %u older mails are still to be read and were not compared",
		 run->at->cursor.left);
	run->counts.note = str_from(run->note);
}

static bool compare_folder(struct folder_run *run, struct err *err);

/* New ids for old numbers, and the sync in front of the next try reads all of it. */
static bool start_anew(struct folder_run *run, struct err *err)
{
	uidset_finish(&run->known);
	cursor_restart(&run->at->cursor);
	run->at->is_dirty = true;
	run->is_anew = true;
	return imap_mark(run->im, run->at, err) && imap_flush(run->im, err) && compare_folder(run, err);
}

static bool compare_folder(struct folder_run *run, struct err *err)
{
	struct place *at = run->at;
	bool is_reused = false;

	/* What is new is not missing: it is taken first, and what comes from now on is the next sync's. A mail that
	 * would not come is tried again, also when its next turn is not yet. */
	at->stuck_tried_us = 0;
	if (!imap_folder(run->im, at, err) || !load_known(run, err))
		return false;
	if (!run->is_anew && !imap_find_reused(run->im, at, run->known.uids, run->known.n, &is_reused, err))
		return false;
	if (is_reused)
		return start_anew(run, err);
	run->im->progress.of = at->box.exists > at->cursor.left ? at->box.exists - at->cursor.left : 0;
	if (!compare_all(run, (uint32_t)(at->cursor.next - 1), err))
		return false;
	/* EXISTS counts what is still to be read. */
	if (at->cursor.backlog == 0 && !compare_by_place(run, err))
		return false;
	run->counts.note = str_from(note_of(run));
	if (!run->is_anew)
		note_backlog(run);
	return imap_mark(run->im, at, err) && imap_flush(run->im, err);
}

/* A connection that was lost on the way: one more try on a fresh one. */
static bool run_folder(struct folder_run *run, struct err *err)
{
	struct str label = run->counts.folder;

	for (int n_tries = 0; n_tries < 2; n_tries++) {
		bool is_good;

		run->counts = (struct reconciled){ .folder = label };
		is_good = compare_folder(run, err);
		uidset_finish(&run->known);
		if (is_good)
			return true;
		if (run->im->must_stop || err->kind == ERR_CANCELED || session_fault(run->im->session) != SESSION_LOST)
			break;
	}
	return false;
}

static bool tell(struct imap *im, const struct reconciled *counts, struct err *err)
{
	if (sync_reconciled(im->sync, counts, err))
		return true;
	im->must_stop = true;
	return false;
}

/* One folder that cannot be compared holds up no other. */
static bool reconcile_folder(struct imap *im, size_t i, struct err *err)
{
	struct place *at = &im->places[i];
	struct folder_run run = { .im = im, .at = at, .counts = { .folder = str_from(at->folder->label) } };
	struct reconciled failed = { .folder = run.counts.folder };
	struct err why;

	im->progress = (struct reconcile_progress){ .folder = (uint32_t)i + 1,
						    .n_folders = (uint32_t)im->folders.n_items };
	if (run_folder(&run, err))
		return tell(im, &run.counts, err);
	if (im->must_stop || err->kind == ERR_CANCELED)
		return false;
	why = *err;
	failed.error = str_from(why.msg);
	return tell(im, &failed, err);
}

/* ---- all of them ---- */

static bool run(struct imap *im, struct err *err)
{
	struct listed *all = NULL;
	size_t n_all = 0;
	bool is_good;

	is_good = imap_wake(im, err) && imap_relist(im, &all, &n_all, err);
	for (size_t i = 0; is_good && i < im->folders.n_items; i++)
		is_good = sync_is_canceled(im->sync) ? err_setf(err, ERR_CANCELED, "canceled")
						     : reconcile_folder(im, i, err);
	is_good = is_good && imap_tell_gone(im, all, n_all, err);
	listed_free(all, n_all);
	return is_good;
}

bool imap_reconcile(void *session, struct sync *sync, struct err *err)
{
	struct imap *im = session;
	bool is_good;

	imap_begin(im, sync);
	is_good = run(im, err);
	if (!is_good)
		imap_tell_throttle(im, err);
	im->progress = (struct reconcile_progress){ 0 };
	im->sync = NULL;
	if (!is_good && (err->kind == ERR_INPUT || err->kind == ERR_LIMIT))
		err->kind = ERR_AGAIN;
	return is_good;
}
