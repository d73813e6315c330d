/* Lists as far as somebody may see them: that pages add up to the whole, and that no list reads a table through. */
#include "../check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/inside.h"
#include "store/view.h"

enum { N = 600, MANY = 5000, PAGE = 7 };

static char dir[64];
static struct store *st;
static struct err err;

static const struct viewer viewers[] = {
	{ .sees = SEES_ALL },
	{ .sees = SEES_TEAM, .me = { "ana", 3 }, .team = { "[\"ana\",\"bo\"]", 12 } },
	{ .sees = SEES_OWN, .me = { "bo", 2 } },
	{ .sees = SEES_OWN },
	{ .sees = SEES_NOTHING, .me = { "ana", 3 }, .team = { "[\"ana\"]", 7 } },
};

/* Many of one name, of one time, in one slot and in many; merged ones; of four owners, one of whom left, and of nobody. */
static void setup(void)
{
	strncpy(dir, "/tmp/daybook-view-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
	ck_assert(store_begin(st, &err));
	for (int64_t i = 1; i <= N; i++) {
		char name[32];
		struct contact_touch touch = { .first_us = i, .last_us = (i * 7919 % 100) * (i % 3 ? 1 : INT64_C(1000000000)) };

		snprintf(name, sizeof(name), "%c%lld", i % 2 ? 'a' : 'B', (long long)(i * 31 % 50));
		touch.name = i % 11 ? str_from(name) : STR("");
		ck_assert_msg(store_put_contact(st, i, 0, &touch, &err), "%s", err.msg);
	}
	ck_assert_msg(store_exec(st, "UPDATE contact SET owner = CASE id % 5 WHEN 0 THEN 'ana' WHEN 1 THEN 'bo' WHEN 2 THEN 'cy'"
				     " WHEN 3 THEN 'gone' END", &err), "%s", err.msg);
	ck_assert(store_exec(st, "UPDATE contact SET merged_into = 1 WHERE id % 17 = 0", &err));
	ck_assert(store_exec(st, "UPDATE contact SET last_at = NULL WHERE id % 41 = 0", &err));
	ck_assert(store_exec(st, "UPDATE contact SET last_at = last_at * 100000 WHERE id % 43 = 0", &err));
	for (int64_t i = 1; i <= N; i++)
		ck_assert(store_move_contact(st, i, &err));
	ck_assert(store_commit(st, &err));
}

static void cleanup(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	store_close(st);
	ck_assert_int_eq(system(rm), 0);
}

struct page {
	int64_t ids[N + MANY];
	size_t n, n_here;
	struct view_contacts *next;
	char name[32];
};

static bool take(const struct view_contact *c, void *arg)
{
	struct page *p = arg;

	p->ids[p->n++] = c->row.id;
	p->n_here++;
	p->next->is_next = true;
	p->next->last_us = c->row.last_us;
	p->next->id = c->row.id;
	snprintf(p->name, sizeof(p->name), STR_FMT, STR_ARG(c->row.name));
	p->next->name = str_from(p->name);
	return true;
}

/* The rule in C, as the header says it. */
static bool sees(const struct viewer *v, struct str owner, bool is_restricted)
{
	auto_free char *quoted = xasprintf("\"" STR_FMT "\"", STR_ARG(owner));
	bool is_mine = owner.len > 0 && str_eq(owner, v->me);

	if (v->sees != SEES_TEAM)
		return v->sees == SEES_ALL || (v->sees == SEES_OWN && is_mine);
	return is_mine || (!is_restricted && (owner.len == 0 || str_find(v->team, str_from(quoted)) != STR_NONE));
}

/* All that a list should have, sorted by SQL without an index. */
#define ALL_WITH_TEXT \
	"SELECT id, owner, restricted FROM contact NOT INDEXED WHERE merged_into = 0 AND (?2 = '' OR company = ?2) AND (?1 = '' OR instr(lower(name), lower(?1)) > 0" \
	" OR id IN (SELECT contact_id FROM identity WHERE instr(value, lower(?1)) > 0))"

static size_t expect(const struct viewer *v, const struct view_contacts *want, int64_t ids[N + MANY])
{
	size_t n = 0;
	struct query q;
	bool ok = want->order == VIEW_BY_NAME ? query_open(&q, st, ALL_WITH_TEXT " ORDER BY lower(coalesce(name, '')), id", &err)
					      : query_open(&q, st, ALL_WITH_TEXT " ORDER BY coalesce(last_at, 0) DESC, id DESC", &err);

	ck_assert_msg(ok, "%s", err.msg);
	bind_str(&q, want->text);
	bind_str(&q, want->company);
	while (query_next(&q, &err)) {
		int64_t id = column_int(&q);
		struct str owner = column_str(&q);
		bool is_restricted = column_int(&q) != 0;

		if (sees(v, owner, is_restricted) && (!want->is_owned || str_eq(owner, want->owner)))
			ids[n++] = id;
	}
	ck_assert(query_end(&q));
	return n;
}

static void walk(const struct viewer *v, struct view_contacts want)
{
	struct page p = { .next = &want };
	int64_t ids[N + MANY];
	size_t n = expect(v, &want, ids);

	want.limit = want.limit ? want.limit : PAGE;
	do {
		p.n_here = 0;
		ck_assert_msg(view_each_contact(st, v, &want, take, &p, &err), "%s", err.msg);
	} while (p.n_here == want.limit);
	ck_assert_uint_eq(p.n, n);
	ck_assert_int_eq(memcmp(p.ids, ids, n * sizeof(*ids)), 0);
}

START_TEST(pages_of_contacts_add_up_to_all_that_somebody_sees)
{
	static const struct view_contacts lists[] = {
		{ .is_owned = false }, { .is_owned = true, .owner = { "ana", 3 } }, { .is_owned = true }, { .is_owned = true, .owner = { "gone", 4 } },
	};

	setup();
	for (size_t i = 0; i < countof(viewers); i++)
		for (size_t k = 0; k < countof(lists); k++) {
			struct view_contacts want = lists[k];

			walk(&viewers[i], want);
			want.order = VIEW_BY_NAME;
			walk(&viewers[i], want);
		}
	cleanup();
}
END_TEST

static void put_handles(void)
{
	ck_assert_msg(store_exec(st, "INSERT INTO identity(scheme, value, scope, contact_id, why) SELECT 1, 'x' || (id * 37 % 101) || '@b.example', id,"
				     " iif(id % 13, id, 0), '' FROM contact", &err), "%s", err.msg);
	ck_assert_msg(store_exec(st, "UPDATE contact SET restricted = 1 WHERE id % 19 = 0", &err), "%s", err.msg);
}

/* Few have each of them, or none. */
START_TEST(a_part_of_a_name_or_handle_finds_whom_a_scan_finds)
{
	static const char *const texts[] = { "7", "A3", "b1", "x5", "x55@B", "@b.example", "b.", "nobody", "%", "[", "\"" };

	setup();
	put_handles();
	for (size_t i = 0; i < countof(viewers); i++)
		for (size_t k = 0; k < countof(texts); k++) {
			struct view_contacts want = { .text = str_from(texts[k]), .order = (enum view_order)(k % 2) };

			walk(&viewers[i], want);
			want.is_owned = true;
			want.owner = k % 3 ? STR("ana") : STR("");
			walk(&viewers[i], want);
		}
	cleanup();
}
END_TEST

START_TEST(a_part_that_thousands_have_finds_them_page_by_page)
{
	setup();
	ck_assert_msg(store_exec(st, "WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
				     " INSERT INTO contact(id, name, name_rank, last_at, owner) SELECT i, 'C' || i, 1, i * 7919 % 10007,"
				     " iif(i % 3, 'bo', NULL) FROM n", &err), "%s", err.msg);
	put_handles();
	for (size_t i = 0; i < countof(viewers); i++)
		for (int order = VIEW_BY_LAST; order <= VIEW_BY_NAME; order++)
			walk(&viewers[i], (struct view_contacts){ .text = STR("B.EX"), .order = (enum view_order)order, .limit = 200 });
	cleanup();
}
END_TEST

START_TEST(a_contact_moves_up_with_its_next_entry)
{
	const struct contact_touch touch = { .first_us = 5, .last_us = INT64_C(1) << 60 };
	struct view_contacts want = { .limit = 1 };
	struct page p = { .next = &want };

	setup();
	ck_assert(store_begin(st, &err));
	ck_assert(store_touch_contact(st, 100, &touch, &err));
	ck_assert(store_commit(st, &err));
	ck_assert(view_each_contact(st, &viewers[0], &want, take, &p, &err));
	ck_assert_int_eq(p.ids[0], 100);
	cleanup();
}
END_TEST

/* ---- plans ---- */

static bool none(const struct view_contact *c, void *arg)
{
	(void)c;
	(void)arg;
	return true;
}

static bool no_entry(const struct interaction_row *row, void *arg)
{
	(void)row;
	(void)arg;
	return true;
}

/* What reads a table or an index from its beginning to its end, or sorts all that it found. Small lists of names and what is sorted
 * within a page are no such thing; nor are the handles, which are looked at only for a part of a name. */
static bool is_costly(const char *step)
{
	static const char *const cheap[] = {
		"SCAN eyes", "SCAN every", "SCAN json_each", "SCAN CONSTANT ROW", "SCAN s VIRTUAL TABLE INDEX",
		"SCAN connector USING INDEX connector_private", "SCAN connector USING COVERING INDEX connector_private", "SCAN thread_share",
		"SCAN contact USING INDEX contact_restricted",	/* of whether it has anything in it: up to the first */
	};

	for (size_t i = 0; i < countof(cheap); i++)
		if (strncmp(step, cheap[i], strlen(cheap[i])) == 0)
			return false;
	return strncmp(step, "SCAN", 4) == 0 || strstr(step, "TEMP B-TREE FOR ORDER BY") != NULL ||
	       strstr(step, "AUTOMATIC") != NULL;
}

/* The plans of all that was asked through this handle. but: a costly step that is meant, once a statement. */
static void look_at_plans(const char *of, const char *but)
{
	sqlite3_stmt *asked = NULL, *plan;
	size_t n = 0;

	while ((asked = sqlite3_next_stmt(st->db, asked)) != NULL) {
		auto_free char *sql = xasprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(asked));

		if (strstr(sql, of) == NULL)
			continue;
		ck_assert_int_eq(sqlite3_prepare_v2(st->db, sql, -1, &plan, NULL), SQLITE_OK);
		n++;
		for (bool is_over = but == NULL; sqlite3_step(plan) == SQLITE_ROW;) {
			const char *step = (const char *)sqlite3_column_text(plan, 3);
			bool is_meant = !is_over && strstr(step, but) != NULL;

			is_over = is_over || is_meant;
			ck_assert_msg(!is_costly(step) || is_meant, "%s\nin: %s", step, sql);
		}
		sqlite3_finalize(plan);
	}
	ck_assert_uint_ne(n, 0);
}

