/* Two connectors as others would write them, a folder of one's own, and reports as text. */
#pragma once

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <daybook/connector.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf/config.h"
#include "conf/diag.h"
#include "conf/secret.h"
#include "conf/table.h"
#include "conf/yaml.h"

#include "../check_main.h"

/* ---- mailbox: one that asks a server ---- */

enum mailbox_mode { MAILBOX_SHARED, MAILBOX_PERSONAL };

struct mailbox_conf {
	const char *host;
	const char *user;
	struct secret *password;
	int64_t port;
	int64_t since;
	int64_t limit;
	int privacy;
	bool idle;
	const char *tls_ca;
	struct conf_list folders;
	struct mailbox_login {
		const char *client;
		struct secret *key;
		int64_t wait;
	} login;
};

static const struct conf_key mailbox_login_keys[] = {
	CONF_KEY(CONF_T_STRING, mailbox_login, client, NULL, 0, "who asks"),
	CONF_KEY(CONF_T_SECRET, mailbox_login, key, NULL, 0, "what it shows"),
	CONF_KEY_RANGE(CONF_T_DURATION, mailbox_login, wait, "30s", 0, 1000000, 60000000, "how long"),
	{ 0 },
};

static const char *const mailbox_privacies[] = { "shared", "personal", NULL };

static const struct conf_key mailbox_keys[] = {
	CONF_KEY(CONF_T_STRING, mailbox_conf, host, NULL, CONF_REQUIRED, "server to read from"),
	CONF_KEY(CONF_T_STRING, mailbox_conf, user, NULL, CONF_REQUIRED, "name to log in with"),
	CONF_KEY(CONF_T_SECRET, mailbox_conf, password, NULL, CONF_REQUIRED, "its password"),
	CONF_KEY_RANGE(CONF_T_INT, mailbox_conf, port, "993", 0, 1, 65535, "TCP port"),
	CONF_KEY(CONF_T_DATE, mailbox_conf, since, "90d", CONF_RELOAD, "read back to here"),
	CONF_KEY_RANGE(CONF_T_SIZE, mailbox_conf, limit, "25MiB", CONF_NORMALIZE, 1024, 1 << 30,
		       "largest message"),
	CONF_KEY_ENUM(mailbox_conf, privacy, "shared", CONF_NORMALIZE, mailbox_privacies,
		      "whose mail it is"),
	CONF_KEY(CONF_T_BOOL, mailbox_conf, idle, "yes", CONF_RELOAD, "wait for news"),
	CONF_KEY(CONF_T_PATH, mailbox_conf, tls_ca, NULL, 0, "another CA to trust"),
	CONF_KEY(CONF_T_LIST, mailbox_conf, folders, "[INBOX, '\\Sent']", CONF_NORMALIZE,
		 "folders to read"),
	CONF_KEY_BLOCK(mailbox_conf, login, mailbox_login_keys, "how to log in"),
	{ .name = "oauth", .type = CONF_T_LATER, .help = "log in by token" },
	{ 0 },
};

static inline bool mailbox_check(const void *conf, struct err *err)
{
	const struct mailbox_conf *cf = conf;

	if (strcmp(cf->host, "nowhere") == 0)
		return err_setf(err, ERR_CONF, "host: there is no such server as nowhere");
	if (strcmp(cf->user, "nobody") == 0)
		return err_setf(err, ERR_CONF, "nobody cannot log in");
	return true;
}

static inline bool mailbox_sync(void *session, struct sync *sync, struct err *err)
{
	(void)session, (void)sync, (void)err;
	return true;
}

static const struct connector mailbox = {
	.api = CONNECTOR_API, .name = "mailbox", .summary = "a mailbox for the tests",
	.conf_size = sizeof(struct mailbox_conf), .keys = mailbox_keys, .check = mailbox_check,
	.sync = mailbox_sync,
};

/* ---- hook: one that is called ---- */

