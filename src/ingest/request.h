#pragma once

#include <daybook/connector.h>

struct http_request;

/* below: the path behind /hooks/<name>. Valid as long as rq. */
struct request request_from_http(const struct http_request *rq, struct str below);
