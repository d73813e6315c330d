/* Listening sockets. Private to the HTTP server. */
#pragma once

#include <sys/types.h>

#include <daybook/err.h>

struct listener {
	int fd;				/* non-blocking, listening; -1: none */
	char *path;			/* of a unix socket that we made */
	dev_t dev;			/* to remove that and no other */
	ino_t ino;
};

bool listener_open(struct listener *l, const char *address, struct err *err);
bool listener_adopt(struct listener *l, int fd, struct err *err);
/* Removes the unix socket from the file system. Does not close fd. */
void listener_finish(struct listener *l);
