#include "mime/decode.h"

#include <stdarg.h>
#include <stdio.h>

#include "mime/utf8.h"

void decode_warn(struct decode *dec, const char *fmt, ...)
{
	char text[256];
	va_list args;
	struct str s;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Names from the mail may stand in it, cut anywhere by the buffer. */
	s = utf8_cut(str_from(text), sizeof(text));
	for (size_t i = 0; i < dec->n_warnings; i++)
		if (str_eq(dec->warnings[i], s))
			return;
	if (dec->n_warnings == WARNINGS_MAX)
		dec->n_unlisted++;
	else
		dec->warnings[dec->n_warnings++] = arena_str(dec->arena, s);
}
