/* daybook setup imap: finds the server of an address, tries it as `connector test` does, and writes the connector's file
 * and its secret when that is wanted. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/setup_imap.h"
#include "cli/show.h"
#include "cli/trial.h"
#include "cli/trial_print.h"
#include "conf/paths.h"
#include "conf/secret.h"

enum { SHOWN_MESSAGES = 5, MAX_OPTIONS = 64 << 10, MAX_LINE = 64 << 10, MAX_NAME = 40 };

/* ---- what is given or asked ---- */

static bool is_address(struct str s)
{
	size_t at = str_rchr(s, '@');

	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f || s.ptr[i] == '\'' || s.ptr[i] == '"')
			return false;
	return at != STR_NONE && at > 0 && at + 1 < s.len && s.len < AUTOCONFIG_USER_SIZE &&
	       str_chr(str_sub(s, at + 1, SIZE_MAX), '/') == STR_NONE;
}

static int get_address(struct setup *s)
{
	s->address = s->cli->argc > 0 ? xstrdup(s->cli->argv[0]) : ask_line("E-mail address", NULL);
	if (s->address == NULL)
		return cli_failf(CLI_USAGE, "daybook setup imap ADDRESS", "setup imap: no address was given");
	if (!is_address(str_from(s->address)))
		return cli_failf(CLI_USAGE, NULL, "\"%.100s\" is no e-mail address", s->address);
	return CLI_OK;
}

/* "Vendas.SP@acme…" → "vendas-sp". */
static char *name_of(const char *address)
{
	char name[MAX_NAME + 1];
	size_t n = 0;

	for (const char *p = address; *p != '\0' && *p != '@' && n < MAX_NAME; p++) {
		char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;

		name[n++] = strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", c) != NULL ? c : '-';
	}
	return xstrndup(name, n);
}

/* The file that would be written may hold this connector, and no other may hold it. */
static int check_place(const struct setup *s)
{
	for (size_t i = 0; i < s->cli->config->n_connectors; i++) {
		const struct config_connector *c = &s->cli->config->connectors[i];
		auto_free char *file = path_absolute(c->file);
		bool is_same_name = strcmp(c->name, s->name) == 0, is_same_file = strcmp(file, s->files.options) == 0;

		if (is_same_name && !is_same_file)
			return cli_failf(CLI_FAILED, "--name chooses another",
					 "a connector named \"%s\" exists already (%s:%d)", s->name, c->file, c->line);
		if (is_same_file && !is_same_name)
			return cli_failf(CLI_FAILED, "--name chooses another", "%s holds the connector \"%s\" as well",
					 c->file, c->name);
	}
	return CLI_OK;
}

static int check_name(const struct setup *s)
{
	size_t n = strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	if (n == 0 || s->name[n] != '\0' || n > MAX_NAME)
		return cli_failf(CLI_USAGE, NULL, "\"%.100s\" cannot name a connector (a-z 0-9 _ -, at most %d)", s->name,
				 MAX_NAME);
	return check_place(s);
}

static int get_name(struct setup *s)
{
	auto_free char *proposal = name_of(s->address);
	const char *given;
	struct err err;

	s->name = cli_option(s->cli, "--name", &given) ? xstrdup(given) : ask_line("Name of the connector", proposal);
	if (s->name == NULL)
		return cli_failf(CLI_FAILED, NULL, "nothing was done");
	/* Before anything is asked for that could not be kept. */
	if (!setup_files_look(&s->files, s->cli->config_path, s->name, &err))
		return cli_fail(&err, err.kind == ERR_DENIED ? "run it as root: sudo daybook setup imap" : NULL);
	return check_name(s);
}

