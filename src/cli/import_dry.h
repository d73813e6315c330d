/* What an import would do; see dry.h. */
#pragma once

#include "cli/cli.h"
#include "cli/import_count.h"
#include "cli/import_mail.h"

struct dry;
struct import_screen;

/* d from dry_begin_import(). */
int import_dry_run(struct dry *d, struct import_reader *reader, struct import_screen *screen,
		   struct import_count *count);
