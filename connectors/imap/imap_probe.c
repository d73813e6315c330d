/* Finding out: what a sync would meet, step by step, with the same parts. It only looks: EXAMINE and BODY.PEEK, and
 * no position is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <daybook/probe.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "imap/imap.h"
#include "imap/mutf7.h"
#include "mime/mail.h"
#include "net/dial.h"

enum { MAX_TEXT = 4096, MAX_LISTED = 12, MAX_META = 16 << 10 };

static const char hint_name[] = "there is no such server: is host spelled right? daybook setup imap finds the server "
				"of an address";
static const char hint_door[] = "is the port right (993 with tls: implicit, 143 with tls: starttls), and does a "
				"firewall let us out?";
static const char hint_certificate[] = "host must be one of the names in the certificate; tls_ca: FILE trusts an "
				       "authority of your own";
static const char hint_login[] = "is user the whole address, and the password the one for IMAP? Gmail, Yahoo and iCloud "
				 "take app passwords only, Microsoft takes none";
static const char hint_token[] = "only daybookd has its tokens: daybook status shows whether it is read, daybook oauth "
				 "status how long the login lasts; --payload FILE.eml shows what a mail becomes";
static const char hint_no_login[] = "IMAP, or passwords for it, may be switched off in the mailbox's settings";

static const char hint_again[] = "the server is busy, or hung up: try again in a while; its own log tells why";

struct newest {
	size_t place;
	struct mail mail;
};

struct look {
	struct imap *im;
	const struct probe *host;
	struct newest *items;		/* newest first once all folders are asked */
	size_t n_items, n_too_old, n_excluded;
	uint64_t n_mails;		/* in all folders that are read */
};

/* ---- the door ---- */

static void hint_at_door(const struct look *l, const struct err *err)
{
	const char *host = l->im->conf->host;

	if (err->kind == ERR_CONF)
		l->host->hint(l->host->arg, hint_certificate);
	else
		l->host->hint(l->host->arg, dial_knows(host) ? hint_door : hint_name);
}

static bool reach(const struct look *l, struct err *err)
{
	const struct imap_conf *cf = l->im->conf;
	char text[MAX_TEXT];

	snprintf(text, sizeof(text), "%s:%u", cf->host, imap_port(cf));
	l->host->step(l->host->arg, "connect", text);
	if (!session_dial(l->im->session, err)) {
		hint_at_door(l, err);
		return false;
	}
	l->host->found(l->host->arg, session_describe(l->im->session, text, sizeof(text)));
	l->host->hint(l->host->arg, hint_again);	/* unless a later failure is worth another */
	return true;
}

static bool log_in(const struct look *l, struct err *err)
{
	l->host->step(l->host->arg, "login", l->im->conf->user);
	if (session_login(l->im->session, err))
		return true;
	if (err->kind == ERR_AUTH)
		l->host->hint(l->host->arg, hint_login);
	else if (err->kind == ERR_CONF)
		l->host->hint(l->host->arg, l->im->conf->auth == IMAP_AUTH_OAUTH ? hint_token : hint_no_login);
	return false;
}

/* ---- the folders ---- */

/* "Sent, Archiv and 7 more": what is there and will not be read. */
static void put_others(struct buf *out, const struct look *l, const struct listed *all, size_t n_all)
{
	size_t n = 0;

	for (size_t i = 0; i < n_all; i++) {
		bool is_read = all[i].attrs & FOLDER_NOSELECT;

		for (size_t k = 0; k < l->im->folders.n_items && !is_read; k++)
			is_read = strcmp(l->im->folders.items[k].name, all[i].name) == 0;
		if (is_read || n++ >= MAX_LISTED)
			continue;
		buf_add(out, n > 1 ? STR(", ") : STR(""));
		mutf7_decode(str_from(all[i].name), out);
	}
	if (n > MAX_LISTED)
		buf_addf(out, " and %zu more", n - MAX_LISTED);
}

static void tell_missing(const struct look *l, struct str others)
{
	const struct folder_list *folders = &l->im->folders;
	auto_free char *there = xasprintf("name it in folders: (on the server are also: " STR_FMT ")", STR_ARG(others));
	char trouble[MAX_TEXT];
	auto_free char *text = NULL;

	if (imap_folders_trouble(l->im, trouble, sizeof(trouble)))
		l->host->warn(l->host->arg, trouble, NULL);
	if (folders->missing == NULL)
		return;
	if (l->im->conf->folders.n_items > 0)
		text = xasprintf("the server has no folder %s", folders->missing);
	else
		text = xstrdup("no folder of sent mail was found: what you write would not be on the timeline");
	l->host->warn(l->host->arg, text, others.len > 0 ? there : "name it in folders:");
}

