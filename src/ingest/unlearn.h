/* Takes journal rows away as if they had never come, in one transaction: their entries, what these said of people and
 * conversations, and the rows themselves. Where another row has brought the same entry it becomes that row's, which is
 * applied again. A rebuild afterwards gives the same store. */
#pragma once

#include "ingest/kin.h"
#include "store/audit.h"
#include "store/erase.h"
#include "store/writer.h"

struct intake;
struct rules;

struct unlearn {
	struct job job;			/* first */
	struct arena *arena;		/* it lives in it */
	struct rules *rules;		/* borrowed */
	struct kin kin;
	struct intake **again;		/* beside kin.rows: what is applied again, read already; NULL: taken away */
	/* Of an erasure, or what is kept no longer: rows are not taken away but emptied, for this reason, so that they are known when
	 * they come again. NULL: taken away. */
	const char *empties;
	int64_t erasure;		/* 0: none */
	int64_t expires_before;		/* 0: none; entries of rows before it are gone for good, their keys become tombstones */
	int64_t import;			/* an import is undone: what goes is not counted as left out; 0: none */
	bool *keeps_ids;		/* beside kin.rows: the delivery id says where in a mailbox it lay */
	int64_t contact;		/* whose entries go; their keys become tombstones where nobody else takes part */
	int64_t gone_contact;		/* goes before anything is applied again, with all handles; 0: none */
	struct str *files;		/* that rows taken away are put together from; in the arena */
	size_t n_files;
	struct audit_entry told;	/* to the audit log, with the number of rows taken away for its detail */
	size_t n_removed;		/* rows, once it is done */
	struct erasure done;		/* and of an erasure, how much went */
	void (*finished)(struct unlearn *u, const struct err *err);	/* writer thread, once */
	void *arg;
};

/* The kin's and the list's memory is to be in the arena. */
struct unlearn *unlearn_create(struct arena *arena, struct rules *rules, const struct kin *kin);
void unlearn_destroy(struct unlearn *u);	/* with its intakes and the arena; NULL is fine */
