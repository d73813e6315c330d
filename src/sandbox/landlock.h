/* Landlock: what the calling process may still do with files, ports and other processes, given up for good. */
#pragma once

#include <stdbool.h>

struct err;

/* What is left at a path, and below it where that is a folder. */
enum landlock_may { LANDLOCK_READ, LANDLOCK_RUN, LANDLOCK_WRITE };

/* How much of it this kernel knows; below 1: nothing, and then the calls below succeed and do nothing. */
int landlock_abi(void);

/* Rules by which nothing is allowed; *rules is the caller's to close (-1 where there is no Landlock). */
bool landlock_begin(int *rules, struct err *err);
/* A path that does not exist needs no rule. */
bool landlock_allow(int rules, const char *path, enum landlock_may what, struct err *err);
/* The process must have given up new privileges. */
bool landlock_enter(int rules, struct err *err);
