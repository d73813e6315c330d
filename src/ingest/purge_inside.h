/* What the files of a purge share. */
#pragma once

#include <stdatomic.h>

#include "ingest/sources.h"
#include "store/store.h"

struct config;
struct id_page;
struct ingest_parts;
struct instance;

struct purge {
	struct instance *inst;		/* NULL: of none */
	int64_t import;			/* is undone; 0: a block list's purge */
	struct source *source;		/* with the list; or that of imports */
	struct config *config;		/* by which others' messages are read again */
	const struct ingest_parts *parts;
	atomic_bool is_canceled;
	bool is_behind;			/* a run by an older list may have been on its way when this began */

	/* The worker's. */
	struct store *reader;
	struct sources sources;
	int64_t last_id;		/* looked through up to here */
	size_t n_removed;
	size_t n_failed;		/* rows that could not be taken away; the run goes on past them … */
	struct err failure;		/* … and this is the last reason */
	struct err err;
};

/* purge_take.c; the worker. */
/* False: nobody can say now. */
bool purge_is_blocked(struct purge *p, int64_t id, bool *is);
/* In as few transactions as it takes. False: it cannot go on. */
bool purge_take_away(struct purge *p, const struct id_page *rows);
