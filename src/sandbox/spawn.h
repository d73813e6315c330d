/* The spawner: a small process made by main() before any thread, socket, database, shared mapping or
 * secret exists, and a program of its own. From then on it alone forks parser processes, so that they inherit
 * nothing and no fork happens in a threaded daemon. It dies with the daemon, and every parser dies with it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <daybook/str.h>

struct connector;
struct err;
struct sandbox;

/* What every parser is born with; the pointers must stay valid for ever. */
struct sandbox_conf {
	const struct connector *const *connectors;	/* NULL-terminated */
	/* Runs once in the spawner, for what needs files: iconv, GMime. May be NULL. Starts no thread. */
	void (*warm_up)(void);
	/* Packed bytes to what normalize() gets as conf. Runs in the parser; what it gives is never
	 * freed (a parser lives for a few hundred messages). Not called for a connector without keys,
	 * whose conf is NULL. NULL: every conf is NULL. */
	void *(*unpack)(const struct connector *connector, struct str packed, struct err *err);
};

/* The spawner of this installation, a program of its own. The process must have one thread. ERR_AGAIN when it
 * cannot be forked, ERR_CONF when the program is not there. */
struct sandbox *sandbox_launch(struct err *err);
/* The same from the calling program, which then has to be linked with all that reads a message. */
struct sandbox *sandbox_start(const struct sandbox_conf *conf, struct err *err);
/* Ends the spawner and every parser; nobody may be inside another call. NULL is fine. */
void sandbox_stop(struct sandbox *sb);

/* Any thread; blocks for a fork. A parser in its jail, and our end of its socket. ERR_AGAIN. */
bool sandbox_spawn(struct sandbox *sb, pid_t *pid, int *fd, struct err *err);
/* Any thread. Kills it if it lives; gives what waitpid() says of its end (the first cause: killing a
 * dead one changes nothing). ERR_AGAIN when the spawner is gone. */
bool sandbox_reap(struct sandbox *sb, pid_t pid, int *status, struct err *err);

/* Makes one parser and ends it: can this machine have them at all? For the start and for `doctor`. */
bool sandbox_try(struct sandbox *sb, struct err *err);

/* The spawner has died: no parser can be made until the daemon restarts. Never blocks. */
bool sandbox_is_gone(struct sandbox *sb);
pid_t sandbox_pid(const struct sandbox *sb);
