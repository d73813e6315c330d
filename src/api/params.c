/* What stands behind the "?", and where a list goes on. */
#include "api/call.h"
#include "api/cursor.h"
#include "api/query_text.h"
#include "base/mem.h"

enum { MAX_WHAT = 16 << 10 };

static bool decode(struct call *c, struct str raw, struct str *out)
{
	char *text = arena_bytes(c->arena, raw.len + 1);
	size_t n;

	if (text == NULL || !http_decode(raw, true, text, &n))
		return false;
	*out = (struct str){ text, n };
	return true;
}

static bool is_repeat(const struct call *c, struct str name)
{
	for (size_t i = 0; i < c->n_params; i++)
		if (str_eq(c->params[i].name, name))
			return true;
	return false;
}

bool params_parse(struct call *c)
{
	struct str rest = c->query, piece, name, value;
	size_t equals;

	while (str_next(&rest, '&', &piece)) {
		if (piece.len == 0)
			continue;
		equals = str_chr(piece, '=');
		if (!decode(c, str_sub(piece, 0, equals), &name) ||
		    !decode(c, equals == STR_NONE ? STR("") : str_sub(piece, equals + 1, STR_NONE), &value))
			return !problem(c, 400, "bad-query", "the query is not percent-encoded UTF-8 without control characters");
		if (c->n_params == CALL_PARAMS || is_repeat(c, name))
			return !problem(c, 400, "bad-query", "a parameter stands twice, or there are more than %d", CALL_PARAMS);
		c->params[c->n_params++] = (struct param){ .name = name, .value = value };
	}
	return true;
}

struct str param_str(struct call *c, const char *name)
{
	for (size_t i = 0; i < c->n_params; i++) {
		if (!str_eq(c->params[i].name, str_from(name)))
			continue;
		c->params[i].is_known = true;
		return c->params[i].value;
	}
	return STR("");
}

bool param_limit(struct call *c, size_t *limit)
{
	struct str text = param_str(c, "limit");
	int64_t n = CALL_LIMIT;

	if (text.len > 0 && (!str_int64(text, &n) || n < 1 || n > CALL_MAX_LIMIT))
		return !problem_field(c, "limit", "out_of_range", "limit is a number from 1 to %d", CALL_MAX_LIMIT);
	*limit = (size_t)n;
	return true;
}

bool param_time(struct call *c, const char *name, int64_t *time_us)
{
	struct str text = param_str(c, name);

	if (text.len > 0 && !query_time(text, time_us))
		return !problem_field(c, name, "not_a_time", "%s is a day such as 2026-10-01, or a time such as "
				      "2026-10-01T08:00:00Z", name);
	return true;
}

bool param_mask(struct call *c, const char *name, unsigned (*from)(struct str name), int64_t *mask)
{
	struct str rest = param_str(c, name), piece;
	unsigned value;

	while (str_next(&rest, ',', &piece)) {
		value = from(str_trim(piece));
		if (value == 0)
			return !problem_field(c, name, "unknown_value", "\"" STR_FMT "\" is not a %s",
					      STR_ARG(str_sub(piece, 0, 40)), name);
		*mask |= INT64_C(1) << value;
	}
	return true;
}

bool params_end(struct call *c)
{
	for (size_t i = 0; i < c->n_params; i++) {
		struct str name = str_sub(c->params[i].name, 0, 40);

		if (!c->params[i].is_known)
			return !problem_field(c, arena_str(c->arena, name).ptr, "unknown_parameter",
					      "\"" STR_FMT "\" is not a parameter here", STR_ARG(name));
	}
	return true;
}

/* ---- cursors ---- */

/* The list and all that narrows it; how much of it one wants may change on the way. */
static struct str what_of(struct call *c)
{
	struct str text;
	struct buf what;

	buf_init(&what, MAX_WHAT);
	buf_add(&what, c->path);
	for (size_t i = 0; i < c->n_params; i++) {
		const struct param *p = &c->params[i];

		if (str_eq(p->name, STR("cursor")) || str_eq(p->name, STR("limit")))
			continue;
		buf_addf(&what, "\n%zu " STR_FMT " %zu ", p->name.len, STR_ARG(p->name), p->value.len);
		buf_add(&what, p->value);
	}
	text = arena_str(c->arena, buf_str(&what));
	buf_finish(&what);
	return text;
}

bool param_cursor(struct call *c, bool *is_given, struct cursor *cursor)
{
	struct str text = param_str(c, "cursor");
	unsigned char key[CURSOR_KEY_SIZE];
	struct err err;

	*is_given = text.len > 0;
	if (!*is_given)
		return true;
	if (!store_cursor_key(c->st, key, &err)) {
		problem_of(c, &err);
		return false;
	}
	if (cursor_read(text, key, what_of(c), c->arena, cursor))
		return true;
	return !problem(c, 400, "bad-cursor", "the cursor is not one of this list with these filters");
}

bool call_put_next(struct call *c, struct json_writer *w, const struct cursor *next, struct err *err)
{
	unsigned char key[CURSOR_KEY_SIZE];
	struct buf text;

	if (next == NULL) {
		json_member_null(w, "next");
		return true;
	}
	if (!store_cursor_key(c->st, key, err))
		return false;
	buf_init(&text, MAX_WHAT);
	cursor_put(&text, key, what_of(c), next);
	json_member(w, "next", buf_str(&text));
	buf_finish(&text);
	return true;
}
