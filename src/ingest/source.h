/* What the pipeline knows of a configured connector while something of it is on its way: immutable, and
 * counted, because a reload may drop the connector before the last message of it is committed. */
#pragma once

#include <daybook/connector.h>

#include "base/log.h"
#include "model/match.h"

struct own;

/* The operator's rules, shared by all sources of one configuration. */
struct rules {
	struct own *own;
	const char *default_region;	/* NULL when not set */
	void *owner;			/* what keeps the strings above alive … */
	void (*release)(void *owner);	/* … and how it is let go */
	int refs;
};

struct rules *rules_ref(struct rules *rules);
void rules_unref(struct rules *rules);

struct source {
	int64_t id;			/* in the store */
	struct str name;
	const struct connector *type;
	const void *conf;		/* kept alive by rules->owner */
	struct str packed;		/* conf for the parser process; owned */
	struct match_policy policy;	/* its strings are kept alive by rules->owner too */
	struct str owner;		/* of whom it makes known; empty: nobody; owned */
	bool is_shared;			/* what comes by it is for everybody; an import is neither shared nor somebody's */
	struct rules *rules;
	struct log_ctx log;
	int refs;
};

/* Takes a reference on rules; copies name and packed. */
struct source *source_create(int64_t id, struct str name, const struct connector *type,
			     const void *conf, struct str packed, const struct match_policy *policy,
			     struct rules *rules);
/* A configured connector: somebody's, or (empty) everybody's. Before anybody else has it. */
void source_set_owner(struct source *source, struct str owner);
struct source *source_ref(struct source *source);
void source_unref(struct source *source);	/* any thread; NULL is fine */

/* Counted references to some sources, for a worker that may not touch the instances. */
struct source_list {
	struct source **items;
	size_t n;
};

void source_list_add(struct source_list *list, struct source *source);
struct source *source_list_find(const struct source_list *list, int64_t id);	/* borrowed, or NULL */
void source_list_clear(struct source_list *list);
