#include "conf/config.h"

#include <string.h>

#include "base/mem.h"
#include "conf/config_check.h"
#include "conf/config_load.h"
#include "conf/config_rows.h"
#include "conf/diag.h"
#include "conf/pack.h"
#include "conf/paths.h"
#include "conf/yaml.h"

static void destroy(struct config *config)
{
	for (const struct config_section *s = config_sections; s->name != NULL; s++)
		conf_finish(s->keys, (char *)config + s->offset);
	conf_finish(config_top_keys, config);
	for (size_t i = 0; i < config->n_staff; i++) {
		conf_finish(config_staff_keys, &config->staff[i]);
		free((char *)config->staff[i].name);
	}
	for (size_t i = 0; i < config->n_roles; i++) {
		conf_finish(config_role_keys, &config->roles[i]);
		free((char *)config->roles[i].name);
	}
	for (size_t i = 0; i < config->n_connectors; i++)
		config_connector_finish(&config->connectors[i]);
	for (size_t i = 0; i < config->n_listen; i++)
		listen_finish(&config->listen[i]);
	free(config->staff);
	free(config->roles);
	free(config->connectors);
	free(config->listen);
	free(config->trust_proxy.items);
	free(config->net_allow.items);
	free((char *)config->path);
	free(config);
}

const struct config *config_ref(const struct config *config)
{
	__atomic_add_fetch(&((struct config *)config)->n_refs, 1, __ATOMIC_RELAXED);
	return config;
}

void config_unref(const struct config *config)
{
	if (config != NULL &&
	    __atomic_sub_fetch(&((struct config *)config)->n_refs, 1, __ATOMIC_ACQ_REL) == 0)
		destroy((struct config *)config);
}

/* ---- the main file ---- */

static bool fill(struct loader *l, const struct conf_key *keys, void *block, const char *path,
		 const struct yaml_node *map, const struct yaml_node *at,
		 const char *const *others)
{
	struct conf_part part = { keys, block };
	struct conf_block b = { .parts = &part, .n_parts = 1, .others = others, .path = path };

	return conf_fill(&b, map, at, &l->env);
}

static void check_version(struct loader *l, const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_find(root, "config_version");
	int64_t version = l->config->config_version;
	struct diag *d;

	if (node == NULL) {
		d = diag_filef(l->env.diags, DIAG_WARNING, l->config->path,
			       "config_version is missing, 1 is assumed");
		diag_hintf(d, "begin the file with:  config_version: 1");
		l->config->config_version = 1;
	} else if (version > 1) {
		d = diag_addf(l->env.diags, DIAG_ERROR, node, "config_version",
			      "this version of Daybook reads 1, not %lld", (long long)version);
		diag_hintf(d, "the file was written for a newer one");
	}
}

/* A map from names of the operator's choice to blocks. NULL: nothing, or reported. */
static const struct yaml_node *named_map(struct loader *l, const struct yaml_node *map, const char *name, const char *what)
{
	if (map == NULL || map->kind == YAML_BAD || yaml_is_nothing(map))
		return NULL;
	if (map->kind == YAML_MAP)
		return map;
	diag_addf(l->env.diags, DIAG_ERROR, map, name, "a map from name to %s is expected here", what);
	return NULL;
}

static bool has_name(struct loader *l, const struct yaml_node *key, const char *what)
{
	if (key->kind != YAML_TEXT || key->is_repeat)
		return false;
	if (str_trim(key->text).len > 0)
		return true;
	diag_addf(l->env.diags, DIAG_ERROR, key, what, "a name cannot be empty");
	return false;
}

static void fill_staff(struct loader *l, const struct yaml_node *map)
{
	struct config *config = l->config;

	map = named_map(l, map, "staff", "addresses");
	if (map == NULL)
		return;
	config->staff = xcalloc(map->n_items, sizeof(*config->staff));
	for (size_t i = 0; i < map->n_items; i++) {
		const struct yaml_node *person = map->items[i];
		struct config_staff *staff = &config->staff[config->n_staff];
		auto_free char *path = xasprintf("staff." STR_FMT, STR_ARG(person->key->text));

		if (!has_name(l, person->key, "staff"))
			continue;
		config->n_staff++;
		staff->name = xstrndup(person->key->text.ptr, person->key->text.len);
		fill(l, config_staff_keys, staff, path, person, person->key, NULL);
	}
}

static void fill_roles(struct loader *l, const struct yaml_node *map)
{
	struct config *config = l->config;

	map = named_map(l, map, "roles", "rights");
	if (map == NULL)
		return;
	config->roles = xcalloc(map->n_items, sizeof(*config->roles));
	for (size_t i = 0; i < map->n_items; i++) {
		const struct yaml_node *node = map->items[i];
		struct config_role *role = &config->roles[config->n_roles];
		auto_free char *path = xasprintf("roles." STR_FMT, STR_ARG(node->key->text));

		if (!has_name(l, node->key, "roles"))
			continue;
		config->n_roles++;
		role->name = xstrndup(node->key->text.ptr, node->key->text.len);
		fill(l, config_role_keys, role, path, node, node->key, NULL);
	}
}

