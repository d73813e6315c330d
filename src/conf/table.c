#include "conf/table.h"

#include <string.h>

#include "base/mem.h"
#include "conf/diag.h"
#include "conf/nearest.h"
#include "conf/setter.h"
#include "conf/yaml.h"

const struct conf_key *conf_find_key(const struct conf_key *keys, struct str name)
{
	for (; keys->name != NULL; keys++)
		if (str_eq(name, str_from(keys->name)))
			return keys;
	return NULL;
}

static char *join(const char *path, const char *name)
{
	return path[0] ? xasprintf("%s.%s", path, name) : xstrdup(name);
}

static bool is_other(const struct conf_block *block, struct str name)
{
	for (const char *const *other = block->others; other != NULL && *other != NULL; other++)
		if (str_eq(name, str_from(*other)))
			return true;
	return false;
}

static const struct conf_key *suggest(const struct conf_block *block, struct nearest *near)
{
	const struct conf_key *best = NULL;

	for (size_t i = 0; i < block->n_parts; i++)
		for (const struct conf_key *key = block->parts[i].keys; key->name != NULL; key++)
			if (nearest_offer(near, key->name))
				best = key;
	for (const char *const *other = block->others; other != NULL && *other != NULL; other++)
		if (nearest_offer(near, *other))
			best = NULL;
	return best;
}

static bool report_unknown(const struct conf_block *block, const struct yaml_node *value,
			   const struct conf_env *env)
{
	const struct conf_key *best;
	char quoted[DIAG_QUOTE_SIZE];
	struct nearest near;
	struct diag *d;

	nearest_begin(&near, value->key->text);
	best = suggest(block, &near);
	/* It may be a secret under a name that nobody can guess. */
	if (near.best == NULL || (best != NULL && best->type == CONF_T_SECRET))
		yaml_hide(value);
	d = diag_addf(env->diags, DIAG_ERROR, value->key, block->path, "%s is not an option here",
		      diag_quote_name(value->key->text, quoted));
	if (near.best != NULL)
		diag_hintf(d, "did you mean \"%s\"?", near.best);
	else if (str_chr(value->key->text, ':') != STR_NONE)
		diag_hintf(d, "a space is missing after the colon");
	else if (str_eq(value->key->text, STR("<<")))
		diag_hintf(d, "merge keys are not read; write the options out");
	return false;
}

/* Every part that has a row of this name takes the value. */
static bool take_value(const struct conf_block *block, const struct yaml_node *value,
		       const struct conf_env *env)
{
	bool is_known = false, is_ok = true;
	struct setting s = { .node = value, .env = env };

	for (size_t i = 0; i < block->n_parts; i++) {
		s.key = conf_find_key(block->parts[i].keys, value->key->text);
		if (s.key == NULL)
			continue;
		is_known = true;
		/* Hidden even where it is not set, for the other reports about the line. */
		if (s.key->type == CONF_T_SECRET && value->tag == NULL)
			yaml_hide(value);
		if (value->key->is_repeat)
			continue;	/* reported by yaml.c */
		auto_free char *path = join(block->path, s.key->name);

		s.path = path;
		s.slot = (char *)block->parts[i].block + s.key->offset;
		is_ok = setter_apply(&s) && is_ok;
	}
	if (!is_known && !value->key->is_repeat && !is_other(block, value->key->text))
		return report_unknown(block, value, env);
	return is_ok;
}

static bool is_missing(const struct conf_key *key, const struct yaml_node *map)
{
	bool is_needed = (key->flags & CONF_REQUIRED) ||
			 ((key->flags & CONF_USUAL) && yaml_find(map, key->instead) == NULL);

	return is_needed && yaml_find(map, key->name) == NULL;
}

static bool find_missing(const struct conf_block *block, const struct yaml_node *map,
			 const struct yaml_node *at, const struct conf_env *env)
{
	bool is_ok = true;

	for (size_t i = 0; i < block->n_parts; i++)
		for (const struct conf_key *key = block->parts[i].keys; key->name != NULL; key++) {
			if (!is_missing(key, map))
				continue;
			diag_addf(env->diags, DIAG_ERROR, at, block->path, "\"%s\" is missing (%s)",
				  key->name, key->help ? key->help : "it is required");
			is_ok = false;
		}
	return is_ok;
}

bool conf_fill(const struct conf_block *block, const struct yaml_node *map,
	       const struct yaml_node *at, const struct conf_env *env)
{
	bool is_ok = true;

	for (size_t i = 0; i < block->n_parts; i++)
		conf_defaults(block->parts[i].keys, block->parts[i].block);
	if (map != NULL && map->kind == YAML_BAD)
		return false;
	if (map != NULL && map->kind != YAML_MAP && !yaml_is_nothing(map)) {
		diag_addf(env->diags, DIAG_ERROR, map, block->path,
			  "options are expected here, each as \"name: value\"");
		return false;
	}
	for (size_t i = 0; map != NULL && i < map->n_items; i++) {
		if (map->items[i]->key->kind == YAML_TEXT)
			is_ok = take_value(block, map->items[i], env) && is_ok;
		else
			is_ok = false;
	}
	return find_missing(block, map, at, env) && is_ok;
}

void conf_defaults(const struct conf_key *keys, void *block)
{
	struct err err;

	for (; keys->name != NULL; keys++)
		if (keys->type == CONF_T_BLOCK)
			conf_defaults(keys->rows, (char *)block + keys->offset);
		else if (keys->fallback != NULL)
			setter_default(keys, (char *)block + keys->offset, &err);
}

void conf_finish(const struct conf_key *keys, void *block)
{
	for (; block != NULL && keys->name != NULL; keys++)
		setter_clear(keys, (char *)block + keys->offset);
}

static bool check_row(const struct conf_key *rows, const struct conf_key *key, struct err *err)
{
	max_align_t slot[8] = { 0 };
	bool is_ok = true;

	if (conf_find_key(rows, str_from(key->name)) != key)
		return err_setf(err, ERR_BUG, "the name stands twice");
	if (key->type == CONF_T_SECRET && (key->flags & CONF_NORMALIZE))
		return err_setf(err, ERR_BUG, "a secret cannot go to the parser process");
	if (key->type == CONF_T_ENUM && (key->choices == NULL || key->choices[0] == NULL))
		return err_setf(err, ERR_BUG, "no choices");
	if ((key->flags & CONF_USUAL) && (key->instead == NULL || conf_find_key(rows, str_from(key->instead)) == NULL))
		return err_setf(err, ERR_BUG, "what may stand instead is no option");
	if (key->help == NULL || key->help[0] == '\0')
		return err_setf(err, ERR_BUG, "no help");
	if (key->type == CONF_T_BLOCK)
		return key->flags == 0 && key->fallback == NULL ? conf_check_rows(key->rows, err) :
			err_setf(err, ERR_BUG, "a block has neither flags nor a default");
	if (key->fallback != NULL)
		is_ok = setter_default(key, slot, err);
	setter_clear(key, slot);
	return is_ok;
}

bool conf_check_rows(const struct conf_key *keys, struct err *err)
{
	for (const struct conf_key *key = keys; key->name != NULL; key++)
		if (!check_row(keys, key, err))
			return err_prefixf(err, "option \"%s\"", key->name);
	return true;
}
