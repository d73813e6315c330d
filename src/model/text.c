#include "model/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

struct str text_nfc(struct str s, struct arena *arena)
{
	utf8proc_uint8_t *composed = NULL;
	utf8proc_ssize_t n;
	struct str kept = s;

	if (is_ascii(s))
		return s;
	n = utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &composed,
			 UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n > 0 && ((size_t)n != s.len || memcmp(composed, s.ptr, s.len) != 0))
		kept = arena_str(arena, (struct str){ (char *)composed, (size_t)n });
	free(composed);
	return kept.ptr != NULL ? kept : s;
}
