#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/plain.h"
#include "conf/diag.h"
#include "ingest/rules.h"
#include "table.h"

enum { MAX_REPORT = 1 << 20 };

/* ---- failures ---- */

int cli_code_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_MISSING: return CLI_MISSING;
	case ERR_DENIED: return CLI_DENIED;
	case ERR_AGAIN:
	case ERR_THROTTLED:
	case ERR_FULL: return CLI_AGAIN;
	case ERR_CONF: return CLI_CONFIG;
	default: return CLI_FAILED;
	}
}

int cli_fail(const struct err *err, const char *hint)
{
	return cli_failf(cli_code_of(err->kind), hint, "%s", err->msg);
}

int cli_failf(int code, const char *hint, const char *fmt, ...)
{
	auto_free char *text = NULL;
	struct buf line;
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	buf_init(&line, MAX_REPORT);
	plain_line(&line, str_from(text));
	fprintf(stderr, "daybook: " STR_FMT "\n", STR_ARG(buf_str(&line)));
	if (hint != NULL) {
		buf_clear(&line);
		plain_line(&line, str_from(hint));
		fprintf(stderr, "hint: " STR_FMT "\n", STR_ARG(buf_str(&line)));
	}
	buf_finish(&line);
	return code;
}

bool cli_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

bool cli_has_colors(void)
{
	const char *term = getenv("TERM"), *wish = getenv("CLICOLOR"), *force = getenv("CLICOLOR_FORCE");

	if (is_set("NO_COLOR"))
		return false;
	if (is_set("CLICOLOR_FORCE") && strcmp(force, "0") != 0)
		return true;
	return cli_is_terminal() && term != NULL && strcmp(term, "dumb") != 0 &&
	       (wish == NULL || strcmp(wish, "0") != 0);
}

/* ---- configuration, store ---- */

static const struct config *load_config(struct cli *cli, const char *connector, int *code)
{
	struct diags *diags = diags_create();
	struct buf text;

	if (connector != NULL)
		cli->config = config_load_one(cli->config_path, connectors_known, connector, diags);
	else
		cli->config = config_load(cli->config_path, connectors_known, CONFIG_NO_SECRETS, diags);
	if (cli->config == NULL) {	/* warnings are the daemon's business */
		buf_init(&text, MAX_REPORT);
		diags_print(diags, &text);
		fwrite(text.ptr, 1, text.len, stderr);
		buf_finish(&text);
		*code = cli_failf(CLI_CONFIG, "daybook -c FILE names another one",
				  "the configuration cannot be used");
	}
	diags_destroy(diags);
	return cli->config;
}

const struct config *cli_config(struct cli *cli, int *code)
{
	*code = CLI_OK;
	return cli->config != NULL ? cli->config : load_config(cli, NULL, code);
}

const struct config_connector *cli_connector(struct cli *cli, const char *name, int *code)
{
	const struct config_connector *found;

	*code = CLI_OK;
	if (load_config(cli, name, code) == NULL)
		return NULL;
	found = config_find_connector(cli->config, str_from(name));
	if (found == NULL)
		*code = cli_failf(CLI_MISSING, "daybook connectors lists what is configured",
				  "no connector \"%.100s\" is configured", name);
	return found;
}

static int report_store(const struct err *err)
{
	switch (err->kind) {
	case ERR_DENIED:
		return cli_fail(err, "run it as root or as the daemon's user: sudo -u daybook daybook …");
	case ERR_MISSING:
		return cli_fail(err, "daybookd -c FILE starts it; daybook -c FILE reads another configuration");
	default:
		return cli_fail(err, "daybook doctor looks for the cause");
	}
}

struct store *cli_store_if_any(struct cli *cli, int *code)
{
	struct err err;

	*code = CLI_OK;
	if (cli->store != NULL || cli->is_storeless || cli_config(cli, code) == NULL)
		return cli->store;
	if (!store_open(cli->config->storage.path, STORE_READER, &cli->store, &err) &&
	    err.kind != ERR_MISSING)
		*code = report_store(&err);
	return cli->store;
}

struct store *cli_store(struct cli *cli, int *code)
{
	struct err err;

	if (cli_store_if_any(cli, code) != NULL || *code != CLI_OK)
		return cli->store;
	if (!store_open(cli->config->storage.path, STORE_READER, &cli->store, &err))
		*code = report_store(&err);
	return cli->store;
}

struct own *cli_own(struct cli *cli, int *code)
{
	struct err err;

	*code = CLI_OK;
	if (cli_config(cli, code) == NULL)
		return NULL;
	if (cli->rules == NULL)
		cli->rules = rules_create(cli->config, &err);
	if (cli->rules == NULL)
		*code = cli_fail(&err, "daybook config check looks at the whole configuration");
	return cli->rules ? cli->rules->own : NULL;
}

void cli_finish(struct cli *cli)
{
	store_close(cli->store);
	rules_unref(cli->rules);
	config_unref(cli->config);
	words_free(&cli->words);
}

/* ---- options of a command ---- */

bool cli_flag(struct cli *cli, const char *name)
{
	return words_find(&cli->words, name) != NULL;
}

bool cli_option(struct cli *cli, const char *name, const char **value)
{
	const struct given *given = words_find(&cli->words, name);

	if (given != NULL)
		*value = given->value;
	return given != NULL;
}

bool cli_option_count(struct cli *cli, const char *name, int64_t *n)
{
	const char *text;

	if (!cli_option(cli, name, &text) || str_int64(str_from(text), n))
		return true;
	cli_failf(CLI_USAGE, NULL, "%s: \"%s\" is not a number", name, text);
	return false;
}

char *cli_join(const struct cli *cli, int first)
{
	struct buf text;

	buf_init(&text, MAX_REPORT);
	for (int i = first; i < cli->argc; i++) {
		if (i > first)
			buf_addc(&text, ' ');
		buf_add(&text, str_from(cli->argv[i]));
	}
	return buf_is_exceeded(&text) || text.len == 0 ? (buf_finish(&text), xstrdup("")) : buf_steal(&text);
}
