#include "conf/setter.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf/diag.h"
#include "conf/nearest.h"
#include "conf/paths.h"
#include "conf/secret.h"
#include "conf/table.h"
#include "conf/value.h"
#include "conf/yaml.h"

static void free_list(struct conf_list *list)
{
	for (size_t i = 0; i < list->n_items; i++)
		free((char *)list->items[i]);
	free(list->items);
	*list = (struct conf_list){ 0 };
}

static void free_map(struct conf_map *map)
{
	for (size_t i = 0; i < map->n_entries; i++) {
		free((char *)map->entries[i].name);
		free_list(&map->entries[i].values);
	}
	free(map->entries);
	*map = (struct conf_map){ 0 };
}

void setter_clear(const struct conf_key *key, void *slot)
{
	switch (key->type) {
	case CONF_T_STRING:
	case CONF_T_PATH:
		free(*(char **)slot);
		*(char **)slot = NULL;
		break;
	case CONF_T_SECRET:
		secret_destroy(*(struct secret **)slot);
		*(struct secret **)slot = NULL;
		break;
	case CONF_T_LIST: free_list(slot); break;
	case CONF_T_MAP: free_map(slot); break;
	case CONF_T_BLOCK: conf_finish(key->rows, slot); break;
	case CONF_T_BOOL: case CONF_T_INT: case CONF_T_SIZE: case CONF_T_DURATION: case CONF_T_RATE:
	case CONF_T_DATE: case CONF_T_ENUM: case CONF_T_LATER: break;
	}
}

/* ---- reports ---- */

static const char *shape_name(const struct yaml_node *node)
{
	return node->kind == YAML_LIST ? "a list" : node->kind == YAML_MAP ? "a map" : "one value";
}

static bool report_shape(const struct setting *s, const struct yaml_node *node)
{
	if (node->kind != YAML_BAD)
		diag_addf(s->env->diags, DIAG_ERROR, node, s->path, "%s is expected here, not %s",
			  value_noun(s->key->type), shape_name(node));
	return false;
}

/* Is it text, one that fits into a C string, and not a reference to a secret? */
static bool check_text(const struct setting *s, const struct yaml_node *node)
{
	struct diag *d;

	if (node->kind != YAML_TEXT)
		return report_shape(s, node);
	if (node->tag != NULL) {
		d = diag_addf(s->env->diags, DIAG_ERROR, node, s->path,
			      "%s is for secrets, and this is none", node->tag);
		diag_hintf(d, "write the value itself");
		return false;
	}
	if (str_chr(node->text, '\0') != STR_NONE) {
		diag_addf(s->env->diags, DIAG_ERROR, node, s->path, "a NUL byte cannot stand here");
		return false;
	}
	if (yaml_is_nothing(node)) {
		d = diag_addf(s->env->diags, DIAG_ERROR, node->key ? node->key : node, s->path,
			      "has no value");
		diag_hintf(d, "remove the line, or write \"\" for an empty text");
		return false;
	}
	return true;
}

static bool report_value(const struct setting *s)
{
	const char *example = value_try(s->key->type);
	char quoted[DIAG_QUOTE_SIZE];

	diag_addf(s->env->diags, DIAG_ERROR, s->node, s->path, "%s is not %s%s%s%s",
		  diag_quote(s->node->text, quoted), value_noun(s->key->type), *example ? " (" : "",
		  example, *example ? ")" : "");
	return false;
}

/* ---- ranges ---- */

bool conf_print_range(struct buf *out, const struct conf_key *key)
{
	bool has_max = key->max != 0 && key->max != INT64_MAX;

	if (key->min == 0 && key->max == 0)
		return false;
	if (!has_max)
		buf_add(out, STR("at least "));
	else if (key->min == INT64_MIN)
		buf_add(out, STR("at most "));
	if (!has_max || key->min != INT64_MIN)
		value_print(out, key->type, key->min);
	if (has_max && key->min != INT64_MIN)
		buf_add(out, STR(" to "));
	if (has_max)
		value_print(out, key->type, key->max);
	return true;
}

static bool is_in_range(const struct conf_key *key, int64_t value)
{
	if (key->min == 0 && key->max == 0)
		return true;
	return value >= key->min && (key->max == 0 || value <= key->max);
}

static bool check_range(const struct setting *s, int64_t value)
{
	char quoted[DIAG_QUOTE_SIZE];
	struct buf range;

	if (is_in_range(s->key, value))
		return true;
	buf_init(&range, 200);
	conf_print_range(&range, s->key);
	diag_addf(s->env->diags, DIAG_ERROR, s->node, s->path, "%s is too %s (%s)",
		  diag_quote(s->node->text, quoted), value < s->key->min ? "small" : "large",
		  range.ptr);
	buf_finish(&range);
	return false;
}

