/* How far a backup, its check or a restore is: a line on stderr where that is a terminal. */
#pragma once

#include <stdint.h>

void backup_bar(const char *what, int64_t done, int64_t of, void *arg);
void backup_bar_clear(void);
