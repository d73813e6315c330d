#include "oauth/post.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/talk.h"

#define NAME "daybook-fetch"

enum { MAX_REQUEST = 64 << 10, MAX_REPLY = 8 * POST_MAX_ANSWER, GRACE_S = 5 };

void post_wipe(struct buf *b)
{
	if (b->ptr != NULL)
		explicit_bzero(b->ptr, b->room);
	buf_finish(b);
}

void post_answer_finish(struct post_answer *answer)
{
	post_wipe(&answer->body);
}

void post_field(struct buf *form, const char *name, struct str value)
{
	buf_addf(form, "%s%s=", form->len ? "&" : "", name);
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				c == '-' || c == '.' || c == '_' || c == '~';

		buf_addf(form, is_plain ? "%c" : "%%%02X", c);
	}
}

/* ---- the talk ---- */

static void put_request(const struct post *post, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "url", str_from(post->url));
	if (post->form.ptr != NULL)
		json_member(&w, "form", post->form);
	json_member_or_null(&w, "authorization", str_from(post->authorization));
	json_member_or_null(&w, "tls_ca", str_from(post->tls_ca));
	json_member_int(&w, "timeout_s", POST_TIMEOUT_S);
	json_close(&w, '}');
}

static bool read_reply(struct str text, struct post_answer *answer, struct err *err)
{
	auto_json struct json_object *reply = json_parse(text, 3, 20, err);
	struct str error = json_str(reply, "error");

	if (reply == NULL)
		return err_setf(err, ERR_AGAIN, NAME " ended without an answer");
	if (error.len > 0)
		return err_setf(err, json_true(json_get(reply, "is_lasting")) ? ERR_CONF : ERR_AGAIN, STR_FMT,
				STR_ARG(error));
	*answer = (struct post_answer){ 0 };
	json_int(json_get(reply, "status"), &answer->status);
	json_int(json_get(reply, "retry_after_s"), &answer->retry_after_s);
	buf_init(&answer->body, POST_MAX_ANSWER);
	buf_add(&answer->body, json_str(reply, "body"));
	return true;
}

bool post_by_program(const struct post *post, struct post_answer *answer, struct err *err)
{
	const struct talk how = { .folder = "fetch", .name = NAME,
				  .deadline_us = clock_mono_us() + (POST_TIMEOUT_S + GRACE_S) * US_PER_S,
				  .is_canceled = post->is_canceled, .arg = post->arg };
	struct buf request, reply;
	bool is_heard;

	buf_init(&request, MAX_REQUEST);
	buf_init(&reply, MAX_REPLY);
	put_request(post, &request);
	is_heard = !buf_is_exceeded(&request) ? talk(&how, buf_str(&request), &reply, err) && read_reply(buf_str(&reply), answer, err) :
						err_setf(err, ERR_AGAIN, "the request is too large");
	post_wipe(&request);
	post_wipe(&reply);
	return is_heard;
}
