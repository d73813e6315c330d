/* Connectors: from "name: {type: …}" to filled blocks. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/config_load.h"
#include "conf/config_rows.h"
#include "conf/diag.h"
#include "conf/nearest.h"
#include "conf/nightly.h"
#include "conf/pack.h"
#include "conf/yaml.h"

enum { MAX_NAME = 40 };

static const struct conf_key no_keys[] = { { 0 } };

static const struct conf_key *keys_of(const struct connector *type)
{
	return type->keys ? type->keys : no_keys;
}

void config_connector_finish(struct config_connector *c)
{
	if (c->type != NULL)
		conf_finish(keys_of(c->type), c->conf);
	conf_finish(config_host_keys, &c->host);
	free(c->conf);
	free((char *)c->name);
	free((char *)c->file);
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", s.ptr[i]) == NULL)
			return false;
	return s.len > 0 && s.len <= MAX_NAME;
}

static bool is_reserved(struct str name)
{
	return str_eq(name, STR("import")) || str_eq(name, STR("people")) || str_eq(name, STR("api"));
}

static bool check_name(struct loader *l, const struct yaml_node *key)
{
	char quoted[DIAG_QUOTE_SIZE];
	struct diag *d;

	if (key->kind != YAML_TEXT)
		return false;
	diag_quote_name(key->text, quoted);
	if (!is_name(key->text)) {
		d = diag_addf(l->env.diags, DIAG_ERROR, key, "connectors",
			      "%s cannot name a connector (a-z 0-9 _ -, at most %d)", quoted,
			      MAX_NAME);
		diag_hintf(d, "the name is part of URLs and of every record");
		return false;
	}
	if (is_reserved(key->text)) {
		d = diag_addf(l->env.diags, DIAG_ERROR, key, "connectors",
			      "the name %s is reserved", quoted);
		diag_hintf(d, "imports, entries made by hand and what comes over the API are counted under these names");
		return false;
	}
	return true;
}

void loader_note_connectors(struct loader *l, struct yaml_node *map)
{
	if (map == NULL || map->kind == YAML_BAD || yaml_is_nothing(map))
		return;
	if (map->kind != YAML_MAP) {
		diag_addf(l->env.diags, DIAG_ERROR, map, "connectors",
			  "a map from name to connector is expected here");
		return;
	}
	l->entries = xrealloc(l->entries, l->n_entries + map->n_items, sizeof(*l->entries));
	for (size_t i = 0; i < map->n_items; i++)
		if (check_name(l, map->items[i]->key) && !map->items[i]->key->is_repeat) {
			l->entries[l->n_entries] = (struct connector_entry){ map->items[i],
									     l->n_entries };
			l->n_entries++;
		}
}

/* ---- one connector ---- */

static void list_types(const struct connector *const *known, struct buf *out)
{
	buf_init(out, 4096);
	for (size_t i = 0; known[i] != NULL; i++)
		buf_addf(out, "%s%s", i ? ", " : "", known[i]->name);
	buf_addf(out, "%s", "");
}

static void report_type(struct loader *l, const struct yaml_node *type, const char *path)
{
	char quoted[DIAG_QUOTE_SIZE];
	struct nearest near;
	struct buf names;
	struct diag *d;

	nearest_begin(&near, type->text);
	for (size_t i = 0; l->known[i] != NULL; i++)
		nearest_offer(&near, l->known[i]->name);
	list_types(l->known, &names);
	d = diag_addf(l->env.diags, DIAG_ERROR, type, path, "%s is not a type of connector (%s)",
		      diag_quote(type->text, quoted), names.ptr);
	if (near.best != NULL)
		diag_hintf(d, "did you mean \"%s\"?", near.best);
	buf_finish(&names);
}

static const struct connector *find_type(struct loader *l, const struct yaml_node *map,
					 const char *name)
{
	const struct yaml_node *type = yaml_find(map, "type");
	auto_free char *path = xasprintf("connectors.%s%s", name, type ? ".type" : "");
	struct buf names;

	if (map->kind == YAML_BAD)
		return NULL;
	if (map->kind != YAML_MAP && !yaml_is_nothing(map)) {
		diag_addf(l->env.diags, DIAG_ERROR, map, path,
			  "options are expected here, each as \"name: value\"");
		return NULL;
	}
	if (type == NULL) {
		list_types(l->known, &names);
		diag_addf(l->env.diags, DIAG_ERROR, map->key, path, "\"type\" is missing (%s)",
			  names.ptr);
		buf_finish(&names);
		return NULL;
	}
	for (size_t i = 0; l->known[i] != NULL; i++)
		if (type->kind == YAML_TEXT && type->tag == NULL &&
		    str_eq(type->text, str_from(l->known[i]->name)))
			return l->known[i];
	if (type->kind == YAML_TEXT)
		report_type(l, type, path);
	else if (type->kind != YAML_BAD)
		diag_addf(l->env.diags, DIAG_ERROR, type, path, "one name is expected here");
	return NULL;
}

