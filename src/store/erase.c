#include "store/erase.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "store/inside.h"

#define ERASURE_COLUMNS \
	"id, by, at, done_at, entries, blanked, dead_letters, decisions, journal_rows, files, old_databases FROM erasure"

static bool has_row(struct query *q, bool *has, struct err *err)
{
	if (!query_step(q, has, err))
		return false;
	query_close(q);
	return true;
}

static bool one_int(struct query *q, int64_t *value, struct err *err)
{
	bool has;

	if (!query_step(q, &has, err))
		return false;
	*value = has ? column_int(q) : 0;
	query_close(q);
	return true;
}

static bool run_with(struct store *st, const char *sql, int64_t one, int64_t two, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, one);
	bind_int(&q, two);
	return query_run(&q, NULL, err);
}

/* ---- the ledger of erasures ---- */

bool store_has_erasures(struct store *st, bool *has, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'erasure'", err) && has_row(&q, has, err);
}

bool store_put_erasure(struct store *st, const struct erasure *e, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO erasure(id, by, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", err))
		return false;
	bind_int(&q, e->id);
	bind_str(&q, e->by);
	bind_int(&q, e->at_us);
	return query_run(&q, NULL, err);
}

bool store_count_erasure(struct store *st, const struct erasure *more, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE erasure SET done_at = max(done_at, ?2), entries = entries + ?3, blanked = blanked + ?4,"
				" dead_letters = dead_letters + ?5, decisions = decisions + ?6, journal_rows = journal_rows + ?7,"
				" files = files + ?8, old_databases = old_databases + ?9 WHERE id = ?1", err))
		return false;
	bind_int(&q, more->id);
	bind_int(&q, more->done_us);
	bind_int(&q, more->n_entries);
	bind_int(&q, more->n_blanked);
	bind_int(&q, more->n_dead);
	bind_int(&q, more->n_decisions);
	bind_int(&q, more->n_rows);
	bind_int(&q, more->n_files);
	bind_int(&q, more->n_old_databases);
	return query_run(&q, NULL, err);
}

static void read_erasure(struct query *q, struct erasure *e)
{
	e->id = column_int(q);
	e->by = column_str(q);
	e->at_us = column_int(q);
	e->done_us = column_int(q);
	e->n_entries = column_int(q);
	e->n_blanked = column_int(q);
	e->n_dead = column_int(q);
	e->n_decisions = column_int(q);
	e->n_rows = column_int(q);
	e->n_files = column_int(q);
	e->n_old_databases = column_int(q);
}

bool store_get_erasure(struct store *st, int64_t id, struct arena *arena, struct erasure *e, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " ERASURE_COLUMNS " WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_erasure(&q, e);
		e->by = arena_str(arena, e->by);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such receipt");
}

bool store_each_erasure(struct store *st, erasure_fn fn, void *arg, struct err *err)
{
	struct erasure e;
	struct query q;

	if (!query_open(&q, st, "SELECT " ERASURE_COLUMNS " ORDER BY id", err))
		return false;
	while (query_next(&q, err)) {
		read_erasure(&q, &e);
		if (!fn(&e, arg))
			break;
	}
	return query_end(&q);
}

bool store_next_erasure(struct store *st, int64_t *id, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT id FROM erasure WHERE done_at = 0 ORDER BY id LIMIT 1", err) && one_int(&q, id, err);
}

bool store_put_erased_contact(struct store *st, int64_t contact, int64_t erasure, struct err *err)
{
	return run_with(st, "INSERT INTO erased_contact VALUES (?, ?) ON CONFLICT DO NOTHING", contact, erasure, err);
}

