#include "mime/uu.h"

#include "mime/line.h"

static bool read_begin(struct str line, struct str *name)
{
	size_t n = 0;

	if (!str_starts(line, STR("begin ")))
		return false;
	line = str_sub(line, 6, line.len);
	while (n < line.len && line.ptr[n] >= '0' && line.ptr[n] <= '7')
		n++;
	if (n < 3 || n > 4 || n >= line.len || line.ptr[n] != ' ')
		return false;
	*name = str_trim(str_sub(line, n, line.len));
	return name->len > 0;
}

/* Its first character says how many bytes it holds; n of them are 4 characters for each 3, perhaps a checksum. */
static bool is_data(struct str line, size_t *n)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] < ' ' || line.ptr[i] > '`')
			return false;
	if (line.len == 0)
		return false;
	*n = (size_t)(line.ptr[0] - ' ') & 63;
	return line.len - 1 >= (*n * 8 + 5) / 6 && line.len - 1 <= (*n + 2) / 3 * 4 + 1;
}

/* No line of data can be "begin …" (small letters are no data), so each is looked at by one search alone. */
static bool find_end(struct str text, size_t *at)
{
	size_t n = 1, n_lines = 0;
	struct str line;

	while (n > 0) {
		if (!line_next(text, at, &line))
			return false;
		if (str_eq(line, STR("end")))
			return n_lines > 0;	/* some leave the empty line out */
		if (!is_data(line, &n))
			return false;
		n_lines++;
	}
	return line_next(text, at, &line) && str_eq(str_trim(line), STR("end"));
}

bool uu_find(struct str text, size_t from, struct uu_block *out)
{
	size_t at = from, start = from;
	struct str line;

	while (line_next(text, &at, &line)) {
		size_t end = at;

		if (read_begin(line, &out->name) && find_end(text, &end)) {
			out->start = start;
			out->end = end;
			return true;
		}
		start = at;
	}
	return false;
}
