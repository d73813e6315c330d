/* Whatever a journal row may have come from, for reading the journal again: the configured connectors, the reserved
 * ones, and those that are configured no more, with the options they last had. */
#pragma once

#include "conf/config.h"
#include "ingest/source.h"
#include "store/store.h"

struct sources {
	struct store *store;
	const struct connector *const *known;	/* NULL-terminated */
	struct rules *rules;
	struct source_list list;
	struct source *people;
	struct gone *gone;
	size_t n_gone;
};

/* Borrows all it is given. After a failure it is to be finished, too. */
bool sources_init(struct sources *s, const struct config *config, const struct connector *import,
		  const struct connector *const *known, struct store *store, struct err *err);
void sources_finish(struct sources *s);

/* Borrowed; NULL when nobody knows it. */
struct source *sources_find(struct sources *s, int64_t connector, struct err *err);
