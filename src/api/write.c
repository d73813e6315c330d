/* Requests that change something: a handler leaves a deed, the writer does it in its transaction, with the answer that an
 * Idempotency-Key is to find again, and the loop answers once that is durable. */
#include "api/call.h"
#include "base/mem.h"
#include "ingest/ingest.h"

/* ---- on the writer's thread ---- */

void call_forget_reply(struct call *c)
{
	free(c->reply.bytes);
	c->reply.bytes = NULL;
	c->reply.n_headers = c->n_headers_before;
	c->reply.status = 200;
	c->reply.type = "application/json";
	buf_clear(&c->reply.json);
	c->secret = (struct str){ NULL, 0 };
}

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct call *c = (struct call *)job;
	bool is_answered;

	c->st = st;
	call_forget_reply(c);
	if (!once_find(c, &is_answered, err))
		return false;
	if (is_answered)
		return true;
	return c->deed(c, err) && (c->reply.status >= 400 || once_keep(c, err));
}

/* A message that dies by what it holds is a dead letter, and that is an answer. */
static bool condemn(struct job *job, const struct err *err)
{
	struct intake *in = ((struct call *)job)->intake;

	return in != NULL && in->job.condemn != NULL && in->job.condemn(&in->job, err);
}

/* Behind what is kept under a key. */
static void add_secret(struct call *c)
{
	struct json_writer w = { .out = &c->reply.json, .needs_comma = true };

	buf_truncate(&c->reply.json, c->reply.json.len - 1);
	json_member(&w, c->secret_name, c->secret);
	json_close(&w, '}');
}

static void done(struct job *job, const struct err *err)
{
	struct call *c = (struct call *)job;

	c->st = NULL;
	if (err != NULL) {
		call_forget_reply(c);
		problem_of(c, err);
	} else if (c->secret.len > 0 && c->reply.status < 300) {
		add_secret(c);
	}
	ingest_call_loop(c->api->parts.ingest, call_send, c);
}

void call_write(struct call *c)
{
	struct err why;

	c->n_headers_before = c->reply.n_headers;
	c->job = (struct job){ .apply = apply, .done = done, .condemn = condemn, .bytes = sizeof(*c) + c->body.len + arena_used(c->arena) };
	if (!writer_submit(c->api->parts.writer, &c->job, &why))
		done(&c->job, &why);
}

/* ---- what deeds share ---- */

struct str call_by(struct call *c)
{
	return c->token.staff.len ? c->token.staff : arena_strf(c->arena, "token " STR_FMT, STR_ARG(c->token.name));
}

void call_created(struct call *c, struct str path)
{
	c->reply.status = 201;
	call_header(c, "Location", arena_str(c->arena, path).ptr);
}

/* "v7", or as it was told: "v7.3f…". A weak one matches nothing. */
static bool is_version(struct str tag, int64_t version)
{
	int64_t n;

	tag = str_trim(tag);
	if (!str_starts(tag, STR("\"v")) || !str_ends(tag, STR("\"")))
		return false;
	tag = str_sub(tag, 2, tag.len - 3);
	return str_int64(str_sub(tag, 0, str_chr(tag, '.')), &n) && n == version;
}

bool call_has_good_condition(struct call *c)
{
	struct str rest = c->if_match, tag;

	if (!c->has_if_match)
		return true;
	while (str_next(&rest, ',', &tag))
		if (str_trim(tag).len > 0)
			return true;
	return !problem(c, 400, "bad-if-match", "If-Match is empty: send the ETag or the version as \"v7\", or leave it out to write whatever "
			"it is at");
}

bool call_matches(struct call *c, int64_t version)
{
	struct str rest = c->if_match, tag;

	if (!c->has_if_match)
		return true;
	while (str_next(&rest, ',', &tag))
		if (str_eq(str_trim(tag), STR("*")) || is_version(tag, version))
			return true;
	call_header(c, "ETag", arena_strf(c->arena, "\"v%lld\"", (long long)version).ptr);
	return !problem(c, 412, "changed", "it is at version %lld now; look at it again, and send If-Match with that",
			(long long)version);
}