static int read_options(struct setup *s)
{
	cli_option(s->cli, "--host", &s->host);
	cli_option(s->cli, "--user", &s->user);
	cli_option(s->cli, "--autoconfig", &s->autoconfig_url);
	if (cli_option(s->cli, "--tls", &s->tls) && strcmp(s->tls, "implicit") != 0 && strcmp(s->tls, "starttls") != 0 &&
	    strcmp(s->tls, "none") != 0)
		return cli_failf(CLI_USAGE, NULL, "--tls: implicit, starttls or none, not \"%.40s\"", s->tls);
	if (cli_option(s->cli, "--tls-ca", &s->tls_ca))
		s->tls_ca = path_absolute(s->tls_ca);
	if (!cli_option_count(s->cli, "--port", &s->port))
		return CLI_USAGE;
	if (s->port < 0 || s->port > 65535 || (s->port != 0 && s->host == NULL))
		return cli_failf(CLI_USAGE, NULL, "--port: 1 to 65535, and only with --host");
	return s->tls == NULL || s->host != NULL ? CLI_OK : cli_failf(CLI_USAGE, NULL, "--tls: only with --host");
}

/* ---- the server ---- */

static void take_given(struct setup *s)
{
	struct mail_server *server = &s->servers.items[0];
	bool is_implicit = s->tls == NULL || strcmp(s->tls, "implicit") == 0;

	*server = (struct mail_server){ .found_by = "as given", .is_starttls = s->tls && !strcmp(s->tls, "starttls") };
	server->port = s->port ? (unsigned)s->port : is_implicit ? 993 : 143;
	snprintf(server->host, sizeof(server->host), "%s", s->host);
	s->servers.n_items = 1;
	s->servers.provider = provider_by_domain(str_sub(str_from(s->address), str_rchr(str_from(s->address), '@') + 1,
							 SIZE_MAX));
}

static int find_server(struct setup *s)
{
	const struct mail_server_search search = { .address = str_from(s->address), .autoconfig_url = s->autoconfig_url,
						    .tls_ca = s->tls_ca };
	struct err err;

	if (s->host != NULL)
		take_given(s);
	else if (!mail_server_find(&search, &s->servers, &err))
		return cli_fail(&err, "--host HOST names it");
	for (size_t i = 0; i < s->servers.n_items; i++)
		if (s->user != NULL || s->host != NULL)
			snprintf(s->servers.items[i].user, sizeof(s->servers.items[i].user), "%s",
				 s->user ? s->user : s->address);
	return CLI_OK;
}

/* DNS can be forged, and a certificate proves only who has the name that DNS gave. */
static int check_doubt(const struct mail_server *server)
{
	auto_free char *question = NULL;

	if (!server->is_doubtful)
		return CLI_OK;
	question = xasprintf("DNS alone says that %s reads this domain's mail: send it your password?", server->host);
	return ask_person(question, "--host HOST says that it is right");
}

/* ---- trying ---- */

/* Nobody has heard the password where there was no connection. */
static bool is_at_the_door(const struct trial *t)
{
	return t->err.kind != ERR_NONE && t->n_steps == 1;
}

static int try_one(struct setup *s, struct trial *t)
{
	struct err err;

	if (!setup_draft(s, &err) || !dry_begin(s->dry, setup_connector(s), &err))
		return cli_fail(&err, NULL);
	trial_init(t, s->cli, s->dry);
	t->on_step = s->cli->as_json ? NULL : trial_print_step;
	trial_probe(t, setup_connector(s), SHOWN_MESSAGES);
	return CLI_OK;
}

/* The first that answers. */
static int try_servers(struct setup *s, struct trial *t)
{
	int code = CLI_OK;

	for (size_t i = 0; i < s->servers.n_items; i++) {
		if (i > 0)
			trial_finish(t);
		s->server = &s->servers.items[i];
		if (!s->cli->as_json)
			printf("server   %s:%u (%s)\n", s->server->host, s->server->port, s->server->found_by);
		code = check_doubt(s->server);
		if (code == CLI_OK)
			code = try_one(s, t);
		if (code != CLI_OK || !is_at_the_door(t))
			break;
	}
	return code;
}

/* ---- writing ---- */

