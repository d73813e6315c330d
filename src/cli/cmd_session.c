/* daybook session list, revoke; login-link: who is logged in, and a way in without a password. */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "store/session.h"

enum { MAX_LINE = 64 << 10, RANDOM_BYTES = 32 };

/* ---- list ---- */

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
	bool wants_all;
};

static const char *state_of(const struct session_row *row)
{
	if (row->ended_us != 0)
		return "ended";
	return session_is_good(row, clock_wall_us()) ? "open" : "expired";
}

static bool put_json(struct listing *l, const struct session_row *row)
{
	struct json_writer w;

	json_begin(&w, &l->line);
	json_open(&w, '{');
	json_member_int(&w, "id", row->id);
	json_member(&w, "user", row->name);
	json_member(&w, "state", str_from(state_of(row)));
	json_member(&w, "how", row->how);
	json_member_or_null(&w, "address", row->peer);
	json_member_or_null(&w, "agent", row->agent);
	show_time(&w, "created_at", row->created_us);
	show_time(&w, "last_used_at", row->used_us);
	show_time(&w, "expires_at", row->expires_us);
	show_time(&w, "ended_at", row->ended_us);
	json_close(&w, '}');
	return show_line(&l->line);
}

static bool put(const struct session_row *row, void *arg)
{
	struct listing *l = arg;
	char id[24];

	if (!l->wants_all && strcmp(state_of(row), "open") != 0)
		return true;
	if (l->cli->as_json)
		return put_json(l, row);
	snprintf(id, sizeof(id), "%lld", (long long)row->id);
	table_row(l->table);
	table_str(l->table, str_from(id));
	table_str(l->table, row->name);
	table_str(l->table, str_from(state_of(row)));
	table_str(l->table, row->how);
	table_str(l->table, row->peer);
	table_str(l->table, row->agent);
	table_time(l->table, row->created_us);
	table_time(l->table, row->used_us);
	return true;
}

int cmd_session_list(struct cli *cli)
{
	static const char *const heads[] = { "ID", "USER", "STATE", "BY", "ADDRESS", "~BROWSER", "SINCE", "LAST USED", NULL };
	struct listing l = { .cli = cli, .wants_all = cli_flag(cli, "--all") };
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_each_session(cli->store, put, &l, &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}

/* ---- revoke ---- */

static int call_with(struct cli *cli, const char *path, struct str user, const char *name, struct str value)
{
	auto_json struct json_object *reply = NULL;
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member_or_null(&w, "user", user);
	if (value.len > 0)
		json_member(&w, name, value);
	json_close(&w, '}');
	code = cli_call(cli, path, buf_str(&body), &reply);
	buf_finish(&body);
	return code;
}

int cmd_session_revoke(struct cli *cli)
{
	const char *user = NULL;
	int64_t id;
	int code;

	if (cli_option(cli, "--user", &user) == (cli->argc > 0))
		return cli_failf(CLI_USAGE, "daybook session revoke ID, or --user PERSON for all of theirs", "which session?");
	if (cli->argc > 0 && !str_int64(str_from(cli->argv[0]), &id))
		return cli_failf(CLI_USAGE, "daybook session list shows them", "\"%s\" is not the number of a session", cli->argv[0]);
	code = call_with(cli, "/session/revoke", str_from(user), "id", cli->argc > 0 ? str_from(cli->argv[0]) : STR(""));
	if (code == CLI_OK && !cli->as_json)
		puts("ended");
	return code;
}

/* ---- a link ---- */

static void put_base(struct cli *cli, struct buf *out)
{
	const struct config *config = cli->config;
	struct str url = str_from(config->http.public_url);

	if (url.len > 0) {
		buf_add(out, str_ends(url, STR("/")) ? str_sub(url, 0, url.len - 1) : url);
		return;
	}
	buf_add(out, STR("http://"));
	buf_add(out, config->n_listen > 0 && config->listen[0].text[0] != 'u' ? str_from(config->listen[0].text)
									       : STR("127.0.0.1:8480"));
}

static void print_link(struct cli *cli, struct str token)
{
	struct json_writer w;
	struct buf url, out;

	buf_init(&url, MAX_LINE);
	put_base(cli, &url);
	buf_add(&url, STR("/login/"));
	buf_add(&url, token);
	buf_init(&out, MAX_LINE);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "url", buf_str(&url));
	json_member_int(&w, "expires_in_s", LINK_LIFE_S);
	json_close(&w, '}');
	if (cli->as_json) {
		show_line(&out);
	} else {
		printf(STR_FMT "\n", STR_ARG(buf_str(&url)));
		fputs("It works once, within ten minutes.\n", stderr);
	}
	buf_finish(&out);
	buf_finish(&url);
}

int cmd_login_link(struct cli *cli)
{
	auto_free char *name = cli_join(cli, 0);
	unsigned char random[RANDOM_BYTES], md[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	struct buf token;
	int code;

	if (cli_config(cli, &code) == NULL)
		return code;
	crypto_random(random, sizeof(random));
	buf_init(&token, MAX_LINE);
	buf_add(&token, STR("dbl_"));
	base64url_put(&token, (struct str){ (const char *)random, sizeof(random) });
	crypto_sha256(buf_str(&token), md);
	code = call_with(cli, "/login-link", str_from(name), "sha256", str_from(crypto_hex(md, sizeof(md), hex)));
	if (code == CLI_OK)
		print_link(cli, buf_str(&token));
	explicit_bzero(token.ptr, token.len);
	buf_finish(&token);
	return code;
}