/* ---- one setter a type: text to slot ---- */

static bool parse_number(const struct conf_key *key, struct str text, int64_t *out)
{
	switch (key->type) {
	case CONF_T_INT: return value_int(text, out);
	case CONF_T_SIZE: return value_size(text, out);
	case CONF_T_DURATION: return value_duration(text, out);
	default: return value_date(text, out);
	}
}

static bool set_number(const struct setting *s)
{
	int64_t value;

	if (!check_text(s, s->node))
		return false;
	if (!parse_number(s->key, s->node->text, &value))
		return report_value(s);
	if (!check_range(s, value))
		return false;
	*(int64_t *)s->slot = value;
	return true;
}

static bool set_bool(const struct setting *s)
{
	return check_text(s, s->node) && (value_bool(s->node->text, s->slot) || report_value(s));
}

static bool set_rate(const struct setting *s)
{
	struct conf_rate rate;

	if (!check_text(s, s->node))
		return false;
	if (!value_rate(s->node->text, &rate))
		return report_value(s);
	if (!check_range(s, rate.count))
		return false;
	*(struct conf_rate *)s->slot = rate;
	return true;
}

/* A required text must also say something. */
static bool check_not_empty(const struct setting *s)
{
	if (s->node->text.len > 0 ||
	    (!(s->key->flags & CONF_REQUIRED) && s->key->type != CONF_T_PATH))
		return true;
	diag_addf(s->env->diags, DIAG_ERROR, s->node, s->path, "cannot be empty");
	return false;
}

static bool set_string(const struct setting *s)
{
	if (!check_text(s, s->node) || !check_not_empty(s))
		return false;
	setter_clear(s->key, s->slot);
	*(char **)s->slot = xstrndup(s->node->text.ptr, s->node->text.len);
	return true;
}

static bool set_path(const struct setting *s)
{
	if (!check_text(s, s->node) || !check_not_empty(s))
		return false;
	setter_clear(s->key, s->slot);
	*(char **)s->slot = path_beside(yaml_name(s->node->doc), s->node->text.ptr);
	return true;
}

static int find_choice(const struct conf_key *key, struct str text)
{
	for (int i = 0; key->choices[i] != NULL; i++)
		if (str_eq(text, str_from(key->choices[i])))
			return i;
	return -1;
}

static bool report_choice(const struct setting *s)
{
	char quoted[DIAG_QUOTE_SIZE];
	struct nearest near;
	struct diag *d;
	struct buf names;

	nearest_begin(&near, s->node->text);
	buf_init(&names, 1024);
	for (int i = 0; s->key->choices[i] != NULL; i++) {
		buf_addf(&names, "%s%s", i ? ", " : "", s->key->choices[i]);
		nearest_offer(&near, s->key->choices[i]);
	}
	d = diag_addf(s->env->diags, DIAG_ERROR, s->node, s->path, "%s is not one of %s",
		      diag_quote(s->node->text, quoted), names.ptr);
	if (near.best != NULL)
		diag_hintf(d, "did you mean \"%s\"?", near.best);
	buf_finish(&names);
	return false;
}

static bool set_enum(const struct setting *s)
{
	int choice;

	if (!check_text(s, s->node))
		return false;
	choice = find_choice(s->key, s->node->text);
	if (choice < 0)
		return report_choice(s);
	*(int *)s->slot = choice;
	return true;
}

static bool set_secret(const struct setting *s)
{
	struct secret *secret = secret_load(s->node, s->path, &s->env->secrets, s->env->diags);

	if (secret == NULL)
		return false;
	setter_clear(s->key, s->slot);
	*(struct secret **)s->slot = secret;
	return true;
}

/* A list of texts; one text is a list of one, nothing an empty one. */
static bool read_list(const struct setting *s, const struct yaml_node *node, struct conf_list *out)
{
	size_t n = node->kind == YAML_LIST ? node->n_items : 1;
	bool is_ok = true;

	if (yaml_is_nothing(node))
		return true;
	if (node->kind == YAML_MAP || node->kind == YAML_BAD)
		return report_shape(s, node);
	out->items = xcalloc(n, sizeof(*out->items));
	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *item = node->kind == YAML_LIST ? node->items[i] : node;

		if (item->kind == YAML_LIST || item->kind == YAML_MAP) {
			diag_addf(s->env->diags, DIAG_ERROR, item, s->path,
				  "an item of the list must be one value, not %s",
				  shape_name(item));
			is_ok = false;
		} else if (item->kind == YAML_BAD || !check_text(s, item)) {
			is_ok = false;
		} else {
			out->items[out->n_items++] = xstrndup(item->text.ptr, item->text.len);
		}
	}
	return is_ok;
}