static void fill_main(struct loader *l, struct yaml_node *root)
{
	const char *others[16] = { "staff", "roles", "connectors" };
	size_t n = 3;

	for (const struct config_section *s = config_sections; s->name != NULL; s++)
		others[n++] = s->name;
	others[n] = NULL;
	fill(l, config_top_keys, l->config, "", root, root, others);
	if (root == NULL || root->kind == YAML_MAP || yaml_is_nothing(root))
		check_version(l, root);
	for (const struct config_section *s = config_sections; s->name != NULL; s++)
		fill(l, s->keys, (char *)l->config + s->offset, s->name, yaml_find(root, s->name),
		     root, NULL);
	fill_staff(l, yaml_find(root, "staff"));
	fill_roles(l, yaml_find(root, "roles"));
	config_check_values(root, l->env.diags);
	loader_note_connectors(l, yaml_find(root, "connectors"));
}

/* ---- what follows from the options ---- */

static void parse_networks(const struct conf_list *texts, struct cidr_list *out)
{
	out->items = xcalloc(texts->n_items, sizeof(*out->items));
	for (size_t i = 0; i < texts->n_items; i++)
		out->n_items += cidr_parse(str_from(texts->items[i]), &out->items[out->n_items]);
}

static void parse_listen(struct config *config)
{
	const struct conf_list *texts = &config->http.listen;
	struct err err;		/* config_check.c has reported it */

	config->listen = xcalloc(texts->n_items, sizeof(*config->listen));
	for (size_t i = 0; i < texts->n_items; i++)
		config->n_listen += listen_parse(str_from(texts->items[i]), config->path,
						 &config->listen[config->n_listen], &err);
}

static void derive_control(struct loader *l)
{
	struct config_http *http = &l->config->http;
	struct diag *d;

	if (http->control != NULL)
		return;
	http->control = xasprintf("%s/control.sock", l->config->storage.path);
	if (strlen(http->control) < LISTEN_PATH_SIZE)
		return;
	d = diag_filef(l->env.diags, DIAG_WARNING, l->config->path,
		       "%s is too long for a socket (%d bytes at most)", http->control,
		       LISTEN_PATH_SIZE - 1);
	diag_hintf(d, "set http.control, e.g. to /run/daybook/control.sock");
}

static void derive(struct loader *l)
{
	struct config *config = l->config;
	char *region = (char *)config->organization.default_region;
	char *url = (char *)config->http.public_url;

	for (; region != NULL && *region != '\0'; region++)
		if (*region >= 'a' && *region <= 'z')
			*region = (char)(*region - 32);
	while (url != NULL && url[0] != '\0' && url[strlen(url) - 1] == '/')
		url[strlen(url) - 1] = '\0';
	parse_networks(&config->http.trust_proxy, &config->trust_proxy);
	parse_networks(&config->net_allow_text, &config->net_allow);
	parse_listen(config);
	derive_control(l);
}

/* ---- loading ---- */

static void begin(struct loader *l, const char *path, const struct connector *const *known,
		  unsigned flags, struct diags *diags)
{
	auto_free char *folder = path_folder(path);

	*l = (struct loader){ .config = xnew(struct config), .known = known };
	l->config->n_refs = 1;
	l->config->path = xstrdup(path);
	l->env.diags = diags;
	l->env.secrets.is_dry = flags & CONFIG_NO_SECRETS;
	l->env.secrets.secrets_dir = xasprintf("%s/secrets", strcmp(folder, "/") ? folder : "");
}

/* Nothing is derived or kept of a configuration with an error, but all of it is looked at first. */
static struct config *end(struct loader *l)
{
	struct config *config = l->config;
	struct diags *diags = l->env.diags;

	loader_make_connectors(l);
	derive(l);
	diags_settle(diags);
	for (size_t i = 0; i < l->n_docs; i++)
		yaml_destroy(l->docs[i]);
	free(l->docs);
	free(l->entries);
	free((char *)l->env.secrets.secrets_dir);
	if (diags_n_errors(diags) == 0)
		return config;
	config_unref(config);
	return NULL;
}

void loader_add_doc(struct loader *l, struct yaml_doc *doc)
{
	l->docs = xrealloc(l->docs, l->n_docs + 1, sizeof(*l->docs));
	l->docs[l->n_docs++] = doc;
}

static void take_main(struct loader *l, struct yaml_doc *doc)
{
	if (doc != NULL)
		loader_add_doc(l, doc);
	/* A file that cannot be read has said so; what others say about it would only distract. */
	if (doc != NULL && !yaml_is_broken(doc))
		fill_main(l, yaml_root(doc));
	else
		for (const struct config_section *s = config_sections; s->name != NULL; s++)
			conf_defaults(s->keys, (char *)l->config + s->offset);
}

static struct config *load(struct loader *l, const char *path, struct diags *diags)
{
	take_main(l, yaml_load(path, diags));
	loader_read_folder(l, path);
	return end(l);
}

struct config *config_load(const char *path, const struct connector *const *known, unsigned flags,
			   struct diags *diags)
{
	struct loader l;

	begin(&l, path, known, flags, diags);
	return load(&l, path, diags);
}

struct config *config_load_one(const char *path, const struct connector *const *known, const char *connector,
			       struct diags *diags)
{
	struct loader l;

	begin(&l, path, known, CONFIG_NO_SECRETS, diags);
	l.only = connector;
	return load(&l, path, diags);
}

struct config *config_parse(const char *name, struct str text, const struct connector *const *known,
			    unsigned flags, struct diags *diags)
{
	struct loader l;

	begin(&l, name, known, flags, diags);
	take_main(&l, yaml_parse(name, text, diags));
	return end(&l);
}
