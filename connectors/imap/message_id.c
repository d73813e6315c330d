#include "imap/message_id.h"

static struct str bracketed(struct str field, char *out)
{
	size_t open = str_chr(field, '<'), close = str_chr(field, '>'), n = 0;

	if (open == STR_NONE || close == STR_NONE || close < open)
		return (struct str){ NULL, 0 };
	/* Behind a comment, or what looks like one, the parser may see no id where we do. */
	if (str_trim(str_sub(field, str_chr(field, ':') + 1, open - str_chr(field, ':') - 1)).len > 0)
		return (struct str){ NULL, 0 };
	for (size_t i = open + 1; i < close; i++) {
		unsigned char c = (unsigned char)field.ptr[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c < ' ' || c >= 0x7f || c == '<' || n == MESSAGE_ID_MAX)
			return (struct str){ NULL, 0 };
		out[n++] = (char)c;
	}
	return (struct str){ out, n };
}

/* The field that begins the text: up to the line that does not continue it. */
static struct str first_field(struct str text)
{
	size_t end = 0, n;

	do {
		n = str_chr(str_sub(text, end, STR_NONE), '\n');
		end = n == STR_NONE ? text.len : end + n + 1;
	} while (end < text.len && (text.ptr[end] == ' ' || text.ptr[end] == '\t'));
	return str_sub(text, 0, end);
}

struct str message_id_of(struct str header, char out[MESSAGE_ID_MAX])
{
	struct str rest = header, before = rest, line;

	while (str_next(&rest, '\n', &line) && str_trim(line).len > 0) {
		if (str_istarts(line, STR("message-id:")))
			return bracketed(first_field(before), out);
		before = rest;
	}
	return (struct str){ NULL, 0 };
}
