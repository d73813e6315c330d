/* What a fuzz target must give a connector's library; normalize() calls none of it. */
#pragma once

#include <daybook/connector.h>

static const struct str nothing;

struct str secret_bytes(const struct secret *secret);
bool secret_is(const struct secret *secret, struct str candidate);

struct str secret_bytes(const struct secret *secret)
{
	(void)secret;
	return nothing;
}

bool secret_is(const struct secret *secret, struct str candidate)
{
	(void)secret;
	(void)candidate;
	return false;
}

struct str request_header(const struct request *rq, const char *name)
{
	(void)rq;
	(void)name;
	return nothing;
}

struct str request_query(const struct request *rq, struct str name, struct arena *arena)
{
	(void)rq;
	(void)name;
	(void)arena;
	return nothing;
}
