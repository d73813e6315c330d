/* daybook oauth: logging in to mailboxes by token. The daemon talks to the provider; this shows a person what to do,
 * and carries back what they bring. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/oauth_wait.h"
#include "cli/show.h"

enum { MAX_JSON = 64 << 10, POLL_S = 2 };

struct field {
	const char *name;
	struct str value;
};

/* One call about one connector. */
static int call(struct cli *cli, const char *path, const char *connector, const struct field *fields,
		struct json_object **reply)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_JSON);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "connector", str_from(connector));
	for (; fields != NULL && fields->name != NULL; fields++)
		json_member(&w, fields->name, fields->value);
	json_close(&w, '}');
	code = cli_call(cli, path, buf_str(&body), reply);
	if (body.ptr != NULL)
		explicit_bzero(body.ptr, body.len);
	buf_finish(&body);
	return code;
}

static int64_t number(struct json_object *object, const char *name, int64_t fallback)
{
	int64_t n;

	return json_int(json_get(object, name), &n) ? n : fallback;
}

/* What the provider wrote goes to the terminal. */
static void print_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		putchar(text.ptr[i] > ' ' && text.ptr[i] != 0x7f ? text.ptr[i] : '?');
}

static int done(const char *name)
{
	printf("logged in: %s is being read from now on\n", name);
	return CLI_OK;
}

/* ---- a code to type ---- */

static int poll_until_done(struct cli *cli, const char *name, int64_t interval_s)
{
	bool is_pending = true;
	int code = CLI_OK;

	while (code == CLI_OK && is_pending) {
		const struct timespec pause = { .tv_sec = interval_s };
		auto_json struct json_object *reply = NULL;

		nanosleep(&pause, NULL);
		code = call(cli, "/oauth/poll", name, NULL, &reply);
		is_pending = json_true(json_get(reply, "pending"));
		interval_s = number(reply, "interval_s", interval_s);
	}
	return code == CLI_OK ? done(name) : code;
}

static int log_in_by_device(struct cli *cli, const char *name, struct json_object *begun)
{
	char span[HUMAN_SIZE];

	printf("Open ");
	print_plain(json_str(begun, "url"));
	printf(" and enter ");
	print_plain(json_str(begun, "user_code"));
	printf(" (%s)\n", human_span(number(begun, "expires_s", 900) * US_PER_S, span));
	fflush(stdout);
	return poll_until_done(cli, name, number(begun, "interval_s", 5));
}

/* ---- a browser ---- */

static int finish_browser(struct cli *cli, const char *name, int fd, int64_t seconds)
{
	auto_json struct json_object *reply = NULL;
	struct oauth_answer answer;
	struct err err;
	int code;

	if (!oauth_wait(fd, seconds, &answer, &err))
		return cli_fail(&err, NULL);
	const struct field fields[] = { { "state", str_from(answer.state) }, { "code", str_from(answer.code) }, { 0 } };

	code = call(cli, "/oauth/finish", name, fields, &reply);
	explicit_bzero(&answer, sizeof(answer));
	return code == CLI_OK ? done(name) : code;
}

static int log_in_by_browser(struct cli *cli, const char *name, struct json_object *begun, int fd, int64_t port)
{
	printf("Open this, and log in as the owner of the mailbox:\n\n  ");
	print_plain(json_str(begun, "url"));
	printf("\n\nA browser on this machine brings the answer back by itself. One elsewhere ends at a page that does not\n"
	       "load: paste its address here and press Enter; or run this there first:  ssh -L %lld:127.0.0.1:%lld "
	       "THIS-MACHINE\n", (long long)port, (long long)port);
	fflush(stdout);
	return finish_browser(cli, name, fd, number(begun, "expires_s", 900));
}

/* ---- a browser that comes back to public_url, which is the daemon's ---- */

static int wait_for_login(struct cli *cli, const char *name, const char *before, int64_t seconds)
{
	const struct timespec pause = { .tv_sec = POLL_S };
	int64_t deadline_us = clock_mono_us() + seconds * US_PER_S;

	while (clock_mono_us() < deadline_us) {
		auto_json struct json_object *reply = NULL;
		int code = call(cli, "/oauth/status", name, NULL, &reply);
		struct str at = json_str(reply, "logged_in_at");

		if (code != CLI_OK)
			return code;
		if (at.len > 0 && !str_eq(at, str_from(before)))
			return done(name);
		nanosleep(&pause, NULL);
	}
	return cli_failf(CLI_AGAIN, NULL, "nobody logged in within %lld min", (long long)(seconds / 60));
}

static int log_in_by_public_url(struct cli *cli, const char *name)
{
	auto_free char *redirect = xasprintf("%s/oauth/callback", cli->config->http.public_url);
	const struct field fields[] = { { "flow", STR("browser") }, { "redirect_uri", str_from(redirect) }, { 0 } };
	auto_json struct json_object *status = NULL, *begun = NULL;
	auto_free char *before = NULL;
	int code = call(cli, "/oauth/status", name, NULL, &status);

	if (code == CLI_OK)
		code = call(cli, "/oauth/begin", name, fields, &begun);
	if (code != CLI_OK)
		return code;
	before = xasprintf(STR_FMT, STR_ARG(json_str(status, "logged_in_at")));
	printf("Open this anywhere, and log in as the owner of the mailbox:\n\n  ");
	print_plain(json_str(begun, "url"));
	printf("\n\nThe provider must know %s as an address to come back to.\n", redirect);
	fflush(stdout);
	return wait_for_login(cli, name, before, number(begun, "expires_s", 900));
}