static void tell_others(const struct look *l, struct str others)
{
	auto_free char *text = xasprintf("not read: " STR_FMT, STR_ARG(others));

	if (others.len > 0)
		l->host->found(l->host->arg, text);
}

static bool examine(const struct look *l, struct place *at, struct err *err)
{
	auto_free char *text = NULL;

	if (!session_examine(l->im->session, at->folder->name, &at->box, err)) {
		if (session_fault(l->im->session) != SESSION_REFUSED)
			return false;
		text = xasprintf("folder \"%.200s\" cannot be read: %s", at->folder->label, err->msg);
		l->host->warn(l->host->arg, text, NULL);
		return true;
	}
	text = xasprintf("%s %u message%s (uidvalidity %u)", at->folder->label, at->box.exists,
			 at->box.exists == 1 ? "" : "s", at->box.uidvalidity);
	l->host->found(l->host->arg, text);
	if (at->box.uidvalidity == 0)
		l->host->warn(l->host->arg, "the server gives no UIDVALIDITY, so that everything is read again after "
			      "each reconnect", NULL);
	return true;
}

static bool examine_all(struct look *l, struct err *err)
{
	for (size_t i = 0; i < l->im->folders.n_items; i++) {
		if (!examine(l, &l->im->places[i], err))
			return false;
		l->n_mails += l->im->places[i].box.exists;
	}
	return true;
}

static bool look_at_folders(struct look *l, struct err *err)
{
	struct listed *all = NULL;
	struct buf others;
	size_t n_all = 0;
	bool ok;

	l->host->step(l->host->arg, "folders", "");
	if (!session_list(l->im->session, &all, &n_all, err)) {
		if (session_fault(l->im->session) != SESSION_REFUSED)
			return false;
		l->host->warn(l->host->arg, err->msg, "folders: is taken at its word");
	}
	imap_choose_folders(l->im, all, n_all);
	buf_init(&others, MAX_TEXT);
	put_others(&others, l, all, n_all);
	ok = examine_all(l, err);
	if (ok) {
		tell_others(l, buf_str(&others));
		tell_missing(l, buf_str(&others));
	}
	buf_finish(&others);
	listed_free(all, n_all);
	return ok;
}

/* ---- the newest mails ---- */

static bool note_newest(struct look *l, size_t place, struct err *err)
{
	struct place *at = &l->im->places[place];
	struct mail *mails = NULL;
	struct mailbox box;
	size_t n = 0;

	if (at->box.exists == 0)
		return true;
	if (!session_examine(l->im->session, at->folder->name, &box, err) ||
	    (box.exists > 0 && !session_fetch_newest(l->im->session, box.exists, (uint32_t)l->host->max_messages, &mails,
						     &n, err)))
		return false;
	if (!imap_gate(l->im, at, mails, n, err)) {
		free(mails);
		return false;
	}
	l->items = xrealloc(l->items, l->n_items + n, sizeof(*l->items));
	for (size_t i = 0; i < n; i++) {
		if (mails[i].gate != GATE_OPEN)
			l->n_excluded++;
		else if (imap_is_passed_over(l->im, &mails[i]))
			l->n_too_old++;
		else
			l->items[l->n_items++] = (struct newest){ place, mails[i] };
	}
	free(mails);
	return true;
}

static int newest_first(const void *a, const void *b)
{
	const struct newest *x = a, *y = b;

	if (x->mail.internaldate_us != y->mail.internaldate_us)
		return x->mail.internaldate_us < y->mail.internaldate_us ? 1 : -1;
	return (x->mail.uid < y->mail.uid) - (x->mail.uid > y->mail.uid);
}

