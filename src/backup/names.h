/* The files that a database names, each once and in order. */
#pragma once

#include <daybook/err.h>

#include <stddef.h>

struct store;

struct file_names {
	char (*items)[65];		/* SHA-256 in hex */
	size_t n;
};

/* dir is where the files are: some of them say which others they need. */
bool file_names_read(struct store *st, const char *dir, struct file_names *names, struct err *err);
void file_names_free(struct file_names *names);
