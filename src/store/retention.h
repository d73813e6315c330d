/* How long what is kept, by class: which rows' time is over, and how far that was looked through. Ages count from when something
 * came in. Writer handle, in a transaction, where it changes anything. */
#pragma once

#include "store/forget.h"
#include "store/store.h"

struct compact_row;

enum retention_class {
	RETENTION_RAW_WEBHOOKS, RETENTION_RAW_EMAIL, RETENTION_ATTACHMENTS, RETENTION_FILTERED, RETENTION_DEAD_LETTERS,
	RETENTION_TIMELINE, RETENTION_CLASS_COUNT
};
const char *retention_class_name(enum retention_class c);	/* as the option is called */

struct retention_state {
	int64_t done_id;		/* rows up to it were looked at, and none of them failed */
	int64_t ran_us, whole_us;	/* 0: never; whole_us: when it began to look at all rows */
	int64_t n_rows;			/* whose time was over, since ever */
	int64_t n_told;			/* of them, as the audit log knows */
	char error[200];		/* of the last run that came to its end; empty: none */
};
bool store_has_retention(struct store *st, bool *has, struct err *err);		/* false: an older store */
bool store_get_retention(struct store *st, enum retention_class c, struct retention_state *out, struct err *err);
/* Without the numbers of rows, which are counted with what goes, and told at the end of a run. */
bool store_put_retention(struct store *st, enum retention_class c, const struct retention_state *state, struct err *err);
bool store_count_retention(struct store *st, enum retention_class c, int64_t n_more, struct err *err);
bool store_tell_retention(struct store *st, enum retention_class c, struct err *err);

/* Rows of the class behind `after` that came before the moment. */
bool store_next_expired(struct store *st, enum retention_class c, int64_t after, int64_t before_us, struct id_page *page, struct err *err);
/* How many there are, and how many bytes they take, of attachments those of the files. Looks at all of them. */
bool store_count_expired(struct store *st, enum retention_class c, int64_t before_us, int64_t *n, int64_t *n_bytes, struct err *err);

/* ---- what is done to them ---- */
bool store_put_expired_message(struct store *st, const struct interaction *it, struct err *err);
bool store_is_expired_message(struct store *st, const struct interaction *it, bool *is, struct err *err);
/* Another body in the place of that of a row that stays what it is; the file that it lay in is doomed. */
bool store_strip_row(struct store *st, int64_t journal_id, const struct compact_row *with, struct err *err);
#define RETENTION_EXPIRED "kept for as long as it was to be"	/* why a file is gone */
/* Of the entries that the row brought first: the files are doomed, the names stay. */
bool store_expire_attachments(struct store *st, int64_t interaction, int64_t journal_id, struct err *err);
