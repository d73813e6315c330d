/* The control socket's part of `daybook webhook`. */
#include "api/webhook.h"
#include "base/id.h"
#include "base/json.h"
#include "serve/inside.h"

enum { MAX_JSON = 4096 };

static void on_changed(void *arg, int64_t id, const char *secret, const struct err *err)
{
	struct http_request *rq = arg;
	char text[ID_TEXT_SIZE];
	struct json_writer w;
	struct buf out;

	if (err != NULL) {
		control_reply_error(rq, err);
		return;
	}
	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "id", str_from(id_format(id, "whk_", text)));
	json_member_or_null(&w, "secret", str_from(secret));
	json_close(&w, '}');
	http_reply(rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

void control_webhook_add(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct webhook_wish wish = { .url = json_str(body, "url"), .role = json_str(body, "role"), .staff = json_str(body, "staff"),
				     .kinds = json_str(body, "kinds") };
	char by[32];
	struct err err;

	control_by(rq, by, sizeof(by));
	wish.by = str_from(by);
	if (!webhook_add(s->api, &wish, on_changed, rq, &err))
		control_reply_error(rq, &err);
}

static bool read_id(struct json_object *body, int64_t *id, struct err *err)
{
	return id_parse(json_str(body, "id"), "whk_", id) ||
	       err_setf(err, ERR_MISSING, "there is no webhook \"" STR_FMT "\"", STR_ARG(str_sub(json_str(body, "id"), 0, 40)));
}

static void change(struct serve *s, struct http_request *rq, struct json_object *body, enum webhook_action action)
{
	char by[32];
	struct err err;
	int64_t id;

	control_by(rq, by, sizeof(by));
	if (!read_id(body, &id, &err) || !webhook_change(s->api, action, id, str_from(by), on_changed, rq, &err))
		control_reply_error(rq, &err);
}

void control_webhook_remove(struct serve *s, struct http_request *rq, struct json_object *body)
{
	change(s, rq, body, WEBHOOK_REMOVE);
}

void control_webhook_retry(struct serve *s, struct http_request *rq, struct json_object *body)
{
	change(s, rq, body, WEBHOOK_RETRY);
}

void control_webhook_rotate(struct serve *s, struct http_request *rq, struct json_object *body)
{
	change(s, rq, body, WEBHOOK_ROTATE);
}

static void on_tested(void *arg, int64_t status, int64_t took_ms, const struct err *err)
{
	struct http_request *rq = arg;
	struct json_writer w;
	struct buf out;

	if (err != NULL) {
		control_reply_error(rq, err);
		return;
	}
	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member_int(&w, "status", status);
	json_member_int(&w, "took_ms", took_ms);
	json_close(&w, '}');
	http_reply(rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

void control_webhook_test(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct err err;
	int64_t id;

	if (!read_id(body, &id, &err) || !webhook_test(s->api, id, on_tested, rq, &err))
		control_reply_error(rq, &err);
}
