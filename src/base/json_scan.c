#include "base/json_scan.h"

#include <string.h>

/* Where the string that begins before i ends: at its closing quote, or at the end of the text. */
static size_t skip_string(struct str text, size_t i)
{
	for (; i < text.len; i++) {
		if (text.ptr[i] == '"')
			break;
		if (text.ptr[i] == '\\')
			i++;
	}
	return i;
}

static const signed char deeper[256] = { ['{'] = 1, ['['] = 1, ['}'] = -1, [']'] = -1 };
static const bool begins_value[256] = { ['{'] = 1, ['['] = 1, [','] = 1, [':'] = 1 };
static const bool is_space[256] = { [' '] = 1, ['\t'] = 1, ['\n'] = 1, ['\r'] = 1 };
static const bool is_foreign[256] = { ['\''] = 1, ['/'] = 1 };	/* 'x', comments */
/* What true, null and numbers are made of, and NaN and Infinity. */
static const bool is_word[256] = {
	['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['-'] = 1, ['+'] = 1, ['.'] = 1,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct str word_at(struct str text, size_t i)
{
	size_t end = i;

	while (end < text.len && is_word[(unsigned char)text.ptr[end]])
		end++;
	return str_sub(text, i, end - i);
}

static bool take(struct str *word, const char *any_of)
{
	if (word->len == 0 || strchr(any_of, word->ptr[0]) == NULL)
		return false;
	*word = str_sub(*word, 1, STR_NONE);
	return true;
}

static bool take_digits(struct str *word)
{
	size_t before = word->len;

	while (word->len > 0 && is_digit(word->ptr[0]))
		*word = str_sub(*word, 1, STR_NONE);
	return word->len < before;
}

static bool is_number(struct str word)
{
	take(&word, "-");
	if (!take(&word, "0") && !take_digits(&word))
		return false;
	if (take(&word, ".") && !take_digits(&word))
		return false;
	if (take(&word, "eE")) {
		take(&word, "+-");
		if (!take_digits(&word))
			return false;
	}
	return word.len == 0;
}

static bool is_scalar(struct str word)
{
	return str_eq(word, STR("true")) || str_eq(word, STR("false")) || str_eq(word, STR("null")) || is_number(word);
}

static bool unexpected(struct str text, size_t i, struct err *err)
{
	return err_setf(err, ERR_INPUT, "not JSON: \"%c\" at byte %zu", text.ptr[i], i);
}

bool json_scan(struct str text, int max_depth, size_t max_nodes, struct err *err)
{
	size_t nodes = 0;
	int depth = 0;
	unsigned char before = '\0';	/* white space does not count */

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (is_space[c])
			continue;
		if (is_word[c]) {
			struct str word = word_at(text, i);

			if (!is_scalar(word))
				return unexpected(text, i, err);
			i += word.len - 1;
		} else if (c == '"') {
			i = skip_string(text, i + 1);
		} else if (is_foreign[c] || (deeper[c] < 0 && before == ',')) {
			return unexpected(text, i, err);
		}
		before = c;
		depth += deeper[c];
		nodes += begins_value[c];
		if (depth > max_depth)
			return err_setf(err, ERR_LIMIT, "JSON is nested deeper than %d (byte %zu)", max_depth, i);
		if (nodes > max_nodes)
			return err_setf(err, ERR_LIMIT, "JSON has more than %zu values", max_nodes);
	}
	return true;
}

size_t json_scan_members(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			i = skip_string(text, i + 1);
		else
			n += text.ptr[i] == ':';
	}
	return n;
}
