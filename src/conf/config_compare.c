/* Two snapshots: what stayed, what needs a restart. */
#include <stdlib.h>
#include <string.h>

#include "conf/config.h"
#include "conf/config_rows.h"
#include "conf/pack.h"

static int by_name(const void *key, const void *item)
{
	const struct config_connector *c = item;

	return str_cmp(*(const struct str *)key, str_from(c->name));
}

const struct config_connector *config_find_connector(const struct config *config, struct str name)
{
	if (config->n_connectors == 0)
		return NULL;
	return bsearch(&name, config->connectors, config->n_connectors,
		       sizeof(*config->connectors), by_name);
}

bool config_is_same_connector(const struct config_connector *a, const struct config_connector *b)
{
	return a->type == b->type && strcmp(a->name, b->name) == 0 &&
	       memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint)) == 0;
}

bool config_needs_restart(const struct config *running, const struct config *next,
			  struct buf *names)
{
	bool is_first = true;

	for (const struct config_section *s = config_sections; s->name != NULL; s++)
		for (const struct conf_key *key = s->keys; key->name != NULL; key++) {
			if ((key->flags & CONF_RELOAD) ||
			    conf_is_same(key, (const char *)running + s->offset,
					 (const char *)next + s->offset))
				continue;
			buf_addf(names, "%s%s.%s", is_first ? "" : ", ", s->name, key->name);
			is_first = false;
		}
	return !is_first;
}
