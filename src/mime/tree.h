/* The MIME structure of a mail: its parts in their order, as slices of the mail, as GMime sees them.
 * A message inside of a mail is one leaf: it is kept as the attachment it is and not looked into. */
#pragma once

#include <daybook/err.h>

#include "mime/decode.h"
#include "mime/header.h"
#include "mime/prescan.h"
#include "mime/transfer.h"

struct part {
	size_t parent;		/* index of the multipart it stands in; of itself for the root */
	bool is_multipart;
	struct head head;
	struct str type;	/* "text/plain", lower case */
	struct str type_field;	/* Content-Type as it stands, for its parameters */
	struct str disposition;	/* "attachment", "inline" or empty, lower case */
	struct str disposition_field;
	struct str content_id;	/* as it stands */
	enum transfer transfer;
	struct str body;	/* of a leaf, still encoded */
};

struct tree {
	struct part *parts;	/* [0] is the mail itself */
	size_t n_parts;
};

/* mail begins with its header. ERR_LIMIT beyond a limit, ERR_INPUT when there is no header. */
bool tree_parse(struct decode *dec, struct str mail, const struct limits *limits, struct tree *out,
		struct err *err);

/* Only the header block that text begins with, up to its first blank line. */
bool tree_parse_head(struct decode *dec, struct str text, struct head *out, struct err *err);
