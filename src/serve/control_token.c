/* The control socket's part of `daybook token`. */
#include <stdlib.h>

#include "api/token.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "serve/inside.h"

enum { MAX_JSON = 4096 };

static void on_changed(void *arg, const char *token, const struct err *err)
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
	json_member_or_null(&w, "token", str_from(token));
	json_close(&w, '}');
	http_reply(rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

static bool read_expiry(struct json_object *body, int64_t *expires_us, struct err *err)
{
	int64_t after_us = 0, now_us = clock_wall_us();

	*expires_us = 0;
	if (json_get(body, "expires_in_us") == NULL)
		return true;
	*expires_us = json_int(json_get(body, "expires_in_us"), &after_us) && after_us > 0 && after_us <= INT64_MAX - now_us
			      ? now_us + after_us : 0;
	return *expires_us != 0 || err_setf(err, ERR_INPUT, "expires_in_us is a number of microseconds");
}

void control_token_create(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct token_wish wish = { .name = json_str(body, "name"), .role = json_str(body, "role"),
				   .staff = json_str(body, "staff") };
	char by[32];
	struct err err;

	control_by(rq, by, sizeof(by));
	wish.by = str_from(by);
	if (!read_expiry(body, &wish.expires_us, &err) || !token_create(s->api, &wish, on_changed, rq, &err))
		control_reply_error(rq, &err);
}

void control_token_revoke(struct serve *s, struct http_request *rq, struct json_object *body)
{
	char by[32];
	struct err err;

	control_by(rq, by, sizeof(by));
	if (!token_revoke(s->api, json_str(body, "name"), str_from(by), on_changed, rq, &err))
		control_reply_error(rq, &err);
}
