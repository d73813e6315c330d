/* daybook user list, passwd, totp: who of staff may log in, and with what. What is typed stays here: the daemon gets hashes. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/password.h"
#include "base/totp.h"
#include "cli/ask.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "conf/secret.h"
#include "store/user.h"

enum { MAX_LINE = 64 << 10, ROOM = 1 << 20, N_CODES = 8, CODE_BYTES = 10, CODE_SIZE = 20 };

/* ---- list ---- */

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
	struct arena *arena;
};

static void put_json(struct listing *l, const struct config_staff *staff, const struct user_row *row)
{
	struct json_writer w;

	json_begin(&w, &l->line);
	json_open(&w, '{');
	json_member(&w, "name", row->name);
	json_member_or_null(&w, "role", str_from(staff->role));
	json_member_or_null(&w, "team", str_from(staff->team));
	json_member_bool(&w, "has_password", row->password.len > 0);
	json_member_bool(&w, "has_totp", row->totp.len > 0);
	json_member_int(&w, "recovery_codes", row->n_codes);
	json_member_int(&w, "sessions", row->n_sessions);
	show_time(&w, "password_at", row->password_us);
	show_time(&w, "last_login_at", row->last_login_us);
	json_close(&w, '}');
	show_line(&l->line);
}

static bool put(struct listing *l, const struct config_staff *staff, struct err *err)
{
	struct user_row row;

	if (!store_get_user(l->cli->store, str_from(staff->name), l->arena, &row, err))
		return false;
	if (l->cli->as_json) {
		put_json(l, staff, &row);
		return true;
	}
	table_row(l->table);
	table_str(l->table, row.name);
	table_str(l->table, staff->role ? str_from(staff->role) : STR("-"));
	table_str(l->table, staff->team ? str_from(staff->team) : STR("-"));
	table_str(l->table, row.password.len > 0 ? STR("yes") : STR("-"));
	table_str(l->table, row.totp.len > 0 ? STR("yes") : STR("-"));
	table_int(l->table, row.n_sessions);
	table_time(l->table, row.last_login_us);
	return true;
}

int cmd_user_list(struct cli *cli)
{
	static const char *const heads[] = { "USER", "ROLE", "TEAM", "PASSWORD", "TOTP", ">SESSIONS", "LAST LOGIN", NULL };
	struct listing l = { .cli = cli };
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	l.arena = arena_create(ROOM);
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	for (size_t i = 0; code == CLI_OK && i < cli->config->n_staff; i++)
		if (!put(&l, &cli->config->staff[i], &err))
			code = cli_fail(&err, NULL);
	if (code == CLI_OK && !cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	arena_destroy(l.arena);
	return code;
}

/* ---- passwd ---- */

static int tell(struct cli *cli, const char *path, struct buf *body)
{
	auto_json struct json_object *reply = NULL;

	return cli_call(cli, path, buf_str(body), &reply);
}

static int send_password(struct cli *cli, struct str user, const char *hash)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "user", user);
	json_member_or_null(&w, "hash", str_from(hash));
	json_close(&w, '}');
	code = tell(cli, "/user/password", &body);
	buf_finish(&body);
	return code;
}

/* On a terminal twice, so that a slip is no lock-out. */
static struct secret *ask_password(int *code)
{
	struct secret *one = ask_secret("password"), *two;

	*code = CLI_OK;
	if (one == NULL) {
		*code = cli_failf(CLI_USAGE, "type it, or send it: printf %s \"$PASSWORD\" | daybook user passwd NAME", "no password");
		return NULL;
	}
	if (!ask_is_there())
		return one;
	two = ask_secret("once more");
	if (two == NULL || !str_eq(secret_bytes(one), secret_bytes(two))) {
		*code = cli_failf(CLI_USAGE, NULL, "the two are not the same");
		secret_destroy(one);
		one = NULL;
	}
	secret_destroy(two);
	return one;
}

int cmd_user_passwd(struct cli *cli)
{
	auto_free char *name = cli_join(cli, 0);
	char hash[PASSWORD_HASH_SIZE];
	struct secret *password;
	struct err err;
	int code;

	if (cli_flag(cli, "--remove"))
		return send_password(cli, str_from(name), NULL);
	password = ask_password(&code);
	if (password == NULL)
		return code;
	code = password_hash(secret_bytes(password), hash, &err) ? send_password(cli, str_from(name), hash) : cli_fail(&err, NULL);
	secret_destroy(password);
	if (code == CLI_OK && !cli->as_json)
		fputs("set; sessions that there were have ended\n", stderr);
	return code;
}

/* ---- totp ---- */

