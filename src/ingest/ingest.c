#include "ingest/inside.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/queue.h"
#include "ingest/caps.h"
#include "ingest/erase.h"
#include "ingest/instance.h"
#include "ingest/note.h"
#include "ingest/pull.h"
#include "ingest/retention.h"
#include "ingest/purge.h"
#include "ingest/record.h"
#include "ingest/request.h"
#include "ingest/rules.h"
#include "ingest/sweep.h"
#include "ingest/undo.h"
#include "ingest/webhook.h"
#include "net/http.h"
#include "oauth/keepers.h"
#include "oauth/vault.h"
#include "store/store.h"

enum {
	MAX_CALLS = 16384,		/* more than can be on the way at a time */
	CALLS_A_TURN = 256,
	MAX_PARSING = 256,
	BESIDE_PARSING = 1,		/* who compress and wait for the disk while others have the parsers */
	MAX_PULLS_WAITING = 4096,
	NET_STACK = 2 << 20,		/* libetpan's parser recurses; the guard bounds it to this */
};

struct call {
	void (*fn)(void *arg);
	void *arg;
};

/* ---- back to the loop ---- */

void ingest_call_loop(struct ingest *g, void (*fn)(void *arg), void *arg)
{
	struct call *call = xnew(struct call);
	bool ok;

	*call = (struct call){ fn, arg };
	ok = queue_push(g->calls, call);
	assert(ok);
}

static void on_calls(evutil_socket_t fd, short what, void *arg)
{
	struct ingest *g = arg;
	void *items[CALLS_A_TURN];
	size_t n = queue_pop_now(g->calls, items, CALLS_A_TURN);

	(void)fd;
	(void)what;
	for (size_t i = 0; i < n; i++) {
		struct call call = *(struct call *)items[i];

		free(items[i]);
		call.fn(call.arg);
	}
}

void ingest_enter(struct ingest *g)
{
	g->n_on_the_way++;
}

void ingest_leave(struct ingest *g)
{
	g->n_on_the_way--;
}

bool ingest_is_idle(const struct ingest *g)
{
	return g->n_on_the_way == 0;
}

/* ---- instances ---- */

void ingest_add(struct ingest *g, struct instance *inst)
{
	inst->next = g->instances;
	g->instances = inst;
}

struct instance *ingest_first(struct ingest *g)
{
	return g->instances;
}

struct caps *ingest_caps(struct ingest *g)
{
	return g->caps;
}

struct keepers *ingest_keepers(struct ingest *g)
{
	return g->keepers;
}

struct instance *ingest_find(struct ingest *g, struct str name)
{
	for (struct instance *inst = g->instances; inst != NULL; inst = inst->next)
		if (str_eq(inst->source->name, name))
			return inst;
	return NULL;
}

static bool add_instances(struct ingest *g, const struct config *config, struct store *st,
			  struct err *err)
{
	for (size_t i = config->n_connectors; i > 0; i--) {
		const struct config_connector *conf = &config->connectors[i - 1];
		struct source *source = source_from_config(conf, g->rules, st, err);
		struct instance *inst = source ? instance_create(g, source, conf, st, err) : NULL;

		source_unref(source);
		if (inst == NULL)
			return err_prefixf(err, "connector \"%s\"", conf->name);
		ingest_add(g, inst);
	}
	return true;
}

/* ---- life ---- */

bool ingest_number(const struct config *config, const struct connector *import, struct store *st,
		   struct err *err)
{
	int64_t id;

	for (size_t i = 0; i < config->n_connectors; i++)
		if (!store_connector(st, str_from(config->connectors[i].name),
				     str_from(config->connectors[i].type->name), &id, err) ||
		    !source_keep(&config->connectors[i], id, st, err))
			return false;
	return store_connector(st, STR("import"), str_from(import->name), &id, err) &&
	       store_connector(st, STR("api"), STR("api"), &id, err) &&
	       store_connector(st, STR("people"), STR("people"), &id, err);
}

static bool make_parts(struct ingest *g, struct config *config, struct store *st, struct err *err)
{
	g->rules = rules_create(config, err);
	if (g->rules == NULL)
		return false;
	g->import = source_reserved(g->parts.import, "import", config, g->rules, st, err);
	g->api = source_reserved(&connector_api, "api", config, g->rules, st, err);
	g->people = source_reserved(&connector_people, "people", config, g->rules, st, err);
	return g->import != NULL && g->api != NULL && g->people != NULL && add_instances(g, config, st, err);
}

static struct keepers *make_keepers(const char *dir, const struct secret *key)
{
	struct vault *vault = vault_create(dir, key);
	struct keepers *all = keepers_create(vault, post_by_program);

	vault_unref(vault);
	return all;
}

struct ingest *ingest_create(const struct ingest_parts *parts, struct config *config,
			     struct store *st, struct err *err)
{
	struct ingest *g = xnew(struct ingest);