START_TEST(no_list_of_contacts_reads_or_sorts_all_of_them)
{
	setup();
	for (int order = VIEW_BY_LAST; order <= VIEW_BY_NAME; order++) {
		struct view_contacts want = { .order = (enum view_order)order, .limit = 50 };

		ck_assert(view_each_contact(st, &viewers[0], &want, none, NULL, &err));
	}
	look_at_plans("contact_recent", NULL);
	look_at_plans("contact_owner_name", "TEMP B-TREE FOR ORDER BY");
	cleanup();
}
END_TEST

START_TEST(a_list_of_somebodys_contacts_sorts_a_page_of_each_owner)
{
	setup();
	for (int order = VIEW_BY_LAST; order <= VIEW_BY_NAME; order++) {
		struct view_contacts want = { .order = (enum view_order)order, .limit = 50 };

		ck_assert(view_each_contact(st, &viewers[1], &want, none, NULL, &err));
	}
	look_at_plans("eyes", "TEMP B-TREE FOR ORDER BY");
	cleanup();
}
END_TEST

START_TEST(a_page_of_a_timeline_reads_no_more_than_the_page)
{
	const struct view_timeline want = { .contact = 3, .limit = 50 };

	setup();
	ck_assert(view_timeline(st, &viewers[1], &want, no_entry, NULL, &err));
	look_at_plans("participant", NULL);
	cleanup();
}
END_TEST

