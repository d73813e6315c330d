#include "mime/header.h"

#include "mime/line.h"

static bool is_white(char c)
{
	return c == ' ' || c == '\t';
}

/* The name of a header line, empty when the line cannot be one. Blanks before the colon are
 * forbidden and seen. */
static struct str name_of(struct str line)
{
	size_t colon = str_chr(str_sub(line, 0, 256), ':');
	struct str name = { NULL, 0 };

	if (colon == STR_NONE)
		return name;
	name = str_sub(line, 0, colon);
	while (name.len > 0 && is_white(name.ptr[name.len - 1]))
		name.len--;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= ' ' || name.ptr[i] > '~')
			return (struct str){ NULL, 0 };
	return name;
}

static bool is_mbox_line(struct str line)
{
	return str_starts(line, STR("From ")) || str_starts(line, STR(">From "));
}

/* A line without a name: noise between headers when more headers follow, else the body of a mail
 * whose blank line got lost. */
static bool is_noise(struct str text, size_t next, struct str line)
{
	struct str after;

	if (is_mbox_line(line))
		return true;
	return line_next(text, &next, &after) && name_of(after).len > 0;
}

static bool check_limits(const struct head_limits *lim, size_t n_bytes, size_t largest,
			 struct str largest_name, size_t n_fields, struct err *err)
{
	if (n_fields > lim->max_fields)
		return err_setf(err, ERR_LIMIT, "mail has %zu header fields; the limit is %zu",
				n_fields, lim->max_fields);
	if (largest > lim->max_field_bytes)
		return err_setf(err, ERR_LIMIT, "header \"" STR_FMT "\" has %zu bytes; the limit is %zu",
				STR_ARG(str_sub(largest_name, 0, 64)), largest, lim->max_field_bytes);
	if (n_bytes > lim->max_bytes)
		return err_setf(err, ERR_LIMIT, "header block has %zu bytes; the limit is %zu",
				n_bytes, lim->max_bytes);
	return true;
}

/* What goes on while the lines are read; a field is kept only once its end is known. */
struct reading {
	const struct head_limits *lim;
	struct arena *arena;
	struct head *head;
	struct field now;
	bool has_field;
	size_t n_fields, largest;
	struct str largest_name;
};

static void keep(struct reading *r)
{
	struct head *head = r->head;
	struct field *grown;

	if (!r->has_field)
		return;
	r->has_field = false;
	r->n_fields++;
	if (r->now.value.len > r->largest) {
		r->largest = r->now.value.len;
		r->largest_name = r->now.name;
	}
	if (head->n_fields >= r->lim->max_fields || !str_istarts(r->now.name, r->lim->only))
		return;
	grown = arena_grow(r->arena, head->fields, head->n_fields, sizeof(*grown));
	if (grown == NULL)
		return;
	head->fields = grown;
	grown[head->n_fields++] = r->now;
}

static void begin(struct reading *r, struct str line, struct str name)
{
	size_t colon = str_chr(line, ':');

	keep(r);
	r->now.name = name;
	r->now.value = str_sub(line, colon + 1, line.len);
	r->has_field = true;
}

bool head_parse(struct str text, size_t at, const struct head_limits *limits, struct arena *arena,
		struct head *out, struct err *err)
{
	struct reading r = { .lim = limits, .arena = arena, .head = out };
	size_t start = at, line_at;
	struct str line, name;

	*out = (struct head){ 0 };
	for (line_at = at; line_next(text, &at, &line); line_at = at) {
		if (line.len == 0) {
			line_at = at;
			break;
		}
		if (is_white(line.ptr[0])) {
			if (r.has_field)
				r.now.value.len = (size_t)(line.ptr + line.len - r.now.value.ptr);
			continue;
		}
		name = name_of(line);
		if (str_starts(line, STR("--")) || (name.len == 0 && !is_noise(text, at, line)))
			break;
		if (name.len > 0) {
			begin(&r, line, name);
		} else {
			keep(&r);
			out->n_junk += !is_mbox_line(line);
		}
	}
	keep(&r);
	out->body_at = line_at;
	return check_limits(limits, line_at - start, r.largest, r.largest_name, r.n_fields, err);
}

struct str head_get(const struct head *head, struct str name)
{
	for (size_t i = 0; i < head->n_fields; i++)
		if (str_ieq(head->fields[i].name, name))
			return head->fields[i].value;
	return (struct str){ NULL, 0 };
}

bool head_has(const struct head *head, struct str name)
{
	return head_count(head, name) > 0;
}

size_t head_count(const struct head *head, struct str name)
{
	size_t n = 0;

	for (size_t i = 0; i < head->n_fields; i++)
		n += str_ieq(head->fields[i].name, name);
	return n;
}

struct str field_unfold(struct str value, struct arena *arena)
{
	struct str copy;
	char *to;

	value = str_trim(value);
	if (str_chr(value, '\n') == STR_NONE && str_chr(value, '\r') == STR_NONE)
		return value;
	copy = arena_str(arena, value);
	to = (char *)copy.ptr;
	for (size_t i = 0; i < copy.len; i++)
		if (copy.ptr[i] != '\n' && copy.ptr[i] != '\r')
			*to++ = copy.ptr[i];
	copy.len = copy.ptr ? (size_t)(to - copy.ptr) : 0;
	return copy;
}
