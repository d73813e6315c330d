#include "ingest/webhook.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "ingest/intake.h"
#include "ingest/limit.h"
#include "ingest/parse.h"
#include "ingest/policy.h"
#include "ingest/request.h"
#include "ingest/slot.h"
#include "net/http.h"

enum {
	MAX_META = 8192,
	REPLY_ARENA = 64 << 10,
	MAX_ON_LOOP = 128 << 10,	/* a larger signed body (a history) would hold everybody up */
};

/* A request between its acceptance and its answer. */
struct pending_reply {
	struct ingest *ingest;
	struct instance *instance;	/* counted: a reload may drop it meanwhile */
	struct http_request *rq;
	const struct route *route;
	struct request seen;
	struct intake *intake;
	struct err err;			/* kind NONE: durable */
	bool has_no_file;		/* what is too large for the database had no place beside it */
};

/* ---- answers ---- */

static void count(struct instance *inst, int status)
{
	if (status >= 0 && (size_t)status < countof(inst->answers))
		inst->answers[status]++;
}

static void refuse(struct instance *inst, struct http_request *rq, int status, const char *text,
		   const struct http_header *more)
{
	count(inst, status);
	http_problem(rq, status, text, more);
}

static void refuse_for_now(struct instance *inst, struct http_request *rq, const struct err *why)
{
	char seconds[16];
	const struct http_header more[] = { { "Retry-After", seconds }, { 0 } };

	snprintf(seconds, sizeof(seconds), "%d", policy_retry_after_s(why->kind));
	refuse(inst, rq, 503, "this cannot be stored at the moment; send it again later", more);
}

/* Header values are C strings, and come from connectors as slices. */
static const char *as_cstr(struct str s, char *room, size_t size)
{
	if (s.len >= size)
		s.len = 0;
	memcpy(room, s.len ? s.ptr : "", s.len);
	room[s.len] = '\0';
	return room;
}

static void send_reply(struct instance *inst, struct http_request *rq, const struct reply *rp)
{
	char location[2048], origin[512], type[128];
	struct http_header more[6];
	size_t n = 0;

	if (rp->location.len > 0)
		more[n++] = (struct http_header){ "Location", as_cstr(rp->location, location, sizeof(location)) };
	if (rp->allow_origin.len > 0) {
		more[n++] = (struct http_header){ "Access-Control-Allow-Origin",
						  as_cstr(rp->allow_origin, origin, sizeof(origin)) };
		more[n++] = (struct http_header){ "Access-Control-Allow-Methods", "POST, OPTIONS" };
		more[n++] = (struct http_header){ "Access-Control-Allow-Headers",
						  "Content-Type, X-Form-Token, Idempotency-Key" };
		more[n++] = (struct http_header){ "Vary", "Origin" };
	}
	more[n] = (struct http_header){ 0 };
	count(inst, rp->status);
	http_reply(rq, rp->status, rp->content_type.len ? as_cstr(rp->content_type, type, sizeof(type)) : NULL,
		   rp->body, more);
}

static void send_thanks(struct pending_reply *p)
{
	struct reply rp = { .status = 200 };
	const void *conf = p->intake->source->conf;

	if (p->route->thanks == NULL) {
		count(p->instance, 200);
		http_reply(p->rq, 200, NULL, STR(""), NULL);
		return;
	}
	rp.arena = arena_create(REPLY_ARENA);
	p->route->thanks(conf, &p->seen, &rp);
	send_reply(p->instance, p->rq, &rp);
	arena_destroy(rp.arena);
}

/* The writer tells of its own troubles; this one nobody else sees. */
static void note_file(struct instance *inst, const struct pending_reply *p)
{
	bool has_file = p->err.kind == ERR_NONE && p->intake->body_sha256[0] != '\0';

	if (inst->state != INSTANCE_LIVE)
		return;
	if (p->has_no_file)
		instance_set_state(inst, INSTANCE_LIVE, &p->err);
	else if (has_file && inst->error.kind != ERR_NONE)
		instance_set_state(inst, INSTANCE_LIVE, NULL);
}

