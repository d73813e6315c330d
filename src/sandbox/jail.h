/* The lock around a parser process. What enters can compute, read and write the descriptors it has,
 * and die; nothing else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct err;

enum {
	JAIL_MEMORY_MB = 300,	/* of address space; 40 of it are tables of ICU, which libical brings and nobody reads */
	JAIL_CPU_S = 5,		/* of the whole life of a process: it is recycled before */
	JAIL_STACK_MB = 8,
	JAIL_EXIT_MEMORY = 99,	/* exit code of one that ran out of memory */
};

/* Closes every descriptor above `last_fd`, then locks the calling process for good. There is no way
 * back; after a failure (ERR_BUG, ERR_AGAIN) the process must end. */
bool jail_enter(int last_fd, struct err *err);

/* What is weaker than it should be on this kernel or in this build, for people; NULL: nothing. To be
 * said once at start. */
const char *jail_warning(void);

/* Built with a sanitizer: no cap on memory, a few more system calls, standard error stays. */
bool jail_is_relaxed(void);