struct factor {
	unsigned char key[TOTP_KEY_SIZE];
	char text[BASE32_TOTP_SIZE];
	char codes[N_CODES][CODE_SIZE];		/* "abcd-efgh-ijkl-mnop" */
};

static void make_code(char out[CODE_SIZE])
{
	unsigned char random[CODE_BYTES];
	char text[17];

	crypto_random(random, sizeof(random));
	base32(random, sizeof(random), text);
	for (size_t i = 0, k = 0; i < 16; i++) {
		if (i > 0 && i % 4 == 0)
			out[k++] = '-';
		out[k++] = (char)(text[i] >= 'A' ? text[i] + 'a' - 'A' : text[i]);
		out[k] = '\0';
	}
}

static void make_factor(struct factor *f)
{
	crypto_random(f->key, sizeof(f->key));
	base32(f->key, sizeof(f->key), f->text);
	for (size_t i = 0; i < N_CODES; i++)
		make_code(f->codes[i]);
}

static void put_escaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (str_chr(STR("-._~"), text.ptr[i]) != STR_NONE || (text.ptr[i] >= '0' && text.ptr[i] <= '9') ||
		    ((text.ptr[i] | 32) >= 'a' && (text.ptr[i] | 32) <= 'z'))
			buf_addc(out, text.ptr[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)text.ptr[i]);
}

static void print_factor(struct cli *cli, const struct factor *f, struct str name)
{
	struct json_writer w;
	struct buf uri, out;

	buf_init(&uri, MAX_LINE);
	buf_add(&uri, STR("otpauth://totp/Daybook:"));
	put_escaped(&uri, name);
	buf_addf(&uri, "?secret=%s&issuer=Daybook", f->text);
	buf_init(&out, MAX_LINE);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "uri", buf_str(&uri));
	json_member(&w, "secret", str_from(f->text));
	json_name(&w, "recovery_codes");
	json_open(&w, '[');
	for (size_t i = 0; i < N_CODES; i++)
		json_str_value(&w, str_from(f->codes[i]));
	json_close(&w, ']');
	json_close(&w, '}');
	if (cli->as_json) {
		show_line(&out);
	} else {
		printf(STR_FMT "\nsecret    %s\n", STR_ARG(buf_str(&uri)), f->text);
		for (size_t i = 0; i < N_CODES; i++)
			printf("%-9s %s\n", i == 0 ? "recovery" : "", f->codes[i]);
		fflush(stdout);
	}
	buf_finish(&out);
	buf_finish(&uri);
}

/* Where somebody is there, a code from the telephone proves that the key arrived. */
static int confirm(const struct factor *f)
{
	auto_free char *typed = ask_is_there() ? ask_line("a code from the app", NULL) : NULL;

	if (!ask_is_there() || (typed != NULL && totp_match((struct str){ (const char *)f->key, sizeof(f->key) },
							    str_trim(str_from(typed)), clock_wall_us()) != 0))
		return CLI_OK;
	return cli_failf(CLI_FAILED, "is the clock of both right?", "that is not the code of now; nothing was changed");
}

static void put_factor(struct json_writer *w, const struct factor *f)
{
	char hex[2 * TOTP_KEY_SIZE + 1], code_hex[SHA256_HEX_SIZE];
	unsigned char md[SHA256_SIZE];

	json_member(w, "key", str_from(crypto_hex(f->key, sizeof(f->key), hex)));
	json_name(w, "codes");
	json_open(w, '[');
	for (size_t i = 0; i < N_CODES; i++) {
		crypto_sha256(str_from(f->codes[i]), md);
		json_str_value(w, str_from(crypto_hex(md, sizeof(md), code_hex)));
	}
	json_close(w, ']');
}

static int send_factor(struct cli *cli, struct str user, const struct factor *f)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "user", user);
	if (f != NULL)
		put_factor(&w, f);
	json_close(&w, '}');
	code = tell(cli, "/user/totp", &body);
	buf_finish(&body);
	return code;
}

int cmd_user_totp(struct cli *cli)
{
	auto_free char *name = cli_join(cli, 0);
	struct factor f;
	int code;

	if (cli_flag(cli, "--off"))
		return send_factor(cli, str_from(name), NULL);
	make_factor(&f);
	print_factor(cli, &f, str_from(name));
	code = confirm(&f);
	if (code == CLI_OK)
		code = send_factor(cli, str_from(name), &f);
	if (code == CLI_OK && !cli->as_json)
		fputs("From now on a login asks for a code. Keep the recovery codes: each works once, and they are shown only now.\n",
		      stderr);
	explicit_bzero(&f, sizeof(f));
	return code;
}
