#include "sandbox/program.h"

#include <daybook/err.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/mem.h"
#include "sandbox/spawner.h"

#define NAME "daybook-parser"

/* ---- the daemon's side ---- */

char *program_find(struct err *err)
{
	return program_beside("parser", NAME, err);
}

/* A parser knows no secret, and variables may be some (!env). Only what steers a sanitizer goes along. */
static char **clean_environment(void)
{
	static const char *const kept[] = { "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS" };
	static char *env[countof(kept) + 1];
	size_t n = 0;

	for (size_t i = 0; i < countof(kept); i++)
		if (getenv(kept[i]) != NULL)
			env[n++] = xasprintf("%s=%s", kept[i], getenv(kept[i]));
	return env;
}

void program_exec(const char *path, int socket, pid_t daemon)
{
	auto_free char *pid = xasprintf("%d", (int)daemon);
	char *const argv[] = { (char *)NAME, (char *)DAYBOOK_VERSION, pid, NULL };

	/* dup2() clears close-on-exec, but not of a descriptor onto itself. */
	int fd = dup(socket);

	if (fd >= 0 && dup2(fd, SPAWNER_FD) == SPAWNER_FD) {
		close_range(SPAWNER_FD + 1, ~0U, 0);
		execve(path, argv, clean_environment());
	}
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	_exit(1);
}

/* ---- the program's own side ---- */

static bool is_socket(int fd)
{
	int type;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int program_main(int argc, char **argv, const struct sandbox_conf *conf)
{
	if (argc != 3 || !is_socket(SPAWNER_FD)) {
		fputs(NAME ": reads mails and forms for daybookd and daybook, which start it\n", stderr);
		return 64;
	}
	if (strcmp(argv[1], DAYBOOK_VERSION) != 0) {
		fprintf(stderr, NAME ": this is " DAYBOOK_VERSION ", but %s asks: install both anew\n", argv[1]);
		return 1;
	}
	prctl(PR_SET_DUMPABLE, 0);
	spawner_main(SPAWNER_FD, (pid_t)strtol(argv[2], NULL, 10), conf);
}
