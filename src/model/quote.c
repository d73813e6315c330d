#include "model/quote.h"

#include <string.h>

enum { QUOTE_MAX = 60 };

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

const char *quote(struct str s, char out[QUOTE_SIZE])
{
	struct str cut = str_sub(s, 0, QUOTE_MAX);
	bool is_text;

	/* Not in the middle of a character. */
	if (cut.len < s.len)
		while (cut.len > 0 && is_continuation(s.ptr[cut.len]))
			cut.len--;
	is_text = str_is_utf8(cut);
	for (size_t i = 0; i < cut.len; i++) {
		unsigned char c = (unsigned char)cut.ptr[i];

		out[i] = c < ' ' || c == 0x7f || (c >= 0x80 && !is_text) ? '?' : (char)c;
	}
	memcpy(out + cut.len, cut.len < s.len ? "…" : "", cut.len < s.len ? sizeof("…") : 1);
	return out;
}
