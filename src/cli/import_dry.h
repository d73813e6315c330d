/* What an import would do, without the daemon: mails are parsed in a parser process of our own and looked up
 * in the store, read-only. Nothing is written. */
#pragma once

#include "cli/cli.h"
#include "cli/import_count.h"
#include "cli/import_mail.h"

struct import_dry;
struct import_screen;

/* Before any thread is made. NULL: reported, *code says how. */
struct import_dry *import_dry_create(struct cli *cli, int *code);
void import_dry_destroy(struct import_dry *d);		/* NULL is fine */
int import_dry_run(struct import_dry *d, struct import_reader *reader, struct import_screen *screen,
		   struct import_count *count);