static bool set_list(const struct setting *s)
{
	struct conf_list list = { 0 };

	if (!read_list(s, s->node, &list)) {
		free_list(&list);
		return false;
	}
	free_list(s->slot);
	*(struct conf_list *)s->slot = list;
	return true;
}

static bool read_map(const struct setting *s, struct conf_map *out)
{
	bool is_ok = true;

	if (yaml_is_nothing(s->node))
		return true;
	if (s->node->kind != YAML_MAP)
		return report_shape(s, s->node);
	out->entries = xcalloc(s->node->n_items, sizeof(*out->entries));
	for (size_t i = 0; i < s->node->n_items; i++) {
		const struct yaml_node *value = s->node->items[i];
		struct conf_map_entry *entry = &out->entries[out->n_entries];

		if (value->key->kind != YAML_TEXT || value->key->is_repeat ||
		    !check_text(s, value->key)) {
			is_ok = false;
			continue;
		}
		out->n_entries++;
		entry->name = xstrndup(value->key->text.ptr, value->key->text.len);
		is_ok = read_list(s, value, &entry->values) && is_ok;
	}
	return is_ok;
}

static bool set_map(const struct setting *s)
{
	struct conf_map map = { 0 };

	if (!read_map(s, &map)) {
		free_map(&map);
		return false;
	}
	free_map(s->slot);
	*(struct conf_map *)s->slot = map;
	return true;
}

static bool set_block(const struct setting *s)
{
	struct conf_part part = { s->key->rows, s->slot };
	struct conf_block block = { .parts = &part, .n_parts = 1, .path = s->path };

	return conf_fill(&block, s->node, s->node->key, s->env);
}

static bool set_later(const struct setting *s)
{
	if (s->node->kind != YAML_BAD)
		diag_addf(s->env->diags, DIAG_WARNING, s->node->key, s->path,
			  "this version does not use it");
	return s->node->kind != YAML_BAD;
}

static bool (*const setters[])(const struct setting *s) = {
	[CONF_T_BOOL] = set_bool, [CONF_T_INT] = set_number, [CONF_T_SIZE] = set_number,
	[CONF_T_DURATION] = set_number, [CONF_T_RATE] = set_rate, [CONF_T_DATE] = set_number,
	[CONF_T_STRING] = set_string, [CONF_T_ENUM] = set_enum, [CONF_T_PATH] = set_path,
	[CONF_T_SECRET] = set_secret, [CONF_T_LIST] = set_list, [CONF_T_MAP] = set_map,
	[CONF_T_BLOCK] = set_block, [CONF_T_LATER] = set_later,
};

bool setter_apply(const struct setting *s)
{
	return setters[s->key->type](s);
}

/* A fallback is written as in a file: a list or a map as [a, b] or {a: b}, anything else as bare text
 * that need not be quoted. */
static struct yaml_doc *parse_fallback(const struct conf_key *key, struct diags *diags,
				       struct yaml_node *bare)
{
	bool is_yaml = (key->type == CONF_T_LIST || key->type == CONF_T_MAP) &&
		       (key->fallback[0] == '[' || key->fallback[0] == '{');
	struct yaml_doc *doc = yaml_parse("/default", is_yaml ? str_from(key->fallback) : STR(""),
					  diags);

	*bare = (struct yaml_node){ .kind = YAML_TEXT, .text = str_from(key->fallback), .doc = doc };
	if (is_yaml && yaml_root(doc) != NULL)
		*bare = *yaml_root(doc);
	return doc;
}

bool setter_default(const struct conf_key *key, void *slot, struct err *err)
{
	struct diags *diags = diags_create();
	struct conf_env env = { .diags = diags };
	struct yaml_node node;
	struct yaml_doc *doc = parse_fallback(key, diags, &node);
	struct setting s = { .key = key, .slot = slot, .node = &node, .path = "", .env = &env };
	bool is_ok = key->type != CONF_T_SECRET && key->type != CONF_T_LATER && setter_apply(&s);

	if (!is_ok)
		err_setf(err, ERR_BUG, "the default %s is not a value of its type%s%s",
			 key->fallback, diags_count(diags) ? ": " : "",
			 diags_count(diags) ? diags_at(diags, 0)->text : "");
	yaml_destroy(doc);
	diags_destroy(diags);
	return is_ok;
}
