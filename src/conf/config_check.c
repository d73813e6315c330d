#include "conf/config_check.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/cidr.h"
#include "conf/diag.h"
#include "conf/listen.h"
#include "conf/region.h"

enum verdict { FINE, ODD, WRONG };

/* ODD and WRONG leave the text of a warning or an error in *err. */
typedef enum verdict check_fn(const struct yaml_node *node, struct err *err);

static enum verdict wrong(struct err *err, const struct yaml_node *node, const char *what)
{
	char quoted[DIAG_QUOTE_SIZE];

	err_setf(err, ERR_CONF, "%s is not %s", diag_quote(node->text, quoted), what);
	return WRONG;
}

static bool has_space(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ')
			return true;
	return false;
}

static bool has_only(struct str s, const char *allowed)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || strchr(allowed, s.ptr[i]) == NULL)
			return false;
	return true;
}

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Internationalised ones may be written as they are; a domain is only ever compared. */
static enum verdict check_domain(const struct yaml_node *node, struct err *err)
{
	struct str s = node->text;

	if (str_chr(s, '@') != STR_NONE)
		return wrong(err, node, "a domain (write what follows the @)");
	if (s.len == 0 || s.len > 253 || has_space(s) || str_chr(s, '.') == STR_NONE ||
	    s.ptr[0] == '.' || s.ptr[s.len - 1] == '.' || str_chr(s, '/') != STR_NONE ||
	    str_chr(s, '*') != STR_NONE)
		return wrong(err, node, "a domain (try example.com)");
	return FINE;
}

static enum verdict check_email(const struct yaml_node *node, struct err *err)
{
	size_t at = str_rchr(node->text, '@');

	if (at == STR_NONE || at == 0 || at + 1 == node->text.len || has_space(node->text))
		return wrong(err, node, "a mail address (try ana@example.com)");
	return FINE;
}

static enum verdict check_number(const struct yaml_node *node, struct err *err)
{
	size_t n_digits = 0;

	for (size_t i = 0; i < node->text.len; i++)
		n_digits += node->text.ptr[i] >= '0' && node->text.ptr[i] <= '9';
	if (n_digits < 5 || n_digits > 15 || !has_only(node->text, "0123456789+-(). /"))
		return wrong(err, node, "a phone number (try +5511987654321)");
	return FINE;
}

static enum verdict check_region(const struct yaml_node *node, struct err *err)
{
	return region_is_known(node->text) ? FINE :
		wrong(err, node, "a country (two letters, e.g. BR, PT, US)");
}

static enum verdict check_timezone(const struct yaml_node *node, struct err *err)
{
	static const char base[] = "/usr/share/zoneinfo";
	struct str s = node->text;
	char quoted[DIAG_QUOTE_SIZE];
	auto_free char *file = xasprintf("%s/" STR_FMT, base, STR_ARG(s));

	if (s.len == 0 || s.len > 64 || !has_only(s, ALNUM "_+-/") || s.ptr[0] == '/')
		return wrong(err, node, "a time zone (try America/Sao_Paulo)");
	if (str_eq(s, STR("UTC")) || access(base, F_OK) != 0 || access(file, F_OK) == 0)
		return FINE;
	/* Names come and go with the system's tzdata: no reason not to start. */
	err_setf(err, ERR_CONF, "%s is not a time zone that this system knows; UTC is used",
		 diag_quote(s, quoted));
	return ODD;
}

static enum verdict check_language(const struct yaml_node *node, struct err *err)
{
	if (node->text.len < 2 || node->text.len > 35 || !has_only(node->text, ALNUM "-"))
		return wrong(err, node, "a language (try pt-BR, en)");
	return FINE;
}

static enum verdict check_network(const struct yaml_node *node, struct err *err)
{
	struct cidr net;

	return cidr_parse(node->text, &net) ? FINE :
		wrong(err, node, "a network (try 10.0.0.0/8, 192.0.2.7, 2001:db8::/32)");
}

static enum verdict check_proxy(const struct yaml_node *node, struct err *err)
{
	struct cidr net;

	if (!cidr_parse(node->text, &net) || !cidr_is_everything(&net))
		return check_network(node, err);
	err_setf(err, ERR_CONF, "every client is believed when it says where it comes from");
	return ODD;
}

static enum verdict check_listen(const struct yaml_node *node, struct err *err)
{
	struct listen_address listen;

	if (!listen_parse(node->text, yaml_name(node->doc), &listen, err))
		return WRONG;
	listen_finish(&listen);
	return FINE;
}

static enum verdict check_url(const struct yaml_node *node, struct err *err)
{
	struct str s = node->text;
	size_t scheme = str_istarts(s, STR("https://")) ? 8 : str_istarts(s, STR("http://")) ? 7 : 0;

	if (scheme == 0 || s.len == scheme || has_space(s) || s.ptr[scheme] == '/' ||
	    str_chr(s, '?') != STR_NONE || str_chr(s, '#') != STR_NONE)
		return wrong(err, node, "a URL (try https://crm.example.com)");
	return FINE;
}

