/* The one list of what the API answers. Whatever is not a row of it is 404, also for tests and for the description of
 * the API, which are held against it. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct buf;
struct call;

enum { ROUTE_MAX_PARTS = 2 };

enum route_body { BODY_NONE, BODY_JSON, BODY_BYTES };	/* a JSON object (none at all is an empty one); whatever it is */

struct api_route {
	const char *method;		/* HEAD goes with GET */
	const char *path;		/* "/api/v1/contacts/{id}" */
	unsigned right;			/* enum right; 0: any token will do */
	bool is_public;			/* no token is asked for */
	/* Reader's thread. Fills call->reply, or leaves a deed to the writer (call.h); false: err says why not. */
	bool (*handle)(struct call *c, struct err *err);
	enum route_body takes;
	bool hashes;			/* a password: on threads of their own */
};

extern const struct api_route api_routes[];	/* ends with a NULL method */

enum route_result { ROUTE_FOUND, ROUTE_NONE, ROUTE_OTHER_METHOD };
/* parts: what stands where the path has braces. allow: room for the methods there are, with ROUTE_OTHER_METHOD. */
enum route_result route_find(struct str method, struct str path, const struct api_route **out,
			     struct str parts[ROUTE_MAX_PARTS], char allow[64]);
/* A JSON array of {method, path, right, public}. */
void routes_json(struct buf *out);
