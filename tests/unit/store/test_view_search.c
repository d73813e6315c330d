/* Searches as far as somebody may see: whatever side they begin from, they find what a plain scan finds. */
#include "../check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/forget.h"
#include "store/party.h"
#include "store/span.h"
#include "store/view_inside.h"

enum { N = 4600, ROUNDS = 25 };

static char dir[64];
static struct store *st;
static struct err err;
static uint64_t seed;

static const struct viewer viewers[] = {
	{ .sees = SEES_ALL },
	{ .sees = SEES_TEAM, .me = { "ana", 3 }, .team = { "[\"ana\",\"bo\"]", 12 } },
	{ .sees = SEES_OWN, .me = { "ana", 3 } },
	{ .sees = SEES_OWN, .me = { "bo", 2 } },
	{ .sees = SEES_OWN, .me = { "rui", 3 } },
	{ .sees = SEES_OWN },
};

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static void must(bool ok)
{
	ck_assert_msg(ok, "%s", err.msg);
}

/* ---- the store ---- */

/* Entry k: what it says, who from, who to. Number 7 is rare, as are those beyond 50. */
static int person_of(int k)
{
	return k % 500 == 3 ? 50 + k % 7 : k % 997 == 5 ? 7 : k % 40 == 7 ? 8 : k % 40;
}

static bool says(int k, const char *word)
{
	return strcmp(word, "all") == 0 || (strcmp(word, "half") == 0 && k % 2 == 0) || (strcmp(word, "third") == 0 && k % 3 == 0) ||
	       (strcmp(word, "rare") == 0 && k % 501 == 3);
}

/* Recorded in the order of k; every fourth was said some time before that, and the first thousand in no order, as of an import. */
static int64_t time_of(int k)
{
	const int when = k <= 1000 ? 1 + k * 7919 % 1000 : k % 4 == 0 ? k - k % 701 : k;

	return (int64_t)when << 36;
}

/* Far apart, as ids of minutes are. */
static int64_t id_of(int k)
{
	return (int64_t)k << 34;
}

static int channel_of(int k)
{
	return k % 211 == 9 ? CHANNEL_CALL : k % 97 == 5 ? CHANNEL_FORM : CHANNEL_EMAIL + k % 2;
}

static void put_entry(int k)
{
	const int person = person_of(k);
	char theirs[160], parties[400], text[64];
	struct query q;

	/* The ninth has a name that JSON may write in two ways. */
	snprintf(theirs, sizeof(theirs), "\"n\":\"%s %d\",\"i\":[[\"email\",\"p%d@%s.example\"],[\"phone\",\"+55%05d\"]]",
		 person == 9 ? (k % 2 ? "Jo\\u00e3o \\\"P\\\"" : "João \\\"P\\\"") : k % 3 ? "Ana" : "ANNA", person, person, person % 5 ? "gmail" : "firm", person);
	snprintf(parties, sizeof(parties), "[{\"r\":\"%s\",%s},{\"r\":\"%s\",\"n\":\"Acme\",\"i\":[[\"email\",\"sales%d@acme.example\"]]},"
					   "{\"r\":\"reply_to\",\"n\":\"Hidden\",\"i\":[]}]",
		 k % 3 ? "from" : "cc", theirs, k % 3 ? "to" : "from", k % 8);
	snprintf(text, sizeof(text), "all%s%s%s", says(k, "half") ? " half" : "", says(k, "third") ? " third" : "", says(k, "rare") ? " rare" : "");
	must(query_open(&q, st, "INSERT INTO interaction(id, journal_id, connector_id, channel, direction, kind, occurred_at, recorded_at,"
				" key_time, key_hash, text, parties) VALUES (?1, 0, ?2, ?7, ?3, ?4, ?8, ?1, ?1, 0, ?5, ?6)", &err));
	bind_int(&q, id_of(k));
	bind_int(&q, k % 29 == 0 ? 2 : 1);
	bind_int(&q, k % 3 ? 1 : 2);
	bind_int(&q, k % 31 == 0 ? 5 : 1);
	bind_str(&q, str_from(text));
	bind_str(&q, str_from(parties));
	bind_int(&q, channel_of(k));
	bind_int(&q, time_of(k));
	must(query_run(&q, NULL, &err) && span_note(st, time_of(k), id_of(k), &err));
	if (k % 23 == 0)
		return;
	must(query_open(&q, st, "INSERT INTO participant VALUES (?, ?, ?, 1, 1)", &err));
	bind_int(&q, person + 1);
	bind_int(&q, time_of(k));
	bind_int(&q, id_of(k));
	must(query_run(&q, NULL, &err));
}

