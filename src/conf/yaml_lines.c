/* Where things stand in the text, and what of it must not be shown. */
#include <string.h>

#include "base/mem.h"
#include "conf/yaml.h"
#include "conf/yaml_doc.h"

/* The line breaks libyaml counts: LF, CR, CR LF, NEL, LS, PS. Bytes of the one at the front. */
static size_t break_length(struct str s)
{
	if (s.len == 0)
		return 0;
	if (s.ptr[0] == '\r')
		return s.len > 1 && s.ptr[1] == '\n' ? 2 : 1;
	if (s.ptr[0] == '\n')
		return 1;
	if (str_starts(s, STR("\xc2\x85")))
		return 2;
	if (str_starts(s, STR("\xe2\x80\xa8")) || str_starts(s, STR("\xe2\x80\xa9")))
		return 3;
	return 0;
}

static void index_lines(struct yaml_doc *doc)
{
	size_t n_room = 64, step;

	doc->line_starts = xcalloc(n_room, sizeof(*doc->line_starts));
	doc->n_lines = 1;
	for (size_t i = 0; i < doc->text.len; i += step) {
		size_t n = break_length(str_sub(doc->text, i, 3));

		step = n ? n : 1;
		if (n == 0)
			continue;
		if (doc->n_lines == n_room) {
			n_room *= 2;
			doc->line_starts = xrealloc(doc->line_starts, n_room,
						    sizeof(*doc->line_starts));
		}
		doc->line_starts[doc->n_lines++] = i + n;
	}
}

static size_t start_of(struct yaml_doc *doc, int line)
{
	if (doc->line_starts == NULL)
		index_lines(doc);
	return (size_t)line <= doc->n_lines ? doc->line_starts[line - 1] : doc->text.len;
}

struct str yaml_line(struct yaml_doc *doc, int line)
{
	struct str s;
	size_t from;

	if (line < 1)
		return (struct str){ NULL, 0 };
	from = start_of(doc, line);
	s = str_sub(doc->text, from, start_of(doc, line + 1) - from);
	for (size_t i = 0; i < s.len; i++)
		if (break_length(str_sub(s, i, 3)) > 0)
			return str_sub(s, 0, i);
	return s;
}

struct yaml_place yaml_place_of(struct yaml_doc *doc, size_t offset)
{
	int line = 1, column = 1;
	struct str before;
	size_t n;

	if (doc->line_starts == NULL)
		index_lines(doc);
	while ((size_t)line < doc->n_lines && doc->line_starts[line] <= offset)
		line++;
	before = str_sub(doc->text, doc->line_starts[line - 1],
			 offset - doc->line_starts[line - 1]);
	for (; before.len > 0; column++) {
		n = yaml_char_length(before);
		before = str_sub(before, n ? n : 1, before.len);
	}
	return (struct yaml_place){ line, column, line, column + 1 };
}

void yaml_hide_place(struct yaml_doc *doc, struct yaml_place at)
{
	/* Grows by doubling at powers of two, so that it needs no second counter. */
	if ((doc->n_hidden & (doc->n_hidden - 1)) == 0)
		doc->hidden = xrealloc(doc->hidden, doc->n_hidden ? doc->n_hidden * 2 : 1,
				       sizeof(*doc->hidden));
	doc->hidden[doc->n_hidden++] = at;
}

void yaml_hide(const struct yaml_node *node)
{
	yaml_hide_place(node->doc, node->at);
}

int yaml_hidden_until(const struct yaml_doc *doc, int line, int column)
{
	int until = 0;

	for (size_t i = 0; i < doc->n_hidden; i++) {
		const struct yaml_place *p = &doc->hidden[i];
		int from = line == p->line ? p->column : 1;
		int to = line == p->end_line ? p->end_column : INT32_MAX;

		if (line >= p->line && line <= p->end_line && column >= from && column < to &&
		    to > until)
			until = to;
	}
	return until;
}

bool yaml_sounds_secret(struct str key)
{
	static const char *const parts[] = { "pass", "secret", "token", "senha", "pwd", "dsn",
					     "credential" };

	for (size_t i = 0; i < countof(parts); i++)
		if (str_ifind(key, str_from(parts[i])) != STR_NONE)
			return true;
	return str_iends(key, STR("key"));
}
