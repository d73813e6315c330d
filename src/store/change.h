/* The log of changes: what happened to entries, contacts and connectors, numbered from 1 without a gap in the order of
 * commits, for those who follow along. Rows say kinds and ids, never text, and are written in the transaction of the change
 * itself; the verbs that change something note it by themselves. Its oldest rows are dropped. Who may see which row is for
 * view.h. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct store;

enum change_kind {			/* numbers are kept in the store */
	CHANGE_NONE,
	CHANGE_ENTRY_CREATED, CHANGE_ENTRY_UPDATED, CHANGE_ENTRY_ERASED,
	CHANGE_CONTACT_CREATED, CHANGE_CONTACT_UPDATED,
	CHANGE_CONTACT_MERGED,		/* other: into whom */
	CHANGE_CONTACT_UNMERGED,	/* other: out of whom */
	CHANGE_CONTACT_ERASED,
	CHANGE_REVIEW_CREATED, CHANGE_REVIEW_CLOSED,	/* other: the entry, or 0 */
	CHANGE_DEAD_CREATED, CHANGE_DEAD_CLOSED,
	CHANGE_CONNECTOR_STATE,
	CHANGE_STORE_REBUILT, CHANGE_STORE_RESTORED,	/* anything may have changed: read anew */
	CHANGE_COUNT
};
const char *change_name(enum change_kind kind);		/* "interaction.created" */
enum change_kind change_from(struct str name);		/* CHANGE_NONE: there is none */

/* Writer handle, in a transaction; numbered when it commits. The same again within a transaction may be left out. */
void store_note_change(struct store *st, enum change_kind kind, int64_t id, int64_t other);
/* While it is still there: whose it is. */
bool store_note_entry_erased(struct store *st, int64_t interaction, struct err *err);
bool store_note_contact_erased(struct store *st, int64_t contact, struct err *err);

/* The rows there are: first 0: none. Any handle; last is 0 in an older store. */
struct change_span {
	int64_t first, last;
};
bool store_change_span(struct store *st, struct change_span *span, struct err *err);
/* Writer handle: the last one that is committed. */
int64_t store_last_change(const struct store *st);

enum { CHANGES_KEPT = 1000000, CHANGES_KEPT_DAYS = 7 };
/* Drops, but for what a webhook has still to take, up to `limit` of the oldest rows, those beyond the above. Own transaction; *n: how many went. */
bool store_trim_changes(struct store *st, int64_t now_us, int64_t limit, int *n, struct err *err);

/* Writer handle, own transaction: numbers go on far above all that were ever given, with a row that says so. What a reader
 * knows of later numbers than a restored store is then not taken for those. */
bool store_skip_changes(struct store *st, enum change_kind why, int64_t at_us, struct err *err);
