/* A header block as fields: names and values as they stand, nothing decoded. */
#pragma once

#include <daybook/arena.h>

struct field {
	struct str name;
	struct str value;	/* folded lines and all */
};

struct head {
	struct field *fields;
	size_t n_fields;
	size_t body_at;		/* where the body begins in the mail; of the mail's own header only */
	size_t n_junk;		/* lines that are no header field; likewise */
};

/* The first of that name, any case; empty when there is none. */
struct str head_get(const struct head *head, struct str name);
bool head_has(const struct head *head, struct str name);
size_t head_count(const struct head *head, struct str name);

/* A folded value as one trimmed line. */
struct str field_unfold(struct str value, struct arena *arena);
