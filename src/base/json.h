/* JSON in and out. In: json-c behind caps, read as slices (a value may hold NULs). Out: a writer
 * that appends to a buf and cannot produce anything but valid JSON. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "base/buf.h"

struct json_object;

/* Whole input, strict, at most max_depth deep and about max_nodes values; anything else is
 * ERR_INPUT with the place, or ERR_LIMIT. Caller frees with json_free. Lone surrogates become
 * U+FFFD. */
struct json_object *json_parse(struct str text, int max_depth, size_t max_nodes, struct err *err);
/* Whether every member of the text is in value, which was parsed of it: a name that stood twice has been taken once, RFC 8259 §4.
 * What \\u0000 hides the end of counts as the same name. */
bool json_is_clear(struct str text, struct json_object *value);
void json_free(struct json_object *value);
void json_free_ptr(struct json_object **value);
#define auto_json __attribute__((cleanup(json_free_ptr)))

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* All accept NULL and the wrong kind: an absent member, an empty slice, zero. */
enum json_kind json_kind_of(struct json_object *value);
struct json_object *json_get(struct json_object *object, const char *name);
bool json_has(struct json_object *object, const char *name);	/* be it null */
size_t json_count(struct json_object *array);
struct json_object *json_at(struct json_object *array, size_t i);
struct str json_text(struct json_object *value);	/* strings only */
struct str json_str(struct json_object *object, const char *name);	/* member that is a string */
/* A string as it is; a number or boolean as it is written; else empty. Borrowed. */
struct str json_scalar(struct json_object *value);
bool json_int(struct json_object *value, int64_t *out);	/* number, or string of digits */
bool json_true(struct json_object *value);
/* Calls each(name, value, arg) in the order of the text. */
void json_each(struct json_object *object,
	       void (*each)(struct str name, struct json_object *value, void *arg), void *arg);
/* Writes a parsed value again, compactly. */
void json_put_value(struct buf *out, struct json_object *value);

/* ---- writing ---- */

struct json_writer {
	struct buf *out;
	bool needs_comma;
};

void json_begin(struct json_writer *w, struct buf *out);
void json_open(struct json_writer *w, char bracket);	/* '{' or '[' */
void json_close(struct json_writer *w, char bracket);	/* '}' or ']' */
void json_name(struct json_writer *w, const char *name);
void json_name_str(struct json_writer *w, struct str name);	/* a name that came in: escaped */
void json_str_value(struct json_writer *w, struct str s);	/* bad UTF-8 becomes U+FFFD */
void json_int_value(struct json_writer *w, int64_t n);
void json_bool_value(struct json_writer *w, bool b);
void json_null_value(struct json_writer *w);
void json_raw_value(struct json_writer *w, struct str json);	/* valid JSON already */

void json_member(struct json_writer *w, const char *name, struct str s);
void json_member_or_null(struct json_writer *w, const char *name, struct str s); /* empty: null */
void json_member_int(struct json_writer *w, const char *name, int64_t n);
void json_member_bool(struct json_writer *w, const char *name, bool b);
void json_member_null(struct json_writer *w, const char *name);
