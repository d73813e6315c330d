/* The daemon put together: created in order, destroyed in reverse. */
#pragma once

#include <daybook/err.h>

struct app;
struct options;

enum {				/* exit codes of daybookd, as sysexits(3) */
	EXIT_OK = 0,
	EXIT_USAGE = 2,
	EXIT_IO = 74,
	EXIT_LOCKED = 75,
	EXIT_CONFIG = 78,
};

/* Errors of the configuration are printed here, all of them; err then says how many. */
struct app *app_create(const struct options *options, struct err *err);
/* Until a signal, or until the storage fails. False: the storage failed. */
bool app_run(struct app *app, struct err *err);
void app_destroy(struct app *app);		/* NULL is fine */

/* daybookd -t: 0 or 78. */
int app_check(const struct options *options);
int app_exit_code(const struct err *err);