/* check() speaks of the whole block; where its text begins with an option's name and a colon, point
 * at that option. */
static void report_check(struct loader *l, const struct config_connector *c,
			 const struct yaml_node *map, const char *path, const char *text)
{
	size_t colon = strcspn(text, ":");
	auto_free char *option = xstrndup(text, colon);
	const struct yaml_node *value = text[colon] != '\0' ? yaml_find(map, option) : NULL;
	auto_free char *longer = xasprintf("%s.%s", path, option);

	if (value != NULL && conf_find_key(keys_of(c->type), str_from(option)) != NULL)
		diag_addf(l->env.diags, DIAG_ERROR, value, longer, "%s",
			  text + colon + strspn(text + colon, ": "));
	else
		diag_addf(l->env.diags, DIAG_ERROR, map->key, path, "%s", text);
}

/* "@acme.example" is a.acme.example as well. */
static bool is_below(struct str domain, struct str entry)
{
	struct str top = str_sub(entry, 1, STR_NONE);

	if (!str_starts(entry, STR("@")) || domain.len < top.len ||
	    !str_ieq(str_sub(domain, domain.len - top.len, STR_NONE), top))
		return false;
	return domain.len == top.len || domain.ptr[domain.len - top.len - 1] == '.';
}

/* Every message names one of us: a list with us on it would take all of them away. */
static bool is_own(const struct config *config, struct str entry)
{
	const struct conf_list *domains = &config->organization.domains, *addresses = &config->organization.addresses;

	for (size_t i = 0; i < domains->n_items; i++)
		if (is_below(str_from(domains->items[i]), entry))
			return true;
	for (size_t i = 0; i < addresses->n_items; i++) {
		struct str address = str_from(addresses->items[i]);

		if (str_ieq(address, entry) || is_below(str_sub(address, str_rchr(address, '@') + 1, STR_NONE), entry))
			return true;
	}
	return false;
}

static bool check_list(const struct config *config, const struct conf_list *list, struct err *err)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (is_own(config, str_from(list->items[i])))
			return err_setf(err, ERR_CONF, "block: \"%.100s\" is where we ourselves are (organization), and would take away "
					"every message", list->items[i]);
	return true;
}

static bool check_connector(struct loader *l, const struct config_connector *c, struct err *err)
{
	if (c->type->check != NULL && !c->type->check(c->conf, err))
		return false;
	return c->type->block_list == NULL || check_list(l->config, c->type->block_list(c->conf), err);
}

static void check_block(struct loader *l, const struct config_connector *c,
			const struct yaml_node *map, const char *path)
{
	struct err err = { 0 };
	const char *warning;

	if (l->env.secrets.is_dry)	/* there are no secrets to judge by; the daemon checks */
		return;
	if (!check_connector(l, c, &err)) {
		report_check(l, c, map, path, err.msg);
		return;
	}
	warning = c->type->warn != NULL && c->host.enabled ? c->type->warn(c->conf) : NULL;
	if (warning != NULL)
		diag_addf(l->env.diags, DIAG_WARNING, map->key, path, "%s", warning);
}

static void check_owner(struct loader *l, const struct config_connector *c,
			const struct yaml_node *owner, const char *path)
{
	char quoted[DIAG_QUOTE_SIZE];
	struct nearest near;
	struct diag *d;

	if (owner == NULL || c->host.owner == NULL)
		return;
	nearest_begin(&near, str_from(c->host.owner));
	for (size_t i = 0; i < l->config->n_staff; i++) {
		if (strcmp(l->config->staff[i].name, c->host.owner) == 0)
			return;
		nearest_offer(&near, l->config->staff[i].name);
	}
	d = diag_addf(l->env.diags, DIAG_WARNING, owner, path, "%s is not in staff",
		      diag_quote(str_from(c->host.owner), quoted));
	if (near.best != NULL)
		diag_hintf(d, "did you mean \"%s\"?", near.best);
}

/* Nobody at all could read it. */
static void check_share(struct loader *l, const struct config_connector *c, const struct yaml_node *share)
{
	auto_free char *path = xasprintf("connectors.%s.share", c->name);

	if (share != NULL && c->host.share != CONFIG_SHARE_EVERYTHING && c->host.owner == NULL)
		diag_hintf(diag_addf(l->env.diags, DIAG_ERROR, share, path, "is for the mailbox of somebody, and this one has no owner"),
			   "owner: a name from staff, who sees all of it");
}

