/* Files that were sent to be imported, each the beginning of a run of import.h. The bytes are api/spool.h's. Writer handle, in a
 * transaction, where it changes anything. */
#pragma once

#include "store/import.h"

struct upload_row {
	int64_t import;			/* its run */
	int64_t size, received;		/* bytes; received are durable */
	int64_t touched_us, started_us;	/* started 0: not read yet */
	struct str failed;		/* empty: it did not */
	int64_t n_unread;		/* messages that could not be read at all */
	struct str unread;		/* where the first one of them is, and why */
};

bool store_has_uploads(struct store *st, bool *has, struct err *err);	/* false: an older store */
/* A new run, of which nothing has come. */
bool store_put_upload(struct store *st, const struct import_run_row *run, int64_t size, int64_t *id, struct err *err);
/* ERR_MISSING: this import came in another way, or there is none. Texts in arena. */
bool store_get_upload(struct store *st, int64_t import, struct arena *arena, struct upload_row *row, struct err *err);
/* What people are told of it. up NULL: it came in another way. */
const char *import_state(const struct import_run_row *row, const struct upload_row *up);
/* Behind `from` bytes there are now `to`. ERR_AGAIN: there were not so many, or more. */
bool store_note_piece(struct store *st, int64_t import, int64_t from, int64_t to, int64_t now_us, struct err *err);
/* The oldest that is complete, and whose run is neither over nor wanted back; 0: none. */
bool store_next_upload(struct store *st, int64_t *import, struct err *err);
/* How many bytes of its file are read, as the mark of the one who reads it has it; 0: not known. */
bool store_import_progress(struct store *st, int64_t connector, const struct import_run_row *run, int64_t *n, struct err *err);
bool store_start_upload(struct store *st, int64_t import, int64_t now_us, struct err *err);
/* Ends the run, and forgets how far it was. why: nothing more comes of it; empty: it was read to its end. */
bool store_end_upload(struct store *st, int64_t import, struct str why, int64_t now_us, struct err *err);
/* How far it was; its key names the file. Of any import: one that was not sent has none of these. */
bool store_forget_upload_mark(struct store *st, int64_t import, struct err *err);
/* Once it was read to its end. Whoever read it in several runs, after a kill, tells of the last. */
bool store_put_unread(struct store *st, int64_t import, int64_t n, struct str first, struct err *err);
bool store_has_unread(struct store *st, bool *has, struct err *err);	/* false: an older store */
/* What they failed of, and where messages could not be read, where the word stands in it: both name the file. */
bool store_rename_uploads(struct store *st, struct str word, struct str instead, struct err *err);
/* With its run, of which nothing may have come. ERR_DENIED: it was started; ERR_MISSING. */
bool store_drop_upload(struct store *st, int64_t import, struct err *err);
/* Nobody has sent anything of it since, and it is not complete; 0: none. */
bool store_next_stale_upload(struct store *st, int64_t before_us, int64_t *import, struct err *err);
bool store_count_open_uploads(struct store *st, int64_t *n, int64_t *bytes, struct err *err);	/* not over; bytes: what they will need, with what they bring */
