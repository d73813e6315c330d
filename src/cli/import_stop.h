/* Ctrl-C during an import: it stops where it can go on later. */
#pragma once

#include <stdbool.h>

/* From now on Ctrl-C and SIGTERM make import_is_stopped() true; the second one ends the process. */
void import_catch_signals(void);
bool import_is_stopped(void);
