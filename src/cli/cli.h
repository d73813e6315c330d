/* What every command has: its arguments, the configuration, a read-only store, a way to the daemon, and
 * a place to print. Data on stdout, everything else on stderr. */
#pragma once

#include <daybook/err.h>

#include "conf/config.h"
#include "store/store.h"

enum {				/* exit codes of daybook */
	CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_MISSING = 3, CLI_DENIED = 4,
	CLI_AMBIGUOUS = 5, CLI_NO_DAEMON = 6, CLI_PARTLY = 7, CLI_AGAIN = 75, CLI_CONFIG = 78,
};

struct cli {
	const char *config_path;
	bool as_json, is_yes, is_dry_run;
	const struct config *config;	/* by cli_config() */
	struct store *store;		/* by cli_store() */
	struct own *own;		/* by cli_own() */
	int argc;			/* of the command, without its name and the common options */
	char **argv;
};

struct command {
	const char *name;		/* "timeline", or two words: "contact show" */
	const char *arguments;		/* "CONTACT [-n N]" */
	const char *summary;		/* one line of help */
	int (*run)(struct cli *cli);
	int min_args, max_args;		/* max -1: any; options of the command count */
};

/* Prints "daybook: text" and, when hint is not NULL, "hint: …". Returns the exit code of err's kind. */
int cli_fail(const struct err *err, const char *hint);
/* The same with a text of one's own. */
int cli_failf(int code, const char *hint, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* NULL: already reported; return *code. Secrets are not read. */
const struct config *cli_config(struct cli *cli, int *code);
struct store *cli_store(struct cli *cli, int *code);
struct own *cli_own(struct cli *cli, int *code);

/* One request to the daemon's control socket: JSON in (may be empty), JSON out in *reply (the caller frees
 * with json_free). Returns an exit code; failures are reported. */
struct json_object;
int cli_call(struct cli *cli, const char *path, struct str body, struct json_object **reply);

/* A contact by id, e-mail address, phone number, or part of a name. Reports when none or several fit. */
int cli_find_contact(struct cli *cli, const char *text, int64_t *contact);

/* "-n 5", "-n5", "--limit=5" …: takes the option and its value out of argc/argv. False when absent. */
bool cli_option(struct cli *cli, const char *name, const char **value);
bool cli_flag(struct cli *cli, const char *name);

bool cli_is_terminal(void);		/* stdout */
