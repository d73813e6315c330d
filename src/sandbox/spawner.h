/* The spawner's own side: its main() and what is said over its socket. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct sandbox_conf;

/* 0, 1: /dev/null; 2: standard error; 3: the socket. A parser has the same shape. */
enum { SPAWNER_FD = 3 };

enum spawner_verb { SPAWNER_FORK = 1, SPAWNER_REAP };

struct spawner_order {
	enum spawner_verb verb;
	pid_t pid;		/* REAP */
};

struct spawner_answer {
	int error;		/* errno, 0: done */
	pid_t pid;		/* FORK; the socket comes with it */
	int status;		/* REAP: as of waitpid() */
};

/* Runs until the socket closes or the daemon dies. */
_Noreturn void spawner_main(int socket, pid_t daemon, const struct sandbox_conf *conf);
