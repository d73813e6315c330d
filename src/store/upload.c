#include "store/upload.h"

#include <stdio.h>

#include "base/id.h"
#include "base/mem.h"
#include "store/inside.h"

enum { FOLDER_SIZE = ID_TEXT_SIZE + 16 };

#define IS_OPEN "u.failed IS NULL AND r.ended_at = 0 AND r.undo_at = 0"
#define WITH_RUN "import_upload u JOIN import_run r ON r.id = u.import_id"

static bool one_int(struct query *q, int64_t *value, struct err *err)
{
	bool has;

	if (!query_step(q, &has, err))
		return false;
	*value = has ? column_int(q) : 0;
	query_close(q);
	return true;
}

bool store_has_uploads(struct store *st, bool *has, struct err *err)
{
	struct query q;
	int64_t n;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'import_upload'", err) || !one_int(&q, &n, err))
		return false;
	*has = n != 0;
	return true;
}

bool store_put_upload(struct store *st, const struct import_run_row *run, int64_t size, int64_t *id, struct err *err)
{
	struct query q;

	if (!store_put_import(st, run, id, err) ||
	    !query_open(&q, st, "INSERT INTO import_upload(import_id, size, touched_at) VALUES (?, ?, ?)", err))
		return false;
	bind_int(&q, *id);
	bind_int(&q, size);
	bind_int(&q, run->begun_us);
	return query_run(&q, NULL, err);
}

bool store_get_upload(struct store *st, int64_t import, struct arena *arena, struct upload_row *row, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT import_id, size, received, touched_at, started_at, coalesce(failed, ''), coalesce(n, 0), coalesce(first, '')"
				" FROM import_upload LEFT JOIN import_unread USING (import_id) WHERE import_id = ?", err))
		return false;
	bind_int(&q, import);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		row->import = column_int(&q);
		row->size = column_int(&q);
		row->received = column_int(&q);
		row->touched_us = column_int(&q);
		row->started_us = column_int(&q);
		row->failed = arena_str(arena, column_str(&q));
		row->n_unread = column_int(&q);
		row->unread = arena_str(arena, column_str(&q));
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such upload");
}

const char *import_state(const struct import_run_row *row, const struct upload_row *up)
{
	if (row->undone_us != 0)
		return "undone";
	if (row->undo_us != 0)
		return "undoing";
	if (up != NULL && up->failed.len > 0)
		return "failed";
	if (row->ended_us != 0)
		return "ended";
	if (up == NULL)
		return "open";
	return up->received < up->size ? "uploading" : up->started_us == 0 ? "waiting" : "importing";
}

bool store_note_piece(struct store *st, int64_t import, int64_t from, int64_t to, int64_t now_us, struct err *err)
{
	struct query q;
	int n;

	if (!query_open(&q, st, "UPDATE import_upload SET received = ?3, touched_at = ?4 WHERE import_id = ?1 AND received = ?2"
				" AND ?3 <= size AND failed IS NULL", err))
		return false;
	bind_int(&q, import);
	bind_int(&q, from);
	bind_int(&q, to);
	bind_int(&q, now_us);
	return query_run(&q, &n, err) && (n == 1 || err_setf(err, ERR_AGAIN, "another piece came in between"));
}

bool store_next_upload(struct store *st, int64_t *import, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT u.import_id FROM " WITH_RUN " WHERE u.received = u.size AND " IS_OPEN " ORDER BY u.import_id LIMIT 1",
			  err) && one_int(&q, import, err);
}

/* As it stands in the key of its mark: import_mark.h. */
static struct str folder_of(int64_t import, char folder[FOLDER_SIZE])
{
	char id[ID_TEXT_SIZE];

	snprintf(folder, FOLDER_SIZE, "/imports/%s/", id_format(import, "imp_", id));
	return str_from(folder);
}

