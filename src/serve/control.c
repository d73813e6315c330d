/* The control socket: what the CLI changes goes through the daemon, whose writer is the only one. Loop
 * thread; every answer is one JSON object. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/decision.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/note.h"
#include "ingest/policy.h"
#include "ingest/retention.h"
#include "ingest/retry.h"
#include "serve/control_oauth.h"
#include "serve/inside.h"

enum { MAX_JSON = 64 << 10 };

/* One request on its way through a worker and the writer. */
struct errand {
	struct serve *serve;
	struct http_request *rq;
	struct intake *intake;
	struct job job;			/* of those that need no intake */
	struct decision decision;
	struct source_list sources;	/* for a retry */
	char by[32];
	struct err err;
};

/* ---- answers ---- */

static int status_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_MISSING: return 404;
	case ERR_INPUT:
	case ERR_LIMIT:
	case ERR_LOGIN:
	case ERR_CONF: return 422;
	case ERR_DENIED: return 403;
	default: return 503;
	}
}

void control_reply_error(struct http_request *rq, const struct err *err)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "error", str_from(err->msg));
	json_member(&w, "kind", str_from(err_kind_name(err->kind)));
	json_close(&w, '}');
	http_reply(rq, status_of(err->kind), "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

static void put_counts(struct json_writer *w, const struct intake *in)
{
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		json_member_int(w, outcome_name((enum outcome)o), in->counts[o]);
	json_member_int(w, "journal", in->journal_id);
	if (in->verdict.kind != ERR_NONE)
		json_member(w, "reason", str_from(in->verdict.msg));
}

static void reply_outcome(struct http_request *rq, const struct intake *in)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "outcome", str_from(outcome_name(in ? in->outcome : OUTCOME_STORED)));
	if (in != NULL)
		put_counts(&w, in);
	json_close(&w, '}');
	http_reply(rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

static void errand_over(void *arg)
{
	struct errand *e = arg;

	if (e->err.kind == ERR_NONE)
		reply_outcome(e->rq, e->intake);
	else
		control_reply_error(e->rq, &e->err);
	intake_destroy(e->intake);
	source_list_clear(&e->sources);
	ingest_leave(e->serve->parts.ingest);
	free(e);
}

static void finish(struct errand *e, const struct err *err)
{
	e->err = err ? *err : (struct err){ .kind = ERR_NONE };
	ingest_call_loop(e->serve->parts.ingest, errand_over, e);
}

static void on_finished(struct intake *in, const struct err *err)
{
	finish(in->arg, err);
}

static void on_job_done(struct job *job, const struct err *err)
{
	finish((struct errand *)((char *)job - offsetof(struct errand, job)), err);
}

void control_by(struct http_request *rq, char *out, size_t size)
{
	unsigned uid = 0, gid = 0;

	http_peer_user(rq, &uid, &gid);
	if (uid == 0)
		snprintf(out, size, "root");
	else
		snprintf(out, size, "uid %u", uid);
}

static struct errand *errand_create(struct serve *s, struct http_request *rq)
{
	struct errand *e = xnew(struct errand);

	e->serve = s;
	e->rq = rq;
	control_by(rq, e->by, sizeof(e->by));
	ingest_enter(s->parts.ingest);
	return e;
}

static void submit_intake(struct errand *e)
{
	struct err why;

	if (!writer_submit(e->serve->parts.writer, &e->intake->job, &why))
		finish(e, &why);
}

static void run_on_worker(struct errand *e, void (*fn)(void *arg))
{
	struct err busy;

	if (pool_run(ingest_parse_pool(e->serve->parts.ingest), fn, e))
		return;
	err_setf(&busy, ERR_AGAIN, "too many requests wait for a parser");
	finish(e, &busy);
}

/* ---- import: one message a request ---- */

static struct str copy_header(struct http_request *rq, const char *name, struct arena *arena)
{
	struct str value = http_header(rq, name);

	return str_chr(value, '\n') == STR_NONE ? arena_str(arena, value) : STR("");
}

/* A file imported again is the same delivery, also when it could not be read the first time. */
static void name_delivery(struct intake *in)
{
	unsigned char md[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	crypto_sha256(in->raw.body, md);
	in->raw.id = arena_strf(in->arena, "sha256:%s", crypto_hex(md, sizeof(md), hex));
}

static void import_parse(void *arg)
{
	struct errand *e = arg;
	struct err err;

	if (e->intake->retries == 0)
		name_delivery(e->intake);

	if (retry_parse(e->intake, e->serve->parts.parsers, e->serve->parts.dir, &err))
		submit_intake(e);
	else
		finish(e, &err);
}

static void handle_import(struct serve *s, struct http_request *rq)
{
	struct errand *e = errand_create(s, rq);
	struct str body = http_body(rq);
	struct intake *in = intake_create(ingest_import_source(s->parts.ingest),
					  policy_arena_bytes(body.len));
	struct str origin = copy_header(rq, "x-daybook-origin", in->arena);
	struct str hint = copy_header(rq, "x-daybook-folder-hint", in->arena);
	struct str date = copy_header(rq, "x-daybook-internaldate", in->arena);

	e->intake = in;
	id_parse(http_header(rq, "x-daybook-import"), "imp_", &in->import);
	in->raw.body = body;
	in->raw.content_type = STR("message/rfc822");
	in->raw.received_us = http_received_us(rq);
	in->raw.meta = arena_strf(in->arena, "%s" STR_FMT "%s%s" STR_FMT "%s%s" STR_FMT "%s",
				  origin.len ? "origin: " : "", STR_ARG(origin), origin.len ? "\n" : "",
				  hint.len ? "folder_hint: " : "", STR_ARG(hint), hint.len ? "\n" : "",
				  date.len ? "internaldate: " : "", STR_ARG(date), date.len ? "\n" : "");
	in->job.is_patient = true;	/* who imports sends many at a time */
	in->finished = on_finished;
	in->arg = e;
	run_on_worker(e, import_parse);
}

/* How far an import has come, so that it can go on after an interruption. */
static void handle_import_mark(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = errand_create(s, rq);
	struct intake *in = intake_create(ingest_import_source(s->parts.ingest), 1 << 20);

	e->intake = in;
	in->is_mark = true;
	in->outcome = OUTCOME_STORED;
	in->cursor_key = arena_str(in->arena, json_str(body, "key"));
	in->cursor_value = arena_str(in->arena, json_str(body, "value"));
	in->finished = on_finished;
	in->arg = e;
	submit_intake(e);
}

/* ---- decisions ---- */

static bool wants_id(struct json_object *body, const char *name, const char *prefix, int64_t *id,
		     struct err *err)
{
	struct str text = json_str(body, name);

	return id_parse(text, prefix, id) ||
	       err_setf(err, ERR_INPUT, "%s: \"" STR_FMT "\" is not an id (%s and 13 characters)", name,
			STR_ARG(str_sub(text, 0, 60)), prefix);
}

static void handle_note(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct decision d = { .text = str_trim(json_str(body, "text")), .hand.direction = direction_from(json_str(body, "direction")) };
	struct errand *e;
	struct err err;

	json_int(json_get(body, "occurred_us"), &d.hand.occurred_us);
	json_int(json_get(body, "duration_s"), &d.hand.duration_s);
	if (!wants_id(body, "contact", "con_", &d.contact, &err) || !note_check(json_str(body, "kind"), &d, &err)) {
		control_reply_error(rq, &err);
		return;
	}
	e = errand_create(s, rq);
	d.by = str_from(e->by);
	e->intake = note_create(ingest_people_source(s->parts.ingest), &d);
	e->intake->outcome = OUTCOME_STORED;
	e->intake->finished = on_finished;
	e->intake->arg = e;
	submit_intake(e);
}

static bool apply_drop(struct job *job, struct store *st, struct err *err)
{
	struct errand *e = (struct errand *)((char *)job - offsetof(struct errand, job));

	return decision_drop(&e->decision, 0, st, err);
}

static void handle_drop(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e;
	struct err err, why;
	int64_t id;

	if (!wants_id(body, "dead_letter", "dl_", &id, &err)) {
		control_reply_error(rq, &err);
		return;
	}
	e = errand_create(s, rq);
	e->decision = (struct decision){ .what = DECISION_DROP, .dead_letter = id,
					 .by = str_from(e->by) };
	e->job = (struct job){ .apply = apply_drop, .done = on_job_done, .bytes = sizeof(*e) };
	if (!writer_submit(s->parts.writer, &e->job, &why))
		finish(e, &why);
}

static void retry_on_worker(void *arg)
{
	struct errand *e = arg;
	struct err err;

	e->intake = retry_load(&e->sources, e->decision.dead_letter, e->decision.by,
			       e->serve->parts.dir, &err);
	if (e->intake == NULL) {
		finish(e, &err);
		return;
	}
	e->intake->finished = on_finished;
	e->intake->arg = e;
	import_parse(e);
}

static void handle_retry(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e;
	struct err err;
	int64_t id;

	if (!wants_id(body, "dead_letter", "dl_", &id, &err)) {
		control_reply_error(rq, &err);
		return;
	}
	e = errand_create(s, rq);
	e->decision = (struct decision){ .what = DECISION_RETRY, .dead_letter = id,
					 .by = str_from(e->by) };
	ingest_take_sources(s->parts.ingest, &e->sources);
	run_on_worker(e, retry_on_worker);
}

static void reload_over(const struct err *err, void *arg)
{
	struct errand *e = arg;

	e->err = err ? *err : (struct err){ .kind = ERR_NONE };
	errand_over(e);
}

static void handle_reload(struct serve *s, struct http_request *rq, struct json_object *body)
{
	(void)body;
	s->parts.reload(s->parts.arg, reload_over, errand_create(s, rq));
}

static void handle_retention(struct serve *s, struct http_request *rq, struct json_object *body)
{
	(void)body;
	retention_wake(s->parts.ingest);
	http_reply(rq, 200, "application/json", STR("{}"), NULL);
}

static void handle_ping(struct serve *s, struct http_request *rq, struct json_object *body)
{
	char at[CLOCK_TEXT_SIZE];
	struct json_writer w;
	struct buf out;

	(void)body;
	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "version", STR(DAYBOOK_VERSION));
	json_member_int(&w, "pid", getpid());
	json_member_int(&w, "uptime_s", (clock_wall_us() - s->started_us) / US_PER_S);
	json_member(&w, "last_reload_at", str_from(clock_format(s->last_reload_us, at)));
	json_member_bool(&w, "was_reload_good", s->was_reload_good);
	json_close(&w, '}');
	http_reply(rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

/* ---- routing ---- */

static bool may_control(struct http_request *rq)
{
	unsigned uid, gid;

	return http_peer_user(rq, &uid, &gid) && (uid == 0 || uid == getuid() || gid == getgid());
}

void control_handle(struct http_request *rq, void *arg)
{
	static const struct {
		const char *path;
		void (*fn)(struct serve *s, struct http_request *rq, struct json_object *body);
	} calls[] = {
		{ "/ping", handle_ping }, { "/note", handle_note }, { "/dead-letter/drop", handle_drop },
		{ "/dead-letter/retry", handle_retry }, { "/import/mark", handle_import_mark },
		{ "/import/begin", control_import_begin }, { "/import/end", control_import_end }, { "/import/undo", control_import_undo },
		{ "/reload", handle_reload }, { "/audit", control_audit }, { "/fetch", control_fetch }, { "/folders", control_folders },
		{ "/people", control_people }, { "/erase", control_erase }, { "/retention/run", handle_retention },
		{ "/connector/pause", control_pause }, { "/connector/resume", control_resume }, { "/connector/sync", control_sync },
		{ "/reconcile", control_reconcile }, { "/reconcile/progress", control_reconcile_progress },
		{ "/oauth/begin", control_oauth_begin },
		{ "/oauth/finish", control_oauth_finish }, { "/oauth/poll", control_oauth_poll },
		{ "/webhook/add", control_webhook_add }, { "/webhook/remove", control_webhook_remove },
		{ "/webhook/retry", control_webhook_retry }, { "/webhook/rotate", control_webhook_rotate },
		{ "/webhook/test", control_webhook_test },
		{ "/token/create", control_token_create }, { "/token/revoke", control_token_revoke },
		{ "/user/password", control_user_password }, { "/user/totp", control_user_totp },
		{ "/session/revoke", control_session_revoke }, { "/login-link", control_login_link },
		{ "/oauth/status", control_oauth_status }, { "/oauth/revoke", control_oauth_revoke },
	};
	struct str path = http_path(rq);
	auto_json struct json_object *body = NULL;
	struct err err;

	if (!may_control(rq)) {
		http_problem(rq, 403, "only root, the daemon's own user and its group may do this", NULL);
		return;
	}
	if (str_eq(path, STR("/import"))) {
		handle_import(arg, rq);
		return;
	}
	body = json_parse(http_body(rq).len ? http_body(rq) : STR("{}"), 4, 1000, &err);
	if (body == NULL) {
		control_reply_error(rq, &err);
		return;
	}
	for (size_t i = 0; i < countof(calls); i++) {
		if (str_eq(path, str_from(calls[i].path))) {
			calls[i].fn(arg, rq, body);
			return;
		}
	}
	http_problem(rq, 404, "this daybookd does not know that command; are both of one version?", NULL);
}
