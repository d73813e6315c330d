/* What a service and its manager say to each other: the protocols of sd_notify(3), sd_watchdog_enabled(3) and
 * sd_listen_fds(3), without libsystemd (docs/decisions/parser-program.md says why). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MANAGER_FIRST_FD = 3 };

/* One datagram of "NAME=value" lines to $NOTIFY_SOCKET; any thread; blocks while the manager's queue is full.
 * Nobody has to listen, so that what cannot be said is not an error. */
void manager_notify(const char *lines);

/* How long the manager waits for a "WATCHDOG=1" of this process, in µs; 0: it does not. */
int64_t manager_watchdog_us(void);

/* How many listening sockets were handed over, from MANAGER_FIRST_FD on; they are close-on-exec from now.
 * -1 and errno: EINVAL, the number makes no sense; EBADF, there are not so many. */
int manager_n_sockets(void);
