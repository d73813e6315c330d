/* Taking away again, physically: journal rows and what came of them, and what nothing else holds then. Writer handle, in
 * a transaction, where it changes anything. Files go later: ingest/purge_files.h. */
#pragma once

#include "store/store.h"

/* The next ids of a listing, in their order: fewer than the page holds when it is at its end. */
struct id_page {
	int64_t ids[32];
	size_t n;
};
/* Raw rows of this connector behind `after`. */
bool store_next_rows_of(struct store *st, int64_t connector, int64_t after, struct id_page *page, struct err *err);
/* Entries that came of a journal row, or that it repeats; and whether a row, or what was left of one, begins in
 * (after, until]. */
bool store_each_entry_of(struct store *st, int64_t journal_id, id_fn fn, void *arg, struct err *err);
/* Where the ids of what came of a row begin; *base_id 0: there is no such row. */
bool store_find_row(struct store *st, int64_t journal_id, int64_t *base_id, int64_t *connector, struct err *err);
/* By which connector a row came, and what its connector said of it; in arena. */
bool store_get_meta(struct store *st, int64_t journal_id, struct arena *arena, int64_t *connector, struct str *meta,
		    struct err *err);
/* The kind, id and body, if it is a decision, of the last row before the id; in arena. id 0: there is none. */
bool store_get_row_before(struct store *st, int64_t id, struct arena *arena, struct journal_row *row, struct err *err);
bool store_has_row_between(struct store *st, int64_t after, int64_t until, bool *has, struct err *err);
/* Contacts whose ids follow soon enough to have been made by the same row. fn must not write. */
bool store_each_contact_after(struct store *st, int64_t id, id_fn fn, void *arg, struct err *err);

/* An entry, its attachments, its place in the index, and what is asked of people about it. Its participants go with
 * store_forget_participant(), by contact (0: nobody's). */
bool store_forget_entry(struct store *st, int64_t interaction, struct err *err);
bool store_forget_participant(struct store *st, int64_t contact, int64_t occurred_us, int64_t interaction, struct err *err);
/* Deliveries and dead letters of a row; counts[] gets how many events of each outcome it had, entries aside. */
bool store_forget_outcomes(struct store *st, int64_t journal_id, int64_t counts[OUTCOME_COUNT], struct err *err);
/* The row itself, also out of the import that brought it. */
bool store_forget_row(struct store *st, int64_t journal_id, struct err *err);

/* Nobody's identity that took part in nothing; a contact that took part in nothing, with its identities, and its company
 * where he was the last of it. *is_gone says whether it was so. */
bool store_forget_identity(struct store *st, int64_t identity, bool *is_gone, struct err *err);
bool store_forget_contact(struct store *st, int64_t contact, bool *is_gone, struct err *err);
/* What all of them tell together, in place of what was there. */
bool store_set_contact(struct store *st, int64_t id, const struct contact_touch *sum, struct err *err);
/* Has the identity taken part in anything as this contact's, recorded before this id? */
bool store_was_there_before(struct store *st, int64_t identity, int64_t contact, int64_t id, bool *was, struct err *err);

/* Why the handle is whose it is; in arena. */
bool store_get_why(struct store *st, const struct identity *who, struct arena *arena, struct str *why, struct err *err);

/* What is known of the ancestors of these mails (their own ids, and all that they name) is forgotten, and what group
 * they belong to; store_put_mail_links() of the mails that are left says it again. */
bool store_forget_mail_id(struct store *st, struct str id, struct err *err);
bool store_leave_group(struct store *st, struct str group, int64_t at_us, struct str id, struct err *err);
/* The conversation that a mail of this id would belong to now, in arena; and the mails of one. fn must not write. */
bool store_find_thread(struct store *st, struct str id, struct arena *arena, struct str *thread, struct err *err);
bool store_each_of_thread(struct store *st, struct str thread, interaction_fn fn, void *arg, struct err *err);
bool store_set_thread(struct store *st, int64_t interaction, struct str thread, struct err *err);
/* What of the same Message-ID is left: the first of them is no second use of it. */
bool store_flag_reuse_again(struct store *st, struct str message_id, struct err *err);

/* Files that something named which is gone, in the order of their names; is_named: an entry or a whole body is one again.
 * What stands in a skeleton without being an attachment of an entry only the rows of store_next_skeletons() say: those that
 * came to something else than entries. */
typedef bool (*doomed_fn)(struct str sha256, bool is_named, void *arg);
bool store_each_doomed(struct store *st, doomed_fn fn, void *arg, struct err *err);
bool store_next_skeletons(struct store *st, int64_t after, struct id_page *page, struct err *err);
bool store_has_doomed(struct store *st, bool *has, struct err *err);
bool store_doom(struct store *st, struct str sha256, struct err *err);
bool store_forget_doomed(struct store *st, struct str sha256, struct err *err);
/* Some of the work of squeezing the deleted out of the index; *is_over: there is none left. */
bool store_has_deleted_words(struct store *st, bool *has, struct err *err);
bool store_squeeze_search(struct store *st, bool is_first, bool *is_over, struct err *err);
/* Before squeezing has made more levels of it than SQLite reads. */
bool store_level_search(struct store *st, struct err *err);

/* What people decided, in the order of coming. */
bool store_each_decision(struct store *st, journal_fn fn, void *arg, struct err *err);

/* ---- what is left of rows that were taken away: JOURNAL_SEED ---- */
bool store_each_seed(struct store *st, journal_fn fn, void *arg, struct err *err);
bool store_replace_seed(struct store *st, int64_t id, struct str body, struct err *err);	/* empty: it goes */
