/* Logging in is done by the daemon: it has the client's secret, and it alone writes tokens. The command line shows what
 * a person has to open, and brings back what they were given. What talks to the provider runs on a network worker. */
#include "serve/control_oauth.h"

#include <stdio.h>
#include <stdlib.h>

#include <daybook/arena.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "ingest/pull.h"
#include "ingest/request.h"
#include "oauth/keeper.h"
#include "oauth/options.h"
#include "serve/inside.h"
#include "store/audit.h"
#include "store/writer.h"

enum { MAX_JSON = 64 << 10 };

/* One request on its way over a worker. */
struct visit {
	struct job job;			/* first: that of its audit entry */
	struct serve *serve;
	struct http_request *rq;
	struct instance *inst;		/* kept */
	struct source *source;		/* kept, for its options */
	const struct oauth_conf *conf;	/* the source's */
	bool (*work)(struct visit *v, struct json_writer *w, struct err *err);
	char *flow, *redirect_uri, *state, *code;
	char by[32];			/* who asks; of a page, who began */
	bool is_page;			/* a browser reads the answer */
	bool is_begun;			/* somebody is to log in now */
	bool has_new_login;		/* the connector goes on at once */
	bool is_out;			/* it has none any more: it stops at once */
	struct buf reply;
	struct err err;
};

static char *text_of(struct json_object *body, const char *name)
{
	struct str text = json_str(body, name);

	return xstrndup(text.len ? text.ptr : "", text.len);
}

static void visit_destroy(struct visit *v)
{
	if (v->code != NULL)
		keeper_free_token(v->code);
	free(v->flow);
	free(v->redirect_uri);
	free(v->state);
	buf_finish(&v->reply);
	source_unref(v->source);
	instance_unref(v->inst);
	free(v);
}

static void reply_page(struct http_request *rq, int status, const char *text)
{
	static const struct http_header more[] = { { "Cache-Control", "no-store" }, { "Referrer-Policy", "no-referrer" },
						   { 0 } };

	http_reply(rq, status, "text/plain; charset=utf-8", str_from(text), more);
}

/* Loop. */
static void visit_over(void *arg)
{
	struct visit *v = arg;
	struct ingest *ingest = v->serve->parts.ingest;

	if (v->has_new_login)
		log_info(&v->source->log, "somebody logged in");
	else if (v->is_page)	/* the command line that waits for it is not told */
		log_warn(&v->source->log, "a login by browser failed", kv_s("reason", v->err.msg));
	if (v->is_page && v->err.kind == ERR_NONE)
		reply_page(v->rq, 200, "Daybook has it. You can close this window.\n");
	else if (v->is_page)
		reply_page(v->rq, 502, "That did not work. The log of daybookd says why; begin again with: daybook oauth login\n");
	else if (v->err.kind == ERR_NONE)
		http_reply(v->rq, 200, "application/json", buf_str(&v->reply), NULL);
	else
		control_reply_error(v->rq, &v->err);
	if (v->is_begun)
		snprintf(v->inst->login_by, sizeof(v->inst->login_by), "%s", v->by);
	if ((v->has_new_login || v->is_out) && !v->inst->is_gone && v->inst->conf->host.enabled)
		pull_renew(v->inst->pull);
	visit_destroy(v);
	ingest_leave(ingest);
}

/* ---- noted: what was done is on the disk by now, so that this can only follow it ---- */

static bool note(struct job *job, struct store *st, struct err *err)
{
	const struct visit *v = (struct visit *)job;
	const struct audit_entry entry = { .who = str_from(v->by), .what = v->is_out ? STR("oauth revoke") : STR("oauth login"),
					   .which = v->source->name, .detail = v->is_page ? STR("by link") : STR("") };

	return audit_add(st, &entry, err);
}

static void noted(struct job *job, const struct err *err)
{
	struct visit *v = (struct visit *)job;

	if (err != NULL) {
		v->err = *err;
		err_prefixf(&v->err, "it is done, but is not in the audit log");
	}
	ingest_call_loop(v->serve->parts.ingest, visit_over, v);
}

static void visit_note(struct visit *v)
{
	struct err err;

	v->job = (struct job){ .apply = note, .done = noted, .bytes = sizeof(*v) };
	if (!writer_submit(v->serve->parts.writer, &v->job, &err))
		noted(&v->job, &err);
}