static int by_place(const void *a, const void *b)
{
	const struct newest *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

/* Of all folders together; then again folder by folder, each of which is opened once. */
static bool find_newest(struct look *l, struct err *err)
{
	for (size_t i = 0; i < l->im->folders.n_items; i++)
		if (!note_newest(l, i, err))
			return false;
	if (l->n_items > 0)
		qsort(l->items, l->n_items, sizeof(*l->items), newest_first);
	if (l->n_items > l->host->max_messages)
		l->n_items = l->host->max_messages;
	if (l->n_items > 0)
		qsort(l->items, l->n_items, sizeof(*l->items), by_place);
	return true;
}

static bool hand_over(const struct look *l, const struct newest *newest, struct str body, const struct err *why,
		      struct err *err)
{
	struct raw raw = { .body = body, .received_us = l->host->now_us,
			   .content_type = newest->mail.is_partial ? STR(MAIL_SOME_PARTS) : STR("message/rfc822") };
	struct buf meta;
	bool ok;

	buf_init(&meta, MAX_META);
	imap_put_meta(&meta, &l->im->places[newest->place], &newest->mail);
	raw.meta = buf_str(&meta);
	ok = l->host->message(l->host->arg, &raw, why, err);
	buf_finish(&meta);
	return ok;
}

static bool show_header(const struct look *l, const struct newest *newest, struct err *err)
{
	struct err why = { .kind = ERR_LIMIT };
	struct str header = { NULL, 0 };
	bool is_found;

	err_setf(&why, ERR_LIMIT, "the mail has %lld bytes, larger than max_message (%lld)",
		 (long long)newest->mail.size, (long long)l->im->conf->max_message);
	return session_fetch_header(l->im->session, newest->mail.uid, &header, &is_found, err) &&
	       hand_over(l, newest, header, &why, err);
}

/* A mail whose answer cannot be read costs the connection, as in a sync, and nothing else. False: it was not that. */
static bool reopen(const struct look *l, const struct newest *newest, struct err *err)
{
	struct mailbox box;

	if (session_fault(l->im->session) != SESSION_UNREADABLE && session_fault(l->im->session) != SESSION_TOO_LARGE)
		return false;
	return session_connect(l->im->session, err) &&
	       session_examine(l->im->session, l->im->places[newest->place].folder->name, &box, err);
}

static bool go_on(const struct look *l, const struct newest *newest, struct err *err)
{
	struct err why = *err;

	return reopen(l, newest, err) && hand_over(l, newest, STR(""), &why, err);
}

static bool show(const struct look *l, struct newest *newest, struct err *err)
{
	auto_free char *raw = NULL;

	if (imap_is_large(l->im, &newest->mail)) {
		if (!imap_fetch_in_parts(l->im, &newest->mail, &raw, err) && !reopen(l, newest, err))
			return false;
		if (raw != NULL)
			return hand_over(l, newest, newest->mail.body, NULL, err);
	}
	if (newest->mail.size > l->im->conf->max_message)
		return show_header(l, newest, err);
	if (!session_fetch_bodies(l->im->session, &newest->mail, 1, err))
		return go_on(l, newest, err);
	return !newest->mail.has_body || hand_over(l, newest, newest->mail.body, NULL, err);
}

static bool show_newest(struct look *l, struct err *err)
{
	auto_free char *text = NULL;
	struct mailbox box;

	l->host->step(l->host->arg, "read", "");
	if (l->im->conf->privacy == IMAP_PERSONAL) {
		l->host->found(l->host->arg, "privacy: personal: only mail with contacts is kept, so none is looked at here");
		return true;
	}
	if (!find_newest(l, err))
		return false;
	for (size_t i = 0; i < l->n_items; i++) {
		const struct place *at = &l->im->places[l->items[i].place];

		if ((i == 0 || l->items[i].place != l->items[i - 1].place) &&
		    !session_examine(l->im->session, at->folder->name, &box, err))
			return false;
		if (!show(l, &l->items[i], err))
			return false;
	}
	if (l->n_mails == 0)
		text = xstrdup("there is no mail yet");
	else
		text = xasprintf("the newest %zu of %llu", l->n_items, (unsigned long long)l->n_mails);
	l->host->found(l->host->arg, text);
	if (l->n_too_old > 0)
		l->host->found(l->host->arg, "what is older than since is left out");
	if (l->n_excluded > 0)
		l->host->found(l->host->arg, "what exclude: names is left out");
	return true;
}

bool imap_probe(const void *conf, const struct probe *probe, struct err *err)
{
	struct look l = { .host = probe };
	void *session;
	bool ok;

	if (!imap_open(conf, &session, err))
		return false;
	l.im = session;
	imap_begin_at(l.im, probe->now_us);
	ok = reach(&l, err) && log_in(&l, err) && look_at_folders(&l, err) && show_newest(&l, err);
	imap_close(session);
	free(l.items);
	return ok;
}
