/* Folders that were read once and that the server lists no more: renamed, or deleted. Told, and nothing else: what
 * the journal has of them stays. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "imap/imap.h"
#include "imap/mutf7.h"

enum { MAX_GONE = 64, MAX_ASKED = 64, MAX_LABEL = 8192 };

struct gone {
	char *name;
	struct cursor cursor;
};

struct search_gone {
	const struct listed *all;
	size_t n_all;
	struct gone items[MAX_GONE];
	size_t n;
};

static bool is_listed(const struct listed *all, size_t n_all, struct str name)
{
	if (str_ieq(name, STR("INBOX")))
		return true;
	for (size_t i = 0; i < n_all; i++)
		if (str_eq(str_from(all[i].name), name) && !(all[i].attrs & FOLDER_NOSELECT))
			return true;
	return false;
}

static void take_gone(struct str key, struct str text, void *arg)
{
	struct search_gone *search = arg;
	struct gone *gone = &search->items[search->n];
	struct err ignored;

	if (search->n == MAX_GONE || is_listed(search->all, search->n_all, key) ||
	    !cursor_parse(text, &gone->cursor, &ignored) || gone->cursor.uidvalidity == 0)
		return;
	gone->name = xstrndup(key.ptr, key.len);
	search->n++;
}

/* ---- what it is called now ---- */

static bool has_cursor(struct imap *im, const char *name)
{
	return sync_cursor(im->sync, str_from(name)).len > 0;
}

/* A folder that was renamed keeps its UIDVALIDITY and its UIDs. That is a hint and no proof, so that its mail is read
 * again under the new name; 1 is what servers say that do not care. */
static bool looks_like(struct imap *im, const struct gone *gone, const char *name)
{
	struct mailbox box;
	struct err ignored;

	return session_examine(im->session, name, &box, &ignored) && box.uidvalidity == gone->cursor.uidvalidity &&
	       box.uidvalidity > 1 && (box.uidnext == 0 || box.uidnext >= gone->cursor.next);
}

/* The new name may have been read already, in this very run. */
static const char *find_new_name(struct imap *im, const struct search_gone *search, const struct gone *gone,
				 size_t *n_asked)
{
	for (size_t i = 0; i < search->n_all && *n_asked < MAX_ASKED; i++) {
		const char *name = search->all[i].name;
		struct cursor cursor;
		struct err ignored;

		if ((search->all[i].attrs & FOLDER_NOSELECT) || !session_is_connected(im->session))
			continue;
		if (!has_cursor(im, name)) {
			(*n_asked)++;
			if (looks_like(im, gone, name))
				return name;
		} else if (cursor_parse(sync_cursor(im->sync, str_from(name)), &cursor, &ignored) &&
			   cursor.uidvalidity == gone->cursor.uidvalidity && cursor.uidvalidity > 1 &&
			   cursor.next >= gone->cursor.next) {
			return name;
		}
	}
	return NULL;
}

static bool is_read(const struct imap *im, const char *name)
{
	for (size_t i = 0; i < im->folders.n_items; i++)
		if (strcmp(im->folders.items[i].name, name) == 0)
			return true;
	return false;
}

static void put_note(struct imap *im, const char *name, struct buf *note)
{
	buf_add(note, STR("the server lists it no more; nothing of it was deleted here"));
	if (name == NULL)
		return;
	buf_add(note, STR("; it seems to be called \""));
	mutf7_decode(str_from(name), note);
	buf_add(note, is_read(im, name) ? STR("\" now, which is read") : STR("\" now: name that in folders:"));
}

/* ---- telling ---- */

struct tally {
	size_t prefix;
	int64_t n;
};

/* A mail's own id ends in its UID; "…/4212/whole" is that mail once more. */
static bool count(struct str id, void *arg)
{
	struct tally *tally = arg;
	int64_t uid;

	tally->n += str_int64(str_sub(id, tally->prefix, id.len), &uid);
	return true;
}

static bool count_known(struct imap *im, const struct gone *gone, int64_t *n, struct err *err)
{
	struct tally tally = { 0 };
	struct buf prefix;
	bool is_good;

	buf_init(&prefix, IMAP_MAX_ID);
	imap_put_prefix(&prefix, gone->name, gone->cursor.uidvalidity, gone->cursor.generation);
	tally.prefix = prefix.len;
	is_good = sync_each_known(im->sync, buf_str(&prefix), count, &tally, err);
	*n = tally.n;
	buf_finish(&prefix);
	return is_good;
}

static bool tell(struct imap *im, const struct search_gone *search, const struct gone *gone, size_t *n_asked,
		 struct err *err)
{
	struct reconciled counts = { 0 };
	struct buf label, note;
	bool is_good = count_known(im, gone, &counts.vanished, err);

	buf_init(&label, MAX_LABEL);
	buf_init(&note, 2 * MAX_LABEL);
	if (is_good && counts.vanished > 0) {
		mutf7_decode(str_from(gone->name), &label);
		put_note(im, find_new_name(im, search, gone, n_asked), &note);
		counts.folder = buf_str(&label);
		counts.note = buf_str(&note);
		is_good = sync_reconciled(im->sync, &counts, err);
	}
	buf_finish(&label);
	buf_finish(&note);
	im->must_stop |= !is_good;
	return is_good;
}

bool imap_tell_gone(struct imap *im, const struct listed *all, size_t n_all, struct err *err)
{
	struct search_gone *search;
	size_t n_asked = 0;
	bool is_good = true;

	if (n_all == 0)
		return true;	/* it does not list: nobody knows */
	search = xnew(struct search_gone);
	search->all = all;
	search->n_all = n_all;
	sync_each_cursor(im->sync, take_gone, search);
	for (size_t i = 0; i < search->n; i++) {
		is_good = is_good && tell(im, search, &search->items[i], &n_asked, err);
		free(search->items[i].name);
	}
	free(search);
	return is_good;
}
