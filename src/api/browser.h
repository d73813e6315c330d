/* What a request says of the browser that it may come from: its cookie, and whether another site has sent it. */
#pragma once

#include <daybook/str.h>

struct arena;
struct config;
struct http_request;

enum { SESSION_CHARS = 47 };		/* dbs_ and 32 bytes as base64url */
enum { BROWSER_OIDC_S = 600 };		/* how long somebody may take at a provider */

struct browser {
	bool is_secure;			/* https as far as we, or a proxy that is trusted, can tell */
	bool is_local;			/* from this machine to this machine, under its own name, forwarded by nobody */
	struct str own_origin;		/* "https://crm.acme.example": what Origin has to be */
	struct str origin, csrf;	/* as sent */
	struct str session;		/* the cookie's value; empty: none */
	struct str oidc;		/* of a sign-in with a provider that this browser has begun; empty: none */
	struct str peer, agent;
	struct str proxy_user;		/* whom a trusted proxy says it is; empty: it says nothing */
	bool is_looking;		/* HEAD, or a page that is fetched before anybody wants it */
};

/* Loop. Texts live in arena. */
void browser_read(struct http_request *rq, const struct config *config, struct arena *arena, struct browser *b);
/* A password in the clear across a network is no password. */
bool browser_may_log_in(const struct browser *b);
/* Pure, like all below. Set-Cookie; token empty: it is taken away. */
struct str browser_cookie(const struct browser *b, struct str token, struct arena *arena);
/* The same for a sign-in with a provider. */
struct str browser_oidc_cookie(const struct browser *b, struct str begun, struct arena *arena);
/* What X-Daybook-CSRF has to be in a session. */
struct str browser_csrf(struct str token, struct arena *arena);
/* An unsafe request of a session: by our own pages. */
bool browser_is_ours(const struct browser *b, struct arena *arena);
/* The value of one cookie; empty: it is not there, or twice. */
struct str cookie_find(struct str header, struct str name);
/* "localhost:8480", "127.0.0.1", "[::1]:80": a name that no foreign server can have. */
bool host_is_loopback(struct str host);
