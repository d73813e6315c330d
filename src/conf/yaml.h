/* A YAML file as a tree of texts. Types never come from YAML: every scalar is the text that was
 * written, and the option rows decide what it means (`host: no` is the host "no"). No anchors, no
 * aliases, no merge keys, one document a file. Not thread-safe; needed only while loading. */
#pragma once

#include <daybook/str.h>

struct diags;
struct yaml_doc;

enum {
	YAML_MAX_BYTES = 4 << 20,
	YAML_MAX_DEPTH = 32,
	YAML_MAX_NODES = 200000,
};

enum yaml_kind {
	YAML_BAD,		/* already complained about: pass over it in silence */
	YAML_TEXT,
	YAML_LIST,
	YAML_MAP,
};

/* Lines and columns from 1; columns count characters, not bytes. The end is exclusive. */
struct yaml_place {
	int line, column, end_line, end_column;
};

struct yaml_node {
	enum yaml_kind kind;
	bool is_plain;			/* a scalar without quotes */
	bool is_repeat;			/* a key that stood in the same map before; already reported */
	struct str text;		/* of a scalar; terminated, may hold NULs */
	const char *tag;		/* "!credential" …, else NULL */
	struct yaml_place at;
	struct yaml_doc *doc;
	struct yaml_node *key;		/* of a value in a map, else NULL */
	struct yaml_node **items;	/* of a list or a map, in the order of the file */
	size_t n_items;
};

/* Reads a file. NULL when that is impossible (reported). A file that is not YAML gives a document
 * without a root, is_broken set, and a report. */
struct yaml_doc *yaml_load(const char *path, struct diags *diags);
/* The same of bytes in memory; `name` stands where the path would. */
struct yaml_doc *yaml_parse(const char *name, struct str text, struct diags *diags);
void yaml_destroy(struct yaml_doc *doc);

const char *yaml_name(const struct yaml_doc *doc);
/* NULL when the file is empty or broken. */
struct yaml_node *yaml_root(const struct yaml_doc *doc);
bool yaml_is_broken(const struct yaml_doc *doc);
/* The value of a key in a map; NULL when absent or not a map. */
struct yaml_node *yaml_find(const struct yaml_node *map, const char *key);
/* A plain empty scalar: a key with nothing behind it. */
bool yaml_is_nothing(const struct yaml_node *node);

/* Whatever stands there is never printed. Values of keys that sound secret are hidden from the start. */
void yaml_hide(const struct yaml_node *node);
/* Is character `column` of the line hidden? Returns the first column behind the hidden range, else 0. */
int yaml_hidden_until(const struct yaml_doc *doc, int line, int column);
/* One line of the file, without its end; empty when there is none. */
struct str yaml_line(struct yaml_doc *doc, int line);
