/* The host's side of a probe: what a connector tells while it tries its far side out. */
#pragma once

#include <daybook/connector.h>

/* All texts are one line for people, and copied. */
struct probe {
	size_t max_messages;		/* of the newest that are to be shown */
	int64_t now_us;			/* the only clock a connector gets */

	/* A step begins, and the one before it ends well. `name` is a word ("login"), `about` what it is tried on.
	 * The step in hand is the one that fails when probe() returns false. */
	void (*step)(void *arg, const char *name, const char *about);
	void (*found)(void *arg, const char *text);	/* what the step in hand found */
	/* Not as it should be, and no failure. */
	void (*warn)(void *arg, const char *text, const char *hint);
	/* What to do about the failure that is returned next. */
	void (*hint)(void *arg, const char *text);
	/* One message, as sync() would hand it over; why not NULL: as a dead letter. False: stop, with err. */
	bool (*message)(void *arg, const struct raw *raw, const struct err *why, struct err *err);
	void *arg;
};
