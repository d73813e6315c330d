/* What is wrong with a configuration, all of it in one run:
 *
 *   daybook.yaml:12:10: error: connectors.sales.every: "5 parsecs" is not a duration (try 30s, 5m, 1h)
 *    12 |   every: 5 parsecs
 *       |          ^^^^^^^^^
 *       = a hint, where there is one
 *
 * A secret's text is never printed: see yaml_hide(). Not thread-safe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <daybook/str.h>

#include "base/buf.h"
#include "conf/yaml.h"

struct diags;

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag {
	enum diag_severity severity;
	char *file;
	struct yaml_place at;
	char *path;			/* "connectors.sales.every", or empty */
	char *text;			/* may go on after the path's colon */
	char *label;			/* behind the carets, or NULL */
	char *hint;			/* or NULL */
	char *source, *carets;		/* set by diags_settle(); NULL when the line is not ours to show */
	struct yaml_doc *doc;		/* until diags_settle() */
	size_t file_rank, order;	/* of being read, of being reported */
};

struct diags *diags_create(void);
void diags_destroy(struct diags *diags);

/* At a node of a file. `path` may be NULL. The result is for diag_labelf() and diag_hintf(). */
struct diag *diag_addf(struct diags *diags, enum diag_severity severity,
		       const struct yaml_node *node, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* At a place of a file that may have no nodes. */
struct diag *diag_placef(struct diags *diags, enum diag_severity severity, struct yaml_doc *doc,
			 struct yaml_place at, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* About a file as a whole, shown as file:1:1 without a source line. */
struct diag *diag_filef(struct diags *diags, enum diag_severity severity, const char *file,
			const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void diag_labelf(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void diag_hintf(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Gives the file its place among the others: reports are printed in the order in which this is called. */
size_t diags_file(struct diags *diags, const char *file);

/* Sorts by file (in the order they were read), line and column, drops repeats, takes the source lines:
 * after it the documents may go. To be called once, when all is reported. */
void diags_settle(struct diags *diags);

size_t diags_n_errors(const struct diags *diags);
size_t diags_n_warnings(const struct diags *diags);
size_t diags_count(const struct diags *diags);
const struct diag *diags_at(const struct diags *diags, size_t i);

/* For people, as above; and one JSON object a line: file, line, column, end_line, end_column,
 * severity, path, message, label, hint. */
void diags_print(const struct diags *diags, struct buf *out);
void diags_print_json(const struct diags *diags, struct buf *out);
/* The first line of one alone, for the log: file:line:column: error: path: text */
void diag_print_line(const struct diag *d, struct buf *out);

/* Text from a file made fit for a message: quoted, cut, control characters replaced. */
enum { DIAG_QUOTE_SIZE = 128 };
const char *diag_quote(struct str text, char out[DIAG_QUOTE_SIZE]);
/* The same of a name, up to a colon: behind one that lacks its space a secret may stand. */
const char *diag_quote_name(struct str name, char out[DIAG_QUOTE_SIZE]);