/* ---- login ---- */

static int begin(struct cli *cli, const char *name, int64_t port, struct json_object **begun)
{
	auto_free char *redirect = xasprintf("http://127.0.0.1:%lld/", (long long)port);
	const char *flow = cli_flag(cli, "--device") ? "device" : cli_flag(cli, "--browser") ? "browser" : "";
	const struct field fields[] = { { "flow", str_from(flow) }, { "redirect_uri", str_from(redirect) }, { 0 } };

	return call(cli, "/oauth/begin", name, fields, begun);
}

int cmd_oauth_login(struct cli *cli)
{
	const char *name = cli->argv[0];
	auto_json struct json_object *begun = NULL;
	auto_close int fd = -1;
	struct err err;
	int64_t port = 0;
	int code;

	if (!cli_option_count(cli, "--port", &port))
		return CLI_USAGE;
	if (cli_config(cli, &code) == NULL)
		return code;
	if (cli_flag(cli, "--public"))
		return cli->config->http.public_url != NULL ? log_in_by_public_url(cli, name) :
		       cli_failf(CLI_CONFIG, "daybook config explain http.public_url", "--public wants http.public_url");
	if (port < 0 || port > 65535)
		return cli_failf(CLI_USAGE, NULL, "--port: %lld is no port", (long long)port);
	fd = oauth_listen(&port, &err);
	if (fd < 0)
		return cli_fail(&err, "--port N takes another one");
	code = begin(cli, name, port, &begun);
	if (code != CLI_OK)
		return code;
	if (str_eq(json_str(begun, "flow"), STR("device")))
		return log_in_by_device(cli, name, begun);
	return log_in_by_browser(cli, name, begun, fd, port);
}

/* ---- status ---- */

static bool has_login(const struct config_connector *c)
{
	return c->type->oauth != NULL && c->type->oauth(c->conf) != NULL && c->host.enabled;
}

static void put_time(struct table *t, struct json_object *reply, const char *name)
{
	int64_t at_us = 0;

	clock_parse(json_str(reply, name), &at_us);
	table_time(t, at_us);
}

static void put_row(struct table *t, const char *name, struct json_object *reply)
{
	struct str state = json_str(reply, "state");
	bool is_out = str_eq(state, STR("needs_login"));
	auto_free char *note = xasprintf("%s%s", is_out ? "daybook oauth login " : "", is_out ? name : "");

	table_row(t);
	table_str(t, str_from(name));
	table_str(t, state);
	table_color(t, str_eq(state, STR("ok")) ? "green" : "yellow");
	put_time(t, reply, "logged_in_at");
	put_time(t, reply, "renewed_at");
	put_time(t, reply, "token_until");
	put_time(t, reply, "login_until");
	table_str(t, str_from(note));
}

static int look_at(struct cli *cli, const char *name, struct table *t)
{
	auto_json struct json_object *reply = NULL;
	int code = call(cli, "/oauth/status", name, NULL, &reply);
	struct buf line;

	if (code != CLI_OK)
		return code;
	if (!cli->as_json) {
		put_row(t, name, reply);
		return CLI_OK;
	}
	buf_init(&line, MAX_JSON);
	json_put_value(&line, reply);
	show_line(&line);
	buf_finish(&line);
	return CLI_OK;
}

int cmd_oauth_status(struct cli *cli)
{
	static const char *const heads[] = { "CONNECTOR", "STATE", "LOGGED IN", "RENEWED", "TOKEN UNTIL", "LOGIN UNTIL",
					     "~NOTE", NULL };
	struct table *t;
	int code = CLI_OK;

	if (cli_config(cli, &code) == NULL)
		return code;
	t = table_create(heads);
	if (cli->argc > 0)
		code = look_at(cli, cli->argv[0], t);
	for (size_t i = 0; cli->argc == 0 && code == CLI_OK && i < cli->config->n_connectors; i++)
		if (has_login(&cli->config->connectors[i]))
			code = look_at(cli, cli->config->connectors[i].name, t);
	if (code == CLI_OK && !cli->as_json)
		table_print(t);
	table_destroy(t);
	return code;
}

/* ---- revoke ---- */

int cmd_oauth_revoke(struct cli *cli)
{
	const char *name = cli->argv[0];
	auto_free char *question = xasprintf("End the login of %s? It will not be read until somebody logs in again.", name);
	auto_json struct json_object *reply = NULL;
	int code = ask(cli, question);
	struct str note;

	if (code == CLI_OK)
		code = call(cli, "/oauth/revoke", name, NULL, &reply);
	if (code != CLI_OK)
		return code;
	note = json_str(reply, "note");
	printf("forgotten here%s\n", json_true(json_get(reply, "told")) ? ", and given back to the provider" : "");
	if (note.len > 0)
		fprintf(stderr, "daybook: the provider still knows it: " STR_FMT "\n", STR_ARG(note));
	return CLI_OK;
}
