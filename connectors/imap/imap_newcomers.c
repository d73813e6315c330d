/* A personal mailbox left out the mail of somebody who is a contact now: it is searched for every address that was added
 * since, and what is found goes through the gate again. How far that has come is a position like those of the folders,
 * under a key that no folder can have. A server that cannot search, or breaks over it, costs time, not mail: the comparison
 * (imap_heal.c) asks the gate about everything that is not in the journal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "imap/imap.h"

enum {
	AT_ONCE = 16,			/* addresses in one SEARCH */
	MAX_SEARCHES = 40,		/* in one run; the next goes on */
	MAX_LOST = 2,			/* connections: the first may have been dead before */
	TEXT_SIZE = 200,
};

#define KEY STR("\tpeople")

/* Done: everybody up to `since`. On the way: everybody up to `until`, of these up to the identity `at`. */
struct progress {
	struct people_mark since, until;
	int64_t at;
};

struct newcomers {
	char *items[AT_ONCE];
	size_t n;
	int64_t last;
	bool is_given_up;		/* searching for them cost one connection after the other */
};

/* ---- the position ---- */

static bool parse(struct str text, struct progress *p)
{
	int64_t *const fields[] = { &p->since.identity, &p->since.contact, &p->until.identity, &p->until.contact, &p->at };
	struct str word;

	if (!str_next(&text, ' ', &word) || !str_eq(word, STR("v1")))
		return false;
	for (size_t i = 0; i < countof(fields); i++)
		if (!str_next(&text, ' ', &word) || !str_int64(word, fields[i]))
			return false;
	return true;
}

static bool keep(struct imap *im, const struct progress *p, struct err *err)
{
	char text[TEXT_SIZE];

	snprintf(text, sizeof(text), "v1 %lld %lld %lld %lld %lld", (long long)p->since.identity, (long long)p->since.contact,
		 (long long)p->until.identity, (long long)p->until.contact, (long long)p->at);
	if (sync_mark(im->sync, KEY, str_from(text), err) && imap_flush(im, err))
		return true;
	im->must_stop = true;
	return false;
}

/* ---- one folder ---- */

static bool is_known(struct imap *im, const struct place *at, uint32_t uid, bool *is, struct err *err)
{
	struct buf id;
	bool is_good;

	*is = false;
	buf_init(&id, IMAP_MAX_ID);
	imap_put_id(&id, at, uid);
	is_good = id.len == 0 || sync_is_known(im->sync, buf_str(&id), is, err);
	buf_finish(&id);
	im->must_stop |= !is_good;
	return is_good;
}

static bool settle(struct imap *im, struct place *at, uint32_t *uids, size_t n, struct err *err)
{
	struct reconciled ignored = { 0 };
	size_t n_absent = 0;

	for (size_t i = 0; i < n; i++) {
		bool is;

		if (!is_known(im, at, uids[i], &is, err))
			return false;
		if (!is)
			uids[n_absent++] = uids[i];
	}
	return n_absent == 0 || imap_settle_absent(im, at, uids, n_absent, &ignored, err);
}

static bool search_folder(struct imap *im, struct place *at, const struct newcomers *who, struct err *err)
{
	struct uid_range past;
	uint32_t *uids = NULL;
	size_t n = 0;
	bool is_good;

	if (!imap_enter_folder(im, at, err))
		return false;
	/* What is still to be read goes by the gate then. */
	if (at->cursor.next <= (uint64_t)at->cursor.backlog + 1 || at->box.exists == 0)
		return true;
	past = (struct uid_range){ at->cursor.backlog + 1, (uint32_t)(at->cursor.next - 1) };
	if (!session_search_people(im->session, &past, (const char *const *)who->items, who->n, at->box.exists, &uids, &n,
				   err))
		return false;
	is_good = settle(im, at, uids, n, err);
	free(uids);
	return is_good && imap_mark(im, at, err) && imap_flush(im, err);
}

/* A folder that cannot be searched holds up no other; and a search that the server does not survive holds up nobody: who is a
 * contact can be anybody's choice, and what is new in the mailbox waits behind this. */
static bool search_folders(struct imap *im, struct newcomers *who, struct err *err)
{
	int n_lost = 0;

	for (size_t i = 0; i < im->folders.n_items && !who->is_given_up;) {
		bool is_good;

		if (sync_is_canceled(im->sync))
			return err_setf(err, ERR_CANCELED, "canceled");
		is_good = search_folder(im, &im->places[i], who, err);
		if (!is_good && (im->must_stop || err->kind == ERR_CANCELED))
			return false;
		if (is_good || session_is_connected(im->session))
			i++;
		else
			who->is_given_up = ++n_lost == MAX_LOST;
	}
	return true;
}

/* ---- all of them ---- */

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

/* Letters beyond ASCII go alone: a server that has no words for them shall find the others. */
static bool take_address(int64_t identity, struct str address, void *arg)
{
	struct newcomers *who = arg;

	if (!is_ascii(address) && who->n > 0)
		return false;
	who->last = identity;
	for (size_t i = 0; i < address.len; i++)
		if ((unsigned char)address.ptr[i] < 0x20 || address.ptr[i] == 0x7f)
			return true;	/* would break out of the command */
	who->items[who->n++] = xstrndup(address.ptr, address.len);
	return is_ascii(address);
}

static void forget(struct newcomers *who)
{
	for (size_t i = 0; i < who->n; i++)
		free(who->items[i]);
	*who = (struct newcomers){ 0 };
}

/* is_over: nobody is left, or the rest has to wait for the next run. */
static bool search_some(struct imap *im, struct progress *p, bool *is_over, struct err *err)
{
	struct newcomers who = { .last = p->at };
	bool is_good, is_last;

	is_good = sync_each_new_address(im->sync, &p->since, p->at, AT_ONCE, take_address, &who, err);
	im->must_stop |= !is_good;
	is_last = is_good && who.last == p->at;
	if (is_good && who.n > 0)
		is_good = search_folders(im, &who, err);
	if (is_good && is_last)
		*p = (struct progress){ .since = p->until, .until = p->until };
	else if (is_good)
		p->at = who.last;
	*is_over = is_last || who.is_given_up;
	forget(&who);
	return is_good && keep(im, p, err);
}

static bool begin(struct imap *im, struct progress *p, bool *is_over, struct err *err)
{
	bool is_first = !parse(sync_cursor(im->sync, KEY), p);
	struct people_mark now;

	*is_over = true;
	if (!sync_people_mark(im->sync, &now, err)) {
		im->must_stop = true;
		return false;
	}
	if (is_first) {			/* nothing was left out yet */
		*p = (struct progress){ .since = now, .until = now };
		return keep(im, p, err);
	}
	/* Whoever was taken away (a block list) leaves his number to the next. */
	if (now.identity < p->since.identity)
		p->since.identity = now.identity;
	if (p->at == 0)
		p->until = now;
	*is_over = p->at == 0 && now.identity == p->since.identity && now.contact == p->since.contact;
	return true;
}

bool imap_search_newcomers(struct imap *im, struct err *err)
{
	struct progress p = { 0 };
	bool is_over;

	if (im->conf->privacy != IMAP_PERSONAL)
		return true;
	if (!begin(im, &p, &is_over, err))
		return false;
	for (int i = 0; i < MAX_SEARCHES && !is_over; i++)
		if (!search_some(im, &p, &is_over, err))
			return false;
	return true;
}
