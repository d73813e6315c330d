#include "post.h"

static struct str without_line_end(struct str s)
{
	if (str_ends(s, STR("\n")))
		s.len--;
	if (str_ends(s, STR("\r")))
		s.len--;
	return s;
}

bool post_urlencoded(struct post *post, struct str body, struct err *err)
{
	struct str rest = without_line_end(body), pair;

	while (str_next(&rest, '&', &pair)) {
		size_t equals = str_chr(pair, '=');
		struct str name = str_sub(pair, 0, equals), value = { NULL, 0 };

		if (pair.len == 0)
			continue;
		if (equals != STR_NONE)
			value = str_sub(pair, equals + 1, pair.len);
		if (post_add(post, percent_decode(post->arena, name, true),
			     percent_decode(post->arena, value, true), err) == NULL)
			return false;
	}
	return true;
}

/* enctype="text/plain": a line a field, nothing escaped. A line without "=" goes on with the field
 * before it; text that is no form at all is one field. */
bool post_plain(struct post *post, struct str body, struct err *err)
{
	struct str rest = without_line_end(body), line;
	struct field *last = NULL;

	while (str_next(&rest, '\n', &line)) {
		size_t equals = str_chr(line, '=');

		if (last != NULL && equals == STR_NONE) {
			last->value.len = (size_t)(line.ptr + line.len - last->value.ptr);
			continue;
		}
		if (last != NULL)
			last->value = without_line_end(last->value);
		if (equals == STR_NONE)
			last = post_add(post, STR("message"), line, err);
		else
			last = post_add(post, str_sub(line, 0, equals),
					str_sub(line, equals + 1, line.len), err);
		if (last == NULL)
			return false;
	}
	if (last != NULL)
		last->value = without_line_end(last->value);
	return true;
}
