/* The two files that make a connector: connectors.d/NAME.yaml beside the configuration, and secrets/NAME. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct setup_files {
	char *folder;			/* of the configuration */
	char *options, *secret;		/* their paths */
	bool has_options, has_secret;	/* they are there already */
};

/* Looks where they belong. ERR_DENIED when we may not write there. To be finished also after a failure. */
bool setup_files_look(struct setup_files *f, const char *config_path, const char *name, struct err *err);
void setup_files_finish(struct setup_files *f);

/* The secret first, mode 0600, so that a reload in between never finds options without it. What is there is replaced
 * as a whole. Run by root they come to belong to whom the secrets' folder (or `store`) belongs to. */
bool setup_files_write(const struct setup_files *f, struct str options, struct str secret, const char *store,
		       struct err *err);
