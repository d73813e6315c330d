#include "store/query.h"

#include <assert.h>

#include "store/inside.h"

/* The literal's address picks the slot; a few hundred literals never fill the table. */
static sqlite3_stmt **slot_of(struct store *st, const char *sql)
{
	size_t i = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15 >> 32 & (STATEMENT_SLOTS - 1);

	for (size_t n = 0; n < STATEMENT_SLOTS; n++, i = (i + 1) & (STATEMENT_SLOTS - 1)) {
		if (st->statements[i].sql == NULL)
			st->statements[i].sql = sql;
		if (st->statements[i].sql == sql)
			return &st->statements[i].stmt;
	}
	assert(!"too many statements");
	return NULL;
}

bool query_open(struct query *q, struct store *st, const char *sql, struct err *err)
{
	sqlite3_stmt **slot = slot_of(st, sql);

	*q = (struct query){ .st = st };
	if (*slot == NULL &&
	    sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK)
		return query_failed(st, "prepare", err);
	q->stmt = *slot;
	return true;
}

void query_close(struct query *q)
{
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
}

void bind_int(struct query *q, int64_t value)
{
	sqlite3_bind_int64(q->stmt, ++q->bound, value);
}

void bind_int_or_null(struct query *q, int64_t value)
{
	if (value != 0)
		bind_int(q, value);
	else
		sqlite3_bind_null(q->stmt, ++q->bound);
}

/* Borrowed: the caller's bytes live until query_run or query_close returns. */
void bind_str(struct query *q, struct str s)
{
	sqlite3_bind_text64(q->stmt, ++q->bound, s.len ? s.ptr : "", s.len, SQLITE_STATIC,
			    SQLITE_UTF8);
}

void bind_str_or_null(struct query *q, struct str s)
{
	if (s.len > 0)
		bind_str(q, s);
	else
		sqlite3_bind_null(q->stmt, ++q->bound);
}

void bind_blob_or_null(struct query *q, struct str s)
{
	if (s.len > 0)
		sqlite3_bind_blob64(q->stmt, ++q->bound, s.ptr, s.len, SQLITE_STATIC);
	else
		sqlite3_bind_null(q->stmt, ++q->bound);
}

bool query_step(struct query *q, bool *has, struct err *err)
{
	int rc = sqlite3_step(q->stmt);

	q->column = 0;
	*has = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return true;
	query_failed(q->st, "read", err);
	query_close(q);
	return false;
}

bool query_next(struct query *q, struct err *err)
{
	bool has;

	q->is_failed = !query_step(q, &has, err);
	return has;
}

bool query_end(struct query *q)
{
	query_close(q);
	return !q->is_failed;
}

bool query_run(struct query *q, int *n_changed, struct err *err)
{
	int rc;

	do
		rc = sqlite3_step(q->stmt);
	while (rc == SQLITE_ROW);
	if (rc != SQLITE_DONE)
		query_failed(q->st, "write", err);
	if (n_changed != NULL)
		*n_changed = sqlite3_changes(q->st->db);
	query_close(q);
	return rc == SQLITE_DONE;
}

int64_t column_int(struct query *q)
{
	return sqlite3_column_int64(q->stmt, q->column++);
}

struct str column_str(struct query *q)
{
	int i = q->column++;
	const void *bytes = sqlite3_column_blob(q->stmt, i);

	return (struct str){ bytes, (size_t)sqlite3_column_bytes(q->stmt, i) };
}

bool query_each_id(struct query *q, bool (*fn)(int64_t id, void *arg), void *arg, struct err *err)
{
	while (query_next(q, err))
		if (!fn(column_int(q), arg))
			break;
	return query_end(q);
}
