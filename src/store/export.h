/* Exports that were asked for. Their files are api/export_file.h's. Writer handle, in a transaction, where it changes anything. */
#pragma once

#include "store/store.h"

struct export_row {
	int64_t id;
	struct str by;			/* for people */
	int64_t token;			/* whose it is: this token's; 0: of staff, in a session */
	struct str staff, role;		/* whose eyes */
	struct str what, format;	/* "contacts", "interactions"; "jsonl", "csv" */
	struct str query;
	int64_t contact;		/* 0: all */
	int64_t asked_us, done_us, expires_us;
	int64_t n_rows, n_bytes;	/* written so far */
	struct str failed;		/* empty: it did not */
};

bool store_put_export(struct store *st, const struct export_row *row, int64_t *id, struct err *err);
bool store_get_export(struct store *st, int64_t id, struct arena *arena, struct export_row *row, struct err *err);	/* ERR_MISSING */
typedef bool (*export_fn)(const struct export_row *row, void *arg);
/* Of this token, or of this person of staff; newest first. */
bool store_each_export(struct store *st, int64_t token, struct str staff, export_fn fn, void *arg, struct err *err);
/* How far it is, and with done_us or failed that it is over. ERR_MISSING: it was dropped. */
bool store_note_export(struct store *st, const struct export_row *row, struct err *err);
bool store_drop_export(struct store *st, int64_t id, struct err *err);		/* ERR_MISSING */
bool store_next_export(struct store *st, int64_t *id, struct err *err);		/* the oldest that is not over; 0: none */
bool store_has_old_exports(struct store *st, int64_t now_us, bool *has, struct err *err);
bool store_drop_old_exports(struct store *st, int64_t now_us, struct err *err);
/* All that are not over, or may still be fetched: what they hold is not to be had any more. */
bool store_withdraw_exports(struct store *st, struct str why, int64_t now_us, struct err *err);
/* The same, and of every export what was looked for: it may name whoever is erased, in any spelling. */
bool store_erase_exports(struct store *st, struct str why, int64_t now_us, struct err *err);
