/* The files: do they load, are the secrets there, and who else can read them? */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cli/doctor.h"
#include "conf/diag.h"
#include "conf/paths.h"
#include "ingest/rules.h"
#include "table.h"

static const char see_check[] = "daybook config check names every mistake, with its place";

static void say_first(struct doctor *d, enum finding finding, const struct diags *diags, size_t n, const char *what)
{
	struct buf line;

	buf_init(&line, 4096);
	for (size_t i = 0; i < diags_count(diags); i++)
		if (line.len == 0 && (diags_at(diags, i)->severity == DIAG_ERROR) == (finding == FINDING_WRONG))
			diag_print_line(diags_at(diags, i), &line);
	doctor_say(d, finding, "configuration", see_check, "%zu %s%s: " STR_FMT, n, what, n == 1 ? "" : "s",
		   STR_ARG(str_trim(buf_str(&line))));
	buf_finish(&line);
}

static bool look_at_files(struct doctor *d)
{
	struct diags *diags = diags_create();
	const struct config *config = config_load(d->cli->config_path, connectors_known, 0, diags);
	size_t n_warnings = diags_n_warnings(diags);

	if (config == NULL)
		say_first(d, FINDING_WRONG, diags, diags_n_errors(diags), "error");
	else if (n_warnings > 0)
		say_first(d, FINDING_WARNING, diags, n_warnings, "warning");
	else
		doctor_say(d, FINDING_OK, "configuration", NULL, "%s loads, all secrets are there",
			   d->cli->config_path);
	diags_destroy(diags);
	/* A secret that only the daemon may read keeps nobody from looking at the rest. */
	if (config == NULL) {
		diags = diags_create();
		config = config_load(d->cli->config_path, connectors_known, CONFIG_NO_SECRETS, diags);
		diags_destroy(diags);
	}
	d->cli->config = config;
	return config != NULL;
}

static void look_at_staff(struct doctor *d)
{
	struct err err;

	d->cli->rules = rules_create(d->cli->config, &err);
	if (d->cli->rules == NULL)
		doctor_say(d, FINDING_WRONG, "staff", "mend organization and staff, then daybook reload", "%s",
			   err.msg);
}

/* The first file in the folder that others can read or change; malloced, or NULL. */
static char *find_open_secret(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct stat st;
	char *found = NULL;

	while (dir != NULL && found == NULL && (entry = readdir(dir)) != NULL) {
		auto_free char *path = xasprintf("%s/%s", folder, entry->d_name);

		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 066) != 0)
			found = xstrdup(path);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

static void look_at_secrets(struct doctor *d)
{
	auto_free char *main_folder = path_folder(d->cli->config_path);
	auto_free char *folder = xasprintf("%s/secrets", main_folder);
	auto_free char *open_one = find_open_secret(folder);
	struct stat st;

	if (open_one != NULL)
		doctor_say(d, FINDING_WRONG, "secrets", "chmod 600 it, and change the secret: it may be known",
			   "%s can be read or changed by others", open_one);
	else if (stat(folder, &st) == 0 && (st.st_mode & 022) != 0)
		doctor_say(d, FINDING_WRONG, "secrets", "chmod go-w it", "%s can be changed by others", folder);
	else if (stat(d->cli->config_path, &st) == 0 && (st.st_mode & 002) != 0)
		doctor_say(d, FINDING_WRONG, "secrets", "chmod o-w it", "%s can be changed by anybody",
			   d->cli->config_path);
	else
		doctor_say(d, FINDING_OK, "secrets", NULL, "nobody else can read them");
}

bool doctor_check_config(struct doctor *d)
{
	if (!look_at_files(d))
		return false;
	look_at_staff(d);
	look_at_secrets(d);
	return true;
}
