#include "access.h"

#include "base/crypto.h"

enum { MAX_DELIVERY_ID = 255, QUERY_ROOM = 64 * 1024, MAX_SHOWN = 100 };

static struct str without_slash(struct str url)
{
	return str_ends(url, STR("/")) ? str_sub(url, 0, url.len - 1) : url;
}

static bool is_listed(const struct form_conf *cf, struct str origin)
{
	for (size_t i = 0; i < cf->origins.n_items; i++)
		if (str_ieq(without_slash(str_from(cf->origins.items[i])), origin))
			return true;
	return false;
}

static bool check_token(const struct form_conf *cf, const struct request *rq, struct err *err)
{
	struct str sent = request_header(rq, "X-Form-Token");
	struct arena *arena = arena_create(QUERY_ROOM);
	bool is_right;

	if (sent.len == 0)
		sent = request_query(rq, STR("token"), arena);
	is_right = secret_bytes(cf->token).len > 0 && secret_is(cf->token, sent);
	if (!is_right)
		err_setf(err, ERR_DENIED, sent.len == 0 ?
			 "the token is missing (?token= or X-Form-Token)" : "the token is not ours");
	arena_destroy(arena);
	return is_right;
}

bool form_verify(const void *conf, const struct request *rq, struct err *err)
{
	const struct form_conf *cf = conf;
	struct str origin = request_header(rq, "Origin");

	if (cf->token != NULL && !check_token(cf, rq, err))
		return false;
	/* A server that posts sends no Origin: the token alone has to do, where there is one. */
	if (cf->origins.n_items == 0 || (origin.len == 0 && cf->token != NULL))
		return true;
	if (origin.len == 0)
		return err_setf(err, ERR_DENIED, "Origin is missing and the form has no token");
	if (!is_listed(cf, origin))
		return err_setf(err, ERR_DENIED, "Origin \"" STR_FMT "\" is not one of origins",
				STR_ARG(str_sub(origin, 0, MAX_SHOWN)));
	return true;
}

static void allow_origin(const struct form_conf *cf, const struct request *rq, struct reply *rp)
{
	struct str origin = request_header(rq, "Origin");

	if (origin.len > 0 && (cf->origins.n_items == 0 || is_listed(cf, origin)))
		rp->allow_origin = arena_str(rp->arena, origin);
}

bool form_preflight(const void *conf, const struct request *rq, struct reply *rp, struct err *err)
{
	(void)err;
	rp->status = 204;
	allow_origin(conf, rq, rp);
	return true;
}

void form_thanks(const void *conf, const struct request *rq, struct reply *rp)
{
	const struct form_conf *cf = conf;

	allow_origin(cf, rq, rp);
	if (str_ifind(request_header(rq, "Accept"), STR("application/json")) != STR_NONE) {
		rp->status = 200;
		rp->content_type = STR("application/json");
		rp->body = STR("{\"ok\":true}");
	} else if (cf->redirect_to != NULL) {
		rp->status = 303;
		rp->location = str_from(cf->redirect_to);
	} else {
		rp->status = 200;
		rp->content_type = STR("text/plain");
		rp->body = STR("OK\n");
	}
}

struct str form_delivery_id(const void *conf, const struct request *rq, struct arena *arena)
{
	struct str id = str_trim(request_header(rq, "Idempotency-Key"));
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	(void)conf;
	if (id.len <= MAX_DELIVERY_ID)
		return arena_str(arena, id);
	/* Cut short, two of them could become one. */
	crypto_sha256(id, digest);
	return arena_strf(arena, "sha256:%s", crypto_hex(digest, sizeof(digest), hex));
}
