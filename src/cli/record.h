/* What a command did by itself, told to the audit log: by the daemon when it runs, else into the store. */
#pragma once

#include "cli/cli.h"
#include "store/audit.h"

enum { RECORD_WHO_SIZE = 32 };
/* "root" or "uid 1000"; to be asked before the process becomes the store's owner. */
void record_who(char out[RECORD_WHO_SIZE]);
/* A failure is told, and no more: the thing is done. */
void record(struct cli *cli, const struct audit_entry *entry);
