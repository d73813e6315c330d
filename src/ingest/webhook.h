/* One webhook request from its socket to its answer: route, verify, raw, normalize (here or in a
 * parser), commit, and only then 200. Loop thread. */
#pragma once

struct http_request;
struct ingest;
struct instance;
struct request;

/* Answers rq, now or after the commit. inst: what the path named; is enabled. */
void webhook_handle(struct ingest *g, struct instance *inst, struct http_request *rq,
		    const struct request *seen);
