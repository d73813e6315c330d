/* A request as connectors see it, over the HTTP layer's. */
#include "ingest/request.h"

#include "net/http.h"

struct str request_header(const struct request *rq, const char *name)
{
	return http_header(rq->headers, name);
}

struct str request_query(const struct request *rq, struct str name, struct arena *arena)
{
	struct str rest = rq->query, pair, value;
	size_t at, len;
	char *out;

	while (str_next(&rest, '&', &pair)) {
		at = str_chr(pair, '=');
		if (!str_eq(str_sub(pair, 0, at == STR_NONE ? pair.len : at), name))
			continue;
		value = at == STR_NONE ? STR("") : str_sub(pair, at + 1, pair.len);
		out = arena_alloc(arena, value.len + 1);
		if (out != NULL && http_decode(value, true, out, &len))
			return (struct str){ out, len };
		break;
	}
	return (struct str){ NULL, 0 };
}

struct request request_from_http(const struct http_request *rq, struct str below)
{
	return (struct request){
		.method = http_method(rq), .path = below, .query = http_query(rq),
		.body = http_body(rq), .peer = http_peer(rq), .headers = rq,
		.received_us = http_received_us(rq),
	};
}
