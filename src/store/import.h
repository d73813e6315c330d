/* Runs of an import, and which journal rows each brought. No function of the journal: a rebuild copies them. Writer handle, in a
 * transaction, where it changes anything. */
#pragma once

#include "store/forget.h"
#include "store/store.h"

struct import_run_row {
	int64_t id;
	struct str kind, name, by;	/* "mbox"; its first file; who began it */
	int64_t begun_us, ended_us;	/* ended 0: going on, or interrupted */
	int64_t by_outcome[OUTCOME_COUNT];	/* of its messages, when they came */
	struct str undo_by;
	int64_t undo_us, undone_us;	/* 0: not wanted; not over */
	int64_t n_taken;		/* journal rows taken away by the undo */
};

bool store_has_imports(struct store *st, bool *has, struct err *err);	/* false: an older store */
/* Goes on with the run of the same kind and name that somebody began within a week and did not end, or is a new one; *is_new says which. */
bool store_begin_import(struct store *st, const struct import_run_row *row, int64_t *id, bool *is_new, struct err *err);
/* A new run. */
bool store_put_import(struct store *st, const struct import_run_row *row, int64_t *id, struct err *err);
bool store_end_import(struct store *st, int64_t id, int64_t at_us, struct err *err);	/* ERR_MISSING; again: changes nothing */
/* A message of it has come. ERR_DENIED: it is undone; ERR_MISSING. */
bool store_put_import_row(struct store *st, int64_t id, int64_t journal_id, const int64_t counts[OUTCOME_COUNT], struct err *err);
/* Runs of files whose names have the word, also as a part of another: who@example.com.mbox names somebody. */
bool store_rename_imports(struct store *st, struct str word, struct str instead, struct err *err);

/* Texts in arena. ERR_MISSING. */
bool store_get_import(struct store *st, int64_t id, struct arena *arena, struct import_run_row *row, struct err *err);
typedef bool (*import_fn)(const struct import_run_row *row, void *arg);
/* Newest first, those below this id (0: all); none in an older store. */
bool store_each_import(struct store *st, int64_t below, import_fn fn, void *arg, struct err *err);

/* ---- taking it back ---- */

struct import_extent {
	int64_t n_rows;			/* deliveries that go */
	int64_t n_entries, n_staying;	/* entries they made, and those of them that another delivery has brought as well */
};
bool store_import_extent(struct store *st, int64_t id, struct import_extent *extent, struct err *err);
bool store_undo_import(struct store *st, int64_t id, struct str by, int64_t at_us, struct err *err);	/* ERR_MISSING, ERR_DENIED: it was */
bool store_next_undo(struct store *st, int64_t after, int64_t *id, struct err *err);	/* the oldest behind it that is not over; 0: none */
/* Its rows behind `after`; what was emptied (an erasure, retention) is not listed, since it tells what is not to come again. */
bool store_next_rows_of_import(struct store *st, int64_t id, int64_t after, struct id_page *page, struct err *err);
bool store_is_row_of_import(struct store *st, int64_t id, int64_t journal_id, bool *is, struct err *err);
/* Where the same bytes came by another run, too, this row becomes that delivery, whose own row goes; *is: it was so. */
bool store_give_row_away(struct store *st, int64_t id, int64_t journal_id, bool *is, struct err *err);
bool store_count_taken(struct store *st, int64_t id, int64_t n, struct err *err);
bool store_end_undo(struct store *st, int64_t id, int64_t at_us, struct err *err);	/* lets go of the rows it may have left */
