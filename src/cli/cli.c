#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/mem.h"
#include "conf/diag.h"
#include "ingest/rules.h"
#include "model/identity.h"
#include "model/own.h"
#include "table.h"

enum { MAX_REPORT = 1 << 20, MAX_CHOICES = 10 };

/* ---- failures ---- */

static int code_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_MISSING: return CLI_MISSING;
	case ERR_DENIED: return CLI_DENIED;
	case ERR_AGAIN:
	case ERR_FULL: return CLI_AGAIN;
	case ERR_CONF: return CLI_CONFIG;
	default: return CLI_FAILED;
	}
}

int cli_fail(const struct err *err, const char *hint)
{
	return cli_failf(code_of(err->kind), hint, "%s", err->msg);
}

int cli_failf(int code, const char *hint, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("daybook: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	if (hint != NULL)
		fprintf(stderr, "hint: %s\n", hint);
	return code;
}

bool cli_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

/* ---- configuration, store ---- */

const struct config *cli_config(struct cli *cli, int *code)
{
	struct diags *diags;
	struct buf text;

	*code = CLI_OK;
	if (cli->config != NULL)
		return cli->config;
	diags = diags_create();
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

struct store *cli_store(struct cli *cli, int *code)
{
	struct err err;

	*code = CLI_OK;
	if (cli->store != NULL || cli_config(cli, code) == NULL)
		return cli->store;
	if (!store_open(cli->config->storage.path, STORE_READER, &cli->store, &err))
		*code = cli_fail(&err, NULL);
	return cli->store;
}

struct own *cli_own(struct cli *cli, int *code)
{
	struct rules *rules;
	struct err err;

	*code = CLI_OK;
	if (cli->own != NULL || cli_config(cli, code) == NULL)
		return cli->own;
	rules = rules_create(cli->config, &err);
	if (rules == NULL) {
		*code = cli_fail(&err, NULL);
		return NULL;
	}
	cli->own = rules->own;		/* rules live as long as the program */
	return cli->own;
}

/* ---- options of a command ---- */

static void take_out(struct cli *cli, int at, int n)
{
	memmove(&cli->argv[at], &cli->argv[at + n], (size_t)(cli->argc - at - n) * sizeof(*cli->argv));
	cli->argc -= n;
}

bool cli_flag(struct cli *cli, const char *name)
{
	for (int i = 0; i < cli->argc; i++)
		if (strcmp(cli->argv[i], name) == 0) {
			take_out(cli, i, 1);
			return true;
		}
	return false;
}

bool cli_option(struct cli *cli, const char *name, const char **value)
{
	size_t n = strlen(name);

	for (int i = 0; i < cli->argc; i++) {
		const char *arg = cli->argv[i];

		if (strcmp(arg, name) == 0 && i + 1 < cli->argc) {
			*value = cli->argv[i + 1];
			take_out(cli, i, 2);
			return true;
		}
		if (strncmp(arg, name, n) == 0 && (arg[n] == '=' || (n == 2 && arg[n] != '\0'))) {
			*value = arg + n + (arg[n] == '=');
			take_out(cli, i, 1);
			return true;
		}
	}
	return false;
}

/* ---- a contact by what people type ---- */

struct choices {
	int64_t ids[MAX_CHOICES];
	char names[MAX_CHOICES][80];
	size_t n;
};

static bool add_choice(const struct contact_row *row, void *arg)
{
	struct choices *c = arg;

	for (size_t i = 0; i < c->n; i++)
		if (c->ids[i] == row->id)
			return true;
	snprintf(c->names[c->n], sizeof(c->names[0]), STR_FMT, STR_ARG(row->name));
	c->ids[c->n++] = row->id;
	return c->n < MAX_CHOICES;
}

/* An address or a number, exactly or by a variant of it. */
static bool find_by_handle(struct cli *cli, const char *text, int64_t *contact, struct err *err)
{
	static const enum scheme schemes[] = { SCHEME_EMAIL, SCHEME_PHONE, SCHEME_WA };
	struct identity_variant variants[IDENTITY_MAX_VARIANTS];
	struct arena *arena = arena_create(1 << 20);
	bool ok = true;
	int64_t id;

	*contact = 0;
	for (size_t s = 0; ok && *contact == 0 && s < countof(schemes); s++) {
		struct identity identity = { .scheme = schemes[s], .value = str_from(text) };
		struct err ignored;
		size_t n;

		if (!identity_canonical(&identity, arena, cli->config->organization.default_region, &ignored))
			continue;
		ok = store_find_identity(cli->store, &identity, &id, contact, err);
		n = identity_variants(&identity, arena, variants);
		for (size_t v = 0; ok && *contact == 0 && v < n; v++)
			ok = store_find_identity(cli->store, &variants[v].id, &id, contact, err);
	}
	arena_destroy(arena);
	return ok;
}

static int report_choices(const char *text, const struct choices *c)
{
	char id[ID_TEXT_SIZE];

	if (c->n == 0)
		return cli_failf(CLI_MISSING, "daybook contacts lists them all",
				 "nobody is known by \"%s\"", text);
	cli_failf(CLI_AMBIGUOUS, "name one by its id", "\"%s\" may be any of these:", text);
	for (size_t i = 0; i < c->n; i++)
		fprintf(stderr, "  %s  %s\n", id_format(c->ids[i], "con_", id), c->names[i]);
	return CLI_AMBIGUOUS;
}

int cli_find_contact(struct cli *cli, const char *text, int64_t *contact)
{
	struct choices choices = { .n = 0 };
	struct contact_row row;
	struct arena *arena;
	struct err err;
	bool ok;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	if (id_parse(str_from(text), "con_", contact)) {
		arena = arena_create(1 << 20);
		ok = store_get_contact(cli->store, *contact, arena, &row, &err);
		arena_destroy(arena);
		return ok ? CLI_OK : cli_fail(&err, "daybook contacts lists them all");
	}
	if (!find_by_handle(cli, text, contact, &err))
		return cli_fail(&err, NULL);
	if (*contact != 0)
		return CLI_OK;
	if (!store_find_contacts(cli->store, str_from(text), MAX_CHOICES, add_choice, &choices, &err))
		return cli_fail(&err, NULL);
	if (choices.n != 1)
		return report_choices(text, &choices);
	*contact = choices.ids[0];
	return CLI_OK;
}
