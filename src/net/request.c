#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "net/conn.h"

static const struct evkeyvalq *headers_of(const struct http_request *rq)
{
	return evhttp_request_get_input_headers(rq->evrq);
}

struct str http_method(const struct http_request *rq)
{
	switch (evhttp_request_get_command(rq->evrq)) {
	case EVHTTP_REQ_POST: return STR("POST");
	case EVHTTP_REQ_PUT: return STR("PUT");
	case EVHTTP_REQ_DELETE: return STR("DELETE");
	case EVHTTP_REQ_PATCH: return STR("PATCH");
	case EVHTTP_REQ_OPTIONS: return STR("OPTIONS");
	default: return STR("GET");
	}
}

bool http_is_head(const struct http_request *rq)
{
	return rq->is_head;
}

struct str http_path(const struct http_request *rq)
{
	struct str uri = str_from(rq->uri);

	return str_sub(uri, 0, str_chr(uri, '?'));
}

struct str http_query(const struct http_request *rq)
{
	struct str uri = str_from(rq->uri);
	size_t mark = str_chr(uri, '?');

	return str_sub(uri, mark == STR_NONE ? uri.len : mark + 1, STR_NONE);
}

struct str http_header(const struct http_request *rq, const char *name)
{
	return str_from(evhttp_find_header(headers_of(rq), name));
}

unsigned http_header_count(const struct http_request *rq, const char *name)
{
	const struct evkeyval *kv;
	unsigned n = 0;

	TAILQ_FOREACH(kv, headers_of(rq), next)
		n += strcasecmp(kv->key, name) == 0;
	return n;
}

struct str http_body(const struct http_request *rq)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(rq->evrq);
	size_t n = evbuffer_get_length(in);

	if (n == 0)
		return STR("");
	return (struct str){ (const char *)evbuffer_pullup(in, -1), n };
}

int64_t http_received_us(const struct http_request *rq)
{
	return rq->received_us;
}

/* ---- who asks ---- */

static void direct_peer(const struct sockaddr_storage *peer, char out[INET6_ADDRSTRLEN])
{
	const struct in6_addr *a6 = &((const struct sockaddr_in6 *)peer)->sin6_addr;

	memcpy(out, "unknown", 8);
	if (peer->ss_family == AF_UNIX)
		memcpy(out, "unix", 5);
	else if (peer->ss_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, out,
			  INET6_ADDRSTRLEN);
	else if (peer->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(a6))
		inet_ntop(AF_INET, a6->s6_addr + 12, out, INET6_ADDRSTRLEN);
	else if (peer->ss_family == AF_INET6)
		inet_ntop(AF_INET6, a6, out, INET6_ADDRSTRLEN);
}

/* "203.0.113.9", "203.0.113.9:4711", "2001:db8::1" or "[2001:db8::1]:4711", rewritten. */
static bool read_hop(struct str hop, char out[INET6_ADDRSTRLEN])
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];

	if (str_starts(hop, STR("[")))
		hop = str_sub(hop, 1, str_chr(hop, ']') - 1);
	else if (str_chr(hop, ':') == str_rchr(hop, ':'))
		hop = str_sub(hop, 0, str_chr(hop, ':'));
	if (hop.len == 0 || hop.len >= sizeof(text))
		return false;
	memcpy(text, hop.ptr, hop.len);
	text[hop.len] = '\0';
	if (inet_pton(AF_INET, text, address) == 1)
		return inet_ntop(AF_INET, address, out, INET6_ADDRSTRLEN) != NULL;
	return inet_pton(AF_INET6, text, address) == 1 &&
	       inet_ntop(AF_INET6, address, out, INET6_ADDRSTRLEN) != NULL;
}

/* The last hop is the one our own proxy wrote; what stands before it anybody may have sent. */
static bool forwarded_peer(const struct http_request *rq, char out[INET6_ADDRSTRLEN])
{
	const struct evkeyval *kv;
	const char *last = NULL;
	struct str hops;

	TAILQ_FOREACH(kv, headers_of(rq), next)
		if (strcasecmp(kv->key, "X-Forwarded-For") == 0)
			last = kv->value;
	hops = str_from(last);
	if (str_rchr(hops, ',') != STR_NONE)
		hops = str_sub(hops, str_rchr(hops, ',') + 1, STR_NONE);
	return read_hop(str_trim(hops), out);
}

struct str http_peer(const struct http_request *rq)
{
	struct conn *c = conn_of(rq);

	if (c->rq.peer[0] == '\0' && !(c->is_proxied && forwarded_peer(rq, c->rq.peer)))
		direct_peer(&c->peer, c->rq.peer);
	return str_from(c->rq.peer);
}

static bool is_forwarded(const struct http_request *rq)
{
	static const char *const names[] = { "Forwarded", "X-Forwarded-For", "X-Forwarded-Host",
					     "X-Forwarded-Proto", "X-Real-IP", "Via" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (evhttp_find_header(headers_of(rq), names[i]) != NULL)
			return true;
	return false;
}

static bool is_loopback(const struct sockaddr_storage *peer)
{
	const struct in6_addr *a6 = &((const struct sockaddr_in6 *)peer)->sin6_addr;

	if (peer->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)peer)->sin_addr.s_addr) >> 24 == 127;
	return peer->ss_family == AF_INET6 &&
	       (IN6_IS_ADDR_LOOPBACK(a6) || (IN6_IS_ADDR_V4MAPPED(a6) && a6->s6_addr[12] == 127));
}

bool http_is_local(const struct http_request *rq)
{
	const struct conn *c = conn_of(rq);

	return (c->peer.ss_family == AF_UNIX || is_loopback(&c->peer)) && !is_forwarded(rq);
}

bool http_is_encrypted(const struct http_request *rq)
{
	return conn_of(rq)->is_tls;
}

bool http_is_proxied(const struct http_request *rq)
{
	return conn_of(rq)->is_proxied && is_forwarded(rq);
}

bool http_peer_user(const struct http_request *rq, unsigned *uid, unsigned *gid)
{
	const struct conn *c = conn_of(rq);
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (c->peer.ss_family != AF_UNIX || c->bev == NULL ||
	    getsockopt(bufferevent_getfd(c->bev), SOL_SOCKET, SO_PEERCRED, &cred, &size) != 0)
		return false;
	*uid = cred.uid;
	*gid = cred.gid;
	return true;
}

/* ---- percent-encoding ---- */

bool http_decode(struct str raw, bool plus_is_blank, char *out, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.ptr[i];

		if (c == '%') {
			int high = i + 1 < raw.len ? str_hex_digit(raw.ptr[i + 1]) : -1;
			int low = i + 2 < raw.len ? str_hex_digit(raw.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return false;
		out[n++] = c;
	}
	*len = n;
	return n == 0 || str_is_utf8((struct str){ out, n });
}
