#include <stdio.h>
#include <string.h>

#include "conf/config_rows.h"
#include "conf/describe.h"
#include "conf/describe_row.h"
#include "conf/table.h"

static void put_help(struct buf *out, const char *indent, const struct conf_key *key)
{
	buf_addf(out, "%s# %s", indent, key->help);
	if (key->flags & CONF_REQUIRED)
		buf_add(out, STR(" (required)"));
	buf_addf(out, "\n%s#   ", indent);
	describe_type(out, key);
	buf_addc(out, '\n');
}

/* The option itself, commented out. */
static void put_row(struct buf *out, const char *indent, const char *section,
		    const struct conf_key *key)
{
	put_help(out, indent, key);
	buf_addf(out, "%s#%s: %s\n", indent, key->name, describe_sample(section, key));
}

static void put_rows(struct buf *out, const char *indent, const char *section,
		     const struct conf_key *keys)
{
	char deeper[32];

	for (; keys->name != NULL; keys++)
		if (keys->type == CONF_T_BLOCK) {
			buf_addf(out, "%s# %s\n%s#%s:\n", indent, keys->help, indent, keys->name);
			snprintf(deeper, sizeof(deeper), "%s  ", indent);
			put_rows(out, deeper, keys->name, keys->rows);
		} else if (keys->type != CONF_T_LATER) {
			put_row(out, indent, section, keys);
		}
}

static bool is_for_asking(const char *name)
{
	for (size_t i = 0; config_asking_keys[i] != NULL; i++)
		if (strcmp(name, config_asking_keys[i]) == 0)
			return true;
	return false;
}

static void put_connector(struct buf *out, const struct connector *type)
{
	buf_addf(out, "\n  # ---- %s\n  #my-%s:\n    #type: %s\n", type->summary ? type->summary : type->name,
		 type->name, type->name);
	put_rows(out, "    ", "connector", describe_keys(type));
	for (const struct conf_key *key = config_host_keys; key->name != NULL; key++) {
		if (conf_find_key(describe_keys(type), str_from(key->name)) == NULL &&
		    (type->sync != NULL || !is_for_asking(key->name)))
			put_row(out, "    ", "connector", key);
	}
}

void describe_example(const struct connector *const *known, struct buf *out)
{
	buf_add(out, STR("# Configuration of daybookd, see daybook.yaml(5). Check it with: daybookd -t\n"
			 "# A # without a space behind it hides an option: remove it to set that option.\n"
			 "\n# which defaults the file was written for\nconfig_version: 1\n"));
	for (const struct conf_key *key = config_top_keys; key->name != NULL; key++)
		if (key->type != CONF_T_LATER && strcmp(key->name, "config_version") != 0) {
			buf_addc(out, '\n');
			put_row(out, "", "", key);
		}
	for (const struct config_section *s = config_sections; s->name != NULL; s++) {
		buf_addf(out, "\n# %s\n%s:\n", s->help, s->name);
		put_rows(out, "  ", s->name, s->keys);
	}
	buf_add(out, STR("\n# " CONFIG_STAFF_HELP "\nstaff:\n  #Ana Lima:\n"));
	put_rows(out, "    ", "staff", config_staff_keys);
	buf_add(out, STR("\n# " CONFIG_ROLES_HELP "\nroles:\n  #seller:\n"));
	put_rows(out, "    ", "roles", config_role_keys);
	buf_add(out, STR("\n# " CONFIG_CONNECTORS_HELP "\nconnectors:\n"));
	for (size_t i = 0; known[i] != NULL; i++)
		put_connector(out, known[i]);
}
