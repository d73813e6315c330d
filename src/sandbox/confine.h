/* The lock around a program of somebody else's that reads hostile bytes for us, a converter of mail: it may read the
 * system's programs and one file, write below one folder, compute, and print; no network, no other process. Looser
 * than jail.h, since the program was not written for a jail. docs/decisions/outlook-files.md. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct err;

struct confine {
	const char *program;		/* what will be executed */
	const char *source;		/* the file it may read; NULL: none */
	const char *folder;		/* below this it may write; NULL: nowhere */
	uint64_t max_memory, max_file;	/* bytes; a write past max_file fails with EFBIG */
	unsigned max_cpu_s;
};

/* Between fork and exec: descriptors from 3 on are closed, the rest is locked for good. After a failure the process
 * must end. Where the kernel has no Landlock, files are held by the user's rights alone. */
bool confine_enter(const struct confine *c, struct err *err);