static int ask_to_write(const struct setup *s)
{
	const char *there = s->files.has_options ? s->files.options : s->files.secret;
	auto_free char *question = NULL;

	if (s->files.has_options || s->files.has_secret) {
		question = xasprintf("%s is there already: write over it%s?", there,
				     s->files.has_options && s->files.has_secret ? ", and over its secret" : "");
		if (s->cli->is_yes)
			return cli_failf(CLI_FAILED, "remove it, or choose another --name", "%s is there already; --yes "
					 "overwrites nothing", there);
		return ask_person(question, "remove it, or choose another --name");
	}
	question = xasprintf("Write %s and the password to %s?", s->files.options, s->files.secret);
	return ask(s->cli, question);
}

static void tell(const struct setup *s)
{
	struct ping ping;

	printf("written  %s\n         %s (mode 0600)\n", s->files.options, s->files.secret);
	cli_ping(s->cli, &ping);
	if (ping.state == DAEMON_DOWN)
		printf("daybookd does not run; it takes %s up when it starts\n", s->name);
	else
		printf("take it over:  daybook reload\nwatch it:      daybook status --watch\n");
}

static void tell_json(const struct setup *s)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member(&w, "connector", str_from(s->name));
	json_member(&w, "host", str_from(s->server->host));
	json_member_int(&w, "port", s->server->port);
	json_member(&w, "tls", str_from(s->server->is_starttls ? "starttls" : s->tls ? s->tls : "implicit"));
	json_member(&w, "user", str_from(s->server->user));
	json_member(&w, "found_by", str_from(s->server->found_by));
	json_member(&w, "file", str_from(s->files.options));
	json_member(&w, "secret_file", str_from(s->files.secret));
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

static int write_files(const struct setup *s)
{
	struct err err;
	int code = ask_to_write(s);

	if (code != CLI_OK)
		return code;
	if (!setup_files_write(&s->files, buf_str(&s->options), secret_bytes(s->password),
			       s->cli->config->storage.path, &err))
		return cli_fail(&err, err.kind == ERR_DENIED ? "run it as root: sudo daybook setup imap" : NULL);
	if (s->cli->as_json)
		tell_json(s);
	else
		tell(s);
	return CLI_OK;
}

/* ---- all of it ---- */

static int conclude(const struct setup *s, struct trial *t)
{
	const char *hint = t->err.kind == ERR_AUTH ? setup_login_hint(s->servers.provider) : NULL;

	if (hint != NULL)
		t->hint = str_from(hint);
	if (t->err.kind != ERR_NONE)
		return trial_conclude(t);
	if (!s->cli->as_json)
		trial_print(t);
	return write_files(s);
}

static int prepare(struct setup *s)
{
	int code;

	if (cli_config(s->cli, &code) == NULL || (code = read_options(s)) != CLI_OK ||
	    (code = get_address(s)) != CLI_OK || (code = get_name(s)) != CLI_OK || (code = find_server(s)) != CLI_OK)
		return code;
	setup_explain(s->servers.provider);
	s->password = ask_secret("Password");
	if (s->password == NULL)
		return cli_failf(CLI_USAGE, "where there is no terminal it is the first line of standard input",
				 "no password was given");
	return CLI_OK;
}

static int run(struct setup *s)
{
	struct trial trial = { .cli = s->cli };
	int code = prepare(s);

	if (code == CLI_OK)
		code = try_servers(s, &trial);
	if (code == CLI_OK)
		code = conclude(s, &trial);
	trial_finish(&trial);
	return code;
}

int cmd_setup_imap(struct cli *cli)
{
	struct setup s = { .cli = cli };
	int code;

	/* The parser is forked before anything else exists, secrets above all. */
	s.dry = dry_create(cli, &code);
	if (s.dry == NULL)
		return code;
	buf_init(&s.options, MAX_OPTIONS);
	code = run(&s);
	dry_destroy(s.dry);
	config_unref(s.draft);
	secret_destroy(s.password);
	setup_files_finish(&s.files);
	buf_finish(&s.options);
	if (s.tls_ca != NULL)
		free((char *)s.tls_ca);
	free(s.address);
	free(s.name);
	return code;
}
