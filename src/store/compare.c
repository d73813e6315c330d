/* A rebuilt store beside the one it was made from. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/inside.h"

/* What a person can see, and what decides it. Attempts and states of the moment are not compared; nor are the numbers of
 * identities and companies, which nobody sees and which have gaps where somebody was taken away (forget.h). */
static const struct {
	const char *name, *sql;
} tables[] = {
	{ "connector", "SELECT id, name, type, received, stored, duplicate, filtered, dead, pending"
		       " FROM connector ORDER BY id" },
	{ "journal", "SELECT id, base_id, connector_id, kind, received_at, delivery_id, content_type, meta,"
		     " size, repeat_hash, repeat_of, outcome FROM journal ORDER BY id" },
	{ "delivery", "SELECT journal_id, n, outcome, interaction_id, reason FROM delivery"
		      " ORDER BY journal_id, n" },
	{ "interaction", "SELECT id, journal_id, connector_id, channel, direction, kind, occurred_at,"
			 " claimed_at, recorded_at, key_time, key_hash, account, external_id, discriminator,"
			 " about, thread, subject, text, text_full, parties, details, why, match, flagged"
			 " FROM interaction ORDER BY id" },
	{ "participant", "SELECT p.contact_id, occurred_at, interaction_id, scheme, value, scope, role"
			 " FROM participant p LEFT JOIN identity ON identity.id = identity_id ORDER BY 1, 2, 3, 4, 5, 6, 7" },
	{ "shared conversation", "SELECT entry_id, share, by, decision_id FROM thread_share WHERE entry_id IN (SELECT id FROM interaction) ORDER BY 1" },
	{ "moved entry", "SELECT interaction_id, scheme, value, scope, role, m.contact_id, decision_id FROM moved m"
			 " LEFT JOIN identity ON identity.id = identity_id ORDER BY 1, 2, 3, 4, 5" },
	{ "named handle", "SELECT interaction_id, scheme, value, scope FROM named n"
			  " LEFT JOIN identity ON identity.id = n.identity_id ORDER BY 1, 2, 3, 4" },
	{ "attachment", "SELECT interaction_id, n, name, media_type, size, sha256, state, reason,"
			" remote_id, content_id FROM attachment ORDER BY interaction_id, n" },
	{ "contact", "SELECT contact.id, contact.name, name_rank, named_at, domain, iif(merged_into = 0, contact.company, NULL) AS of_company, assigned_company, company_at, first_at, last_at, last_in_at, last_out_at,"
		     " merged_into, merged_by, typed_name, typed_at, iif(merged_into = 0, owner, NULL) AS owner, made_owner, assigned_owner,"
		     " assigned_at, is_restricted, iif(merged_into = 0, restricted, 0) AS restricted"
		     " FROM contact LEFT JOIN company ON company.id = company_id ORDER BY contact.id" },
	{ "company", "SELECT domain, name FROM company ORDER BY domain" },
	{ "identity", "SELECT scheme, value, scope, contact_id, home_id, why, by_hand FROM identity ORDER BY 1, 2, 3" },
	{ "two apart", "SELECT one, other, decision_id FROM apart ORDER BY 1, 2" },
	{ "dead letter", "SELECT id, journal_id, n, connector_id, received_at, reason, kind, size,"
			 " (SELECT value FROM identity WHERE identity.id = identity_id), stub_name, stub_address,"
			 " stub_subject, stub_at FROM dead_letter ORDER BY id" },
	{ "consent", "SELECT decision_id, contact_id, what, state, basis, source, said_at, by FROM consent ORDER BY decision_id" },
	{ "review", "SELECT id, type, interaction_id, candidates, reason FROM review ORDER BY id" },
};

static bool same_value(sqlite3_stmt *a, sqlite3_stmt *b, int i)
{
	int n = sqlite3_column_bytes(a, i);

	if (sqlite3_column_type(a, i) != sqlite3_column_type(b, i))
		return false;
	if (sqlite3_column_type(a, i) == SQLITE_INTEGER)
		return sqlite3_column_int64(a, i) == sqlite3_column_int64(b, i);
	return n == sqlite3_column_bytes(b, i) &&
	       (n == 0 || memcmp(sqlite3_column_blob(a, i), sqlite3_column_blob(b, i), (size_t)n) == 0);
}

static struct str describe(const char *table, sqlite3_stmt *a, sqlite3_stmt *b, int i,
			   struct arena *arena)
{
	const char *left = (const char *)sqlite3_column_text(a, i);
	const char *right = (const char *)sqlite3_column_text(b, i);

	return arena_strf(arena, "%s %lld: %s is \"%.200s\", replayed it is \"%.200s\"", table,
			  (long long)sqlite3_column_int64(a, 0), sqlite3_column_name(a, i),
			  left ? left : "null", right ? right : "null");
}

static bool compare_rows(const char *table, struct query *a, struct query *b, struct arena *arena,
			 struct str *difference, struct err *err)
{
	bool has_a, has_b;

	for (;;) {
		if (!query_step(a, &has_a, err) || !query_step(b, &has_b, err))
			return false;
		if (!has_a && !has_b)
			return true;
		if (has_a != has_b) {
			*difference = arena_strf(arena, "%s %lld is %s", table,
						 (long long)sqlite3_column_int64((has_a ? a : b)->stmt, 0),
						 has_a ? "missing after a replay" : "there only after a replay");
			return true;
		}
		for (int i = 0; i < sqlite3_column_count(a->stmt); i++)
			if (!same_value(a->stmt, b->stmt, i)) {
				*difference = describe(table, a->stmt, b->stmt, i, arena);
				return true;
			}
	}
}

bool store_compare(struct store *a, struct store *b, struct arena *arena, struct str *difference,
		   struct err *err)
{
	struct query qa, qb;
	bool ok = true;

	*difference = (struct str){ NULL, 0 };
	for (size_t i = 0; ok && difference->len == 0 && i < countof(tables); i++) {
		if (!query_open(&qa, a, tables[i].sql, err) || !query_open(&qb, b, tables[i].sql, err))
			return false;
		ok = compare_rows(tables[i].name, &qa, &qb, arena, difference, err);
		query_close(&qa);
		query_close(&qb);
	}
	return ok;
}
