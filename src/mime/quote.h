/* What is new in a mail: the text without the quoted mail and the signature. A view: the caller
 * keeps the whole. */
#pragma once

#include <daybook/str.h>

/* Slices of the text, without white space at their ends. */
struct quote_parts {
	struct str fresh;	/* the new text; empty only when all is white space */
	struct str signature;	/* the author's own, above or below the quote; often empty */
};

/* Cuts only where nothing but quoted lines follow, or where a mark stands that makes all that follows the
 * old mail (Outlook's block of headers, an original-message line, a full attribution above an unquoted
 * mail). Answers between quoted lines, and forwarded mail, are left whole; never cuts to nothing. */
struct quote_parts quote_split(struct str text, bool is_forward);
struct str quote_new_text(struct str text, bool is_forward);

/* Does the subject say that this passes another mail on (Fwd:, FW:, ENC:, RV:, WG:, TR: …)? The text decides where
 * the languages differ. */
bool quote_is_forward(struct str subject, struct str text);
