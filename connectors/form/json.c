#include "post.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* JSON flattened: {"utm":{"source":"x"}} is the field utm.source, a list is its name several times, and an
 * object that describes a field, {"label":"E-mail","type":"email","value":"…"}, is that field. */

enum { MAX_PATH = 2 * POST_MAX_NAME };

struct walk {
	struct post *post;
	struct err *err;
	bool is_failed;
	char path[MAX_PATH];		/* cut when it gets longer */
	size_t path_len;
};

static void put_value(struct walk *w, struct json_object *value);

static void push(struct walk *w, struct str name)
{
	struct str cut;

	if (w->path_len > 0 && w->path_len < MAX_PATH)
		w->path[w->path_len++] = '.';
	cut = text_cut(name, MAX_PATH - w->path_len);
	memcpy(w->path + w->path_len, cut.ptr ? cut.ptr : "", cut.len);
	w->path_len += cut.len;
}

static void put_member(struct str name, struct json_object *value, void *arg)
{
	struct walk *w = arg;
	size_t before = w->path_len;

	if (w->is_failed)
		return;
	push(w, name);
	put_value(w, value);
	w->path_len = before;
}

static struct field *put_field(struct walk *w, struct str name, struct json_object *value)
{
	struct field *f = post_add(w->post, arena_str(w->post->arena, name),
				   arena_str(w->post->arena, json_scalar(value)), w->err);

	w->is_failed = f == NULL;
	return f;
}

static bool is_plain(struct json_object *value)
{
	for (size_t i = 0; i < json_count(value); i++)
		if (json_kind_of(json_at(value, i)) >= JSON_ARRAY)
			return false;
	return json_kind_of(value) != JSON_NULL && json_kind_of(value) != JSON_OBJECT;
}

static struct str first_text(struct json_object *object, const char *a, const char *b)
{
	struct str s = json_str(object, a);

	return s.len > 0 ? s : json_str(object, b);
}

/* An element of fields: or answers:, as form services write them; several values are several fields. */
static bool put_described(struct walk *w, struct json_object *object)
{
	struct json_object *value = json_get(object, "value");
	struct str label = first_text(object, "label", "title");
	struct str name = first_text(object, "name", "key");
	bool is_list = json_kind_of(value) == JSON_ARRAY;

	if (label.len + name.len == 0 || !is_plain(value))
		return false;
	for (size_t i = 0; i < (is_list ? json_count(value) : 1); i++) {
		struct json_object *one = is_list ? json_at(value, i) : value;
		struct field *f = put_field(w, name.len > 0 ? name : label, one);

		if (f == NULL)
			return true;
		f->label = arena_str(w->post->arena, text_cut(label, POST_MAX_NAME));
		f->type = arena_str(w->post->arena, json_str(object, "type"));
	}
	return true;
}

static void put_item(struct walk *w, struct json_object *item, size_t i)
{
	size_t before = w->path_len;
	char digits[24];

	if (json_kind_of(item) < JSON_ARRAY)
		return put_value(w, item);
	if (put_described(w, item))
		return;
	snprintf(digits, sizeof(digits), "%zu", i);
	push(w, str_from(digits));
	put_value(w, item);
	w->path_len = before;
}

/* As deep as json_parse() allows and no deeper. */
static void put_value(struct walk *w, struct json_object *value)
{
	switch (json_kind_of(value)) {
	case JSON_NULL:
		return;
	case JSON_OBJECT:
		json_each(value, put_member, w);
		return;
	case JSON_ARRAY:
		for (size_t i = 0; i < json_count(value) && !w->is_failed; i++)
			put_item(w, json_at(value, i), i);
		return;
	default:
		put_field(w, (struct str){ w->path, w->path_len }, value);
	}
}

bool post_json(struct post *post, struct str body, struct err *err)
{
	struct walk w = { .post = post, .err = err };
	auto_json struct json_object *root =
		json_parse(body, POST_MAX_DEPTH, POST_MAX_NODES, err);

	if (root == NULL)
		return false;
	if (json_kind_of(root) < JSON_ARRAY)
		return err_setf(err, ERR_INPUT, "the JSON is neither an object nor a list");
	put_value(&w, root);
	return !w.is_failed;
}