/* Worker. */
static void visit_work(void *arg)
{
	struct visit *v = arg;
	struct json_writer w;

	buf_init(&v->reply, MAX_JSON);
	json_begin(&w, &v->reply);
	json_open(&w, '{');
	v->err.kind = ERR_NONE;
	if (v->work(v, &w, &v->err))
		v->err.kind = ERR_NONE;
	json_close(&w, '}');
	if (v->has_new_login || v->is_out)
		visit_note(v);
	else
		ingest_call_loop(v->serve->parts.ingest, visit_over, v);
}

static struct instance *find(struct serve *s, struct str name, struct err *err)
{
	struct instance *inst = ingest_find(s->parts.ingest, name);
	const struct connector *type = inst ? inst->source->type : NULL;

	if (inst == NULL)
		err_setf(err, ERR_MISSING, "no connector \"" STR_FMT "\" runs here (daybook connectors lists them)",
			 STR_ARG(str_sub(name, 0, 60)));
	else if (type->oauth == NULL || type->oauth(inst->source->conf) == NULL)
		err_setf(err, ERR_CONF, "\"%s\" does not log in by token (auth: oauth)", inst->source->name.ptr);
	else
		return inst;
	return NULL;
}

static struct visit *visit_create(struct serve *s, struct http_request *rq, struct instance *inst)
{
	struct visit *v = xnew(struct visit);

	*v = (struct visit){
		.serve = s, .rq = rq, .inst = instance_ref(inst), .source = source_ref(inst->source),
		.conf = inst->source->type->oauth(inst->source->conf),
	};
	return v;
}

static void visit_send(struct visit *v, bool (*work)(struct visit *v, struct json_writer *w, struct err *err))
{
	struct ingest *ingest = v->serve->parts.ingest;

	v->work = work;
	ingest_enter(ingest);
	if (pool_run(ingest_net_pool(ingest), visit_work, v))
		return;
	err_setf(&v->err, ERR_AGAIN, "all network workers are busy");
	visit_over(v);
}

static void visit(struct serve *s, struct http_request *rq, struct json_object *body,
		  bool (*work)(struct visit *v, struct json_writer *w, struct err *err))
{
	struct err err;
	struct instance *inst = find(s, json_str(body, "connector"), &err);
	struct visit *v;

	if (inst == NULL) {
		control_reply_error(rq, &err);
		return;
	}
	v = visit_create(s, rq, inst);
	control_by(rq, v->by, sizeof(v->by));
	v->flow = text_of(body, "flow");
	v->redirect_uri = text_of(body, "redirect_uri");
	v->state = text_of(body, "state");
	v->code = text_of(body, "code");
	visit_send(v, work);
}

/* ---- beginning ---- */

/* Where both ways are open: Microsoft's codes work without a browser on this machine, others' may not allow mail. */
static bool wants_device(const struct visit *v)
{
	char url[OAUTH_URL_SIZE];

	if (v->flow[0] != '\0')
		return str_eq(str_from(v->flow), STR("device"));
	return v->conf->provider == OAUTH_MICROSOFT || !oauth_url_of(v->conf, OAUTH_AUTHORIZE, url);
}

static bool begin_device(struct visit *v, struct json_writer *w, struct err *err)
{
	struct device_prompt prompt;

	if (!keeper_begin_device(v->inst->keeper, v->conf, &prompt, err))
		return false;
	json_member(w, "flow", STR("device"));
	json_member(w, "url", str_from(prompt.url));
	json_member(w, "user_code", str_from(prompt.user_code));
	json_member_int(w, "expires_s", prompt.expires_s);
	json_member_int(w, "interval_s", prompt.interval_s);
	return true;
}

static bool begin_browser(struct visit *v, struct json_writer *w, struct err *err)
{
	struct buf url;
	bool is_begun;

	buf_init(&url, MAX_JSON);
	is_begun = keeper_begin_code(v->inst->keeper, v->conf, str_from(v->redirect_uri), &url, err);
	if (is_begun) {
		json_member(w, "flow", STR("browser"));
		json_member(w, "url", buf_str(&url));
		json_member_int(w, "expires_s", KEEPER_LOGIN_S);
	}
	buf_finish(&url);
	return is_begun;
}

