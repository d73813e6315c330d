/* Mails from a reader to the daemon: several on their way at a time, each until the daemon has it, and a mark
 * every now and then so that an interrupted import goes on where it stopped. */
#pragma once

#include "cli/cli.h"
#include "cli/import_count.h"
#include "cli/import_mail.h"

struct import_screen;

struct import_run {
	struct cli *cli;
	struct import_reader *reader;
	struct import_screen *screen;
	struct import_count *count;	/* added to */
	const char *key;		/* of its mark; NULL: it gets none */
	bool has_mark;			/* of an earlier run */
	const char *id;			/* of the run as the daemon knows it: import_id.h */
};

/* CLI_OK once all was answered, whatever became of it; else why it stopped, which is reported. */
int import_run(struct import_run *run);
