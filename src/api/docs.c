/* /openapi.yaml and /docs: what there is, without a token, since it tells of nobody. */
#include "api/call.h"
#include "api/handlers.h"
#include "openapi.h"

static bool put_text(struct call *c, const char *type, struct str text)
{
	if (!params_end(c))
		return true;
	c->reply.type = type;
	buf_add(&c->reply.json, text);
	return true;
}

bool api_openapi(struct call *c, struct err *err)
{
	(void)err;
	return put_text(c, "application/yaml", str_from(openapi));
}

bool api_docs(struct call *c, struct err *err)
{
	(void)err;
	call_header(c, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
	return put_text(c, "text/html; charset=utf-8", str_from(docs));
}
