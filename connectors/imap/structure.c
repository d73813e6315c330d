#include "imap/structure.h"

#include <string.h>

#include "base/mem.h"

enum { LINE_CHARS = 76, LINE_BYTES = 78 };	/* of base64, with and without its end */

struct section_path structure_path(const struct structure *s, size_t node)
{
	struct section_path path = { .n = s->nodes[node].depth };

	if (node == 0 && !s->nodes[0].is_multipart)
		return (struct section_path){ { 1 }, 1 };
	for (size_t i = path.n; i > 0; i--) {
		path.numbers[i - 1] = s->nodes[node].number;
		node = s->nodes[node].parent;
	}
	return path;
}

struct node *structure_add(struct structure *s, size_t parent)
{
	struct node *node;
	unsigned depth = s->n_nodes > 0 ? s->nodes[parent].depth + 1 : 0, number = 1;

	if (s->n_nodes == STRUCTURE_MAX_PARTS || depth > STRUCTURE_MAX_DEPTH) {
		s->is_unusable = true;
		return NULL;
	}
	for (size_t i = parent + 1; i < s->n_nodes; i++)
		number += s->nodes[i].parent == parent;
	s->nodes = xrealloc(s->nodes, s->n_nodes + 1, sizeof(*s->nodes));
	node = &s->nodes[s->n_nodes++];
	*node = (struct node){ .parent = parent, .number = number, .depth = depth, .type = xstrdup(""),
			       .encoding = xstrdup(""), .disposition = xstrdup(""), .names = xstrdup("") };
	return node;
}

void structure_finish(struct structure *s)
{
	for (size_t i = 0; i < s->n_nodes; i++) {
		free(s->nodes[i].type);
		free(s->nodes[i].encoding);
		free(s->nodes[i].disposition);
		free(s->nodes[i].boundary);
		free(s->nodes[i].names);
	}
	free(s->nodes);
	*s = (struct structure){ 0 };
}

int64_t structure_decoded_size(const struct node *node)
{
	int64_t octets = node->octets, n_lines = (octets + LINE_BYTES - 1) / LINE_BYTES;

	if (strcmp(node->encoding, "base64") != 0 || octets == 0)
		return octets;
	return (octets - n_lines * (LINE_BYTES - LINE_CHARS) + (LINE_BYTES - LINE_CHARS)) / 4 * 3;
}
