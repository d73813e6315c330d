#include "api/browser.h"

#include <daybook/arena.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "conf/config.h"
#include "net/http.h"
#include "store/session.h"

enum { MAX_AGENT = 200, CSRF_CHARS = 32, MAX_COOKIE = 512 };

/* A browser takes a __Host- cookie over https alone; over plain http from this very machine there is nobody to take it. */
#define SECURE_NAME "__Host-daybook"
#define LOCAL_NAME "daybook-local"
#define SECURE_OIDC "__Host-daybook-oidc"
#define LOCAL_OIDC "daybook-oidc-local"

/* ---- pure ---- */

struct str cookie_find(struct str header, struct str name)
{
	struct str found = { NULL, 0 }, pair;

	while (str_next(&header, ';', &pair)) {
		size_t equals = str_chr(pair, '=');

		if (equals == STR_NONE || !str_eq(str_trim(str_sub(pair, 0, equals)), name))
			continue;
		if (found.ptr != NULL)
			return (struct str){ NULL, 0 };
		found = str_trim(str_sub(pair, equals + 1, STR_NONE));
	}
	return found;
}

static bool is_port(struct str text)
{
	int64_t port;

	return text.len == 0 || (text.ptr[0] == ':' && str_int64(str_sub(text, 1, STR_NONE), &port) && port > 0 && port < 65536);
}

static bool is_127(struct str host)
{
	for (size_t i = 0; i < host.len; i++)
		if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9'))
			return false;
	return str_starts(host, STR("127."));
}

bool host_is_loopback(struct str host)
{
	size_t end = str_starts(host, STR("[")) ? str_chr(host, ']') : str_chr(host, ':');
	struct str name;

	if (str_starts(host, STR("[")))
		return end != STR_NONE && str_eq(str_sub(host, 0, end + 1), STR("[::1]")) && is_port(str_sub(host, end + 1, STR_NONE));
	name = str_sub(host, 0, end);
	return (str_ieq(name, STR("localhost")) || is_127(name)) && (end == STR_NONE || is_port(str_sub(host, end, STR_NONE)));
}

bool browser_may_log_in(const struct browser *b)
{
	return b->is_secure || b->is_local;
}

static struct str cookie(const struct browser *b, const char *name, struct str value, int life_s, struct arena *arena)
{
	return arena_strf(arena, "%s=" STR_FMT "; Path=/; HttpOnly; SameSite=Lax%s; Max-Age=%d", name, STR_ARG(value),
			  b->is_secure ? "; Secure" : "", value.len > 0 ? life_s : 0);
}

struct str browser_cookie(const struct browser *b, struct str token, struct arena *arena)
{
	return cookie(b, b->is_secure ? SECURE_NAME : LOCAL_NAME, token, SESSION_LIFE_S, arena);
}

struct str browser_oidc_cookie(const struct browser *b, struct str begun, struct arena *arena)
{
	return cookie(b, b->is_secure ? SECURE_OIDC : LOCAL_OIDC, begun, BROWSER_OIDC_S, arena);
}

struct str browser_csrf(struct str token, struct arena *arena)
{
	unsigned char md[SHA256_SIZE];
	struct str text;
	struct buf out;

	crypto_hmac_sha256(token, STR("csrf"), md);
	buf_init(&out, MAX_COOKIE);
	base64url_put(&out, (struct str){ (const char *)md, sizeof(md) });
	text = arena_str(arena, str_sub(buf_str(&out), 0, CSRF_CHARS));
	buf_finish(&out);
	return text;
}

bool browser_is_ours(const struct browser *b, struct arena *arena)
{
	struct str csrf = browser_csrf(b->session, arena);

	return b->own_origin.len > 0 && str_ieq(b->origin, b->own_origin) && b->csrf.len == csrf.len &&
	       crypto_equal(b->csrf.ptr, csrf.ptr, csrf.len);
}

/* ---- of a request ---- */

/* One, or it says nothing. */
static struct str header_of(struct http_request *rq, const char *name)
{
	return http_header_count(rq, name) == 1 ? http_header(rq, name) : (struct str){ NULL, 0 };
}

static struct str origin_of_url(struct str url)
{
	size_t begin = str_find(url, STR("://")), end;

	if (begin == STR_NONE)
		return (struct str){ NULL, 0 };
	end = str_chr(str_sub(url, begin + 3, STR_NONE), '/');
	return end == STR_NONE ? url : str_sub(url, 0, begin + 3 + end);
}

static bool is_https(struct http_request *rq, struct str public_url)
{
	if (!http_is_proxied(rq))
		return http_is_encrypted(rq);
	if (http_header_count(rq, "X-Forwarded-Proto") > 0)
		return str_ieq(header_of(rq, "X-Forwarded-Proto"), STR("https"));
	return str_istarts(public_url, STR("https://"));
}

/* Whom a browser reaches without a proxy it names in Host, and over TLS the certificate has vouched for that name. */
static struct str own_origin(const struct browser *b, bool is_direct, struct str public_url, struct str host, struct arena *arena)
{
	if (b->is_secure && is_direct)
		return arena_strf(arena, "https://" STR_FMT, STR_ARG(host));
	if (b->is_local)
		return arena_strf(arena, "http://" STR_FMT, STR_ARG(host));
	if (!b->is_secure)
		return (struct str){ NULL, 0 };
	return str_istarts(public_url, STR("https://")) ? arena_str(arena, origin_of_url(public_url))
							 : arena_strf(arena, "https://" STR_FMT, STR_ARG(host));
}

void browser_read(struct http_request *rq, const struct config *config, struct arena *arena, struct browser *b)
{
	struct str public_url = str_from(config->http.public_url), host = http_header(rq, "Host");

	*b = (struct browser){ .is_secure = is_https(rq, public_url), .is_local = http_is_local(rq) && !http_is_encrypted(rq) && host_is_loopback(host) };
	b->own_origin = own_origin(b, !http_is_proxied(rq), public_url, host, arena);
	b->origin = arena_str(arena, header_of(rq, "Origin"));
	b->csrf = arena_str(arena, header_of(rq, "X-Daybook-CSRF"));
	if (browser_may_log_in(b)) {
		b->session = arena_str(arena, cookie_find(header_of(rq, "Cookie"), b->is_secure ? STR(SECURE_NAME) : STR(LOCAL_NAME)));
		b->oidc = arena_str(arena, cookie_find(header_of(rq, "Cookie"), b->is_secure ? STR(SECURE_OIDC) : STR(LOCAL_OIDC)));
	}
	b->peer = arena_str(arena, http_peer(rq));
	b->agent = arena_str(arena, str_sub(http_header(rq, "User-Agent"), 0, MAX_AGENT));
	if (config->http.sign_in_header != NULL && http_is_proxied(rq))
		b->proxy_user = arena_str(arena, str_trim(header_of(rq, config->http.sign_in_header)));
	b->is_looking = http_is_head(rq) || http_header_count(rq, "Sec-Purpose") > 0 || http_header_count(rq, "Purpose") > 0;
}