struct hook_conf {
	struct secret *token;
	struct secret *signature;	/* a name that does not sound secret */
	struct conf_rate rate_limit;
	struct conf_map map;
	const char *greeting;
};

static const struct conf_key hook_keys[] = {
	CONF_KEY(CONF_T_SECRET, hook_conf, token, NULL, 0, "what the sender must show"),
	CONF_KEY(CONF_T_SECRET, hook_conf, signature, NULL, 0, "what it signs with"),
	CONF_KEY(CONF_T_RATE, hook_conf, rate_limit, "10/min", CONF_RELOAD, "posts of one peer"),
	CONF_KEY(CONF_T_MAP, hook_conf, map, "{name: [name, nome], email: email}", CONF_NORMALIZE,
		 "names of the fields"),
	CONF_KEY(CONF_T_STRING, hook_conf, greeting, NULL, CONF_NORMALIZE, "what to say"),
	{ 0 },
};

static inline const char *hook_warn(const void *conf)
{
	return ((const struct hook_conf *)conf)->token ? NULL : "without a token anyone may post";
}

static const struct connector hook = {
	.api = CONNECTOR_API, .name = "hook", .summary = "a webhook for the tests",
	.conf_size = sizeof(struct hook_conf), .keys = hook_keys, .warn = hook_warn,
};

static const struct connector *const known[] = { &hook, &mailbox, NULL };

/* ---- a folder of one's own ---- */

static char folder[64];

static inline void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/daybook-conf-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void remove_folder(void)
{
	auto_free char *command = xasprintf("rm -rf '%s'", folder);

	ck_assert_int_eq(system(command), 0);
}

static inline const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static inline void put_bytes(const char *name, const void *bytes, size_t n)
{
	FILE *f = fopen(in_folder(name), "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static inline void put_file(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static inline void put_secret_file(const char *name, const char *text)
{
	put_file(name, text);
	ck_assert_int_eq(chmod(in_folder(name), 0600), 0);
}

/* ---- reports as text, with the folder's name taken out ---- */

static char report[65536];

static inline void drop_folder(void)
{
	size_t n = strlen(folder);

	for (char *at = report; n > 0 && (at = strstr(at, folder)) != NULL;)
		memmove(at, at + n + (at[n] == '/'), strlen(at + n + (at[n] == '/')) + 1);
}

static inline const char *print_report(const struct diags *diags)
{
	struct buf out;

	buf_init(&out, sizeof(report) - 1);
	diags_print(diags, &out);
	snprintf(report, sizeof(report), "%s", out.ptr ? out.ptr : "");
	buf_finish(&out);
	drop_folder();
	return report;
}

static size_t n_errors, n_warnings;

/* Leaves what was said in `report`; destroys diags. */
static inline struct config *loaded(struct config *config, struct diags *diags)
{
	n_errors = diags_n_errors(diags);
	n_warnings = diags_n_warnings(diags);
	print_report(diags);
	diags_destroy(diags);
	ck_assert_int_eq(config == NULL, n_errors > 0);
	return config;
}

/* The caller unrefs. */
static inline struct config *load_with(const char *name, unsigned flags)
{
	struct diags *diags = diags_create();

	return loaded(config_load(in_folder(name), known, flags, diags), diags);
}

/* A main file in memory, as /etc/daybook/t.yaml. */
static inline struct config *parse_text(const char *text)
{
	struct diags *diags = diags_create();

	folder[0] = '\0';
	return loaded(config_parse("t.yaml", str_from(text), known, 0, diags), diags);
}

/* Everything that is said about a text that must not be accepted. */
static inline const char *complaints(const char *text)
{
	auto_free char *whole = xasprintf("config_version: 1\n%s", text);

	ck_assert_ptr_null(parse_text(whole));
	return report;
}

#define says(part_) \
	ck_assert_msg(strstr(report, (part_)) != NULL, "\"%s\" is not in:\n%s", (part_), report)
#define says_not(part_) \
	ck_assert_msg(strstr(report, (part_)) == NULL, "\"%s\" is in:\n%s", (part_), report)
