/* A TCP connection before a deadline. Blocks: workers only. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct stream_target;

/* The descriptor, non-blocking, close-on-exec, with keep-alive; -1 with err (ERR_AGAIN; ERR_CONF where the
 * target must be loopback and is not). */
int dial(const struct stream_target *to, struct err *err);

/* Does the name lead to an address? */
bool dial_knows(const char *host);

/* Waits for events on fd until the deadline (monotonic µs) or until canceled: 1 ready, 0 late, -1 canceled. */
int dial_wait(int fd, short events, int64_t deadline_us, bool (*is_canceled)(void *), void *arg);