bool store_import_progress(struct store *st, int64_t connector, const struct import_run_row *run, int64_t *n, struct err *err)
{
	char folder[FOLDER_SIZE];
	struct query q;

	if (!query_open(&q, st, "SELECT CAST(value AS INTEGER) FROM cursor WHERE connector_id = ? AND instr(key, ?)", err))
		return false;
	bind_int(&q, connector);
	bind_str(&q, folder_of(run->id, folder));
	return one_int(&q, n, err);
}

bool store_start_upload(struct store *st, int64_t import, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE import_upload SET started_at = ?2 WHERE import_id = ?1 AND started_at = 0", err))
		return false;
	bind_int(&q, import);
	bind_int(&q, now_us);
	return query_run(&q, NULL, err);
}

bool store_forget_upload_mark(struct store *st, int64_t import, struct err *err)
{
	char folder[FOLDER_SIZE];
	struct query q;

	if (!query_open(&q, st, "DELETE FROM cursor WHERE instr(key, ?) AND connector_id = (SELECT id FROM connector WHERE name = 'import')", err))
		return false;
	bind_str(&q, folder_of(import, folder));
	return query_run(&q, NULL, err);
}

bool store_end_upload(struct store *st, int64_t import, struct str why, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE import_upload SET failed = ? WHERE import_id = ?", err))
		return false;
	bind_str_or_null(&q, why);
	bind_int(&q, import);
	return query_run(&q, NULL, err) && store_forget_upload_mark(st, import, err) && store_end_import(st, import, now_us, err);
}

bool store_put_unread(struct store *st, int64_t import, int64_t n, struct str first, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO import_unread VALUES (?, ?, ?)", err))
		return false;
	bind_int(&q, import);
	bind_int(&q, n);
	bind_str(&q, first);
	return query_run(&q, NULL, err);
}

bool store_has_unread(struct store *st, bool *has, struct err *err)
{
	struct query q;
	int64_t n;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'import_unread'", err) || !one_int(&q, &n, err))
		return false;
	*has = n != 0;
	return true;
}

static bool rename_with(struct store *st, const char *sql, struct str word, struct str instead, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_str(&q, word);
	bind_str(&q, instead);
	return query_run(&q, NULL, err);
}

bool store_rename_uploads(struct store *st, struct str word, struct str instead, struct err *err)
{
	return rename_with(st, "UPDATE import_upload SET failed = ?2 WHERE instr(lower(failed), lower(?1)) > 0", word, instead, err) &&
	       rename_with(st, "UPDATE import_unread SET first = ?2 WHERE instr(lower(first), lower(?1)) > 0", word, instead, err);
}

static bool run_with(struct store *st, const char *sql, int64_t id, int *n, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, id);
	return query_run(&q, n, err);
}

bool store_drop_upload(struct store *st, int64_t import, struct err *err)
{
	int n;

	if (!run_with(st, "DELETE FROM import_upload WHERE import_id = ? AND started_at = 0", import, &n, err))
		return false;
	if (n == 0)
		return err_setf(err, ERR_DENIED, "this import has begun; an undo takes back what it brought");
	return run_with(st, "DELETE FROM import_run WHERE id = ?", import, NULL, err);
}

bool store_next_stale_upload(struct store *st, int64_t before_us, int64_t *import, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT u.import_id FROM " WITH_RUN " WHERE u.received < u.size AND u.touched_at < ? AND " IS_OPEN
				" ORDER BY u.import_id LIMIT 1", err))
		return false;
	bind_int(&q, before_us);
	return one_int(&q, import, err);
}

bool store_count_open_uploads(struct store *st, int64_t *n, int64_t *bytes, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT count(*), coalesce(sum(2 * u.size - u.received), 0) FROM " WITH_RUN " WHERE " IS_OPEN, err) ||
	    !query_step(&q, &has, err))
		return false;
	*n = column_int(&q);
	*bytes = column_int(&q);
	query_close(&q);
	return true;
}
