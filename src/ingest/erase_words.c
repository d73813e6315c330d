#include "ingest/erase_words.h"

#include <string.h>

enum { ESCAPE = 6 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Of a word. What is not ASCII counts, because it may be a letter. */
static bool is_letter(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_number(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!is_digit(word.ptr[i]))
			return false;
	return true;
}

/* The character before at is the last one of an escape. */
static bool is_behind_escape(struct str text, size_t at)
{
	const char *p = text.ptr + at;

	return (at >= 2 && p[-2] == '\\' && strchr("nrtbf", p[-1]) != NULL) || (at >= 3 && (p[-3] == '%' || p[-3] == '=')) ||
	       (at >= ESCAPE && p[-6] == '\\' && p[-5] == 'u');
}

static bool begins(struct str text, size_t at, struct str word)
{
	char before = at > 0 ? text.ptr[at - 1] : ' ';

	if (is_behind_escape(text, at))
		return true;
	if (is_number(word))	/* "0055..." is "+55..." */
		return !is_digit(before) || (at >= 2 && before == '0' && text.ptr[at - 2] == '0');
	return !is_letter(before) && (str_chr(word, '@') == STR_NONE || strchr("._+-", before) == NULL);
}

static bool ends(struct str text, size_t end, struct str word)
{
	char next = end < text.len ? text.ptr[end] : ' ', after = end + 1 < text.len ? text.ptr[end + 1] : ' ';

	if (is_number(word))
		return !is_digit(next);
	return !is_letter(next) && (str_chr(word, '@') == STR_NONE || (next != '-' && !(next == '.' && is_letter(after))));
}

bool erase_words_has(struct str text, struct str word)
{
	for (size_t from = 0; word.len > 0 && from < text.len;) {
		size_t at = str_ifind(str_sub(text, from, text.len), word);

		if (at == STR_NONE)
			return false;
		at += from;
		if (begins(text, at, word) && ends(text, at + word.len, word))
			return true;
		from = at + 1;
	}
	return false;
}
