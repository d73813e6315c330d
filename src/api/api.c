#include "api/api.h"

#include <string.h>

#include "api/call.h"
#include "api/export_job.h"
#include "api/meter.h"
#include "api/oidc.h"
#include "api/reads.h"
#include "api/stats.h"
#include "base/clock.h"
#include "api/stream.h"
#include "api/uploads.h"
#include "api/webhook.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "conf/config.h"
#include "ingest/ingest.h"
#include "ingest/source.h"

enum { CALL_ARENA = 96 << 20 };

/* ---- its life ---- */

struct api *api_create(const struct api_parts *parts, const struct config *config)
{
	struct api *api = xnew(struct api);

	*api = (struct api){ .parts = *parts, .config = config_ref(config), .meter = meter_create(), .stats = stats_create(),
			     .reads = reads_create(), .oidc = oidc_desk_create() };
	api->streams = streams_create(api);
	api->webhooks = webhooks_create(api);
	api->uploads = uploads_create(api);
	api->exports = rounds_create(api, "daybook-export", "an export is made anew in a minute", export_round, NULL);
	return api;
}

void api_destroy(struct api *api)
{
	if (api == NULL)
		return;
	streams_destroy(api->streams);
	webhooks_destroy(api->webhooks);
	uploads_destroy(api->uploads);
	rounds_destroy(api->exports);
	config_unref(api->config);
	meter_destroy(api->meter);
	stats_destroy(api->stats);
	reads_destroy(api->reads);
	oidc_desk_destroy(api->oidc);
	free(api);
}

void api_put_metrics(const struct api *api, struct buf *out)
{
	stats_put(api->stats, out);
	buf_addf(out, "# HELP daybook_sse_clients Live streams that are open.\n# TYPE daybook_sse_clients gauge\n"
		      "daybook_sse_clients %zu\n", streams_count(api->streams));
	webhooks_put_metrics(api->webhooks, out);
}

void api_drain(struct api *api)
{
	streams_end(api->streams);
	webhooks_stop(api->webhooks);
	uploads_stop(api->uploads);
	rounds_stop(api->exports);
	oidc_desk_stop(api->oidc);
}

void api_take_config(struct api *api, const struct config *config)
{
	config_unref(api->config);
	api->config = config_ref(config);
	streams_take_config(api->streams, config);
	rounds_begin_anew(api->exports);	/* who may see what may be otherwise */
}

/* ---- one request ---- */

static struct call *call_create(struct api *api, struct http_request *rq)
{
	struct call *c = xnew(struct call);
	int64_t number;

	c->api = api;
	c->rq = rq;
	c->begun_us = clock_mono_us();
	c->arena = arena_create(CALL_ARENA);
	c->config = config_ref(api->config);
	c->rules = rules_ref(ingest_rules(api->parts.ingest));
	crypto_random(&number, sizeof(number));
	id_format(number & INT64_MAX, "req_", c->request_id);
	c->path = arena_str(c->arena, http_path(rq));
	c->query = arena_str(c->arena, http_query(rq));
	/* Two are no token, and not none either: it would be the cookie's or the proxy's word then. */
	if (http_header_count(rq, "Authorization") > 0)
		c->authorization = http_header_count(rq, "Authorization") == 1 ?
			arena_str(c->arena, http_header(rq, "Authorization")) : STR("two of them");
	c->last_event_id = arena_str(c->arena, http_header(rq, "Last-Event-ID"));
	c->if_none_match = arena_str(c->arena, http_header(rq, "If-None-Match"));
	c->range = arena_str(c->arena, http_header(rq, "Range"));
	c->has_if_match = http_header_count(rq, "If-Match") > 0;
	c->if_match = arena_str(c->arena, http_header(rq, "If-Match"));
	c->content_type = arena_str(c->arena, http_header(rq, "Content-Type"));
	c->has_key = http_header_count(rq, "Idempotency-Key") > 0;
	c->key = arena_str(c->arena, http_header(rq, "Idempotency-Key"));
	c->body = http_body(rq);
	browser_read(rq, c->config, c->arena, &c->browser);
	c->reply = (struct call_reply){ .status = 200, .type = "application/json" };
	buf_init(&c->reply.json, CALL_JSON);
	ingest_enter(api->parts.ingest);
	return c;
}

static void call_destroy(struct call *c)
{
	if (c->leave != NULL)
		c->leave(c);
	ingest_leave(c->api->parts.ingest);
	rules_unref(c->rules);
	config_unref(c->config);
	json_free(c->json);
	intake_destroy(c->intake);
	source_list_clear(&c->sources);
	buf_finish(&c->reply.json);
	free(c->reply.bytes);
	arena_destroy(c->arena);
	free(c);
}

static bool has_header(const struct call *c, const char *name)
{
	for (size_t i = 0; i < c->reply.n_headers; i++)
		if (strcmp(c->reply.headers[i].name, name) == 0)
			return true;
	return false;
}

static void default_header(struct call *c, const char *name, const char *value)
{
	if (!has_header(c, name))
		call_header(c, name, value);
}

