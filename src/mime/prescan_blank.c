#include "mime/prescan_blank.h"

#include <string.h>

#include <daybook/str.h>

enum { MAX_PARAMS = 100 };

void blank_nuls(char *s, size_t n)
{
	char *end = s + n;

	while (s < end && (s = memchr(s, '\0', (size_t)(end - s))) != NULL)
		*s++ = ' ';
}

/* The media type ends at the first ";" that is in no comment. */
static size_t type_length(const char *s, size_t n)
{
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		depth += s[i] == '(';
		depth -= s[i] == ')' && depth > 0;
		if (s[i] == ';' && depth == 0)
			return i;
	}
	return n;
}

/* GMime would look into message/… and into the parts of a digest, which are messages by default;
 * both by a message's own header, with all that it converts, and once a level. */
static void blank_word(char *s, size_t n, struct str word)
{
	size_t hit;

	while ((hit = str_ifind((struct str){ s, n }, word)) != STR_NONE) {
		s[hit] = 'x';
		s += hit + 1;
		n -= hit + 1;
	}
}

/* Extended parameters (name*=charset'…) and encoded words. */
static void blank_conversions(char *s, size_t n)
{
	size_t words_end = 0;

	for (size_t i = 0; i + 1 < n; i++)
		if (s[i] == '?' && s[i + 1] == '=')
			words_end = i;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] >= 0x80 || (s[i] == '*' && i + 1 < n && s[i + 1] == '='))
			s[i] = '_';
		else if (i < words_end && s[i] == '=' && s[i + 1] == '?')
			s[i + 1] = '_';
	}
}

/* All but line ends: a header stays one. */
static void blank(char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r' && s[i] != '\n')
			s[i] = ' ';
}

static void blank_params_beyond(char *s, size_t n, int most)
{
	for (size_t i = 0; i < n; i++) {
		most -= s[i] == ';';
		if (most < 0) {
			blank(s + i, n - i);
			return;
		}
	}
}

void blank_content_type(char *s, size_t n)
{
	size_t n_type = type_length(s, n);

	blank_nuls(s, n);
	if (n_type > BLANK_TYPE_MAX) {
		blank(s, n);
		return;
	}
	blank_word(s, n_type, STR("message"));
	blank_word(s, n_type, STR("digest"));
	blank_params_beyond(s, n, MAX_PARAMS);
	blank_conversions(s, n);
}
