#include "mime/flowed.h"

#include "mime/line.h"

/* Takes the quote marks and one stuffed space off the front. */
static size_t quote_depth(struct str *line)
{
	size_t depth = 0;

	while (depth < line->len && line->ptr[depth] == '>')
		depth++;
	*line = str_sub(*line, depth, line->len);
	if (str_starts(*line, STR(" ")))
		*line = str_sub(*line, 1, line->len);
	return depth;
}

static void begin_line(size_t depth, bool is_first, struct buf *out)
{
	if (!is_first)
		buf_addc(out, '\n');
	for (size_t i = 0; i < depth; i++)
		buf_addc(out, '>');
	if (depth > 0)
		buf_addc(out, ' ');
}

void flowed_join(struct str text, bool delsp, struct buf *out)
{
	size_t at = 0, depth, open_depth = 0;
	bool is_open = false, is_first = true, is_signature;
	struct str line;

	while (line_next(text, &at, &line)) {
		depth = quote_depth(&line);
		is_signature = str_eq(line, STR("-- "));
		/* A signature begins its own line, and lines of another quote depth do not join. */
		if (!is_open || depth != open_depth || is_signature)
			begin_line(depth, is_first, out);
		is_first = false;
		is_open = str_ends(line, STR(" ")) && !is_signature;
		open_depth = depth;
		if (is_open && delsp)
			line.len--;
		buf_add(out, line);
	}
}
