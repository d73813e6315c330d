/* The HTTP API of people and programs. The loop finds the route, a reader's thread does the rest, so that no query ever
 * runs on the loop. */
#pragma once

#include <stdbool.h>

struct api;
struct buf;
struct config;
struct http_request;
struct ingest;
struct parsers;
struct pool;
struct writer;

struct api_parts {			/* borrowed; outlive the api */
	struct ingest *ingest;
	struct writer *writer;
	struct parsers *parsers;
	struct pool *readers, *hashers;	/* empty before api_destroy() is called */
	const char *dir;		/* storage.path */
};

struct api *api_create(const struct api_parts *parts, const struct config *config);
void api_destroy(struct api *api);	/* NULL is fine */
void api_put_metrics(const struct api *api, struct buf *out);	/* loop */
void api_take_config(struct api *api, const struct config *config);
void api_drain(struct api *api);	/* the daemon stops: live streams end */
/* Loop. True: the request is the API's, and will be answered. */
bool api_handle(struct api *api, struct http_request *rq);
