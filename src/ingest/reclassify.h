/* What the rules of today (of this version, and of the configuration) would make of the entries that are stored: kind and
 * direction alone. Reads the journal again as a rebuild does; writes nothing. */
#pragma once

#include "conf/config.h"
#include "store/store.h"

struct connector;
struct parsers;

struct reclassify_change {
	const struct interaction_row *row;	/* as it is stored */
	/* As it would be. KIND_NONE: no entry of its own any more, `why` says what instead. */
	enum kind kind;
	enum direction direction;
	struct str why;
};

struct reclassify_counts {
	int64_t n_entries;	/* looked at */
	int64_t n_changed;
	int64_t n_left;		/* of people (notes), or their bytes are no more */
};

struct reclassify_parts {
	const struct config *config;
	const struct connector *import;
	const struct connector *const *known;	/* NULL-terminated */
	struct parsers *parsers;
	const char *dir;		/* storage.path, for bodies in the blob store */
	int64_t connector;		/* 0: all */
	/* In recorded order; false ends it. */
	bool (*changed)(const struct reclassify_change *change, void *arg);
	/* After every entry; may be NULL. */
	void (*progress)(const struct reclassify_counts *counts, void *arg);
	void *arg;
};

/* Blocks on disk and parser. */
bool reclassify_compare(const struct reclassify_parts *parts, struct store *store,
			struct reclassify_counts *counts, struct err *err);
