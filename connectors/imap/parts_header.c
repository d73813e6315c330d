/* The headers of parts, read by rules so strict that the server, GMime and we can only be of one opinion. */
#include "imap/parts.h"

#include <string.h>

#include "mime/mail.h"

static bool is_white(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_token(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("-._+!#$&", c) != NULL);
}

/* ---- fields ---- */

static bool next_line(struct str text, size_t *at, struct str *line)
{
	struct str rest = str_sub(text, *at, STR_NONE);
	size_t end = str_chr(rest, '\n');

	if (end == STR_NONE)
		return false;
	*at += end + 1;
	*line = str_sub(rest, 0, end);
	if (str_ends(*line, STR("\r")))
		line->len--;
	return true;
}

/* Empty when the line is not the beginning of a field beyond doubt. */
static struct str name_of(struct str line)
{
	struct str none = { NULL, 0 };
	size_t colon = str_chr(str_sub(line, 0, 128), ':');

	if (colon == STR_NONE || colon == 0 || line.ptr[0] == '-')
		return none;
	for (size_t i = 0; i < colon; i++)
		if (!is_alnum(line.ptr[i]) && line.ptr[i] != '-' && line.ptr[i] != '_' && line.ptr[i] != '.')
			return none;
	return str_sub(line, 0, colon);
}

/* What stands before the first parameter; false when it is not one plain word. */
static bool read_word(struct str value, struct str *word)
{
	*word = str_trim(str_sub(value, 0, str_chr(value, ';')));
	for (size_t i = 0; i < word->len; i++)
		if (!is_token(word->ptr[i]) && word->ptr[i] != '/')
			return false;
	return word->len > 0;
}

/* "text" alone is text/plain to the parser. */
static bool is_type(struct str word)
{
	size_t slash = str_chr(word, '/');

	return slash != STR_NONE && slash > 0 && slash + 1 < word.len &&
	       str_chr(str_sub(word, slash + 1, STR_NONE), '/') == STR_NONE;
}

/* A field that we look at may be there once. */
static bool take_field(struct str name, struct str value, struct parts_header *out)
{
	if (str_istarts(name, STR("X-Daybook-")))
		return false;		/* nobody else writes these */
	if (str_ieq(name, STR("Content-Type"))) {
		if (out->type.len > 0)
			return false;
		out->type_field = value;
		return read_word(value, &out->type) && is_type(out->type);
	}
	if (str_ieq(name, STR("Content-Disposition")))
		return out->disposition.len == 0 && read_word(value, &out->disposition);
	if (str_ieq(name, STR("Content-Transfer-Encoding")))
		return out->encoding.len == 0 && read_word(value, &out->encoding);
	return true;
}

/* White to one reader, part of a word to the next, nothing at all to the third. */
static bool has_control(struct str block)
{
	for (size_t i = 0; i < block.len; i++) {
		unsigned char c = (unsigned char)block.ptr[i];

		if (c < ' ' && c != '\t' && c != '\n' && !(c == '\r' && i + 1 < block.len && block.ptr[i + 1] == '\n'))
			return true;
	}
	return false;
}

bool parts_read_header(struct str block, struct parts_header *out)
{
	struct str line, name = { NULL, 0 }, value = { NULL, 0 };
	size_t at = 0;

	*out = (struct parts_header){ 0 };
	if (has_control(block))
		return false;
	while (next_line(block, &at, &line)) {
		if (line.len > 0 && is_white(line.ptr[0])) {
			/* A blank line that is not empty ends the header for some. */
			if (name.len == 0 || str_trim(line).len == 0)
				return false;
			value.len = (size_t)(line.ptr + line.len - value.ptr);
			continue;
		}
		if (name.len > 0 && !take_field(name, value, out))
			return false;
		if (line.len == 0)
			return at == block.len;
		name = name_of(line);
		if (name.len == 0)
			return false;
		value = str_sub(line, name.len + 1, STR_NONE);
	}
	return false;	/* the blank line is missing */
}

/* ---- parameters ---- */

static void skip_white(struct str *s)
{
	while (s->len > 0 && (is_white(s->ptr[0]) || s->ptr[0] == '\r' || s->ptr[0] == '\n'))
		*s = str_sub(*s, 1, STR_NONE);
}

static struct str take_token(struct str *s)
{
	size_t n = 0;

	while (n < s->len && (is_token(s->ptr[n]) || s->ptr[n] == '*'))
		n++;
	*s = str_sub(*s, n, STR_NONE);
	return (struct str){ s->ptr - n, n };
}

/* Quoted, without anything that a quoted text could be read in two ways for; or a token. */
static bool take_value(struct str *s, struct str *value)
{
	size_t end;

	if (s->len == 0 || s->ptr[0] != '"') {
		*value = take_token(s);
		return value->len > 0;
	}
	end = str_chr(str_sub(*s, 1, STR_NONE), '"');
	if (end == STR_NONE)
		return false;
	*value = str_sub(*s, 1, end);
	*s = str_sub(*s, end + 2, STR_NONE);
	return str_chr(*value, '\\') == STR_NONE;
}

static bool take_param(struct str *s, struct str *name, struct str *value)
{
	*name = take_token(s);
	skip_white(s);
	if (name->len == 0 || s->len == 0 || s->ptr[0] != '=')
		return false;
	*s = str_sub(*s, 1, STR_NONE);
	skip_white(s);
	return take_value(s, value);
}

static bool is_plain_boundary(struct str b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.ptr[i] <= ' ' || b.ptr[i] > '~')
			return false;
	return b.len > 0 && b.len <= 70;
}

bool parts_has_boundary(struct str type_field, struct str boundary)
{
	struct str rest = str_sub(type_field, str_chr(type_field, ';'), STR_NONE), name, value;
	bool has = false;

	if (!is_plain_boundary(boundary))
		return false;
	while (skip_white(&rest), rest.len > 0) {
		if (rest.ptr[0] != ';')
			return false;
		rest = str_sub(rest, 1, STR_NONE);
		skip_white(&rest);
		if (rest.len == 0)
			break;
		if (!take_param(&rest, &name, &value))
			return false;
		if (!str_istarts(name, STR("boundary")))
			continue;
		if (has || !str_ieq(name, STR("boundary")) || !str_eq(value, boundary))
			return false;
		has = true;
	}
	return has;
}
