/* Option rows: one row an option, the only source for parsing, checks, `daybook config explain`,
 * the manual page, the JSON Schema, the commented example and completion. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <daybook/err.h>
#include <daybook/str.h>

enum conf_type {
	CONF_T_BOOL,		/* bool: yes/no, true/false, on/off */
	CONF_T_INT,		/* int64_t */
	CONF_T_SIZE,		/* int64_t bytes: 4MiB, 512KiB, 10M, 100 */
	CONF_T_DURATION,	/* int64_t µs: 30s, 5m, 1h, 7d, 200ms */
	CONF_T_RATE,		/* struct conf_rate: 10/min, 5/s, 100/h */
	CONF_T_DATE,		/* int64_t µs since 1970: 2024-01-01, or an age such as 90d (kept negative: -age) */
	CONF_T_STRING,		/* const char * */
	CONF_T_ENUM,		/* int: index into choices */
	CONF_T_PATH,		/* const char *: relative ones made absolute against the file they stand in */
	CONF_T_SECRET,		/* struct secret *; only !credential, !file, !env */
	CONF_T_LIST,		/* struct conf_list: a sequence of scalars; one scalar is a list of one */
	CONF_T_MAP,		/* struct conf_map: name → list of scalars */
	CONF_T_BLOCK,		/* a struct inside of the struct, with rows of its own; neither default nor
				 * flags, and never packed for the parser process */
	CONF_T_LATER,		/* accepted in any shape, kept nowhere; a warning says that this
				 * version does not use it */
};

enum conf_flags {
	CONF_REQUIRED = 1 << 0,
	CONF_RELOAD = 1 << 1,	/* may change by SIGHUP without a restart of the daemon */
	CONF_USUAL = 1 << 3,	/* required where the option named by `instead` is not given; where it is, check()
				 * decides. Part of the least example. */
	CONF_NORMALIZE = 1 << 2,/* normalize() reads it: packed for the parser process; never a secret */
};

struct conf_rate {
	int64_t count;		/* 0: no limit */
	int64_t per_us;
};

struct conf_list {
	const char **items;
	size_t n_items;
};

struct conf_map {
	struct conf_map_entry {
		const char *name;
		struct conf_list values;
	} *entries;
	size_t n_entries;
};

/* A secret's bytes. Zeroed when freed, never printed, no format reaches it. */
struct secret;
struct str secret_bytes(const struct secret *secret);	/* NULL gives an empty slice */
bool secret_is(const struct secret *secret, struct str candidate);	/* constant time */

struct conf_key {
	const char *name;
	enum conf_type type;
	unsigned flags;
	size_t offset;			/* into the block's struct */
	const char *fallback;		/* default, as it would be written; NULL: zero, empty */
	int64_t min, max;		/* for numbers, both 0: no bound */
	const char *const *choices;	/* CONF_T_ENUM, NULL-terminated */
	const struct conf_key *rows;	/* CONF_T_BLOCK: offsets into the inner struct; ends with a zero row */
	const char *instead;		/* CONF_USUAL */
	const char *help;		/* one or two sentences, no full stop needed at the end */
};

/* CONF_KEY(CONF_T_STRING, imap_conf, host, NULL, CONF_REQUIRED, "server to read from") */
#define CONF_KEY(type_, struct_, member_, fallback_, flags_, help_) \
	{ .name = #member_, .type = (type_), .flags = (flags_), \
	  .offset = offsetof(struct struct_, member_), .fallback = (fallback_), .help = (help_) }
#define CONF_KEY_RANGE(type_, struct_, member_, fallback_, flags_, min_, max_, help_) \
	{ .name = #member_, .type = (type_), .flags = (flags_), \
	  .offset = offsetof(struct struct_, member_), .fallback = (fallback_), \
	  .min = (min_), .max = (max_), .help = (help_) }
#define CONF_KEY_ENUM(struct_, member_, fallback_, flags_, choices_, help_) \
	{ .name = #member_, .type = CONF_T_ENUM, .flags = (flags_), \
	  .offset = offsetof(struct struct_, member_), .fallback = (fallback_), \
	  .choices = (choices_), .help = (help_) }
#define CONF_KEY_BLOCK(struct_, member_, rows_, help_) \
	{ .name = #member_, .type = CONF_T_BLOCK, .offset = offsetof(struct struct_, member_), \
	  .rows = (rows_), .help = (help_) }
/* The last row: all zero. */
