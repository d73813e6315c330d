#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static void *checked(void *ptr)
{
	if (ptr == NULL) {
		static const char text[] = "daybook: out of memory\n";

		if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
			abort();
		abort();
	}
	return ptr;
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *ptr, size_t n, size_t size)
{
	return checked(reallocarray(ptr, n ? n : 1, size));
}

char *xstrdup(const char *s)
{
	return s ? checked(strdup(s)) : NULL;
}

char *xstrndup(const char *s, size_t n)
{
	char *copy = checked(malloc(n + 1));

	if (n > 0)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	return checked(n < 0 ? NULL : text);
}