/* Loop thread: the commit is done, or will not be. */
static void answer(void *arg)
{
	struct pending_reply *p = arg;

	note_file(p->instance, p);
	if (p->err.kind == ERR_NONE)
		send_thanks(p);
	else
		refuse_for_now(p->instance, p->rq, &p->err);
	instance_unref(p->instance);
	ingest_leave(p->ingest);
	intake_destroy(p->intake);	/* and p with it */
}

/* Any thread: the way back to the loop. */
static void on_finished(struct intake *in, const struct err *err)
{
	struct pending_reply *p = in->arg;

	p->err = err ? *err : (struct err){ .kind = ERR_NONE };
	ingest_call_loop(p->ingest, answer, p);
}

/* ---- what came in ---- */

static void add_meta(struct buf *meta, const char *name, struct str value)
{
	value = str_sub(str_trim(value), 0, 2000);
	if (value.len == 0 || str_chr(value, '\n') != STR_NONE || !str_is_utf8(value))
		return;
	buf_add(meta, str_from(name));
	buf_add(meta, STR(": "));
	buf_add(meta, value);
	buf_addc(meta, '\n');
}

static struct str meta_of(const struct request *seen, const struct route *route,
			  struct arena *arena)
{
	static const char *const always[] = { "origin", "referer", "user-agent" };
	struct buf meta;
	struct str kept;

	buf_init(&meta, MAX_META);
	add_meta(&meta, "peer", seen->peer);
	for (size_t i = 0; i < countof(always); i++)
		add_meta(&meta, always[i], request_header(seen, always[i]));
	for (size_t i = 0; route->keep_headers != NULL && route->keep_headers[i] != NULL; i++)
		add_meta(&meta, route->keep_headers[i], request_header(seen, route->keep_headers[i]));
	kept = arena_str(arena, buf_str(&meta));
	buf_finish(&meta);
	return kept;
}

/* Same peer, same bytes: never 0, which means "not looked for". */
static int64_t repeat_hash(const struct request *seen)
{
	unsigned char md[SHA256_SIZE];
	int64_t hash;

	crypto_hmac_sha256(seen->peer, seen->body, md);
	memcpy(&hash, md, sizeof(hash));
	return hash ? hash : 1;
}

static struct intake *make_intake(struct instance *inst, const struct route *route,
				  const struct request *seen)
{
	const struct connector *type = inst->source->type;
	struct intake *in = intake_create(inst->source, policy_arena_bytes(seen->body.len));

	in->raw.body = seen->body;
	in->raw.received_us = seen->received_us;
	in->raw.content_type = arena_str(in->arena, request_header(seen, "content-type"));
	in->raw.meta = meta_of(seen, route, in->arena);
	if (route->delivery_id != NULL)
		in->raw.id = route->delivery_id(inst->source->conf, seen, in->arena);
	if (in->raw.id.len == 0 && type->repeat_window_us > 0) {
		in->repeat_hash = repeat_hash(seen);
		in->repeat_window_us = type->repeat_window_us;
	}
	return in;
}

static void submit(struct pending_reply *p)
{
	struct err why;

	if (!writer_submit(ingest_parts(p->ingest)->writer, &p->intake->job, &why))
		on_finished(p->intake, &why);
}

/* Nobody can look at it now: what was accepted is journalled all the same, and looked at later. */
static void submit_pending(struct pending_reply *p)
{
	p->intake->is_pending = true;
	p->intake->verdict.kind = ERR_NONE;
	intake_encode(p->intake);
	submit(p);
}

static void refuse_file(struct pending_reply *p, const struct err *err)
{
	p->has_no_file = true;
	on_finished(p->intake, err);
}

/* Worker. */
static void parse_and_submit(void *arg)
{
	struct pending_reply *p = arg;
	const struct ingest_parts *parts = ingest_parts(p->ingest);
	struct err err;

	if (intake_parse(p->intake, parts->parsers, parts->dir, &err))
		submit(p);
	else if (err.kind == ERR_AGAIN)
		submit_pending(p);
	else
		refuse_file(p, &err);
}

