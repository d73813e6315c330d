/* The configuration read again: all or nothing, and what did not change goes on undisturbed. */
#pragma once

#include <daybook/err.h>

struct app;

/* Loop thread. Prints what is wrong with the files. True: taken, or (with connectors that the store does
 * not know yet) about to be. */
bool reload_run(struct app *app, struct err *err);
