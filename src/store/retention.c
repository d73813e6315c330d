#include "store/retention.h"

#include <stdio.h>

#include "base/id.h"
#include "base/mem.h"
#include "store/erase.h"
#include "store/inside.h"

#define IS_COMPACT "content_type = 'application/vnd.daybook.interactions+json'"
#define IS_MAIL "coalesce(content_type, '') LIKE 'message/rfc822%'"
/* A note is a decision that has an entry. */
#define HAS_ENTRY "EXISTS (SELECT 1 FROM interaction i WHERE i.id > j.id AND i.id < j.id + 67108864 AND i.journal_id = j.id)"

static const struct {
	const char *name, *next, *count;
} classes[] = {
#define CLASS(name_, where_) { name_, \
	"SELECT id FROM journal j WHERE id > ?1 AND id < ?2 AND " where_ " ORDER BY id", \
	"SELECT count(*), coalesce(sum(size), 0) FROM journal j WHERE id < ?2 AND " where_ }
	[RETENTION_RAW_WEBHOOKS] = CLASS("raw_webhooks", "kind = 0 AND outcome IN (1, 2) AND NOT (" IS_MAIL ") AND coalesce(NOT " IS_COMPACT ", 1)"),
	[RETENTION_RAW_EMAIL] = CLASS("raw_email", "kind = 0 AND outcome IN (1, 2) AND " IS_MAIL),
	[RETENTION_ATTACHMENTS] = {
		"attachments",
		/* A repeat of a mail has its files in its own bytes. */
		"SELECT id FROM journal j WHERE id > ?1 AND id < ?2 AND kind = 0 AND outcome IN (1, 2) ORDER BY id",
		"SELECT count(*), coalesce(sum(size), 0) FROM attachment WHERE state = 1 AND interaction_id < ?2",
	},
	[RETENTION_FILTERED] = CLASS("filtered", "kind = 0 AND outcome = 3 AND coalesce(NOT " IS_COMPACT ", 1)"),
	[RETENTION_DEAD_LETTERS] = CLASS("dead_letters", "kind = 0 AND outcome = 4"),
	/* A delivery that came once more goes with the one that it repeats. */
	[RETENTION_TIMELINE] = CLASS("timeline", "outcome IN (1, 2) AND repeat_of IS NULL AND (kind = 0 OR (kind = 1 AND " HAS_ENTRY "))"),
};

const char *retention_class_name(enum retention_class c)
{
	return classes[c].name;
}

static bool run_two(struct store *st, const char *sql, int64_t one, int64_t two, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, one);
	bind_int(&q, two);
	return query_run(&q, NULL, err);
}

static bool has_row(struct query *q, bool *has, struct err *err)
{
	if (!query_step(q, has, err))
		return false;
	query_close(q);
	return true;
}

/* ---- how far ---- */

bool store_has_retention(struct store *st, bool *has, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'retention'", err) && has_row(&q, has, err);
}

bool store_get_retention(struct store *st, enum retention_class c, struct retention_state *out, struct err *err)
{
	struct str error;
	struct query q;
	bool has;

	*out = (struct retention_state){ .done_id = 0 };
	if (!query_open(&q, st, "SELECT * FROM retention WHERE class = ?", err))
		return false;
	bind_str(&q, str_from(classes[c].name));
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		column_str(&q);
		out->done_id = column_int(&q);
		out->ran_us = column_int(&q);
		out->n_rows = column_int(&q);
		error = column_str(&q);
		snprintf(out->error, sizeof(out->error), STR_FMT, STR_ARG(error));
		if (sqlite3_column_count(q.stmt) > 5) {	/* else of an older version, which the command line reads */
			out->n_told = column_int(&q);
			out->whole_us = column_int(&q);
		}
	}
	query_close(&q);
	return true;
}

bool store_put_retention(struct store *st, enum retention_class c, const struct retention_state *state, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO retention(class, done_id, ran_at, whole_at, rows, error) VALUES (?, ?, ?, ?, 0, ?)"
				" ON CONFLICT(class) DO UPDATE SET done_id = excluded.done_id, ran_at = excluded.ran_at,"
				" whole_at = excluded.whole_at, error = excluded.error", err))
		return false;
	bind_str(&q, str_from(classes[c].name));
	bind_int(&q, state->done_id);
	bind_int(&q, state->ran_us);
	bind_int(&q, state->whole_us);
	bind_str(&q, str_from(state->error));
	return query_run(&q, NULL, err);
}

