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

/* All but line ends: a header stays one. */
static void blank(char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r' && s[i] != '\n')
			s[i] = ' ';
}

/* name*=charset'language'text → name = text: a boundary may be written so too. */
static void blank_charset(char *s, size_t n)
{
	struct str value = str_sub((struct str){ s, n }, 0, str_chr((struct str){ s, n }, ';'));
	size_t first = str_chr(value, '\''), second;
	bool is_quoted;

	if (first == STR_NONE)
		return;
	second = str_chr(str_sub(value, first + 1, value.len), '\'');
	if (second == STR_NONE)
		return;
	second += first + 1;
	is_quoted = str_chr(str_sub(value, 0, first), '"') != STR_NONE;
	blank(s, second + 1);
	if (is_quoted)
		s[second] = '"';
}

/* Charsets of parameters, encoded words, and what is no ASCII. */
static void blank_conversions(char *s, size_t n)
{
	size_t words_end = 0;

	for (size_t i = 0; i + 1 < n; i++)
		if (s[i] == '?' && s[i + 1] == '=')
			words_end = i;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] >= 0x80) {
			s[i] = '_';
		} else if (s[i] == '*' && i + 1 < n && s[i + 1] == '=') {
			s[i] = ' ';
			blank_charset(s + i + 2, n - i - 2);
		} else if (i < words_end && s[i] == '=' && s[i + 1] == '?') {
			s[i + 1] = '_';
		}
	}
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
