/* Typed setters over option rows (<daybook/conf.h>): a YAML map in, a filled struct and reports out. */
#pragma once

#include <daybook/conf.h>

#include "conf/secret.h"

struct diags;
struct yaml_node;

/* What loading needs beside rows and nodes. */
struct conf_env {
	struct diags *diags;
	struct secret_source secrets;
};

/* One struct with its rows. A block in the file may fill several: a connector's own and the host's. */
struct conf_part {
	const struct conf_key *keys;	/* ends with a row whose name is NULL */
	void *block;			/* zeroed by the caller; conf_finish() afterwards in any case */
};

struct conf_block {
	const struct conf_part *parts;
	size_t n_parts;
	const char *const *others;	/* names that the caller handles, NULL-terminated; or NULL */
	const char *path;		/* "connectors.sales", or "" for the file itself */
};

/* Sets the defaults, then what the map says (NULL: nothing), then reports what is required and missing
 * at `at`. All errors are reported; false when there was one. */
bool conf_fill(const struct conf_block *block, const struct yaml_node *map,
	       const struct yaml_node *at, const struct conf_env *env);

/* The defaults alone. */
void conf_defaults(const struct conf_key *keys, void *block);

/* Frees and zeroes what the rows point at; the struct itself stays the caller's. */
void conf_finish(const struct conf_key *keys, void *block);

/* Are these rows sound: unique names, defaults that parse and lie in range, no packed secret?
 * ERR_BUG with the row's name. For every connector's own unit test. */
bool conf_check_rows(const struct conf_key *keys, struct err *err);

const struct conf_key *conf_find_key(const struct conf_key *keys, struct str name);	/* or NULL */

/* "at least 1", "at most 1d", "10s to 1d", or empty: what a number may be. Returns false when empty. */
struct buf;
bool conf_print_range(struct buf *out, const struct conf_key *key);

/* Typed access to the slot of a row. */
#define CONF_SLOT(type_, block_, key_) ((type_ *)((char *)(block_) + (key_)->offset))
#define CONF_SLOT_CONST(type_, block_, key_) \
	((const type_ *)((const char *)(block_) + (key_)->offset))
