/* Programs of Debian's that turn another format into mails: found on PATH, run confined (sandbox/confine.h), with a
 * vector of arguments and never through a shell. */
#pragma once

#include <daybook/err.h>

#include "base/buf.h"
#include "sandbox/confine.h"

struct converter {
	const char *name;		/* "readpst" */
	const char *package;		/* Debian's: "pst-utils" */
	const char *hint;		/* how to install it */
};

extern const struct converter converter_pst, converter_msg;

/* The path of the program, to be freed. NULL (ERR_INPUT): it is not installed; c->hint is the cure. */
char *converter_find(const struct converter *c, struct err *err);

enum { CONVERTER_IDLE_S = 60 };

struct converter_run {
	const struct converter *converter;
	char *const *argv;		/* argv[0] and arguments, NULL at the end */
	struct confine confine;
	unsigned max_idle_s;		/* CONVERTER_IDLE_S: so long it may use no processor at all */
	struct buf *out;		/* what it prints; it is ended when that is too much for it */
	/* Called a few times a second; false (err says why) ends it. NULL: nothing to look at. */
	bool (*watch)(void *arg, struct err *err);
	void *arg;
};

/* Runs it to its end. True: it ended by itself and without an error. ERR_CANCELED after a Ctrl-C, ERR_LIMIT when its
 * output was too much, else ERR_INPUT with how it ended and the first line it complained with. */
bool converter_run(const struct converter_run *run, struct err *err);
