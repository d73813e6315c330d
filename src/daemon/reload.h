/* The configuration read again: all or nothing, and what did not change goes on undisturbed. */
#pragma once

#include <daybook/err.h>

struct app;

typedef void (*reload_done_fn)(const struct err *err, void *arg);

/* Loop thread. Logs how it went. done (or NULL) is called once, now or after the writer has numbered new
 * connectors; err NULL: the new configuration is the running one. */
void reload_run(struct app *app, reload_done_fn done, void *arg);
