/* Conversations come out the same in whatever order their mails come in. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

#include "../check_main.h"

enum { MAX_MAILS = 16, TRIES = 60 };

static char dir[64];
static struct store *st;
static struct err err;
static int64_t connector;
static struct arena *arena;
static unsigned round_no, seed;

static void setup(void)
{
	strncpy(dir, "/tmp/daybook-thread-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
	ck_assert(store_begin(st, &err) && store_connector(st, STR("sales"), STR("imap"), &connector, &err) &&
		  store_commit(st, &err));
	arena = arena_create(256 << 20);
}

static void cleanup(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	store_close(st);
	arena_destroy(arena);
	ck_assert_int_eq(system(rm), 0);
}

/* A mail of the conversation under test: its ancestors as "a b c". */
struct letter {
	const char *id, *ancestors, *alias, *group;
	int64_t at;
	const char *thread;	/* expected */
};

/* Each round has ids of its own, so that one store will do. */
static struct str own_id(struct str id)
{
	return arena_strf(arena, "%u." STR_FMT, round_no, STR_ARG(id));
}

static struct mail_links links_of(const struct letter *l)
{
	struct mail_links links = { .id = own_id(str_from(l->id)), .at_us = l->at };
	struct str rest = str_from(l->ancestors), word;

	while (str_next(&rest, ' ', &word))
		links.ancestors[links.n_ancestors++] = own_id(word);
	if (l->alias != NULL)
		links.aliases[0] = own_id(str_from(l->alias));
	if (l->group != NULL)
		links.group = own_id(str_from(l->group));
	return links;
}

static void put(const struct letter *l)
{
	struct mail_links links = links_of(l);
	struct interaction_row row = { .id = store_new_id(st, clock_wall_us()), .journal_id = 1, .connector = connector };
	enum put_result result;
	int64_t existing;

	row.it.channel = CHANNEL_EMAIL;
	row.it.direction = DIRECTION_IN;
	row.it.kind = KIND_MESSAGE;
	row.it.external_id = links.id;
	row.it.key_us = row.it.occurred_us = 1000;
	ck_assert_msg(store_put_mail_links(st, &links, arena, &row.it.thread, &err), "%s", err.msg);
	ck_assert_msg(store_put_interaction(st, &row, &result, &existing, &err), "%s", err.msg);
}

struct wanted {
	const struct letter *letters;
	size_t n, n_seen;
};

static bool check_row(const struct interaction_row *row, void *arg)
{
	struct wanted *w = arg;

	for (size_t i = 0; i < w->n; i++) {
		if (!str_eq(row->it.external_id, own_id(str_from(w->letters[i].id))))
			continue;
		ck_assert_msg(str_eq(row->it.thread, own_id(str_from(w->letters[i].thread))), STR_FMT " is in " STR_FMT " and not %s",
			      STR_ARG(row->it.external_id), STR_ARG(row->it.thread), w->letters[i].thread);
		w->n_seen++;
	}
	return true;
}

static void shuffle(size_t *order, size_t n)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t k, swap = order[i];

		seed = seed * 1664525u + 1013904223u;
		k = (seed >> 8) % (i + 1);
		order[i] = order[k];
		order[k] = swap;
	}
}

static void expect(const struct letter *letters, size_t n)
{
	size_t order[MAX_MAILS];

	setup();
	ck_assert(store_begin(st, &err));
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (int t = 0; t < TRIES; t++, round_no++) {
		struct wanted w = { letters, n, 0 };

		for (size_t i = 0; i < n; i++)
			put(&letters[order[i]]);
		/* A second mailbox has them, too. */
		for (size_t i = 0; i < n; i += 2)
			put(&letters[order[i]]);
		ck_assert(store_each_interaction(st, 0, 0, check_row, &w, &err));
		ck_assert_uint_eq(w.n_seen, n);
		shuffle(order, n);
	}
	ck_assert(store_commit(st, &err));
	cleanup();
}

START_TEST(a_conversation_is_one_whatever_its_mails_leave_out)
{
	static const struct letter letters[] = {
		{ "a", "", .thread = "a" }, { "b", "a", .thread = "a" }, { "c", "a b", .thread = "a" },
		{ "d", "c", .thread = "a" },			/* only In-Reply-To */
		{ "e", "c d", .thread = "a" },			/* the oldest were cut */
		{ "g", "f", .thread = "a" }, { "f", "d", .thread = "a" },
		{ "h", "a x y", .thread = "a" }, { "i", "y", .thread = "a" },	/* x and y were never here */
		{ "lone", "", .thread = "lone" },
	};

	expect(letters, countof(letters));
}
END_TEST

