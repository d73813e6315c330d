/* Who was erased: the ledger of it, and tombstones by which what is theirs is known when it comes again. A tombstone is a keyed
 * hash; its key lies in the store, and so in each backup. Writer handle, in a transaction, where it changes anything. */
#pragma once

#include "store/forget.h"
#include "store/store.h"

/* ---- the ledger of erasures ---- */
struct erasure {
	int64_t id;
	struct str by;			/* who wanted it */
	int64_t at_us, done_us;		/* done 0: it is going on */
	int64_t n_entries, n_blanked, n_dead, n_decisions, n_rows, n_files, n_old_databases;
};

bool store_has_erasures(struct store *st, bool *has, struct err *err);	/* false: an older store */
bool store_put_erasure(struct store *st, const struct erasure *e, struct err *err);
/* Adds the counts of `more` to it; its done_us, too, when it is not 0. */
bool store_count_erasure(struct store *st, const struct erasure *more, struct err *err);
bool store_get_erasure(struct store *st, int64_t id, struct arena *arena, struct erasure *e, struct err *err);	/* ERR_MISSING */
typedef bool (*erasure_fn)(const struct erasure *e, void *arg);
bool store_each_erasure(struct store *st, erasure_fn fn, void *arg, struct err *err);
/* The oldest that is going on; 0: none. */
bool store_next_erasure(struct store *st, int64_t *id, struct err *err);

/* Which contacts it takes; erasure 0: not erased. */
bool store_put_erased_contact(struct store *st, int64_t contact, int64_t erasure, struct err *err);
bool store_forget_erased_contact(struct store *st, int64_t contact, struct err *err);
bool store_find_erased_contact(struct store *st, int64_t contact, int64_t *erasure, struct err *err);
bool store_each_erased_contact(struct store *st, int64_t erasure, id_fn fn, void *arg, struct err *err);

/* ---- tombstones ---- */
enum { ERASE_KEY_SIZE = 32, ERASE_HASH_SIZE = 16 };
bool store_erase_key(struct store *st, unsigned char key[ERASE_KEY_SIZE], struct err *err);
bool store_set_erase_key(struct store *st, const unsigned char key[ERASE_KEY_SIZE], struct err *err);
/* Of a canonical handle; a phone and the wa of the same number are one. */
void erase_hash(const unsigned char key[ERASE_KEY_SIZE], const struct identity *who, unsigned char out[ERASE_HASH_SIZE]);

/* Or rows that are known by a hash of their delivery id alone, because what they held was kept no longer. */
bool store_has_tombstones(struct store *st, bool *has, struct err *err);
bool store_put_erased_handle(struct store *st, const unsigned char hash[ERASE_HASH_SIZE], int64_t at_us, struct err *err);
/* *at_us: what came about before is not taken; 0: not erased. */
bool store_find_erased_handle(struct store *st, const unsigned char hash[ERASE_HASH_SIZE], int64_t *at_us, struct err *err);
bool store_put_erased_message(struct store *st, const struct interaction *it, struct err *err);
bool store_is_erased_message(struct store *st, const struct interaction *it, bool *is, struct err *err);

/* ---- what is of one person ---- */
/* Some of the entries that came about before `before_us` (0: any) in which the contact takes part, or that came by one of its
 * handles: fewer than fit only when there are few. */
bool store_next_entries_of(struct store *st, int64_t contact, int64_t before_us, struct id_page *page, struct err *err);
/* Does the contact, or one of its handles, take part in it; and nobody else? */
bool store_takes_part(struct store *st, int64_t contact, int64_t interaction, bool *does, struct err *err);
bool store_is_only_of(struct store *st, int64_t contact, int64_t interaction, bool *is, struct err *err);
/* Rows that hold something that is no entry: filtered events and dead letters. */
bool store_next_leftover_rows(struct store *st, int64_t after, struct id_page *page, struct err *err);
bool store_has_filtered(struct store *st, int64_t journal_id, bool *has, struct err *err);
bool store_each_repeat_of(struct store *st, int64_t journal_id, id_fn fn, void *arg, struct err *err);

/* In the place of the bytes of a row: what remains of it. Whatever it was, it is something that came in now. */
struct compact_row {
	struct str content_type, meta, body;
	int64_t encoding, size;
	bool keeps_delivery_id;		/* it says where in a mailbox the mail lay; else it may be anything, and becomes its hash */
};
/* What the delivery id of an erased row is kept as, by which a repeat is known. */
enum { ERASED_ID_SIZE = 48 };
bool store_hash_delivery_id(struct store *st, struct str id, char out[ERASED_ID_SIZE], struct err *err);
bool store_compact_row(struct store *st, int64_t journal_id, const struct compact_row *row, struct err *err);