/* ---- companies ---- */

enum { LETTERS = 1500 };

/* Each is in each letter twice, by two handles; letter l has the id l and is of the second l / 2. */
static void put_company(void)
{
	ck_assert_msg(store_exec(st, "UPDATE contact SET company = 'acme.example' WHERE id IN (2, 3, 4);"
				     "INSERT INTO connector(id, name, type, share) VALUES (1, 'shop', 'form', 3)", &err), "%s", err.msg);
	ck_assert_msg(store_exec(st, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)"
				     " INSERT INTO interaction(id, journal_id, connector_id, channel, direction, kind, occurred_at, recorded_at, key_time, key_hash, parties)"
				     " SELECT i, i, 1, 1, 1, 1, i / 2, i, i, i, '[]' FROM n", &err), "%s", err.msg);
	ck_assert_msg(store_exec(st, "INSERT INTO participant SELECT 2 + (l.id * 7 + s.value) % 3, l.occurred_at, l.id, h.value, 1 FROM interaction l,"
				     " json_each('[0,1]') s, json_each('[1,2]') h", &err), "%s", err.msg);
}

struct letters {
	int64_t ids[LETTERS];
	size_t n, n_here;
	struct view_timeline *next;
};

static bool take_letter(const struct interaction_row *row, void *arg)
{
	struct letters *l = arg;

	ck_assert_uint_lt(l->n, LETTERS);
	l->ids[l->n++] = row->id;
	l->n_here++;
	l->next->is_next = true;
	l->next->occurred_us = row->it.occurred_us;
	l->next->id = row->id;
	return true;
}

