/* A header block as fields: names and values as they stand, nothing decoded. */
#pragma once

#include <daybook/arena.h>
#include <daybook/err.h>

struct field {
	struct str name;
	struct str value;	/* folded lines and all, without the last line end */
};

struct head {
	struct field *fields;
	size_t n_fields;
	size_t body_at;		/* where the body begins, counted as the block was given */
	size_t n_junk;		/* lines that are no header field */
};

struct head_limits {
	size_t max_bytes, max_field_bytes, max_fields;
	struct str only;	/* keep only names that begin so (any case); empty: all */
};

/* Reads from offset `at` of text to the blank line, to a line that begins with "--", or to the
 * first line that cannot be a header. ERR_LIMIT beyond a limit. */
bool head_parse(struct str text, size_t at, const struct head_limits *limits, struct arena *arena,
		struct head *out, struct err *err);

/* The first of that name, any case; empty when there is none. */
struct str head_get(const struct head *head, struct str name);
bool head_has(const struct head *head, struct str name);
size_t head_count(const struct head *head, struct str name);

/* A folded value as one trimmed line. */
struct str field_unfold(struct str value, struct arena *arena);