bool store_forget_erased_contact(struct store *st, int64_t contact, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM erased_contact WHERE contact_id = ?", err))
		return false;
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

bool store_find_erased_contact(struct store *st, int64_t contact, int64_t *erasure, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT erasure_id FROM erased_contact WHERE contact_id = ?", err))
		return false;
	bind_int(&q, contact);
	return one_int(&q, erasure, err);
}

bool store_each_erased_contact(struct store *st, int64_t erasure, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT contact_id FROM erased_contact WHERE erasure_id = ? ORDER BY contact_id", err))
		return false;
	bind_int(&q, erasure);
	return query_each_id(&q, fn, arg, err);
}

/* ---- tombstones ---- */

bool store_erase_key(struct store *st, unsigned char key[ERASE_KEY_SIZE], struct err *err)
{
	struct query q;
	struct str value;
	bool has;

	if (!query_open(&q, st, "SELECT value FROM meta WHERE key = 'erase_key'", err) || !query_step(&q, &has, err))
		return false;
	value = has ? column_str(&q) : (struct str){ NULL, 0 };
	has = value.len == ERASE_KEY_SIZE;
	if (has)
		memcpy(key, value.ptr, ERASE_KEY_SIZE);
	query_close(&q);
	return has || err_setf(err, ERR_CONF, "store: the key of erasures is gone from it");
}

bool store_set_erase_key(struct store *st, const unsigned char key[ERASE_KEY_SIZE], struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE meta SET value = ? WHERE key = 'erase_key'", err))
		return false;
	bind_blob_or_null(&q, (struct str){ (const char *)key, ERASE_KEY_SIZE });
	return query_run(&q, NULL, err);
}

void erase_hash(const unsigned char key[ERASE_KEY_SIZE], const struct identity *who, unsigned char out[ERASE_HASH_SIZE])
{
	bool is_number = who->scheme == SCHEME_PHONE || who->scheme == SCHEME_WA;
	struct str value = who->value;
	unsigned char md[SHA256_SIZE];
	struct buf text;

	if (is_number && str_starts(value, STR("+")))
		value = str_sub(value, 1, value.len);
	buf_init(&text, SIZE_MAX / 2);
	buf_addc(&text, (char)(is_number ? SCHEME_PHONE : who->scheme));
	buf_add(&text, who->scope);
	buf_addc(&text, '\0');
	buf_add(&text, value);
	crypto_hmac_sha256((struct str){ (const char *)key, ERASE_KEY_SIZE }, buf_str(&text), md);
	memcpy(out, md, ERASE_HASH_SIZE);
	buf_finish(&text);
}

bool store_has_tombstones(struct store *st, bool *has, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT 1 FROM erasure UNION ALL SELECT 1 FROM retention LIMIT 1", err) && has_row(&q, has, err);
}

bool store_put_erased_handle(struct store *st, const unsigned char hash[ERASE_HASH_SIZE], int64_t at_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO erased_handle VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = max(at, ?2)", err))
		return false;
	bind_blob_or_null(&q, (struct str){ (const char *)hash, ERASE_HASH_SIZE });
	bind_int(&q, at_us);
	return query_run(&q, NULL, err);
}

bool store_find_erased_handle(struct store *st, const unsigned char hash[ERASE_HASH_SIZE], int64_t *at_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT at FROM erased_handle WHERE hash = ?", err))
		return false;
	bind_blob_or_null(&q, (struct str){ (const char *)hash, ERASE_HASH_SIZE });
	return one_int(&q, at_us, err);
}

bool store_put_erased_message(struct store *st, const struct interaction *it, struct err *err)
{
	return run_with(st, "INSERT INTO erased_message VALUES (?, ?) ON CONFLICT DO NOTHING", it->key_us, store_key_hash(st, it), err);
}

bool store_is_erased_message(struct store *st, const struct interaction *it, bool *is, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM erased_message WHERE key_time = ? AND key_hash = ?", err))
		return false;
	bind_int(&q, it->key_us);
	bind_int(&q, store_key_hash(st, it));
	return has_row(&q, is, err);
}

/* ---- what is of one person ---- */

static bool read_page(struct query *q, struct id_page *page, struct err *err)
{
	page->n = 0;
	while (page->n < sizeof(page->ids) / sizeof(*page->ids) && query_next(q, err))
		page->ids[page->n++] = column_int(q);
	if (page->n < sizeof(page->ids) / sizeof(*page->ids))
		return query_end(q);
	query_close(q);
	return true;
}

/* An entry that came by one of the handles and is not with the contact was moved, or is somebody else's who gave it too. */
bool store_next_entries_of(struct store *st, int64_t contact, int64_t before_us, struct id_page *page, struct err *err)
{
	struct query q;

	/* Each from the front of its index: what was there before is gone by now. */
	if (!query_open(&q, st,
			"SELECT interaction_id FROM (SELECT interaction_id FROM participant WHERE contact_id = ?1"
			"  AND (?2 = 0 OR occurred_at < ?2) ORDER BY contact_id, occurred_at LIMIT 32)"
			" UNION SELECT interaction_id FROM (SELECT m.interaction_id FROM moved m JOIN interaction i ON i.id = m.interaction_id"
			"  WHERE m.identity_id IN (SELECT id FROM identity WHERE contact_id = ?1 AND contact_id <> 0)"
			"  AND (?2 = 0 OR i.occurred_at < ?2) LIMIT 32)"
			" UNION SELECT interaction_id FROM (SELECT n.interaction_id FROM identity d JOIN named n ON n.identity_id = d.id"
			"  JOIN interaction i ON i.id = n.interaction_id WHERE d.contact_id = ?1 AND d.contact_id <> 0"
			"  AND (?2 = 0 OR i.occurred_at < ?2) LIMIT 32) ORDER BY 1 LIMIT 32", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, before_us);
	return read_page(&q, page, err);
}

bool store_takes_part(struct store *st, int64_t contact, int64_t interaction, bool *does, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM participant WHERE interaction_id = ?2 AND (contact_id = ?1 OR identity_id IN"
				" (SELECT id FROM identity WHERE contact_id = ?1 AND contact_id <> 0))"
				" UNION ALL SELECT 1 FROM named WHERE interaction_id = ?2 AND identity_id IN"
				" (SELECT id FROM identity WHERE contact_id = ?1 AND contact_id <> 0) LIMIT 1", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, interaction);
	return has_row(&q, does, err);
}

bool store_is_only_of(struct store *st, int64_t contact, int64_t interaction, bool *is, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT 1 FROM participant WHERE interaction_id = ?2 AND contact_id <> ?1 AND identity_id NOT IN"
				" (SELECT id FROM identity WHERE contact_id = ?1 AND contact_id <> 0)", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, interaction);
	if (!has_row(&q, &has, err))
		return false;
	*is = !has;
	return true;
}

bool store_next_leftover_rows(struct store *st, int64_t after, struct id_page *page, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM journal WHERE id > ? AND outcome IN (3, 4) AND kind = 0 ORDER BY id LIMIT 32", err))
		return false;
	bind_int(&q, after);
	return read_page(&q, page, err);
}

bool store_has_filtered(struct store *st, int64_t journal_id, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM delivery WHERE journal_id = ? AND outcome = 3", err))
		return false;
	bind_int(&q, journal_id);
	return has_row(&q, has, err);
}

bool store_each_repeat_of(struct store *st, int64_t journal_id, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM journal WHERE repeat_of = ? AND repeat_of IS NOT NULL ORDER BY id", err))
		return false;
	bind_int(&q, journal_id);
	return query_each_id(&q, fn, arg, err);
}

bool store_hash_delivery_id(struct store *st, struct str id, char out[ERASED_ID_SIZE], struct err *err)
{
	unsigned char key[ERASE_KEY_SIZE], md[SHA256_SIZE];
	char hex[2 * ERASE_HASH_SIZE + 1];

	if (!store_erase_key(st, key, err))
		return false;
	crypto_hmac_sha256((struct str){ (const char *)key, sizeof(key) }, id, md);
	snprintf(out, ERASED_ID_SIZE, "erased:%s", crypto_hex(md, ERASE_HASH_SIZE, hex));
	return true;
}

static bool hide_delivery_id(struct store *st, int64_t journal_id, struct err *err)
{
	char hidden[ERASED_ID_SIZE];
	struct query q, set;
	bool has, ok;

	if (!query_open(&q, st, "SELECT delivery_id FROM journal WHERE id = ? AND delivery_id NOT LIKE 'erased:%'", err))
		return false;
	bind_int(&q, journal_id);
	if (!query_step(&q, &has, err))
		return false;
	ok = !has || store_hash_delivery_id(st, column_str(&q), hidden, err);
	query_close(&q);
	if (!ok || !has)
		return ok;
	if (!query_open(&set, st, "UPDATE journal SET delivery_id = ? WHERE id = ?", err))
		return false;
	bind_str(&set, str_from(hidden));
	bind_int(&set, journal_id);
	return query_run(&set, NULL, err);
}

bool store_compact_row(struct store *st, int64_t journal_id, const struct compact_row *row, struct err *err)
{
	struct query q;

	if (!row->keeps_delivery_id && !hide_delivery_id(st, journal_id, err))
		return false;
	if (!run_with(st, "INSERT OR IGNORE INTO doomed_blob SELECT body_sha256 FROM journal"
			  " WHERE id = ?1 AND ?2 = 0 AND body_sha256 IS NOT NULL", journal_id, 0, err) ||
	    !query_open(&q, st, "UPDATE journal SET kind = 0, content_type = ?2, meta = ?3, encoding = ?4, size = ?5, body = ?6,"
				" body_sha256 = NULL, repeat_of = NULL, attempts = 1, reason = NULL WHERE id = ?1", err))
		return false;
	bind_int(&q, journal_id);
	bind_str_or_null(&q, row->content_type);
	bind_str_or_null(&q, row->meta);
	bind_int(&q, row->encoding);
	bind_int(&q, row->size);
	bind_blob_or_null(&q, row->body);
	return query_run(&q, NULL, err);
}
