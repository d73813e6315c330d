#include "mime/line.h"

bool line_next(struct str text, size_t *at, struct str *line)
{
	size_t end;

	if (*at >= text.len)
		return false;
	*line = str_sub(text, *at, text.len);
	end = str_chr(*line, '\n');
	if (end == STR_NONE) {
		*at = text.len;
	} else {
		*at += end + 1;
		line->len = end;
	}
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

bool line_before(struct str text, size_t end, struct str *line, size_t *start)
{
	size_t at;

	if (end == 0)
		return false;
	at = str_rchr(str_sub(text, 0, end - 1), '\n');
	*start = at == STR_NONE ? 0 : at + 1;
	*line = str_sub(text, *start, end - *start);
	if (str_ends(*line, STR("\n")))
		line->len--;
	return true;
}

bool line_is_blank(struct str line)
{
	return str_trim(line).len == 0;
}
