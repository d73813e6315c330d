/* What a command does by itself, told to the audit log: by the daemon when it runs, else into the store. */
#pragma once

#include "cli/cli.h"
#include "store/audit.h"

enum { RECORD_WHO_SIZE = 32 };
/* "root" or "uid 1000"; to be asked before the process becomes the store's owner. */
void record_who(char out[RECORD_WHO_SIZE]);
/* False: it could not be told, for the reason in err. */
bool record(struct cli *cli, const struct audit_entry *entry, struct err *err);