START_TEST(an_ancestor_that_never_came_names_the_thread)
{
	static const struct letter letters[] = {
		{ "b", "gone", .thread = "gone" }, { "c", "gone b", .thread = "gone" }, { "d", "c", .thread = "gone" },
	};

	expect(letters, countof(letters));
}
END_TEST

/* Whoever writes to us can name any id they know: they may join a conversation, never tie two together. */
START_TEST(a_stranger_cannot_tie_two_conversations_together)
{
	static const struct letter letters[] = {
		{ "a", "", .thread = "a" }, { "b", "a", .thread = "a" }, { "x", "", .thread = "x" }, { "y", "x", .thread = "x" },
		{ "evil", "a x", .thread = "x" },
	};

	expect(letters, countof(letters));
}
END_TEST

START_TEST(circles_end)
{
	static const struct letter letters[] = { { "a", "b", .thread = "" }, { "b", "a", .thread = "" }, { "c", "c", .thread = "" } };

	setup();
	ck_assert(store_begin(st, &err));
	for (size_t i = 0; i < countof(letters); i++)
		put(&letters[i]);
	ck_assert(store_commit(st, &err));
	cleanup();
}
END_TEST

START_TEST(an_id_that_a_server_replaced_leads_to_the_mail)
{
	static const struct letter letters[] = {
		{ "new", "", .alias = "old", .thread = "new" }, { "b", "old", .thread = "new" }, { "c", "old b", .thread = "new" },
	};

	expect(letters, countof(letters));
}
END_TEST

START_TEST(mails_that_name_nobody_follow_the_first_of_their_group)
{
	static const struct letter letters[] = {
		{ "a", "", .group = "gmail/1", .at = 10, .thread = "a" }, { "b", "a", .group = "gmail/1", .at = 20, .thread = "a" },
		{ "c", "", .group = "gmail/1", .at = 30, .thread = "a" }, { "d", "c", .group = "gmail/1", .at = 40, .thread = "a" },
		{ "e", "", .group = "gmail/1", .at = 50, .thread = "a" }, { "o", "", .group = "gmail/2", .at = 5, .thread = "o" },
		{ "p", "o", .at = 6, .thread = "o" },
	};

	expect(letters, countof(letters));
}
END_TEST

/* As a backfill from the newest to the oldest reads it. */
START_TEST(a_long_chain_from_its_end_stays_cheap)
{
	struct letter l = { .group = NULL };
	char id[16], before[16];
	int64_t start = clock_mono_us();

	setup();
	ck_assert(store_begin(st, &err));
	for (int i = 900; i > 0; i--) {
		snprintf(id, sizeof(id), "m%d", i);
		snprintf(before, sizeof(before), "m%d", i - 1);
		l.id = id;
		l.ancestors = i > 1 ? before : "";
		put(&l);
	}
	ck_assert(store_commit(st, &err));
	ck_assert_msg(clock_mono_us() - start < 30 * US_PER_S, "%lld µs", (long long)(clock_mono_us() - start));
	cleanup();
}
END_TEST

/* The same, where every mail names the first one too, as most programs do. */
START_TEST(a_long_chain_that_names_its_root_from_its_end_stays_cheap)
{
	struct letter l = { .group = NULL };
	char id[16], before[32];
	int64_t start = clock_mono_us();

	setup();
	ck_assert(store_begin(st, &err));
	for (int i = 900; i >= 0; i--) {
		snprintf(id, sizeof(id), "m%d", i);
		snprintf(before, sizeof(before), i > 1 ? "m0 m%d" : i == 1 ? "m0" : "", i - 1);
		l.id = id;
		l.ancestors = before;
		put(&l);
	}
	ck_assert(store_commit(st, &err));
	ck_assert_msg(clock_mono_us() - start < 30 * US_PER_S, "%lld µs", (long long)(clock_mono_us() - start));
	cleanup();
}
END_TEST

RUN("store-thread", a_conversation_is_one_whatever_its_mails_leave_out, an_ancestor_that_never_came_names_the_thread,
    a_stranger_cannot_tie_two_conversations_together, circles_end, an_id_that_a_server_replaced_leads_to_the_mail,
    mails_that_name_nobody_follow_the_first_of_their_group, a_long_chain_from_its_end_stays_cheap, a_long_chain_that_names_its_root_from_its_end_stays_cheap)