/* Steps of SQLite's machine in the statements that have this in them, since they were asked last. */
static int64_t steps_of(const char *of)
{
	sqlite3_stmt *asked = NULL;
	int64_t n = 0;

	while ((asked = sqlite3_next_stmt(st->db, asked)) != NULL)
		if (strstr(sqlite3_sql(asked), of) != NULL)
			n += sqlite3_stmt_status(asked, SQLITE_STMTSTATUS_VM_STEP, 1);
	return n;
}

START_TEST(a_list_of_colleagues_is_all_of_them_that_somebody_sees)
{
	static const struct view_contacts lists[] = {
		{ .text = { NULL, 0 } }, { .text = { "a3", 2 } }, { .text = { "x5", 2 } }, { .is_owned = true, .owner = { "ana", 3 } }, { .is_owned = true },
	};

	setup();
	put_handles();
	ck_assert(store_exec(st, "UPDATE contact SET company = iif(id % 2, 'acme.example', 'other.example') WHERE id % 5 < 4", &err));
	for (size_t i = 0; i < countof(viewers); i++)
		for (size_t k = 0; k < countof(lists); k++)
			for (int order = VIEW_BY_LAST; order <= VIEW_BY_NAME; order++) {
				struct view_contacts want = lists[k];

				want.order = (enum view_order)order;
				want.company = STR("ACME.example");
				walk(&viewers[i], want);
			}
	cleanup();
}
END_TEST

START_TEST(nobody_is_left_out_of_a_large_company)
{
	struct view_contacts want = { .limit = 1, .company = STR("acme.example") };
	struct page p = { .next = &want };

	setup();
	ck_assert_msg(store_exec(st, "WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 51002)"
				     " INSERT INTO contact(id, name, name_rank, last_at, company) SELECT i, 'C', 1, i, 'acme.example' FROM n", &err), "%s", err.msg);
	ck_assert_msg(view_each_contact(st, &viewers[0], &want, take, &p, &err), "%s", err.msg);
	ck_assert_int_eq(p.ids[0], 51002);
	cleanup();
}
END_TEST

START_TEST(a_page_of_a_company_of_three_reads_pages_and_not_all_that_they_wrote)
{
	struct view_timeline want = { .limit = 20 };
	struct letters l = { .next = &want };

	setup();
	put_company();
	do {
		l.n_here = 0;
		ck_assert_msg(view_company_timeline(st, &viewers[0], STR("acme.example"), &want, take_letter, &l, &err), "%s", err.msg);
		ck_assert_int_lt(steps_of("heads"), 20000);
	} while (l.n_here == want.limit);
	ck_assert_uint_eq(l.n, LETTERS);
	for (size_t i = 0; i < l.n; i++)
		ck_assert_int_eq(l.ids[i], LETTERS - (int64_t)i);
	cleanup();
}
END_TEST

RUN("store/view", pages_of_contacts_add_up_to_all_that_somebody_sees, a_part_of_a_name_or_handle_finds_whom_a_scan_finds,
    a_part_that_thousands_have_finds_them_page_by_page, a_contact_moves_up_with_its_next_entry,
    no_list_of_contacts_reads_or_sorts_all_of_them, a_list_of_somebodys_contacts_sorts_a_page_of_each_owner,
    a_page_of_a_timeline_reads_no_more_than_the_page,
    a_list_of_colleagues_is_all_of_them_that_somebody_sees, nobody_is_left_out_of_a_large_company,
    a_page_of_a_company_of_three_reads_pages_and_not_all_that_they_wrote)