static void check_asked(struct loader *l, const struct config_connector *c, const struct yaml_node *map,
			const char *option)
{
	const struct yaml_node *node = yaml_find(map, option);
	auto_free char *path = xasprintf("connectors.%s.%s", c->name, option);

	if (node != NULL && c->type->sync == NULL && conf_find_key(keys_of(c->type), str_from(option)) == NULL)
		diag_addf(l->env.diags, DIAG_WARNING, node->key, path, "has no effect: %s is not asked, it calls",
			  c->type->name);
}

static void check_reconcile_at(struct loader *l, const struct config_connector *c, const struct yaml_node *map)
{
	const struct yaml_node *node = yaml_find(map, "reconcile_at");
	auto_free char *path = xasprintf("connectors.%s.reconcile_at", c->name);
	char quoted[DIAG_QUOTE_SIZE];

	if (node == NULL || node->kind != YAML_TEXT || node->tag != NULL || yaml_is_nothing(node) ||
	    nightly_parse(node->text) != NIGHTLY_BAD)
		return;
	diag_addf(l->env.diags, DIAG_ERROR, node, path, "%s is not a time of the day (try 03:00; no: never)",
		  diag_quote(node->text, quoted));
}

static void check_host(struct loader *l, struct config_connector *c, const struct yaml_node *map)
{
	auto_free char *owner_path = xasprintf("connectors.%s.owner", c->name);

	if (yaml_find(map, "create_contacts") == NULL)
		c->host.create_contacts = l->config->matching.create_contacts;
	for (size_t i = 0; config_asking_keys[i] != NULL; i++)
		check_asked(l, c, map, config_asking_keys[i]);
	check_reconcile_at(l, c, map);
	check_owner(l, c, yaml_find(map, "owner"), owner_path);
	check_share(l, c, yaml_find(map, "share"));
}

static void take_fingerprint(struct config_connector *c)
{
	struct sha256 *h = sha256_create();

	sha256_add(h, str_from(c->type->name));
	conf_fingerprint(keys_of(c->type), c->conf, h);
	conf_fingerprint(config_host_keys, &c->host, h);
	sha256_end(h, c->fingerprint);
	sha256_destroy(h);
}

static void make_connector(struct loader *l, struct yaml_node *map)
{
	static const char *const others[] = { "type", NULL };
	struct config_connector *c = &l->config->connectors[l->config->n_connectors];
	const char *name = map->key->text.ptr;
	const struct connector *type = find_type(l, map, name);
	auto_free char *path = xasprintf("connectors.%s", name);

	if (type == NULL)
		return;
	*c = (struct config_connector){
		.name = xstrdup(name), .type = type, .conf = xcalloc(1, type->conf_size),
		.file = xstrdup(yaml_name(map->doc)), .line = map->key->at.line,
	};
	l->config->n_connectors++;
	if (l->only != NULL)
		l->env.secrets.is_dry = strcmp(name, l->only) != 0;

	struct conf_part parts[] = { { keys_of(type), c->conf }, { config_host_keys, &c->host } };
	struct conf_block block = { parts, countof(parts), others, path };

	if (conf_fill(&block, map, map->key, &l->env))
		check_block(l, c, map, path);
	check_host(l, c, map);
	take_fingerprint(c);
}

/* ---- all of them ---- */

static int by_name(const void *a, const void *b)
{
	const struct connector_entry *x = a, *y = b;
	int order = str_cmp(x->node->key->text, y->node->key->text);

	return order ? order : x->order < y->order ? -1 : 1;
}

static void report_second(struct loader *l, const struct yaml_node *key,
			  const struct yaml_node *first)
{
	char quoted[DIAG_QUOTE_SIZE];
	struct diag *d = diag_addf(l->env.diags, DIAG_ERROR, key, "connectors",
				   "a connector named %s exists already",
				   diag_quote(key->text, quoted));

	diag_hintf(d, "the first is at %s:%d:%d", yaml_name(first->doc), first->at.line,
		   first->at.column);
}

/* A default that is no value of its row is our own mistake, but one that an operator may meet first. */
static void check_types(struct loader *l)
{
	struct err err;

	for (size_t i = 0; l->known[i] != NULL; i++)
		if (!conf_check_rows(keys_of(l->known[i]), &err))
			diag_filef(l->env.diags, DIAG_ERROR, l->config->path,
				   "the connector type %s is broken: %s", l->known[i]->name,
				   err.msg);
}

void loader_make_connectors(struct loader *l)
{
	const struct yaml_node *first = NULL;

	check_types(l);
	l->config->connectors = xcalloc(l->n_entries, sizeof(*l->config->connectors));
	if (l->n_entries > 0)
		qsort(l->entries, l->n_entries, sizeof(*l->entries), by_name);
	for (size_t i = 0; i < l->n_entries; i++) {
		struct yaml_node *node = l->entries[i].node;

		if (first != NULL && str_eq(first->text, node->key->text)) {
			report_second(l, node->key, first);
			continue;
		}
		first = node->key;
		make_connector(l, node);
	}
}
