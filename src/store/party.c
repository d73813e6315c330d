#include "store/party.h"

#include "base/buf.h"

/* Those of entries ?1 < id <= ?2: entry, side (0: another role), the spelling as the migration says it. */
#define PARTIES \
	"SELECT i.id, CASE json_extract(p.value, '$.r') WHEN 'from' THEN 1 WHEN 'to' THEN 2 WHEN 'cc' THEN 2 WHEN 'bcc' THEN 2 ELSE 0 END," \
	" lower(coalesce(json_extract(p.value, '$.n'), '')) || char(10) || coalesce(CASE json_array_length(p.value, '$.i')" \
	"  WHEN 1 THEN lower(json_extract(p.value, '$.i[0][1]'))" \
	"  ELSE (SELECT group_concat(lower(json_extract(h.value, '$[1]')), char(10)) FROM json_each(p.value, '$.i') h) END, '') AS spelling" \
	" FROM interaction i CROSS JOIN json_each(i.parties) p WHERE i.id > ?1 AND i.id <= ?2 ORDER BY i.id"

enum { MAX_IDS = 1 << 24 };	/* bytes: no mail that is taken has so many recipients */

static bool find(struct store *st, struct str text, int64_t *id, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT id FROM party WHERE text = ?", err))
		return false;
	bind_str(&q, text);
	if (!query_step(&q, &has, err))
		return false;
	*id = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

static bool make(struct store *st, struct str text, int64_t *id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO party(text) VALUES (?)", err))
		return false;
	bind_str(&q, text);
	if (!query_run(&q, NULL, err))
		return false;
	*id = sqlite3_last_insert_rowid(st->db);
	return true;
}

static bool write_entry(struct store *st, const char *sql, int64_t entry, const struct buf *ids, struct err *err)
{
	struct query q;

	if (ids->len == 0)
		return true;
	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, entry);
	bind_str(&q, buf_str(ids));
	return query_run(&q, NULL, err);
}

#define PUT "INSERT INTO party_entry(rowid, ids) VALUES (?, ?)"
#define TAKE "INSERT INTO party_entry(party_entry, rowid, ids) SELECT 'delete', ?1, ?2 FROM search_state WHERE ?1 <= listed_id"

void party_put_id(struct buf *ids, enum party_side side, int64_t party)
{
	buf_addf(ids, " %c%lld", side == PARTY_FROM ? 'f' : 't', (long long)party);
}

/* Entry by entry with the ids of its spellings, as sql wants them; makes: those that are new, too. */
static bool each(struct store *st, int64_t after, int64_t last, const char *sql, bool makes, struct err *err)
{
	int64_t entry = 0, party;
	struct buf ids;
	struct query q;
	bool ok = true;

	if (!query_open(&q, st, PARTIES, err))
		return false;
	bind_int(&q, after);
	bind_int(&q, last);
	buf_init(&ids, MAX_IDS);
	while (ok && query_next(&q, err)) {
		int64_t of = column_int(&q), side = column_int(&q);
		struct str text = column_str(&q);

		if (of != entry) {
			ok = write_entry(st, sql, entry, &ids, err);
			buf_clear(&ids);
			entry = of;
		}
		ok = ok && (side == 0 || find(st, text, &party, err)) && (side == 0 || party != 0 || !makes || make(st, text, &party, err));
		if (ok && side != 0 && party != 0)
			party_put_id(&ids, (enum party_side)side, party);
	}
	ok = query_end(&q) && ok && write_entry(st, sql, entry, &ids, err);
	buf_finish(&ids);
	return ok;
}

bool party_list(struct store *st, int64_t after, int64_t last, struct err *err)
{
	return each(st, after, last, PUT, true, err);
}

bool party_forget(struct store *st, int64_t entry, struct err *err)
{
	struct query q;

	if (!each(st, entry - 1, entry, TAKE, false, err) ||
	    !query_open(&q, st, "DELETE FROM party WHERE text IN (SELECT spelling FROM (" PARTIES ")) AND NOT EXISTS (SELECT 1 FROM party_entry"
				"  WHERE party_entry MATCH 'f' || party.id || ' OR t' || party.id)", err))
		return false;
	bind_int(&q, entry - 1);
	bind_int(&q, entry);
	return query_run(&q, NULL, err);
}
