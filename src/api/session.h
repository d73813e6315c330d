/* Sessions of browsers: opened by a password or a link, found by their cookie. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct call;

/* In a deed: a new session of somebody of staff, with its cookie; the one that the request came with ends. `by`, for the audit log: on
 * whose word; may be empty. */
bool session_open(struct call *c, struct str name, const char *how, struct str by, struct err *err);
/* The same, and the browser is sent to the first page. */
bool session_open_home(struct call *c, struct str name, const char *how, struct str by, struct err *err);
/* Reader's thread. Who asks, by cookie; false: the problem is the answer. */
bool session_authenticate(struct call *c);
/* The same by the word of a proxy that is trusted. */
bool proxy_authenticate(struct call *c);