static void normalize_here(struct intake *in)
{
	if (!slot_enter(in->raw.body)) {
		err_setf(&in->verdict, ERR_INPUT, "reading it has crashed daybookd twice");
	} else {
		intake_normalize_here(in);
		slot_leave();
	}
	intake_encode(in);
}

static void accept_raw(struct ingest *g, struct instance *inst, const struct route *route,
		       struct http_request *rq, const struct request *seen)
{
	struct intake *in = make_intake(inst, route, seen);
	struct pending_reply *p = arena_new(in->arena, struct pending_reply);

	*p = (struct pending_reply){ .ingest = g, .instance = instance_ref(inst), .rq = rq, .route = route,
				     .seen = *seen, .intake = in };
	p->intake->finished = on_finished;
	p->intake->arg = p;
	ingest_enter(g);
	if (!inst->source->type->is_hostile && seen->body.len <= MAX_ON_LOOP) {
		normalize_here(p->intake);
		submit(p);
	} else if (!pool_run(ingest_parse_pool(g), parse_and_submit, p)) {
		submit_pending(p);
	}
}

/* ---- routing ---- */

static const struct route *find_route(const struct connector *type, struct str method, bool *has_any)
{
	*has_any = type->routes != NULL;
	for (const struct route *r = type->routes; r != NULL && r->method != NULL; r++)
		if (str_eq(method, str_from(r->method)))
			return r;
	return NULL;
}

static void refuse_method(struct instance *inst, struct http_request *rq)
{
	const struct http_header more[] = { { "Allow", "GET, POST, OPTIONS" }, { 0 } };

	refuse(inst, rq, 405, "this address takes POST", more);
}

static void refuse_forgery(struct instance *inst, struct http_request *rq, bool is_get,
			   const struct err *err)
{
	inst->signature_failures++;
	log_debug(&inst->source->log, "request refused", kv_s("reason", err->msg));
	refuse(inst, rq, is_get ? 403 : 401, err->msg, NULL);
}

static bool is_within_rate(struct instance *inst, const struct route *route,
			   struct http_request *rq, const struct request *seen)
{
	char seconds[16];
	const struct http_header more[] = { { "Retry-After", seconds }, { 0 } };
	int wait;

	if (route->limit == NULL ||
	    limit_take(inst->limit, seen->peer, route->limit(inst->source->conf), seen->received_us, &wait))
		return true;
	snprintf(seconds, sizeof(seconds), "%d", wait);
	refuse(inst, rq, 429, "too many posts from this address; wait a little", more);
	return false;
}

static void answer_handshake(struct instance *inst, const struct route *route,
			     struct http_request *rq, const struct request *seen)
{
	struct reply rp = { .status = 200, .arena = arena_create(REPLY_ARENA) };
	struct err err;

	if (route->answer(inst->source->conf, seen, &rp, &err))
		send_reply(inst, rq, &rp);
	else
		refuse_forgery(inst, rq, str_eq(seen->method, STR("GET")), &err);
	arena_destroy(rp.arena);
}

void webhook_handle(struct ingest *g, struct instance *inst, struct http_request *rq,
		    const struct request *seen)
{
	const void *conf = inst->source->conf;
	bool has_any;
	const struct route *route = find_route(inst->source->type, seen->method, &has_any);
	struct err err;
	size_t max_body;

	if (route == NULL) {
		if (has_any)
			refuse_method(inst, rq);
		else
			refuse(inst, rq, 404, "this connector takes no webhooks", NULL);
		return;
	}
	max_body = route->max_body_of ? route->max_body_of(conf) : route->max_body;
	if (max_body > 0 && seen->body.len > max_body) {
		refuse(inst, rq, 413, "the body is larger than this connector's max_body", NULL);
		return;
	}
	if (route->verify != NULL && !route->verify(conf, seen, &err)) {
		refuse_forgery(inst, rq, str_eq(seen->method, STR("GET")), &err);
		return;
	}
	if (route->answer != NULL)
		answer_handshake(inst, route, rq, seen);
	else if (is_within_rate(inst, route, rq, seen))
		accept_raw(g, inst, route, rq, seen);
}