/* Rui has the rare ones; a mailbox that is bo's shows its subjects alone; some are restricted, some were merged. */
static void setup(void)
{
	strncpy(dir, "/tmp/daybook-search-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	must(store_open(dir, STORE_WRITER, &st, &err));
	must(store_begin(st, &err));
	must(store_exec(st, "INSERT INTO connector(id, name, type, share) VALUES (1, 'shop', 'form', 3), (2, 'mail', 'form', 2)", &err));
	must(store_exec(st, "UPDATE connector SET owner = 'bo' WHERE id = 2", &err));
	must(store_exec(st, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
			    " INSERT INTO contact(id, name, name_rank, owner, restricted, merged_into) SELECT i, 'c' || i, 1,"
			    " CASE WHEN i > 50 OR i = 8 THEN 'rui' WHEN i % 10 = 3 THEN 'bo' WHEN i % 2 THEN 'ana' END,"
			    " i % 17 = 0, iif(i = 53, 1, 0) FROM n", &err));
	for (int k = 1; k <= N; k++)
		put_entry(k);
	must(store_commit(st, &err));
}

static void cleanup(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	store_close(st);
	ck_assert_int_eq(system(rm), 0);
}

/* ---- the plain scan ---- */

static struct {
	bool is_seen;
	enum share share;
	int kind;
} shown[countof(viewers)][N + 1];

static void look(void)
{
	memset(shown, 0, sizeof(shown));
	for (size_t v = 0; v < countof(viewers); v++) {
		struct query q;

		must(query_open(&q, st, "SELECT i.id, i.kind, " SHARE_OF_I " FROM interaction i WHERE " SEES_ENTRY("i.id"), &err));
		view_bind(&q, &viewers[v]);
		while (query_next(&q, &err)) {
			int64_t id = column_int(&q) >> 34;

			shown[v][id].is_seen = true;
			shown[v][id].kind = (int)column_int(&q);
			shown[v][id].share = (enum share)column_int(&q);
		}
		ck_assert(query_end(&q));
	}
}

static bool has_party(int k, bool is_from, const char *text)
{
	const bool is_theirs = is_from == (k % 3 != 0);
	const int person = person_of(k);
	char all[200];

	if (is_theirs)
		snprintf(all, sizeof(all), "%s %d|p%d@%s.example|+55%05d",
			 person == 9 ? "joão \"p\"" : k % 3 ? "ana" : "anna", person, person, person % 5 ? "gmail" : "firm", person);
	else
		snprintf(all, sizeof(all), "acme|sales%d@acme.example", k % 8);
	return strstr(all, text) != NULL;
}

struct words {
	const char *match, *words[3];
};

static const struct words words[] = {
	{ "", { NULL } }, { "", { NULL } }, { "\"all\"", { "all" } }, { "\"half\"", { "half" } }, { "\"rare\"", { "rare" } },
	{ "\"half\" \"third\"", { "half", "third" } }, { "\"half third\"", { "half", "third" } }, { "\"thir\"*", { "third" } },
	{ "\"none\"", { "none" } }, { "\"rar\"*", { "rare" } },
};
/* As they are typed, and in small letters. */
static const char *const texts[][2] = {
	{ "", "" }, { "", "" }, { "ana", "ana" }, { "Anna 5", "anna 5" }, { "p7@", "p7@" }, { "gmail", "gmail" }, { "FIRM.ex", "firm.ex" },
	{ "sales3@acme.example", "sales3@acme.example" }, { "acme", "acme" }, { "+550005", "+550005" }, { "hidden", "hidden" }, { "%", "%" },
	{ "JOÃO \"P", "joÃo \"p" }, { "joão", "joão" }, { "\"P\" 9", "\"p\" 9" }, { "\\", "\\" },
};

static bool is_wanted(size_t v, const struct view_search *want, const struct words *w, const char *from, const char *to, int k)
{
	if (!shown[v][k].is_seen || shown[v][k].kind == 5 || (want->before_id != 0 && id_of(k) >= want->before_id) ||
	    (want->filter.directions != 0 && (want->filter.directions >> (k % 3 ? 1 : 2) & 1) == 0) ||
	    (want->filter.to_us != 0 && time_of(k) >= want->filter.to_us) || time_of(k) < want->filter.from_us ||
	    (want->filter.channels != 0 && (want->filter.channels >> channel_of(k) & 1) == 0) || (w->words[0] != NULL && shown[v][k].share < SHARE_EVERYTHING))
		return false;
	for (size_t i = 0; i < countof(w->words) && w->words[i] != NULL; i++)
		if (!says(k, w->words[i]))
			return false;
	return (*from == '\0' || has_party(k, true, from)) && (*to == '\0' || has_party(k, false, to));
}

struct hits {
	int64_t ids[VIEW_MAX];
	size_t n;
};

static bool take(const struct interaction_row *row, void *arg)
{
	struct hits *hits = arg;

	ck_assert_uint_lt(hits->n, VIEW_MAX);
	hits->ids[hits->n++] = row->id >> 34;
	return true;
}

static void check(size_t v, const struct view_search *want, const struct words *w, const char *from, const char *to)
{
	struct hits hits = { .n = 0 };
	size_t n = 0;

	must(view_search(st, &viewers[v], want, take, &hits, &err));
	for (int k = N; k >= 1 && n < want->limit; k--)
		if (is_wanted(v, want, w, from, to, k)) {
			ck_assert_msg(n < hits.n && hits.ids[n] == k, "viewer %zu, %s from:%s to:%s before %lld, limit %zu, channels %lld, %lld to %lld: hit %zu of %zu is not %d", v,
				      w->match, from, to, (long long)want->before_id, want->limit, (long long)want->filter.channels,
				      (long long)want->filter.from_us >> 36, (long long)want->filter.to_us >> 36, n, hits.n, k);
			n++;
		}
	ck_assert_msg(n == hits.n, "viewer %zu, %s from:%s to:%s before %lld: %zu instead of %zu", v, w->match, from, to,
		      (long long)want->before_id, hits.n, n);
}

static void ask(size_t v)
{
	static const size_t limits[] = { 1, 7, 50, 201 };
	static const int64_t channels[] = { 1 << CHANNEL_CALL, 1 << CHANNEL_FORM, 1 << CHANNEL_CALL | 1 << CHANNEL_FORM, 1 << CHANNEL_SLACK,
					    1 << CHANNEL_EMAIL, 1 << CHANNEL_CALL | 1 << CHANNEL_WHATSAPP };
	const struct words *w = &words[pick(countof(words))];
	const char *const *from = texts[pick(countof(texts))], *const *to = texts[pick(4) ? 0 : pick(countof(texts))];
	const struct view_search want = {
		.match = str_from(w->match), .from = str_from(from[0]), .to = str_from(to[0]), .limit = limits[pick(4)],
		.before_id = pick(3) ? 0 : id_of((int)pick(N)),
		.filter = { .directions = pick(4) ? 0 : 1 << 1, .channels = pick(3) ? 0 : channels[pick(countof(channels))],
			    .from_us = pick(4) ? 0 : (int64_t)pick(N + 200) << 36, .to_us = pick(4) ? 0 : ((int64_t)1 + pick(N + 200)) << 36 },
	};

	check(v, &want, w, from[1], to[1]);
}

static void ask_many(int rounds)
{
	look();
	for (size_t v = 0; v < countof(viewers); v++) {
		for (size_t w = 0; w < countof(words); w++)
			check(v, &(struct view_search){ .match = str_from(words[w].match), .limit = 201 }, &words[w], "", "");
		for (int i = 0; i < rounds; i++)
			ask(v);
	}
}

/* ---- */

static void feed(size_t n_words, size_t n_parties)
{
	size_t fed;

	must(store_feed_search(st, n_words, &fed, &err));
	must(store_feed_parties(st, n_parties, &fed, &err));
}

START_TEST(a_search_finds_what_a_scan_finds_whoever_asks)
{
	seed = 4;
	setup();
	feed(4300, 500);
	ask_many(ROUNDS);
	feed(200, N);
	ask_many(ROUNDS);
	cleanup();
}
END_TEST

static int64_t number(const char *sql)
{
	struct query q;
	int64_t n;
	bool has;

	must(query_open(&q, st, sql, &err) && query_step(&q, &has, &err));
	n = column_int(&q);
	query_close(&q);
	return n;
}

/* Without words nothing of the index of words is there to be asked. */
START_TEST(a_search_without_words_needs_no_index_of_them)
{
	const struct view_search want = { .from = STR("p51@"), .limit = 50 }, of_own = { .limit = 50 };
	struct hits hits = { .n = 0 };

	setup();
	must(view_search(st, &viewers[0], &want, take, &hits, &err));
	ck_assert_uint_gt(hits.n, 0);
	feed(0, N);
	hits.n = 0;
	must(view_search(st, &viewers[0], &want, take, &hits, &err));
	ck_assert_uint_gt(hits.n, 0);
	hits.n = 0;
	must(view_search(st, &viewers[4], &of_own, take, &hits, &err));
	ck_assert_uint_gt(hits.n, 0);
	cleanup();
}
END_TEST

/* What occurred then lies between those ids; and not between all there are, or nothing would be gained. */
START_TEST(a_date_bounds_the_ids)
{
	struct span span;

	setup();
	must(span_find(st, time_of(2001), time_of(2041), &span, &err));
	ck_assert(span.first <= id_of(2001) && span.first > id_of(1000) && span.past > id_of(2041) && span.past < id_of(N));
	must(span_find(st, 0, (int64_t)500 << 36, &span, &err));
	ck_assert(span.first < id_of(50) && span.past > id_of(1000) && span.past < id_of(N));
	must(span_find(st, (int64_t)(2 * N) << 36, 0, &span, &err));
	ck_assert_int_eq(span.first, span.past);
	cleanup();
}
END_TEST

START_TEST(patience_is_what_was_asked_for)
{
	const struct view_search none = { .from = STR("a"), .to = STR("b"), .limit = 50, .patience_us = 1 };
	struct hits hits = { .n = 0 };

	setup();
	ck_assert(!view_search(st, &viewers[0], &none, take, &hits, &err) && err.kind == ERR_LIMIT);
	cleanup();
}
END_TEST

START_TEST(who_stands_in_no_entry_any_more_is_in_no_list)
{
	seed = 5;
	setup();
	feed(4500, 4000);
	must(store_begin(st, &err));
	for (int k = 1; k <= N; k++)
		if (person_of(k) == 7 || pick(20) == 0) {
			must(store_forget_entry(st, id_of(k), &err));
			must(store_forget_participant(st, person_of(k) + 1, time_of(k), id_of(k), &err));
		}
	must(store_commit(st, &err));
	ck_assert_int_eq(number("SELECT count(*) FROM party WHERE instr(text, 'p7@') > 0"), 0);
	ck_assert_int_gt(number("SELECT count(*) FROM party"), 0);
	ck_assert_int_eq(number("SELECT count(*) FROM party WHERE NOT EXISTS (SELECT 1 FROM party_entry"
				" WHERE party_entry MATCH 'f' || party.id || ' OR t' || party.id)"), 0);
	ck_assert_int_eq(number("SELECT count(*) FROM party JOIN party_entry WHERE party_entry MATCH 'f' || party.id || ' OR t' || party.id"
				" AND party_entry.rowid NOT IN (SELECT id FROM interaction)"), 0);
	ask_many(ROUNDS / 4);
	feed(N, N);
	ask_many(ROUNDS / 4);
	cleanup();
}
END_TEST

RUN("store/view_search", a_search_finds_what_a_scan_finds_whoever_asks, a_search_without_words_needs_no_index_of_them, a_date_bounds_the_ids, patience_is_what_was_asked_for,
    who_stands_in_no_entry_any_more_is_in_no_list)
