/* A mail cut up as an IMAP server would: its structure, and its pieces on demand. A plain reader of MIME of its own, so
 * that what is put together again is held against another opinion than that of the product's parser. */
#pragma once

#include <daybook/str.h>

#include "imap/parts.h"

struct cut {
	struct structure structure;
	struct str mail;		/* borrowed */
	struct cut_node {
		struct str header, body;	/* with the blank line; encoded */
	} nodes[STRUCTURE_MAX_PARTS];
};

void cut_mail(struct str mail, struct cut *cut);
void cut_finish(struct cut *cut);
/* What BODY[…] of a piece would bring. */
struct str cut_piece(const struct cut *cut, const struct piece *piece);
