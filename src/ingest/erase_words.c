#include "ingest/erase_words.h"

#include <string.h>

#include "base/json.h"

enum { ESCAPE = 6, MAX_DEPTH = 64, MAX_VALUES = 200000 };

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

/* From there on; STR_NONE: nowhere. */
static size_t find(struct str text, size_t from, struct str word)
{
	while (word.len > 0 && from < text.len) {
		size_t at = str_ifind(str_sub(text, from, text.len), word);

		if (at == STR_NONE)
			break;
		at += from;
		if (begins(text, at, word) && ends(text, at + word.len, word))
			return at;
		from = at + 1;
	}
	return STR_NONE;
}

bool erase_words_has(struct str text, struct str word)
{
	return find(text, 0, word) != STR_NONE;
}

/* ---- in JSON ---- */

struct blanking {
	struct json_writer w;
	struct str word, instead;
};

static void put_text(struct blanking *b, struct str text)
{
	size_t from = 0, at;
	struct buf out;

	buf_init(&out, SIZE_MAX);
	while ((at = find(text, from, b->word)) != STR_NONE) {
		buf_add(&out, str_sub(text, from, at - from));
		buf_add(&out, b->instead);
		from = at + b->word.len;
	}
	buf_add(&out, str_sub(text, from, text.len));
	json_str_value(&b->w, buf_str(&out));
	buf_finish(&out);
}

static void put_value(struct blanking *b, struct json_object *value);

static void put_member(struct str name, struct json_object *value, void *arg)
{
	struct blanking *b = arg;

	json_name_str(&b->w, name);
	put_value(b, value);
}

/* As deep as the parser lets it be. */
static void put_value(struct blanking *b, struct json_object *value)
{
	struct buf plain;

	switch (json_kind_of(value)) {
	case JSON_OBJECT:
		json_open(&b->w, '{');
		json_each(value, put_member, b);
		json_close(&b->w, '}');
		break;
	case JSON_ARRAY:
		json_open(&b->w, '[');
		for (size_t i = 0; i < json_count(value); i++)
			put_value(b, json_at(value, i));
		json_close(&b->w, ']');
		break;
	case JSON_STRING:
		put_text(b, json_text(value));
		break;
	default:
		buf_init(&plain, SIZE_MAX);
		json_put_value(&plain, value);
		json_raw_value(&b->w, buf_str(&plain));
		buf_finish(&plain);
	}
}

bool erase_words_blank(struct str json, struct str word, struct str instead, struct buf *out, struct err *err)
{
	auto_json struct json_object *value = json_parse(json, MAX_DEPTH, MAX_VALUES, err);
	struct blanking b = { .word = word, .instead = instead };

	if (value == NULL)
		return false;
	json_begin(&b.w, out);
	put_value(&b, value);
	return true;
}