void call_send(void *arg)
{
	struct call *c = arg;
	struct str body;

	if (c->stream != NULL && c->reply.status == 200 && !http_is_head(c->rq) && streams_open(c->api->streams, c)) {
		stats_note(c->api->stats, c->route, 200, clock_mono_us() - c->begun_us);
		call_destroy(c);
		return;
	}
	if (c->after != NULL && c->reply.status < 400)
		c->after(c);
	body = c->reply.bytes ? (struct str){ c->reply.bytes, c->reply.n_bytes } : buf_str(&c->reply.json);
	call_header(c, "X-Request-Id", c->request_id);
	default_header(c, "Cache-Control", "no-store");
	default_header(c, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	default_header(c, "Referrer-Policy", "no-referrer");
	default_header(c, "Cross-Origin-Resource-Policy", "same-origin");
	if (c->route != NULL)
		stats_note(c->api->stats, c->route, c->reply.status, clock_mono_us() - c->begun_us);
	http_reply(c->rq, c->reply.status, c->reply.type, body, c->reply.headers);
	call_destroy(c);
}

static void run(struct call *c)
{
	bool is_answered = false;
	struct err err;

	/* A snapshot: what is seen and what is shown are of one moment. */
	if (!store_open(c->api->parts.dir, STORE_READER, &c->st, &err) || !store_begin_snapshot(c->st, &err)) {
		problem_of(c, &err);
		store_close(c->st);
		return;
	}
	if (call_authenticate(c) && params_parse(c) && body_take(c) && call_has_good_condition(c) &&
	    (!once_find(c, &is_answered, &err) || (!is_answered && !c->route->handle(c, &err))))
		problem_of(c, &err);
	else if (buf_is_exceeded(&c->reply.json) || arena_is_exceeded(c->arena))
		problem(c, 422, "too-large", "the answer is too large; ask for less at a time");
	store_close(c->st);
	c->st = NULL;
}

static void take_turn(void *arg)
{
	struct call *c = arg;
	struct err err;

	if (!c->turn(c, &err))
		problem_of(c, &err);
	call_send(c);
}

static void refuse_busy(struct call *c)
{
	call_header(c, "Retry-After", "2");
	problem(c, 503, "try-again", "too many requests wait; try again in a moment");
	ingest_call_loop(c->api->parts.ingest, call_send, c);
}

static void run_on_worker(void *arg)
{
	struct call *c = arg;
	struct err err;

	if (!c->work(c, &err))
		problem_of(c, &err);
	if (c->deed != NULL && c->reply.status < 400) {
		call_write(c);
		return;
	}
	ingest_call_loop(c->api->parts.ingest, call_send, c);
}

/* On the loop: readers give way, and a thread that one of them began would for ever. */
static void hand_on(void *arg)
{
	struct call *c = arg;

	if (!pool_run(c->workers ? c->workers : ingest_parse_pool(c->api->parts.ingest), run_on_worker, c))
		refuse_busy(c);
}

/* Reader's thread. */
static void run_on_reader(void *arg)
{
	struct call *c = arg;
	bool is_over;

	run(c);
	is_over = c->reply.status >= 400 || (c->deed == NULL && c->work == NULL);
	if (c->turn != NULL && c->reply.status < 400)
		ingest_call_loop(c->api->parts.ingest, take_turn, c);
	else if (c->deed == NULL && reads_tell(c))
		return;
	else if (is_over)
		ingest_call_loop(c->api->parts.ingest, call_send, c);
	else if (c->work == NULL)
		call_write(c);
	else
		ingest_call_loop(c->api->parts.ingest, hand_on, c);
}

static void dispatch(struct call *c)
{
	struct pool *pool = c->route->hashes ? c->api->parts.hashers : c->api->parts.readers;

	if (strcmp(c->route->method, "GET") != 0)
		ingest_take_sources(c->api->parts.ingest, &c->sources);
	if (!pool_run(pool, run_on_reader, c))
		refuse_busy(c);
}

static bool is_ours(struct str path)
{
	return str_starts(path, STR("/api/")) || str_starts(path, STR("/login/")) || str_eq(path, STR("/docs")) || str_eq(path, STR("/openapi.yaml"));
}

bool api_handle(struct api *api, struct http_request *rq)
{
	struct call *c;
	char allow[64];

	if (!is_ours(http_path(rq)))
		return false;
	c = call_create(api, rq);
	switch (route_find(http_method(rq), c->path, &c->route, c->parts, allow)) {
	case ROUTE_FOUND:
		dispatch(c);
		return true;
	case ROUTE_OTHER_METHOD:
		c->route = NULL;
		call_header(c, "Allow", arena_strf(c->arena, "%s", allow).ptr);
		problem(c, 405, "method", "this address takes %s", allow);
		break;
	case ROUTE_NONE:
		problem(c, 404, "no-route", "there is nothing at this address; /openapi.yaml lists what there is");
	}
	call_send(c);
	return true;
}
