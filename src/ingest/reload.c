/* A new configuration in place of the running one: whole or not at all. */
#include <stdlib.h>

#include "base/mem.h"
#include "ingest/caps.h"
#include "ingest/inside.h"
#include "ingest/instance.h"
#include "ingest/note.h"
#include "ingest/pull.h"
#include "ingest/purge.h"
#include "ingest/record.h"
#include "ingest/rules.h"

static bool is_kept(const struct config *next, const struct instance *inst)
{
	const struct config_connector *conf = config_find_connector(next, inst->source->name);

	return conf != NULL && conf->type == inst->source->type;
}

/* New options, same connector: what is on its way keeps the old source, what comes next the new. */
static void take_source(struct instance *inst, const struct config_connector *conf,
			struct source *source)
{
	bool changed = !config_is_same_connector(inst->conf, conf);
	bool was_on = instance_is_on(inst), was_enabled = inst->conf->host.enabled;

	source_unref(inst->source);
	inst->source = source_ref(source);
	inst->conf = conf;
	if (was_on && !instance_is_on(inst) && inst->pull != NULL)
		pull_stop(inst->pull);
	if (changed)
		purge_cancel(inst);
	if (changed && inst->pull != NULL)
		pull_renew(inst->pull);
	if (conf->host.enabled != was_enabled)
		instance_begin(inst);
}

/* Its end comes when nothing of it is on its way any more. */
static void drop_instance(struct instance *inst)
{
	inst->is_gone = true;
	purge_cancel(inst);
	if (inst->pull != NULL)
		pull_stop(inst->pull);
	instance_set_state(inst, INSTANCE_OFF, NULL);
	instance_unref(inst);
}

static void drop_instances(struct ingest *g, const struct config *next)
{
	struct instance **at = &g->instances;

	while (*at != NULL) {
		struct instance *inst = *at;

		if (is_kept(next, inst)) {
			at = &inst->next;
			continue;
		}
		*at = inst->next;
		drop_instance(inst);
	}
}

/* What the configuration asks for, connector by connector in its order. */
struct next {
	struct source *source;
	struct instance *fresh;		/* NULL: the one that is there goes on */
};

static void free_next(struct next *next, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		source_unref(next[i].source);
		instance_unref(next[i].fresh);
	}
	free(next);
}

static bool make_one(struct ingest *g, struct next *next, const struct config_connector *conf,
		     struct rules *rules, struct store *st, struct err *err)
{
	const struct instance *inst = ingest_find(g, str_from(conf->name));

	next->source = source_from_config(conf, rules, st, err);
	if (next->source == NULL)
		return false;
	if (inst != NULL && inst->source->type == conf->type)
		return true;
	next->fresh = instance_create(g, next->source, conf, st, err);
	return next->fresh != NULL;
}

static bool make_next(struct ingest *g, struct next *next, const struct config *config,
		      struct rules *rules, struct store *st, struct err *err)
{
	for (size_t i = 0; i < config->n_connectors; i++)
		if (!make_one(g, &next[i], &config->connectors[i], rules, st, err))
			return err_prefixf(err, "connector \"%s\"", config->connectors[i].name);
	return true;
}

/* Cannot fail: a reload happens whole or not at all. */
static void swap(struct ingest *g, const struct config *config, struct rules *rules, struct next *next)
{
	drop_instances(g, config);
	for (size_t i = 0; i < config->n_connectors; i++) {
		const struct config_connector *conf = &config->connectors[i];

		if (next[i].fresh == NULL) {
			take_source(ingest_find(g, str_from(conf->name)), conf, next[i].source);
			continue;
		}
		ingest_add(g, next[i].fresh);
		instance_begin(next[i].fresh);
		next[i].fresh = NULL;
	}
	rules_unref(g->rules);
	g->rules = rules_ref(rules);
	config_unref(g->config);
	g->config = (struct config *)config_ref(config);
	caps_set(g->caps, (size_t)config->ingest.account_sessions, (size_t)config->ingest.server_connects);
}

/* Everything that can fail is made first. */
bool ingest_reload(struct ingest *g, struct config *config, struct store *reader, struct err *err)
{
	struct next *next = xcalloc(config->n_connectors, sizeof(*next));
	struct rules *rules = rules_create(config, err);
	struct source *import = NULL, *api = NULL, *people = NULL;
	bool ok = rules != NULL && make_next(g, next, config, rules, reader, err);

	if (ok) {
		import = source_reserved(g->parts.import, "import", config, rules, reader, err);
		api = source_reserved(&connector_api, "api", config, rules, reader, err);
		people = source_reserved(&connector_people, "people", config, rules, reader, err);
		ok = import != NULL && api != NULL && people != NULL;
	}
	if (ok) {
		swap(g, config, rules, next);
		source_unref(g->import);
		source_unref(g->api);
		source_unref(g->people);
		g->import = source_ref(import);
		g->api = source_ref(api);
		g->people = source_ref(people);
	}
	source_unref(import);
	source_unref(api);
	source_unref(people);
	free_next(next, config->n_connectors);
	rules_unref(rules);
	return ok;
}
