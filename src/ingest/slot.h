/* The slot file: a small mmapped file has, per thread, room for the digest of the payload in
 * hand; a handler for SEGV, BUS, ABRT, FPE and ILL writes and marks it. At the next start a digest that was
 * marked is remembered; marked twice it is journalled dead, unparsed: no payload can crash the daemon for
 * ever. SIGKILL and power loss mark nothing. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

/* Reads the marks of earlier runs, arms the handlers. Once, before threads. */
bool slot_setup(const char *dir, struct err *err);
void slot_finish(void);

/* Around a normalizer that runs in this process. enter: false when this payload crashed us twice; the body is
 * borrowed until leave. */
bool slot_enter(struct str body);
void slot_leave(void);
