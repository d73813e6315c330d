#include "model/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Composed already, as nearly every text is: nothing below U+0300, no typographic mark (U+2010 to U+203F) and
 * no pictograph (U+1F000 to U+1FFFF) composes or decomposes. */
static bool is_surely_composed(struct str s)
{
	const unsigned char *b = (const unsigned char *)s.ptr;

	for (size_t i = 0; i < s.len; i++) {
		if (b[i] < 0xcc ||	/* ASCII, what begins U+0080 to U+02FF, what follows a beginning */
		    (b[i] == 0xf0 && i + 1 < s.len && b[i + 1] == 0x9f) ||
		    (b[i] == 0xe2 && i + 2 < s.len && b[i + 1] == 0x80 && b[i + 2] >= 0x90))
			continue;
		return false;
	}
	return true;
}

struct str text_nfc(struct str s, struct arena *arena)
{
	utf8proc_uint8_t *composed = NULL;
	utf8proc_ssize_t n;
	struct str kept = s;

	if (is_surely_composed(s))
		return s;
	n = utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &composed,
			 UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n > 0 && ((size_t)n != s.len || memcmp(composed, s.ptr, s.len) != 0))
		kept = arena_str(arena, (struct str){ (char *)composed, (size_t)n });
	free(composed);
	return kept.ptr != NULL ? kept : s;
}
