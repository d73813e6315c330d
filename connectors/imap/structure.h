/* What a mail is made of, as its server says (BODYSTRUCTURE): plain data, in the order of the mail. A message inside
 * of the mail is one leaf, as for the parser. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRUCTURE_MAX_PARTS = 100, STRUCTURE_MAX_DEPTH = 20 };

struct node {
	size_t parent;		/* index of its multipart; of itself for the root */
	unsigned number;	/* among its siblings, from 1 */
	unsigned depth;
	bool is_multipart;
	char *type;		/* "text/plain", lower case */
	char *encoding;		/* "base64", lower case; empty: none */
	char *disposition;	/* "attachment", lower case; empty: none */
	char *boundary;		/* of a multipart; NULL: the server does not say */
	char *names;		/* the values of all its parameters, lower case, a line each */
	bool has_name;		/* a parameter that names a file */
	bool has_odd_name;	/* … in a form that does not show how the name ends */
	uint32_t octets;	/* of a leaf, encoded */
};

struct structure {
	struct node *nodes;
	size_t n_nodes;
	bool is_unusable;	/* too many parts, too deep, or it contradicts itself */
};

struct section_path {
	uint32_t numbers[STRUCTURE_MAX_DEPTH + 1];
	size_t n;
};

/* The part's number for BODY[…]: "1.2". The root of a mail with one part is 1; the root of others has none. */
struct section_path structure_path(const struct structure *s, size_t node);
/* Fills a new node, whose strings it makes empty; NULL, and is_unusable, where that is too much. */
struct node *structure_add(struct structure *s, size_t parent);
void structure_finish(struct structure *s);
/* How many bytes the part has once decoded, as far as that can be told. */
int64_t structure_decoded_size(const struct node *node);
