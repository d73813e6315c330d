/* Is there a backup, and is it young enough? */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/doctor.h"
#include "cli/human.h"
#include "store/mark.h"

static const char make_one[] = "daybook backup; daybook-backup.timer makes one each night";

void doctor_check_backup(struct doctor *d)
{
	const struct config *config = d->cli->config;
	auto_free char *path = NULL;
	char span[HUMAN_SIZE];
	int64_t at_us, age_us;

	if (!mark_find(config->storage.path, MARK_BACKUP, &at_us, &path)) {
		if (config->backup.max_age > 0)
			doctor_say(d, FINDING_WARNING, "backup", make_one, "none was ever made");
		return;
	}
	age_us = clock_wall_us() - at_us;
	human_span(age_us, span);
	if (config->backup.max_age > 0 && age_us > config->backup.max_age)
		doctor_say(d, FINDING_WARNING, "backup", make_one, "the last one is %s old (%s)", span, path);
	else if (access(path, F_OK) != 0)
		doctor_say(d, FINDING_WARNING, "backup", "look for it; else daybook backup", "the last one, of %s ago, is not at "
			   "%s any more", span, path);
	else
		doctor_say(d, FINDING_OK, "backup", NULL, "last one %s ago, %s", span, path);
}
