/* The files of connectors.d. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "conf/config_load.h"
#include "conf/config_rows.h"
#include "conf/diag.h"
#include "conf/yaml.h"

static bool belongs_into_main(struct str name)
{
	for (const struct config_section *s = config_sections; s->name != NULL; s++)
		if (str_eq(name, str_from(s->name)))
			return true;
	return conf_find_key(config_top_keys, name) != NULL || str_eq(name, STR("staff")) ||
	       str_eq(name, STR("roles"));
}

static void report_stranger(struct loader *l, const struct yaml_node *value)
{
	char quoted[DIAG_QUOTE_SIZE];
	struct diag *d;

	diag_quote_name(value->key->text, quoted);
	if (belongs_into_main(value->key->text)) {
		diag_addf(l->env.diags, DIAG_ERROR, value->key, NULL,
			  "%s belongs into %s; here only \"connectors\" may stand", quoted,
			  l->config->path);
		return;
	}
	d = diag_addf(l->env.diags, DIAG_ERROR, value->key, NULL,
		      "only \"connectors\" may stand here, not %s", quoted);
	if (yaml_find(value, "type") != NULL)
		diag_hintf(d, "put it under \"connectors:\", indented");
}

static void take_file(struct loader *l, const char *path)
{
	struct yaml_doc *doc = yaml_load(path, l->env.diags);
	struct yaml_node *root;

	if (doc == NULL)
		return;
	loader_add_doc(l, doc);
	root = yaml_root(doc);
	if (root == NULL || root->kind == YAML_BAD || yaml_is_nothing(root))
		return;
	if (root->kind != YAML_MAP) {
		diag_addf(l->env.diags, DIAG_ERROR, root, NULL, "\"connectors:\" is expected here");
		return;
	}
	for (size_t i = 0; i < root->n_items; i++) {
		const struct yaml_node *key = root->items[i]->key;

		if (key->kind == YAML_TEXT && !key->is_repeat &&
		    !str_eq(key->text, STR("connectors")))
			report_stranger(l, root->items[i]);
	}
	loader_note_connectors(l, yaml_find(root, "connectors"));
}

static int is_yaml(const struct dirent *entry)
{
	struct str name = str_from(entry->d_name);

	return name.ptr[0] != '.' && (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml")));
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* As it would be written beside the main file, so that messages show paths as the operator gave them. */
static char *folder_of(const char *main_path)
{
	const char *slash = strrchr(main_path, '/');

	if (slash == NULL)
		return xstrdup("connectors.d");
	return xasprintf("%.*s/connectors.d", (int)(slash - main_path), main_path);
}

void loader_read_folder(struct loader *l, const char *main_path)
{
	auto_free char *folder = folder_of(main_path);
	struct dirent **entries = NULL;
	struct diag *d;
	int n = scandir(folder, &entries, is_yaml, by_bytes);

	if (n < 0 && errno != ENOENT)
		diag_filef(l->env.diags, DIAG_ERROR, folder, "cannot be read: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		auto_free char *path = xasprintf("%s/%s", folder, entries[i]->d_name);

		if (str_ends(str_from(path), STR(".yaml"))) {
			take_file(l, path);
		} else {
			d = diag_filef(l->env.diags, DIAG_WARNING, path, "the file is not read");
			diag_hintf(d, "only *.yaml is; rename it");
		}
		free(entries[i]);
	}
	free(entries);
}