bool store_count_retention(struct store *st, enum retention_class c, int64_t n_more, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE retention SET rows = rows + ? WHERE class = ?", err))
		return false;
	bind_int(&q, n_more);
	bind_str(&q, str_from(classes[c].name));
	return query_run(&q, NULL, err);
}

bool store_tell_retention(struct store *st, enum retention_class c, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE retention SET told = rows WHERE class = ?", err))
		return false;
	bind_str(&q, str_from(classes[c].name));
	return query_run(&q, NULL, err);
}

/* ---- whose time is over ---- */

bool store_next_expired(struct store *st, enum retention_class c, int64_t after, int64_t before_us, struct id_page *page, struct err *err)
{
	struct query q;

	page->n = 0;
	if (!query_open(&q, st, classes[c].next, err))
		return false;
	bind_int(&q, after);
	bind_int(&q, id_next(0, before_us, 0));
	while (page->n < countof(page->ids) && query_next(&q, err))
		page->ids[page->n++] = column_int(&q);
	if (page->n < countof(page->ids))
		return query_end(&q);
	query_close(&q);
	return true;
}

bool store_count_expired(struct store *st, enum retention_class c, int64_t before_us, int64_t *n, int64_t *n_bytes, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, classes[c].count, err))
		return false;
	bind_int(&q, 0);
	bind_int(&q, id_next(0, before_us, 0));
	if (!query_step(&q, &has, err))
		return false;
	*n = column_int(&q);
	*n_bytes = column_int(&q);
	query_close(&q);
	return true;
}

/* ---- what is done to them ---- */

bool store_put_expired_message(struct store *st, const struct interaction *it, struct err *err)
{
	return run_two(st, "INSERT INTO expired_message VALUES (?, ?) ON CONFLICT DO NOTHING", it->key_us, store_key_hash(st, it), err);
}

bool store_is_expired_message(struct store *st, const struct interaction *it, bool *is, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM expired_message WHERE key_time = ? AND key_hash = ?", err))
		return false;
	bind_int(&q, it->key_us);
	bind_int(&q, store_key_hash(st, it));
	return has_row(&q, is, err);
}

bool store_strip_row(struct store *st, int64_t journal_id, const struct compact_row *with, struct err *err)
{
	struct query q;

	if (!run_two(st, "INSERT OR IGNORE INTO doomed_blob SELECT body_sha256 FROM journal"
			 " WHERE id = ?1 AND ?2 = 0 AND body_sha256 IS NOT NULL", journal_id, 0, err) ||
	    !query_open(&q, st, "UPDATE journal SET content_type = ?2, meta = ?3, encoding = ?4, size = ?5, body = ?6,"
				" body_sha256 = NULL WHERE id = ?1", err))
		return false;
	bind_int(&q, journal_id);
	bind_str_or_null(&q, with->content_type);
	bind_str_or_null(&q, with->meta);
	bind_int(&q, with->encoding);
	bind_int(&q, with->size);
	bind_blob_or_null(&q, with->body);
	return query_run(&q, NULL, err);
}

bool store_expire_attachments(struct store *st, int64_t interaction, int64_t journal_id, struct err *err)
{
	return run_two(st, "INSERT OR IGNORE INTO doomed_blob SELECT sha256 FROM attachment WHERE interaction_id = ?1 AND sha256 IS NOT NULL"
			   " AND EXISTS (SELECT 1 FROM interaction WHERE id = ?1 AND journal_id = ?2)", interaction, journal_id, err) &&
	       run_two(st, "UPDATE attachment SET state = 3, sha256 = NULL, remote_id = NULL, reason = '" RETENTION_EXPIRED "'"
			   " WHERE interaction_id = ?1 AND EXISTS (SELECT 1 FROM interaction WHERE id = ?1 AND journal_id = ?2)",
		       interaction, journal_id, err);
}