static bool begin(struct visit *v, struct json_writer *w, struct err *err)
{
	v->is_begun = wants_device(v) ? begin_device(v, w, err) : begin_browser(v, w, err);
	return v->is_begun;
}

/* ---- ending ---- */

static bool finish(struct visit *v, struct json_writer *w, struct err *err)
{
	v->has_new_login = keeper_finish_code(v->inst->keeper, v->conf, str_from(v->state), str_from(v->code), err);
	json_member_bool(w, "pending", false);
	return v->has_new_login;
}

/* The browser comes back to http.public_url: whoever knows the state was sent by us. */
void serve_login_answer(struct serve *s, struct http_request *rq)
{
	const struct request request = request_from_http(rq, STR(""));
	struct arena *arena = arena_create(64 << 10);
	struct str state = request_query(&request, STR("state"), arena);
	struct str code = request_query(&request, STR("code"), arena);
	struct err ignored;
	struct instance *inst = find(s, str_sub(state, 0, str_rchr(state, '.')), &ignored);
	struct visit *v;

	if (inst == NULL || !keeper_expects(inst->keeper, state)) {
		reply_page(rq, 403, "No login waits for this. Begin again with: daybook oauth login NAME --public\n");
	} else if (code.len == 0) {
		reply_page(rq, 200, "The provider did not let you in. Nothing was changed.\n");
	} else {
		v = visit_create(s, rq, inst);
		v->is_page = true;
		snprintf(v->by, sizeof(v->by), "%s", inst->login_by);
		v->flow = xstrdup("");
		v->redirect_uri = xstrdup("");
		v->state = xstrndup(state.ptr, state.len);
		v->code = xstrndup(code.ptr, code.len);
		visit_send(v, finish);
	}
	arena_destroy(arena);
}

static bool poll_code(struct visit *v, struct json_writer *w, struct err *err)
{
	int64_t interval_s;
	bool is_pending;

	v->has_new_login = keeper_poll_device(v->inst->keeper, v->conf, &is_pending, &interval_s, err);
	json_member_bool(w, "pending", is_pending);
	json_member_int(w, "interval_s", interval_s);
	return v->has_new_login || is_pending;
}

static bool log_out(struct visit *v, struct json_writer *w, struct err *err)
{
	struct err why;
	bool was_told;

	v->is_out = keeper_revoke(v->inst->keeper, v->conf, &was_told, &why, err);
	json_member_bool(w, "told", was_told);
	json_member_or_null(w, "note", str_from(was_told ? "" : why.msg));
	return v->is_out;
}

/* ---- looking ---- */

static void put_time(struct json_writer *w, const char *name, int64_t at_us)
{
	char text[CLOCK_TEXT_SIZE];

	json_member_or_null(w, name, at_us ? str_from(clock_format(at_us, text)) : STR(""));
}

static bool look(struct visit *v, struct json_writer *w, struct err *err)
{
	struct keeper_facts facts;

	(void)err;
	keeper_wake(v->inst->keeper, v->conf);
	keeper_look(v->inst->keeper, &facts);
	json_member(w, "connector", v->source->name);
	json_member(w, "state", facts.needs_login ? STR("needs_login") :
				facts.failing_since_us ? STR("failing") : STR("ok"));
	put_time(w, "logged_in_at", facts.login_us);
	put_time(w, "renewed_at", facts.fetched_us);
	put_time(w, "token_until", facts.access_until_us);
	put_time(w, "login_until", facts.login_until_us);
	put_time(w, "failing_since", facts.failing_since_us);
	return true;
}

void control_oauth_begin(struct serve *s, struct http_request *rq, struct json_object *body)
{
	visit(s, rq, body, begin);
}

void control_oauth_finish(struct serve *s, struct http_request *rq, struct json_object *body)
{
	visit(s, rq, body, finish);
}

void control_oauth_poll(struct serve *s, struct http_request *rq, struct json_object *body)
{
	visit(s, rq, body, poll_code);
}

void control_oauth_status(struct serve *s, struct http_request *rq, struct json_object *body)
{
	visit(s, rq, body, look);
}

void control_oauth_revoke(struct serve *s, struct http_request *rq, struct json_object *body)
{
	visit(s, rq, body, log_out);
}
