/* What the files of serve share. */
#pragma once

#include "base/buf.h"
#include "net/http.h"
#include "serve/serve.h"

struct json_object;
struct pool;

struct serve {
	struct serve_parts parts;
	const struct config *config;
	struct http *http, *control;
	struct pool *readers, *hashers;
	struct api *api;
	int64_t started_us;
	int64_t tls_ends_us;		/* of the certificate in use; 0: no TLS of our own */
	bool is_draining, is_activated;
	int64_t last_reload_us;
	bool was_reload_good;
};

void serve_health(struct serve *s, struct http_request *rq);
void serve_ready(struct serve *s, struct http_request *rq);
void serve_login_answer(struct serve *s, struct http_request *rq);	/* GET /oauth/callback */
void serve_metrics(struct serve *s, struct http_request *rq);
/* Is who asks allowed to see details: over a unix socket, or from loopback without a proxy. */
bool serve_may_see(struct serve *s, struct http_request *rq);

void serve_put_oauth(struct serve *s, struct buf *b);	/* for serve_metrics() */
/* A failure as the control socket tells it. */
void control_reply_error(struct http_request *rq, const struct err *err);
void control_handle(struct http_request *rq, void *arg);
void control_reply_error(struct http_request *rq, const struct err *err);
/* control_audit.c */
void control_audit(struct serve *s, struct http_request *rq, struct json_object *body);
/* control_fetch.c */
void control_fetch(struct serve *s, struct http_request *rq, struct json_object *body);
/* control_folders.c */
void control_folders(struct serve *s, struct http_request *rq, struct json_object *body);
/* Who asks over the control socket: "root", "uid 1000". */
void control_by(struct http_request *rq, char *out, size_t size);
/* control_import.c */
void control_import_begin(struct serve *s, struct http_request *rq, struct json_object *body);
void control_import_end(struct serve *s, struct http_request *rq, struct json_object *body);
void control_import_undo(struct serve *s, struct http_request *rq, struct json_object *body);
struct buf;
struct store;
/* metrics_retention.c */
bool metrics_put_retention(struct store *st, struct buf *b, struct err *err);
/* control_pause.c */
void control_pause(struct serve *s, struct http_request *rq, struct json_object *body);
void control_resume(struct serve *s, struct http_request *rq, struct json_object *body);
void control_sync(struct serve *s, struct http_request *rq, struct json_object *body);
/* control_people.c */
void control_erase(struct serve *s, struct http_request *rq, struct json_object *body);
void control_people(struct serve *s, struct http_request *rq, struct json_object *body);
/* control_token.c */
void control_token_create(struct serve *s, struct http_request *rq, struct json_object *body);
void control_token_revoke(struct serve *s, struct http_request *rq, struct json_object *body);
/* control_user.c */
void control_user_password(struct serve *s, struct http_request *rq, struct json_object *body);
void control_user_totp(struct serve *s, struct http_request *rq, struct json_object *body);
void control_session_revoke(struct serve *s, struct http_request *rq, struct json_object *body);
void control_login_link(struct serve *s, struct http_request *rq, struct json_object *body);
/* control_webhook.c */
void control_webhook_add(struct serve *s, struct http_request *rq, struct json_object *body);
void control_webhook_remove(struct serve *s, struct http_request *rq, struct json_object *body);
void control_webhook_retry(struct serve *s, struct http_request *rq, struct json_object *body);
void control_webhook_rotate(struct serve *s, struct http_request *rq, struct json_object *body);
void control_webhook_test(struct serve *s, struct http_request *rq, struct json_object *body);
/* control_reconcile.c */
void control_reconcile(struct serve *s, struct http_request *rq, struct json_object *body);
void control_reconcile_progress(struct serve *s, struct http_request *rq, struct json_object *body);
