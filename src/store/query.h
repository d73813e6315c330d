/* One statement's run: bind in order, step, read in order. Statements are prepared once a handle and
 * kept, keyed by the address of their SQL literal, so every SQL text must be a literal. */
#pragma once

#include <sqlite3.h>

#include <daybook/err.h>
#include <daybook/str.h>

struct store;

struct query {
	struct store *st;
	sqlite3_stmt *stmt;
	int bound, column;
	bool is_failed;
};

bool query_open(struct query *q, struct store *st, const char *sql, struct err *err);
void query_close(struct query *q);

void bind_int(struct query *q, int64_t value);
void bind_int_or_null(struct query *q, int64_t value);		/* 0: NULL */
void bind_str(struct query *q, struct str s);			/* empty: "" */
void bind_str_or_null(struct query *q, struct str s);		/* empty: NULL */
void bind_blob_or_null(struct query *q, struct str s);

/* One row: true and *has. The slices of columns live until the next step or query_close. */
bool query_step(struct query *q, bool *has, struct err *err);
/* All rows: while (query_next()), then return query_end(), which closes and is false when a step failed. */
bool query_next(struct query *q, struct err *err);
bool query_end(struct query *q);
/* The first column of all rows, until fn is false; closes. */
bool query_each_id(struct query *q, bool (*fn)(int64_t id, void *arg), void *arg, struct err *err);
/* Runs to the end, closes; n_changed may be NULL. */
bool query_run(struct query *q, int *n_changed, struct err *err);

int64_t column_int(struct query *q);				/* NULL: 0 */
struct str column_str(struct query *q);				/* NULL: empty */

/* Turns the handle's last error into one of ours; returns false. */
bool query_failed(struct store *st, const char *what, struct err *err);
