/* What every command has: its arguments, the configuration, a read-only store, a way to the daemon, and
 * a place to print. Data on stdout, everything else on stderr. */
#pragma once

#include <daybook/err.h>

#include "cli/usage.h"
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
	bool is_storeless;		/* it was tried and reported: as if there were none */
	struct rules *rules;		/* by cli_own() */
	struct words words;
	int argc;			/* of the command, without its name and all options */
	char **argv;
};

enum command_group { GROUP_READ, GROUP_CHANGE, GROUP_OTHER };

struct command {
	const char *name;		/* "timeline", or two words: "contact show" */
	const char *arguments;		/* "CONTACT [-n N]": also declares the options */
	const char *summary;		/* one line of help */
	int (*run)(struct cli *cli);
	int min_args, max_args;		/* options do not count; max -1: any */
	enum command_group group;
	bool is_text;			/* what looks like an unknown option is a word */
	bool is_hidden;
};

/* Prints "daybook: text" and, when hint is not NULL, "hint: …"; what a terminal must not see is taken out.
 * Returns the exit code of err's kind. */
int cli_fail(const struct err *err, const char *hint);
/* The same with a text of one's own. */
int cli_failf(int code, const char *hint, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int cli_code_of(enum err_kind kind);

/* NULL: already reported; return *code. Secrets are not read. */
const struct config *cli_config(struct cli *cli, int *code);
/* One connector with its secrets, for a command that does what the daemon does. To be called before cli_config() is.
 * NULL: reported. */
const struct config_connector *cli_connector(struct cli *cli, const char *name, int *code);
struct store *cli_store(struct cli *cli, int *code);
/* The same, but where daybookd has not made one yet: NULL with *code CLI_OK. */
struct store *cli_store_if_any(struct cli *cli, int *code);
struct own *cli_own(struct cli *cli, int *code);
void cli_finish(struct cli *cli);

/* A contact by id, e-mail address, phone number, or part of a name. Reports when none or several fit. */
int cli_find_contact(struct cli *cli, const char *text, int64_t *contact);

/* Was the option given? Both must stand in the command's `arguments`. */
bool cli_option(struct cli *cli, const char *name, const char **value);
bool cli_flag(struct cli *cli, const char *name);
/* "-n 5"; *n is left alone without it. False: reported, return CLI_USAGE. */
bool cli_option_count(struct cli *cli, const char *name, int64_t *n);
/* All words from argv[first] on with a blank between them; the caller frees. */
char *cli_join(const struct cli *cli, int first);

bool cli_is_terminal(void);		/* stdout */
/* NO_COLOR, CLICOLOR, CLICOLOR_FORCE, and then whether stdout is a terminal. */
bool cli_has_colors(void);
