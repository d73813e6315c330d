/* The MIME structure of a mail: its parts in their order, as slices of the mail. One scan over the
 * lines with a stack of boundaries; no recursion, nothing decoded, nothing copied.
 *
 * A message inside of a mail is one leaf: it is kept as the attachment it is and not looked into,
 * so nested messages cannot nest anything here. */
#pragma once

#include <daybook/err.h>

#include "mime/decode.h"
#include "mime/header.h"
#include "mime/transfer.h"

struct part {
	size_t parent;		/* index of the multipart it stands in; of itself for the root */
	bool is_multipart;
	struct str type;	/* "text/plain", lower case */
	struct str type_field;	/* Content-Type as it stands, for its parameters */
	struct str disposition;	/* "attachment", "inline" or empty, lower case */
	struct str disposition_field;
	struct str content_id;	/* as it stands */
	enum transfer transfer;
	struct str body;	/* still encoded; of a multipart: all of it */
	size_t n_children;
};

struct tree {
	struct part *parts;	/* [0] is the mail itself */
	size_t n_parts;
};

struct tree_limits {
	size_t max_depth, max_parts;
	struct head_limits head;
};

/* head is the mail's own, already read. ERR_LIMIT beyond a limit. */
bool tree_parse(struct decode *dec, struct str mail, const struct head *head,
		const struct tree_limits *limits, struct tree *out, struct err *err);
