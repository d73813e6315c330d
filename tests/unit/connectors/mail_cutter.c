#include "mail_cutter.h"

#include <string.h>

#include "base/mem.h"

static struct str line_at(struct str text, size_t at, size_t *next)
{
	struct str rest = str_sub(text, at, STR_NONE);
	size_t end = str_chr(rest, '\n');

	*next = end == STR_NONE ? text.len : at + end + 1;
	rest = str_sub(rest, 0, end);
	if (str_ends(rest, STR("\r")))
		rest.len--;
	return rest;
}

static size_t header_end(struct str text)
{
	size_t at = 0, next;

	while (at < text.len) {
		struct str line = line_at(text, at, &next);

		at = next;
		if (line.len == 0)
			break;
	}
	return at;
}

/* Unfolded; empty when it is not there. malloced. */
static char *field(struct str header, const char *name)
{
	size_t n = strlen(name), next;
	struct buf value;

	buf_init(&value, 1 << 20);
	for (size_t at = 0; at < header.len; at = next) {
		struct str line = line_at(header, at, &next);

		if (!str_istarts(line, str_from(name)) || line.len <= n || line.ptr[n] != ':')
			continue;
		buf_add(&value, str_sub(line, n + 1, STR_NONE));
		for (at = next; at < header.len; at = next) {
			line = line_at(header, at, &next);
			if (line.len == 0 || (line.ptr[0] != ' ' && line.ptr[0] != '\t'))
				break;
			buf_add(&value, line);
		}
		break;
	}
	buf_add(&value, STR(""));
	return value.ptr ? buf_steal(&value) : xstrdup("");
}

static void set_lower(char **text, struct str value)
{
	free(*text);
	*text = xstrndup(value.ptr, value.len);
	for (char *c = *text; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

static void set_word(char **text, const char *value)
{
	struct str word = str_trim(str_sub(str_from(value), 0, str_chr(str_from(value), ';')));

	if (word.len > 0)
		set_lower(text, word);
}

static void add_param(struct node *node, struct str name, struct str value)
{
	struct str bare = str_sub(name, 0, str_chr(name, '*'));
	char *all = xasprintf("%s" STR_FMT "\n", node->names, STR_ARG(value));

	set_lower(&node->names, str_from(all));
	free(all);
	if (str_ieq(name, STR("boundary")) && node->boundary == NULL)
		node->boundary = xstrndup(value.ptr, value.len);
	node->has_name |= str_ieq(bare, STR("name")) || str_ieq(bare, STR("filename"));
	node->has_odd_name |= (bare.len + 1 < name.len) || str_find(value, STR("=?")) != STR_NONE;
}

static void add_params(struct node *node, const char *field)
{
	struct str rest = str_from(field);
	size_t at = str_chr(rest, ';');

	while (at != STR_NONE) {
		struct str name, value;
		size_t eq;

		rest = str_sub(rest, at + 1, STR_NONE);
		eq = str_chr(rest, '=');
		at = str_chr(rest, ';');
		if (eq == STR_NONE || (at != STR_NONE && at < eq))
			continue;
		name = str_trim(str_sub(rest, 0, eq));
		rest = str_sub(rest, eq + 1, STR_NONE);
		while (rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t'))
			rest = str_sub(rest, 1, STR_NONE);
		if (str_starts(rest, STR("\""))) {
			rest = str_sub(rest, 1, STR_NONE);
			eq = str_chr(rest, '"');
			value = str_sub(rest, 0, eq);
			rest = eq == STR_NONE ? str_sub(rest, rest.len, 0) : str_sub(rest, eq, STR_NONE);
			at = str_chr(rest, ';');
		} else {
			at = str_chr(rest, ';');
			value = str_trim(str_sub(rest, 0, at));
		}
		add_param(node, name, value);
	}
}

static void read_header(struct node *node, struct str header, bool in_digest)
{
	auto_free char *type = field(header, "Content-Type"), *disposition = field(header, "Content-Disposition");
	auto_free char *encoding = field(header, "Content-Transfer-Encoding");

	set_lower(&node->type, in_digest ? STR("message/rfc822") : STR("text/plain"));
	set_lower(&node->encoding, STR("7bit"));
	set_word(&node->type, type);
	set_word(&node->disposition, disposition);
	set_word(&node->encoding, encoding);
	add_params(node, type);
	add_params(node, disposition);
	node->is_multipart = strncmp(node->type, "multipart/", 10) == 0 && node->boundary != NULL;
}

static void cut_part(struct cut *cut, size_t parent, struct str text);

static bool is_delimiter(struct str line, const char *boundary, bool *is_last)
{
	struct str b = str_from(boundary), tail;

	if (!str_starts(line, STR("--")) || !str_starts(str_sub(line, 2, STR_NONE), b))
		return false;
	/* A CR too many is padding, for Dovecot and for GMime. */
	tail = str_sub(line, 2 + b.len, STR_NONE);
	while (tail.len > 0 && str_chr(STR(" \t\r"), tail.ptr[tail.len - 1]) != STR_NONE)
		tail.len--;
	*is_last = str_eq(tail, STR("--"));
	return tail.len == 0 || *is_last;
}

static void cut_children(struct cut *cut, size_t index, struct str body)
{
	auto_free char *boundary = xstrdup(cut->structure.nodes[index].boundary);
	size_t start = STR_NONE, next;
	bool is_last = false;

	for (size_t at = 0; at < body.len && !is_last; at = next) {
		struct str line = line_at(body, at, &next);
		size_t end = at;

		if (!is_delimiter(line, boundary, &is_last))
			continue;
		if (start != STR_NONE) {
			end -= end > start && body.ptr[end - 1] == '\n';
			end -= end > start && body.ptr[end - 1] == '\r';
			cut_part(cut, index, str_sub(body, start, end - start));
		}
		start = next;
	}
	if (!is_last && start != STR_NONE)
		cut_part(cut, index, str_sub(body, start, STR_NONE));
}

static void cut_part(struct cut *cut, size_t parent, struct str text)
{
	bool in_digest = cut->structure.n_nodes > 0 &&
			 strcmp(cut->structure.nodes[parent].type, "multipart/digest") == 0;
	struct node *node = structure_add(&cut->structure, parent);
	size_t index = cut->structure.n_nodes - 1, end = header_end(text);

	if (node == NULL)
		return;
	cut->nodes[index].header = str_sub(text, 0, end);
	cut->nodes[index].body = str_sub(text, end, STR_NONE);
	read_header(node, cut->nodes[index].header, in_digest);
	node->octets = (uint32_t)(text.len - end);
	if (node->is_multipart)
		cut_children(cut, index, cut->nodes[index].body);
}

void cut_mail(struct str mail, struct cut *cut)
{
	*cut = (struct cut){ .mail = mail };
	cut_part(cut, 0, mail);
}

void cut_finish(struct cut *cut)
{
	structure_finish(&cut->structure);
}

struct str cut_piece(const struct cut *cut, const struct piece *piece)
{
	const struct cut_node *node = &cut->nodes[piece->node];

	if (piece->kind == PIECE_MIME)
		return node->header;
	return piece->kind == PIECE_BODY ? node->body : str_sub(node->body, 0, header_end(node->body));
}
