/* Where a folder stands: which UIDs are done (stored, duplicate, filtered or dead), as a text that is
 * committed together with the mail. Pure.
 *
 * Everything below `next` is done, except the gaps: UIDs that the server did not list when we went past
 * (mail can become visible late on replicated servers), and UIDs that it listed and could not deliver
 * (stuck). Gaps are asked for again until they are older than the caller's patience.
 *
 * The backlog is old mail that waits behind what is new: the UIDs from 1 to `backlog` are still to be looked at, from the
 * top down. What is done of it needs no list: a position that is committed with each mail is all there is to know.
 *
 * Text:  v1 uidvalidity=1700000000 next=4212 gen=1 since=1704067200 backlog=3000 left=2880 of=4100 again=1
 *        shut=3 gaps=17@1764000000,4000-4010@1764000300,4100!@1764000900
 * on one line. All but the first two are left out when 0, gaps when none; "!" marks a stuck one; times are seconds
 * since 1970. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

enum { CURSOR_MAX_GAPS = 64, CURSOR_TEXT_SIZE = 4096 };

struct cursor_gap {
	uint32_t from, to;		/* both inclusive */
	int64_t since_s;		/* when it was first missed */
	bool is_stuck;
};

struct cursor {
	uint32_t uidvalidity;		/* 0: the server has none */
	uint32_t generation;		/* how often UIDNEXT fell back under this UIDVALIDITY */
	uint64_t next;			/* first UID not looked at yet; 1 … 2^32 */
	uint32_t backlog;		/* below next: up to here nothing was looked at; 0: there is no backlog */
	uint32_t left, of;		/* mails in it, for people; an estimate, but never 0 while there is a backlog */
	bool is_again;			/* some of the backlog is done: whoever reads it asks the journal for each */
	int64_t since_s;		/* of the mail received before then nothing was taken; 0: nobody knows, or all was */
	uint32_t shut;			/* without UIDVALIDITY: mails left out and counted, which the next listing meets again */
	struct cursor_gap gaps[CURSOR_MAX_GAPS];	/* ascending, disjoint, below next */
	size_t n_gaps;
};

enum cursor_change {
	CURSOR_SAME,
	CURSOR_NEW_EPOCH,	/* other UIDVALIDITY: everything is to be listed again */
	CURSOR_WENT_BACK,	/* UIDNEXT is lower than what we have seen, as after a restore: UIDs are
				 * being used again, nobody knows from where on, so the same */
};

void cursor_init(struct cursor *c, uint32_t uidvalidity);
/* Empty text is a folder never seen. ERR_INPUT leaves *c untouched. */
bool cursor_parse(struct str text, struct cursor *c, struct err *err);
struct str cursor_format(const struct cursor *c, char out[CURSOR_TEXT_SIZE]);

/* What the server says now; uidnext 0 is unknown. */
enum cursor_change cursor_adopt(struct cursor *c, uint32_t uidvalidity, uint32_t uidnext);

/* UIDs are being used again, as CURSOR_WENT_BACK, but seen by other means. */
void cursor_restart(struct cursor *c);

/* Is this UID still to be taken? Stuck ones have their own pace: no. */
bool cursor_wants(const struct cursor *c, uint32_t uid);
/* This UID is done. Those between next and it become a gap. */
void cursor_done(struct cursor *c, uint32_t uid, int64_t now_s);
/* It was listed and cannot be delivered now. False when there is no room for more of them. */
bool cursor_stick(struct cursor *c, uint32_t uid, int64_t now_s);
/* These were counted as done, and nobody has them: a gap as any other. All of them below next, none in a gap.
 * False when there is no room for more gaps. */
bool cursor_reopen(struct cursor *c, uint32_t from, uint32_t to, int64_t now_s);
bool cursor_is_stuck(const struct cursor *c, uint32_t uid);

/* Everything up to `last` is to be looked at from the top down, behind all else; `left` mails, as far as is known.
 * A folder that has not got so far is there now. */
void cursor_put_off(struct cursor *c, uint32_t last, uint32_t left);
/* The same for what was looked at before, with other eyes. */
void cursor_put_off_again(struct cursor *c, uint32_t left);
/* Is this UID of the backlog still to be taken? Not one in a gap, which is asked for in its own way. */
bool cursor_owes(const struct cursor *c, uint32_t uid);
/* The backlog from this UID up is done; 1: all of it. A UID in it that cannot be delivered is stuck before. */
void cursor_dig(struct cursor *c, uint32_t uid);
void cursor_count_dug(struct cursor *c, uint32_t n);	/* so many mails of it were taken or left out */
/* The server lists no UID of gap i any more: it is a gap as any other. */
void cursor_unstick(struct cursor *c, size_t i);
/* Everything up to and including `last` was listed: what is left below becomes a gap. */
void cursor_pass(struct cursor *c, uint32_t last, int64_t now_s);
/* Forgets gaps first missed before then. Stuck ones stay: they are the caller's to bury. */
void cursor_forget(struct cursor *c, int64_t before_s);
void cursor_make_room(struct cursor *c, size_t wanted);	/* for so many gaps; the lowest go, but those that are stuck stay */
