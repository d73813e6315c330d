#include "base/json.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/perthread.h"

enum { MAX_DEPTH = 64 };

static void *make_tokener(void)
{
	struct json_tokener *tok = json_tokener_new_ex(MAX_DEPTH + 1);

	if (tok == NULL)
		abort();
	return tok;
}

static void destroy_tokener(void *tok)
{
	json_tokener_free(tok);
}

/* json-c's own look at it lets overlong sequences through. */
static bool is_utf8(struct str text, struct err *err)
{
	size_t n = str_utf8_length(text);

	return n == text.len || err_setf(err, ERR_INPUT, "not JSON: it is not UTF-8 at byte %zu", n);
}

static struct perthread tokener = PERTHREAD(make_tokener, destroy_tokener);

struct json_object *json_parse(struct str text, int max_depth, size_t max_nodes, struct err *err)
{
	struct json_tokener *tok;
	struct json_object *value;
	enum json_tokener_error why;

	if (max_depth > MAX_DEPTH)
		max_depth = MAX_DEPTH;
	if (!is_utf8(text, err) || !json_scan(text, max_depth, max_nodes, err))
		return NULL;
	if (text.len == 0 || text.len > INT32_MAX) {
		err_setf(err, ERR_INPUT, "JSON is %s", text.len ? "too large" : "empty");
		return NULL;
	}
	tok = perthread_get(&tokener);
	json_tokener_reset(tok);
	value = json_tokener_parse_ex(tok, text.ptr, (int)text.len);
	why = json_tokener_get_error(tok);
	/* A number at the very end is complete only once something follows it. */
	if (why == json_tokener_continue) {
		value = json_tokener_parse_ex(tok, "", 1);
		why = json_tokener_get_error(tok);
	} else if (why == json_tokener_success && json_tokener_get_parse_end(tok) != text.len &&
		   str_trim(str_sub(text, json_tokener_get_parse_end(tok), text.len)).len != 0) {
		why = json_tokener_error_parse_unexpected;
	}
	if (why != json_tokener_success) {
		err_setf(err, ERR_INPUT, "not JSON: %s at byte %zu", json_tokener_error_desc(why),
			 json_tokener_get_parse_end(tok));
		json_object_put(value);
		/* Its reset forgets not all: half a surrogate pair would reach into the next text. */
		perthread_drop(&tokener);
		return NULL;
	}
	if (value == NULL)	/* the text "null" */
		err_setf(err, ERR_INPUT, "JSON is null");
	return value;
}

static size_t count_members(struct json_object *value);

static void add_members(struct str name, struct json_object *value, void *n)
{
	(void)name;
	*(size_t *)n += 1 + count_members(value);
}

static size_t count_members(struct json_object *value)
{
	size_t n = 0;

	json_each(value, add_members, &n);
	for (size_t i = 0; i < json_count(value); i++)
		n += count_members(json_at(value, i));
	return n;
}

bool json_is_clear(struct str text, struct json_object *value)
{
	return json_scan_members(text) == count_members(value);
}

void json_free(struct json_object *value)
{
	json_object_put(value);
}

void json_free_ptr(struct json_object **value)
{
	json_object_put(*value);
}

enum json_kind json_kind_of(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_boolean: return JSON_BOOL;
	case json_type_double:
	case json_type_int: return JSON_NUMBER;
	case json_type_string: return JSON_STRING;
	case json_type_array: return JSON_ARRAY;
	case json_type_object: return JSON_OBJECT;
	case json_type_null: break;
	}
	return JSON_NULL;
}

struct json_object *json_get(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (json_kind_of(object) == JSON_OBJECT)
		json_object_object_get_ex(object, name, &value);
	return value;
}

bool json_has(struct json_object *object, const char *name)
{
	return json_kind_of(object) == JSON_OBJECT && json_object_object_get_ex(object, name, NULL);
}

size_t json_count(struct json_object *array)
{
	return json_kind_of(array) == JSON_ARRAY ? json_object_array_length(array) : 0;
}

struct json_object *json_at(struct json_object *array, size_t i)
{
	return i < json_count(array) ? json_object_array_get_idx(array, i) : NULL;
}

struct str json_text(struct json_object *value)
{
	if (json_kind_of(value) != JSON_STRING)
		return (struct str){ NULL, 0 };
	return (struct str){ json_object_get_string(value),
			     (size_t)json_object_get_string_len(value) };
}

struct str json_str(struct json_object *object, const char *name)
{
	return json_text(json_get(object, name));
}

struct str json_scalar(struct json_object *value)
{
	switch (json_kind_of(value)) {
	case JSON_STRING: return json_text(value);
	case JSON_NUMBER:
	case JSON_BOOL: return str_from(json_object_to_json_string(value));
	default: return (struct str){ NULL, 0 };
	}
}

