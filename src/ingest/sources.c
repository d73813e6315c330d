#include "ingest/sources.h"

#include <stdlib.h>

#include "base/mem.h"
#include "conf/pack.h"
#include "ingest/note.h"
#include "ingest/record.h"
#include "ingest/rules.h"

/* A connector that is configured no more. */
struct gone {
	const struct connector *type;
	void *conf;
};

static bool add(struct sources *s, struct source *source)
{
	if (source == NULL)
		return false;
	source_list_add(&s->list, source);
	source_unref(source);
	return true;
}

bool sources_init(struct sources *s, const struct config *config, const struct connector *import,
		  const struct connector *const *known, struct store *store, struct err *err)
{
	struct err ignored;
	int64_t id;

	*s = (struct sources){ .store = store, .known = known };
	s->rules = rules_create(config, err);
	if (s->rules == NULL)
		return false;
	for (size_t i = 0; i < config->n_connectors; i++) {
		const struct config_connector *c = &config->connectors[i];

		/* One that the store has never seen has nothing in the journal. */
		if (store_find_connector(store, str_from(c->name), &id, &ignored) &&
		    !add(s, source_from_config(c, s->rules, store, err)))
			return false;
	}
	if (!add(s, source_reserved(import, "import", config, s->rules, store, err)))
		return false;
	if (!add(s, source_reserved(&connector_api, "api", config, s->rules, store, err)))
		return false;
	s->people = source_reserved(&connector_people, "people", config, s->rules, store, err);
	return s->people != NULL;
}

struct source *sources_find(struct sources *s, int64_t connector, struct err *err)
{
	struct source *source = source_list_find(&s->list, connector);
	struct gone *gone;

	if (source != NULL)
		return source;
	if (connector == s->people->id)
		return s->people;
	s->gone = xrealloc(s->gone, s->n_gone + 1, sizeof(*s->gone));
	gone = &s->gone[s->n_gone];
	source = source_from_store(connector, s->known, s->rules, s->store, &gone->conf, err);
	if (source == NULL)
		return NULL;
	gone->type = source->type;
	s->n_gone++;
	source_list_add(&s->list, source);
	source_unref(source);
	return source;
}

void sources_finish(struct sources *s)
{
	source_list_clear(&s->list);
	source_unref(s->people);
	for (size_t i = 0; i < s->n_gone; i++)
		if (s->gone[i].conf != NULL)
			conf_free_unpacked(s->gone[i].type->keys, s->gone[i].conf);
	free(s->gone);
	rules_unref(s->rules);
	*s = (struct sources){ 0 };
}
