/* The spawner as a program of its own, daybook-parser: the libraries that only a parser needs stay out of the
 * daemon's memory, and nothing of the daemon's is in a parser's, not even its environment.
 * docs/decisions/parser-program.md. */
#pragma once

#include <sys/types.h>

struct err;
struct sandbox_conf;

/* The path of the program that belongs to the running one, to be freed; NULL with ERR_CONF when it is not
 * where it is installed or built. */
char *program_find(struct err *err);

/* In a fresh child: becomes the program, which serves `socket` until the daemon dies. */
_Noreturn void program_exec(const char *path, int socket, pid_t daemon);

/* The program's main(). Refuses to serve a daemon of another version. */
int program_main(int argc, char **argv, const struct sandbox_conf *conf);