bool json_int(struct json_object *value, int64_t *out)
{
	if (json_kind_of(value) == JSON_STRING)
		return str_int64(json_text(value), out);
	if (json_object_get_type(value) != json_type_int)
		return false;
	*out = json_object_get_int64(value);
	return true;
}

bool json_true(struct json_object *value)
{
	return json_kind_of(value) == JSON_BOOL && json_object_get_boolean(value);
}

void json_each(struct json_object *object,
	       void (*each)(struct str name, struct json_object *value, void *arg), void *arg)
{
	if (json_kind_of(object) != JSON_OBJECT)
		return;
	json_object_object_foreach(object, name, value)
		each(str_from(name), value, arg);
}

void json_put_value(struct buf *out, struct json_object *value)
{
	size_t n;
	const char *text = json_object_to_json_string_length(
		value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);

	buf_add(out, (struct str){ text, n });
}

void json_begin(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ .out = out };
}

static void separate(struct json_writer *w)
{
	if (w->needs_comma)
		buf_addc(w->out, ',');
	w->needs_comma = true;
}

void json_open(struct json_writer *w, char bracket)
{
	separate(w);
	buf_addc(w->out, bracket);
	w->needs_comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
	buf_addc(w->out, bracket);
	w->needs_comma = true;
}

void json_name(struct json_writer *w, const char *name)
{
	separate(w);
	buf_addc(w->out, '"');
	buf_add(w->out, str_from(name));
	buf_add(w->out, STR("\":"));
	w->needs_comma = false;
}

/* Length of the UTF-8 sequence at the front, 0 when it is broken. NUL counts as a character. */
static size_t character_length(struct str s)
{
	if ((unsigned char)s.ptr[0] < 0x80)
		return 1;
	for (size_t n = 2; n <= 4 && n <= s.len; n++)
		if (str_is_utf8(str_sub(s, 0, n)))
			return n;
	return 0;
}

static void escape(struct buf *out, char c)
{
	switch (c) {
	case '"': buf_add(out, STR("\\\"")); break;
	case '\\': buf_add(out, STR("\\\\")); break;
	case '\n': buf_add(out, STR("\\n")); break;
	case '\r': buf_add(out, STR("\\r")); break;
	case '\t': buf_add(out, STR("\\t")); break;
	default: buf_addf(out, "\\u%04x", (unsigned char)c);
	}
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\' && c != 0x7f &&
	       (unsigned char)c < 0x80;
}

void json_str_value(struct json_writer *w, struct str s)
{
	size_t n, run;

	separate(w);
	buf_addc(w->out, '"');
	for (size_t i = 0; i < s.len; i += n) {
		for (run = 0; i + run < s.len && is_plain(s.ptr[i + run]); run++)
			;
		if (run > 0) {
			buf_add(w->out, str_sub(s, i, run));
			n = run;
			continue;
		}
		n = character_length(str_sub(s, i, s.len));
		if (n == 1)
			escape(w->out, s.ptr[i]);
		else if (n > 1)
			buf_add(w->out, str_sub(s, i, n));
		else
			buf_add(w->out, STR("\xef\xbf\xbd"));
		n = n ? n : 1;
	}
	buf_addc(w->out, '"');
}

void json_name_str(struct json_writer *w, struct str name)
{
	json_str_value(w, name);
	buf_addc(w->out, ':');
	w->needs_comma = false;
}

void json_int_value(struct json_writer *w, int64_t n)
{
	separate(w);
	buf_addf(w->out, "%lld", (long long)n);
}

void json_bool_value(struct json_writer *w, bool b)
{
	separate(w);
	buf_add(w->out, b ? STR("true") : STR("false"));
}

void json_null_value(struct json_writer *w)
{
	separate(w);
	buf_add(w->out, STR("null"));
}

void json_raw_value(struct json_writer *w, struct str json)
{
	separate(w);
	buf_add(w->out, json);
}

void json_member(struct json_writer *w, const char *name, struct str s)
{
	json_name(w, name);
	json_str_value(w, s);
}

void json_member_or_null(struct json_writer *w, const char *name, struct str s)
{
	json_name(w, name);
	if (s.len > 0)
		json_str_value(w, s);
	else
		json_null_value(w);
}

void json_member_int(struct json_writer *w, const char *name, int64_t n)
{
	json_name(w, name);
	json_int_value(w, n);
}

void json_member_bool(struct json_writer *w, const char *name, bool b)
{
	json_name(w, name);
	json_bool_value(w, b);
}

void json_member_null(struct json_writer *w, const char *name)
{
	json_name(w, name);
	json_null_value(w);
}
