/* The texts of each record, in the order of the wire: one table for both directions. */
#pragma once

#include <stddef.h>

#include <daybook/str.h>

enum wire_rule {
	WIRE_TEXT,	/* any UTF-8 */
	WIRE_JSON,	/* a JSON object, or empty */
	WIRE_DIGEST,	/* 64 hex digits, or empty */
};

struct wire_field {
	const char *name;
	size_t offset;
	size_t max_bytes;
	enum wire_rule rule;
};

struct wire_fields {
	const struct wire_field *rows;
	size_t n;
};

extern const struct wire_fields wire_interaction, wire_party, wire_identity, wire_attachment;

/* The text itself, in a record of the table's kind. */
static inline struct str *wire_text(void *record, const struct wire_field *field)
{
	return (struct str *)((char *)record + field->offset);
}
