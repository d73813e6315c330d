/* Where the HTTP server listens: 127.0.0.1:8480, [::1]:8480 or unix:PATH. */
#pragma once

#include <sys/socket.h>

#include <daybook/err.h>
#include <daybook/str.h>

struct listen_address {
	bool is_unix;
	char *path;			/* of a unix socket, absolute */
	char *text;			/* "127.0.0.1:8480", "unix:/run/daybook/http.sock" */
	struct sockaddr_storage address;
	socklen_t address_len;
};

/* Bytes of a unix socket's path, terminator included; the kernel's limit. */
enum { LISTEN_PATH_SIZE = 108 };

/* A relative path is beside `file`. ERR_CONF with what is wrong. */
bool listen_parse(struct str text, const char *file, struct listen_address *out, struct err *err);
void listen_finish(struct listen_address *listen);
