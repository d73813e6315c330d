#include "store/view_among.h"

#include <stdlib.h>

#include "store/party.h"

enum { FEW_OWN = 1000, FEW_SPELLINGS = 300 };	/* all searches of who sees no others' contacts pay for finding out: 1 ms */


static int by_id_down(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y) - (x > y);
}

/* Up to `few`; the last parameter is how many rows it takes to know. */
static bool gather(struct query *q, size_t few, struct view_among *among, struct err *err)
{
	among->n = 0;
	among->is_few = true;
	bind_int(q, (int64_t)few + 1);
	while (query_next(q, err)) {
		if (among->n == few)
			among->is_few = false;
		else
			among->ids[among->n++] = column_int(q);
	}
	qsort(among->ids, among->n, sizeof(*among->ids), by_id_down);
	return query_end(q);
}

/* Of the contacts of whoever sees no others. A team also sees what is nobody's, which is many. */
static bool of_own(struct store *st, const struct viewer *v, size_t few, struct view_among *among, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT DISTINCT p.interaction_id FROM (SELECT id FROM contact INDEXED BY contact_owner_recent"
				"  WHERE merged_into = 0 AND owner = ?1 UNION ALL SELECT id FROM contact INDEXED BY contact_merged"
				"  WHERE merged_into <> 0 AND owner = ?1) c CROSS JOIN participant p ON p.contact_id = c.id LIMIT ?2", err))
		return false;
	bind_str_or_null(&q, v->me);
	return gather(&q, few, among, err);
}

/* Of channels that most stores have little of, which have an index: the others are met soon. */
static bool are_rare(int64_t channels)
{
	return channels != 0 && (channels & (1 << CHANNEL_EMAIL | 1 << CHANNEL_WHATSAPP)) == 0;
}

static bool of_channels(struct store *st, int64_t channels, struct view_among *among, struct err *err)
{
	struct query q;
	struct buf list;
	bool ok;

	buf_init(&list, CHANNEL_COUNT * 4);
	for (int i = 0; i < CHANNEL_COUNT; i++)
		if ((channels >> i) & 1)
			buf_addf(&list, "%c%d", list.len == 0 ? '[' : ',', i);
	buf_addc(&list, ']');
	ok = query_open(&q, st, "SELECT id FROM interaction INDEXED BY interaction_rare WHERE channel NOT IN (1, 2)"
				" AND channel IN (SELECT value FROM json_each(?1)) LIMIT ?2", err);
	if (ok) {
		bind_str(&q, buf_str(&list));
		ok = gather(&q, AMONG_FEW, among, err);
	}
	buf_finish(&list);
	return ok;
}

/* The word no entry has stands before those that are looked for, as a search for none is an error. */
static bool put_spellings(struct store *st, enum party_side side, struct str text, struct buf *match, size_t *n, struct err *err)
{
	struct query q;

	*n = 0;
	buf_add(match, STR("none"));
	if (!query_open(&q, st, "SELECT id FROM party WHERE instr(text, lower(?)) > 0 LIMIT ?", err))
		return false;
	bind_str(&q, text);
	bind_int(&q, FEW_SPELLINGS + 1);
	while (query_next(&q, err)) {
		buf_add(match, STR(" OR"));
		party_put_id(match, side, column_int(&q));
		++*n;
	}
	return query_end(&q);
}

/* What is not listed yet counts as found. All spellings are looked through, which is 15 ms for 150,000. */
static bool of_party(struct store *st, enum party_side side, struct str text, struct view_among *among, struct err *err)
{
	struct buf match;
	struct query q;
	size_t n;
	bool ok;

	buf_init(&match, (FEW_SPELLINGS + 2) * 32);
	ok = put_spellings(st, side, text, &match, &n, err);
	if (ok && n <= FEW_SPELLINGS) {
		ok = query_open(&q, st, "SELECT DISTINCT id FROM (SELECT rowid AS id FROM party_entry WHERE party_entry MATCH ?1 UNION ALL"
					" SELECT id FROM interaction WHERE id > (SELECT listed_id FROM search_state)) LIMIT ?2", err);
		if (ok) {
			bind_str(&q, buf_str(&match));
			ok = gather(&q, AMONG_FEW, among, err);
		}
	}
	buf_finish(&match);
	return ok;
}

/* A common name is looked for in each entry that is met, seen or not; all of their own are seen, and 50,000 are gathered in 30 ms. */
static bool is_dear_to_walk(const struct viewer *v, const struct view_search *want)
{
	return v->sees == SEES_OWN && want->match.len == 0 && want->from.len + want->to.len > 0;
}

bool view_among(struct store *st, const struct viewer *v, const struct view_search *want, struct view_among *among, struct err *err)
{
	among->is_few = false;
	return (v->sees != SEES_OWN || of_own(st, v, FEW_OWN, among, err)) &&
	       (among->is_few || !are_rare(want->filter.channels) || of_channels(st, want->filter.channels, among, err)) &&
	       (among->is_few || want->from.len == 0 || of_party(st, PARTY_FROM, want->from, among, err)) &&
	       (among->is_few || want->to.len == 0 || of_party(st, PARTY_TO, want->to, among, err)) &&
	       (among->is_few || !is_dear_to_walk(v, want) || of_own(st, v, AMONG_MOST, among, err));
}

void view_among_put(const struct view_among *among, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < among->n; i++)
		buf_addf(out, "%s%lld", i == 0 ? "" : ",", (long long)among->ids[i]);
	buf_addc(out, ']');
}
