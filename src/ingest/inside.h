/* What the files of the ingest itself share. */
#pragma once

#include "ingest/ingest.h"

struct caps;
struct config;
struct erase;
struct event;
struct keepers;
struct queue;
struct retention;
struct sweep;
struct undo;

struct ingest {
	struct ingest_parts parts;
	struct config *config;
	struct rules *rules;
	struct source *import, *api, *people;
	struct instance *instances;
	struct keepers *keepers;
	struct pool *parse_pool, *net_pool;
	struct queue *calls;
	struct event *calls_event;
	struct caps *caps;
	struct erase *erase;		/* going on; NULL: none */
	bool may_erase;			/* there may be one to go on with */
	int64_t erase_after_us;
	struct retention *retention;	/* going on; NULL: none */
	int64_t retain_at_us;		/* when it is time again; 0: nobody has looked since the start */
	bool retains_anew;		/* then from the first row on */
	struct undo *undo;		/* going on; NULL: none */
	bool may_undo;
	int64_t undo_after_us;
	struct sweep *sweep;
	size_t n_on_the_way, n_comparing;
	bool is_stopped;
};

void ingest_add(struct ingest *g, struct instance *inst);	/* takes the reference */
