/* A command line as one would type it, cut at its blanks; a blank at the end begins an empty word. */
#pragma once

#include <string.h>

struct typed {
	char text[256];
	char *words[32];
	int n;
};

static inline void type(struct typed *t, const char *line)
{
	char *at = t->text;

	strncpy(t->text, line, sizeof(t->text) - 1);
	t->n = 0;
	do {
		t->words[t->n++] = at;
		at = strchr(at, ' ');
		if (at != NULL)
			*at++ = '\0';
	} while (at != NULL);
}
