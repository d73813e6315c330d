/* What the checks of `daybook doctor` share: each says once how it stands, and what to do about it. */
#pragma once

#include <daybook/str.h>

#include "cli/survey.h"

enum finding { FINDING_OK, FINDING_WARNING, FINDING_WRONG };

struct doctor {
	struct cli *cli;
	bool is_deep;
	struct survey survey;
	struct store *store;		/* NULL: it could not be opened, or is not there yet */
	size_t n_wrong, n_warnings;
};

/* cure: NULL with FINDING_OK. */
void doctor_say(struct doctor *d, enum finding finding, const char *check, const char *cure, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* False: without it nothing else can be looked at. */
bool doctor_check_config(struct doctor *d);
void doctor_check_store(struct doctor *d);	/* sets d->store */
void doctor_check_backup(struct doctor *d);
void doctor_check_retention(struct doctor *d);
void doctor_check_webhooks(struct doctor *d);
void doctor_check_daemon(struct doctor *d);	/* of the survey: daemon, connectors, what waits */
