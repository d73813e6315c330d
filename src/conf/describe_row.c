#include "conf/describe_row.h"

#include <string.h>

#include "base/mem.h"

void describe_type(struct buf *out, const struct conf_key *key)
{
	static const char *const texts[] = {
		[CONF_T_BOOL] = "yes or no", [CONF_T_INT] = "whole number",
		[CONF_T_SIZE] = "size, such as 512KiB, 4MiB, 100",
		[CONF_T_DURATION] = "duration, such as 30s, 5m, 1h",
		[CONF_T_RATE] = "rate, such as 5/s, 10/min, 100/h; 0 is no limit",
		[CONF_T_DATE] = "date, such as 2024-01-01, or an age such as 90d",
		[CONF_T_STRING] = "text", [CONF_T_PATH] = "path",
		[CONF_T_SECRET] = "secret: !credential NAME, !file PATH or !env NAME",
		[CONF_T_LIST] = "list of texts, or one text",
		[CONF_T_MAP] = "map from name to text or list of texts",
		[CONF_T_BLOCK] = "map of options",
		[CONF_T_LATER] = "anything; this version does not use it",
	};

	if (key->type != CONF_T_ENUM) {
		buf_add(out, str_from(texts[key->type]));
		return;
	}
	for (int i = 0; key->choices[i] != NULL; i++)
		buf_addf(out, "%s%s", i ? ", " : "one of ", key->choices[i]);
}

/* Where the type alone would give a value that its rule refuses. */
static const struct {
	const char *section, *key, *value;
} samples[] = {
	{ "", "config_version", "1" },
	{ "", "net_allow", "[10.1.0.0/16]" },
	{ "organization", "name", "Example Ltd" },
	{ "organization", "domains", "[example.com]" },
	{ "organization", "addresses", "[example@gmail.com]" },
	{ "organization", "numbers", "[\"+5511987654321\"]" },
	{ "organization", "mail_servers", "[mx.example.com]" },
	{ "organization", "default_region", "BR" },
	{ "http", "public_url", "https://crm.example.com" },
	{ "http", "trust_proxy", "[127.0.0.1/32]" },
	{ "tls", "certificate", "/etc/daybook/tls.pem" },
	{ "tls", "key", "!credential tls-key" },
	{ "oidc", "issuer", "https://accounts.google.com" },
	{ "oidc", "client_id", "1234.apps.googleusercontent.com" },
	{ "oidc", "client_secret", "!credential oidc-secret" },
	{ "oidc", "name", "Google" },
	{ "http", "control", "/run/daybook/control.sock" },
	{ "matching", "ignore", "[\"no-reply@*\", \"mailer-daemon@*\"]" },
	{ "matching", "suggest_merge", "[name+company, name+phone_suffix]" },
	{ "staff", "email", "[ana@example.com]" },
	{ "staff", "whatsapp", "[\"+5511991112222\"]" },
	{ "staff", "phone", "[\"+551133334444\"]" },
	{ "staff", "role", "seller" },
	{ "staff", "team", "south" },
	{ "roles", "can", "[read, write]" },
	{ "connector", "owner", "Ana Lima" },
};

const char *describe_sample(const char *section, const struct conf_key *key)
{
	static const char *const by_type[] = {
		[CONF_T_BOOL] = "no", [CONF_T_INT] = "1", [CONF_T_SIZE] = "4MiB",
		[CONF_T_DURATION] = "5m", [CONF_T_RATE] = "10/min", [CONF_T_DATE] = "90d",
		[CONF_T_STRING] = "text", [CONF_T_PATH] = "/path", [CONF_T_SECRET] = "!credential NAME",
		[CONF_T_LIST] = "[]", [CONF_T_MAP] = "{}", [CONF_T_BLOCK] = "{}", [CONF_T_LATER] = "",
	};

	for (size_t i = 0; i < countof(samples); i++)
		if (strcmp(samples[i].section, section) == 0 && strcmp(samples[i].key, key->name) == 0)
			return samples[i].value;
	if (key->fallback != NULL)
		return key->fallback[0] ? key->fallback : "\"\"";
	return key->type == CONF_T_ENUM ? key->choices[0] : by_type[key->type];
}

const struct conf_key *describe_keys(const struct connector *type)
{
	static const struct conf_key none[] = { { 0 } };

	return type->keys ? type->keys : none;
}
