/* The way in: connectors, parsers and writer put together. Loop thread only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <daybook/err.h>
#include <daybook/str.h>

struct caps;
struct config;
struct connector;
struct event_base;
struct http_request;
struct instance;
struct intake;
struct parsers;
struct pool;
struct rules;
struct source;
struct source_list;
struct store;
struct writer;

struct ingest_parts {			/* borrowed; outlive the ingest */
	struct event_base *base;
	struct writer *writer;
	struct parsers *parsers;
	const char *dir;		/* storage.path */
	const struct connector *import;	/* the connector behind `daybook import` */
	const struct connector *const *known;	/* all types, ends with NULL */
};

struct ingest;
struct keepers;

/* Gives every connector of a configuration its number. Writer handle, in a transaction. */
bool ingest_number(const struct config *config, const struct connector *import, struct store *st,
		   struct err *err);
/* st is used during the call only, to read numbers and cursors; any handle. */
struct ingest *ingest_create(const struct ingest_parts *parts, struct config *config,
			     struct store *st, struct err *err);
/* Waits for workers; what they hold is committed or dropped uncommitted. */
void ingest_destroy(struct ingest *g);
void ingest_start(struct ingest *g);	/* begins to pull */
void ingest_stop(struct ingest *g);	/* no new pulls, running ones are canceled */
void ingest_store_is_back(struct ingest *g);	/* it took nothing for a while: who waited for it goes on */
bool ingest_is_idle(const struct ingest *g);	/* nothing is on its way any more */

/* All or nothing: on false the running configuration stays as it is. Its connectors have been
 * numbered by the writer beforehand; reader is used during the call only. */
bool ingest_reload(struct ingest *g, struct config *config, struct store *reader, struct err *err);

struct instance *ingest_find(struct ingest *g, struct str name);
/* What the store knows already: paused by somebody, or resumed (by empty). ERR_MISSING. */
bool ingest_take_pause(struct ingest *g, struct str name, struct str by, struct str why, struct err *err);
bool ingest_sync_now(struct ingest *g, struct str name, struct err *err);
struct instance *ingest_first(struct ingest *g);
const struct ingest_parts *ingest_parts(const struct ingest *g);
struct pool *ingest_parse_pool(struct ingest *g);
struct pool *ingest_net_pool(struct ingest *g);

/* POST|GET /hooks/<name>…; path is what follows /hooks/. Answers, now or after the commit. */
void ingest_webhook(struct ingest *g, struct http_request *rq, struct str path);

struct keepers *ingest_keepers(struct ingest *g);	/* who holds the tokens; borrowed */
struct caps *ingest_caps(struct ingest *g);
struct source *ingest_import_source(struct ingest *g);
struct source *ingest_people_source(struct ingest *g);
/* All that run, and the reserved ones. */
void ingest_take_sources(struct ingest *g, struct source_list *list);
uint64_t ingest_max_body(const struct ingest *g);	/* the largest that a route takes */
struct rules *ingest_rules(struct ingest *g);
const struct config *ingest_config(const struct ingest *g);

/* Any thread: has fn(arg) run on the loop. */
void ingest_call_loop(struct ingest *g, void (*fn)(void *arg), void *arg);

/* Comparisons with servers take long: at most half of the workers do them. Whoever has to wait is woken by the one
 * that ends. */
bool ingest_may_compare(const struct ingest *g);
bool ingest_begin_compare(struct ingest *g);
void ingest_end_compare(struct ingest *g);

/* Counted while something is between acceptance and commit. */
void ingest_enter(struct ingest *g);
void ingest_leave(struct ingest *g);
