/* The HTML of a mail as its sender wrote it: read from the journal again, by a parser process. */
#pragma once

#include <daybook/connector.h>

#include "base/buf.h"

struct parsers;
struct store;

struct original_parts {			/* borrowed */
	struct store *store;
	const char *dir;		/* storage.path */
	struct parsers *parsers;
	const struct connector *import;	/* reads what no configured connector of mail has brought */
	const struct connector *const *known;	/* ends with NULL */
};

/* Appends to html; nothing when the entry has none. Blocks on the parser. */
bool original_html(const struct original_parts *parts, int64_t journal_id, struct buf *html, struct err *err);