	g->parts = *parts;
	g->config = (struct config *)config_ref(config);
	g->keepers = make_keepers(parts->dir, config->storage.key);
	/* As many look for new mail as read old. */
	g->caps = caps_create((size_t)config->ingest.account_sessions, (size_t)config->ingest.server_connects,
			      (size_t)config->ingest.workers / 2);
	g->calls = queue_create(MAX_CALLS, true);
	g->calls_event = event_new(parts->base, queue_fd(g->calls), EV_READ | EV_PERSIST, on_calls, g);
	event_add(g->calls_event, NULL);
	g->parse_pool = pool_create("daybook-accept", (size_t)config->ingest.parsers + BESIDE_PARSING,
				    MAX_PARSING, 0);
	g->net_pool = pool_create("daybook-net", (size_t)config->ingest.workers, MAX_PULLS_WAITING,
				  NET_STACK);
	if (!make_parts(g, config, st, err)) {
		ingest_destroy(g);
		return NULL;
	}
	g->may_erase = g->may_undo = true;
	g->sweep = sweep_create(g);
	return g;
}

void ingest_start(struct ingest *g)
{
	for (struct instance *inst = g->instances; inst != NULL; inst = inst->next)
		instance_begin(inst);
	sweep_start(g->sweep);
}

void ingest_stop(struct ingest *g)
{
	g->is_stopped = true;
	sweep_stop(g->sweep);
	erase_cancel(g);
	retention_cancel(g);
	undo_cancel(g);
	for (struct instance *inst = g->instances; inst != NULL; inst = inst->next) {
		purge_cancel(inst);
		if (inst->pull != NULL)
			pull_stop(inst->pull);
	}
}

void ingest_destroy(struct ingest *g)
{
	struct instance *next;

	if (g == NULL)
		return;
	pool_destroy(g->net_pool);
	pool_destroy(g->parse_pool);
	while (queue_length(g->calls) > 0)
		on_calls(-1, 0, g);
	sweep_destroy(g->sweep);
	for (struct instance *inst = g->instances; inst != NULL; inst = next) {
		next = inst->next;
		instance_unref(inst);
	}
	caps_destroy(g->caps);
	event_free(g->calls_event);
	queue_destroy(g->calls);
	source_unref(g->import);
	source_unref(g->api);
	source_unref(g->people);
	rules_unref(g->rules);
	config_unref(g->config);
	keepers_destroy(g->keepers);
	free(g);
}

const struct ingest_parts *ingest_parts(const struct ingest *g)
{
	return &g->parts;
}

struct pool *ingest_parse_pool(struct ingest *g)
{
	return g->parse_pool;
}

struct pool *ingest_net_pool(struct ingest *g)
{
	return g->net_pool;
}

struct source *ingest_import_source(struct ingest *g)
{
	return g->import;
}

struct source *ingest_people_source(struct ingest *g)
{
	return g->people;
}

void ingest_take_sources(struct ingest *g, struct source_list *list)
{
	for (struct instance *inst = g->instances; inst != NULL; inst = inst->next)
		source_list_add(list, inst->source);
	source_list_add(list, g->import);
	source_list_add(list, g->api);
	source_list_add(list, g->people);
}

uint64_t ingest_max_body(const struct ingest *g)
{
	uint64_t most = 0;

	for (struct instance *inst = g->instances; inst != NULL; inst = inst->next) {
		const struct route *r = inst->source->type->routes;

		for (; r != NULL && r->method != NULL; r++) {
			size_t n = r->max_body_of ? r->max_body_of(inst->source->conf) : r->max_body;

			most = n > most ? n : most;
		}
	}
	return most;
}

bool ingest_may_compare(const struct ingest *g)
{
	size_t most = (size_t)g->config->ingest.workers / 2;

	return g->n_comparing < (most > 0 ? most : 1);
}

bool ingest_begin_compare(struct ingest *g)
{
	bool may = ingest_may_compare(g);

	g->n_comparing += may;
	return may;
}

void ingest_end_compare(struct ingest *g)
{
	g->n_comparing--;
	for (struct instance *inst = g->instances; inst != NULL; inst = inst->next)
		if (inst->pull != NULL && pull_take_turn(inst->pull))
			break;
}

void ingest_store_is_back(struct ingest *g)
{
	for (struct instance *inst = g->instances; inst != NULL; inst = inst->next)
		if (inst->pull != NULL)
			pull_store_is_back(inst->pull);
}

struct rules *ingest_rules(struct ingest *g)
{
	return g->rules;
}

const struct config *ingest_config(const struct ingest *g)
{
	return g->config;
}

/* ---- requests ---- */

static void no_such_hook(struct http_request *rq)
{
	http_problem(rq, 404, "there is no such connector; daybook connectors lists them", NULL);
}

void ingest_webhook(struct ingest *g, struct http_request *rq, struct str path)
{
	size_t slash = str_chr(path, '/');
	struct str name = str_sub(path, 0, slash == STR_NONE ? path.len : slash);
	struct instance *inst = ingest_find(g, name);
	struct request seen;

	if (inst == NULL || !inst->conf->host.enabled) {
		no_such_hook(rq);
		return;
	}
	if (!instance_is_on(inst)) {
		http_problem(rq, 503, "this connector is paused; send it again later", (const struct http_header[]){ { "Retry-After", "60" }, { 0 } });
		return;
	}
	seen = request_from_http(rq, str_sub(path, name.len, path.len));
	webhook_handle(g, inst, rq, &seen);
}