/* Asked over https alone, and compared byte for byte. */
static enum verdict check_issuer(const struct yaml_node *node, struct err *err)
{
	if (str_starts(node->text, STR("https://")) && check_url(node, err) == FINE)
		return FINE;
	return wrong(err, node, "a provider's issuer (try https://accounts.google.com)");
}

static enum verdict check_glob(const struct yaml_node *node, struct err *err)
{
	if (node->text.len == 0 || has_space(node->text))
		return wrong(err, node, "an address with * (try no-reply@*)");
	return FINE;
}

static enum verdict check_backend(const struct yaml_node *node, struct err *err)
{
	if (!str_eq(node->text, STR("postgresql")))
		return FINE;
	err_setf(err, ERR_CONF, "this version has sqlite only");
	return WRONG;
}

static enum verdict check_right(const struct yaml_node *node, struct err *err)
{
	static const char *const rights[] = { "read", "write", "assign", "merge", "erase", "export", "connectors",
					      "dead_letters", "metrics", "audit", "all" };

	for (size_t i = 0; i < countof(rights); i++)
		if (str_eq(node->text, str_from(rights[i])))
			return FINE;
	return wrong(err, node, "a right (see daybook config explain roles)");
}

static enum verdict check_likeness(const struct yaml_node *node, struct err *err)
{
	static const char *const names[] = { "mailbox", "plus_tag", "name+company", "name+phone_suffix" };

	for (size_t i = 0; i < countof(names); i++)
		if (str_eq(node->text, str_from(names[i])))
			return FINE;
	return wrong(err, node, "a reason (try mailbox, plus_tag, name+company or name+phone_suffix)");
}

static enum verdict check_socket(const struct yaml_node *node, struct err *err)
{
	auto_free char *as_listen = xasprintf("unix:" STR_FMT, STR_ARG(node->text));
	struct yaml_node as = { .text = str_from(as_listen), .doc = node->doc };

	return node->text.len > 0 ? check_listen(&as, err) : FINE;	/* empty: said already */
}

static const struct {
	const char *section, *key;
	check_fn *check;
} rules[] = {
	{ NULL, "net_allow", check_network },
	{ "organization", "domains", check_domain },
	{ "organization", "addresses", check_email },
	{ "organization", "numbers", check_number },
	{ "organization", "default_region", check_region },
	{ "organization", "timezone", check_timezone },
	{ "organization", "languages", check_language },
	{ "storage", "backend", check_backend },
	{ "http", "listen", check_listen },
	{ "http", "public_url", check_url },
	{ "http", "trust_proxy", check_proxy },
	{ "http", "control", check_socket },
	{ "http.oidc", "issuer", check_issuer },
	{ "matching", "ignore", check_glob },
	{ "matching", "suggest_merge", check_likeness },
	{ "staff", "email", check_email },
	{ "staff", "whatsapp", check_number },
	{ "staff", "phone", check_number },
	{ "roles", "can", check_right },
};

static void check_one(check_fn *check, const struct yaml_node *node, const char *path,
		      struct diags *diags)
{
	enum verdict verdict;
	struct err err;

	/* What is no text, or a reference to a secret, the setters have complained about. */
	if (node->kind != YAML_TEXT || node->tag != NULL || yaml_is_nothing(node) ||
	    str_chr(node->text, '\0') != STR_NONE)
		return;
	verdict = check(node, &err);
	if (verdict != FINE)
		diag_addf(diags, verdict == ODD ? DIAG_WARNING : DIAG_ERROR, node, path, "%s",
			  err.msg);
}

static void check_option(size_t rule, const struct yaml_node *block, const char *path,
			 struct diags *diags)
{
	const struct yaml_node *value = yaml_find(block, rules[rule].key);
	auto_free char *name = path ? xasprintf("%s.%s", path, rules[rule].key) :
				      xstrdup(rules[rule].key);

	if (value == NULL)
		return;
	if (value->kind == YAML_LIST)
		for (size_t i = 0; i < value->n_items; i++)
			check_one(rules[rule].check, value->items[i], name, diags);
	else
		check_one(rules[rule].check, value, name, diags);
}

/* "http.oidc": a block in a block. */
static const struct yaml_node *find_block(const struct yaml_node *root, const char *section)
{
	struct str rest = str_from(section), name;

	while (root != NULL && str_next(&rest, '.', &name)) {
		auto_free char *key = xstrndup(name.ptr, name.len);

		root = yaml_find(root, key);
	}
	return root;
}

void config_check_values(const struct yaml_node *root, struct diags *diags)
{
	for (size_t i = 0; i < countof(rules); i++) {
		const struct yaml_node *block = find_block(root, rules[i].section);

		if (rules[i].section == NULL ||
		    (strcmp(rules[i].section, "staff") != 0 && strcmp(rules[i].section, "roles") != 0)) {
			check_option(i, block, rules[i].section, diags);
			continue;
		}
		for (size_t k = 0; block != NULL && block->kind == YAML_MAP && k < block->n_items; k++) {
			auto_free char *path = xasprintf("%s." STR_FMT, rules[i].section,
							 STR_ARG(block->items[k]->key->text));

			check_option(i, block->items[k], path, diags);
		}
	}
}
