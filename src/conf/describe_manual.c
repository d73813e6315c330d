#include <stdio.h>
#include <string.h>

#include "conf/config_rows.h"
#include "conf/describe.h"
#include "conf/describe_row.h"
#include "conf/table.h"

/* scdoc reads these as markup. */
static void put_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("\\*_#<>[]|`~+", *text) != NULL)
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

/* As a sentence of its own. */
static void put_sentence(struct buf *out, const char *text)
{
	char first = text[0];

	if (first >= 'a' && first <= 'z' && text[1] != ':') {
		buf_addc(out, (char)(first - 32));
		text++;
	}
	put_text(out, text);
	buf_addc(out, '.');
}

static void put_type(struct buf *out, const struct conf_key *key)
{
	struct buf type;

	buf_init(&type, 4096);
	describe_type(&type, key);
	put_text(out, type.ptr);
	buf_finish(&type);
}

static void put_row(struct buf *out, const char *place, const struct conf_key *key)
{
	struct buf range;

	buf_add(out, STR("*"));
	put_text(out, place);
	put_text(out, key->name);
	buf_add(out, STR("*\n\t"));
	put_sentence(out, key->help);
	buf_add(out, STR("\n\n\tType: "));
	put_type(out, key);
	buf_init(&range, 200);
	if (conf_print_range(&range, key)) {
		buf_add(out, STR("; "));
		put_text(out, range.ptr);
	}
	buf_finish(&range);
	if (key->flags & CONF_REQUIRED)
		buf_add(out, STR(". Required"));
	if (key->fallback != NULL) {
		buf_add(out, STR(". Default: "));
		put_text(out, key->fallback);
	}
	buf_add(out, STR(".\n\n"));
}

/* A block's options follow it, each under its full name. */
static void put_rows(struct buf *out, const char *place, const struct conf_key *keys)
{
	char inner[96];

	for (; keys->name != NULL; keys++) {
		put_row(out, place, keys);
		if (keys->type != CONF_T_BLOCK)
			continue;
		snprintf(inner, sizeof(inner), "%s%s.", place, keys->name);
		put_rows(out, inner, keys->rows);
	}
}

static void put_section(struct buf *out, const char *name, const char *place, const char *help,
			const struct conf_key *keys)
{
	buf_add(out, STR("## "));
	put_text(out, name);
	buf_add(out, STR("\n\n"));
	put_sentence(out, help);
	buf_add(out, STR("\n\n"));
	put_rows(out, place, keys);
}

static const char head[] =
"daybook.yaml(5)\n"
"\n"
"# NAME\n"
"\n"
"daybook.yaml - configuration of Daybook\n"
"\n"
"# SYNOPSIS\n"
"\n"
"_/etc/daybook/daybook.yaml_, _/etc/daybook/connectors.d/\\*.yaml_\n"
"\n"
"# DESCRIPTION\n"
"\n"
"*daybookd*(8) and *daybook*(1) read one YAML file and then, in the order of their names, the files of\n"
"_connectors.d_ beside it. Those may hold nothing but *connectors*. *daybookd -t* checks all of them and\n"
"reports all mistakes in one run, each as _file:line:column: error: text_; it exits with 0 or 78.\n"
"\n"
"On SIGHUP the files are read again. With a mistake in them the running configuration stays. Options\n"
"that need a restart say so; a reload that changes one of them is refused.\n"
"\n"
"A file is UTF-8, at most 4 MiB large and 32 levels deep. It holds one document. Anchors, aliases, merge\n"
"keys and the same name twice in a map are errors. Types never come from YAML: *host: no* is the host\n"
"\"no\". An unknown option is an error.\n"
"\n"
"# VALUES\n"
"\n"
"*yes or no*\n"
"\tyes, no, true, false, on, off.\n"
"\n"
"*size*\n"
"\tBytes: 100, 512KiB, 4MiB, 1GiB. K, M, G and T alone count in 1024 as well.\n"
"\n"
"*duration*\n"
"\tms, s, m, h, d, w, y (365 days), also several: 1h30m. 0 needs no unit.\n"
"\n"
"*rate*\n"
"\tA count for each s, min, h or d: 10/min. 0 is no limit.\n"
"\n"
"*date*\n"
"\tYYYY-MM-DD, or an age such as 90d.\n"
"\n"
"*path*\n"
"\tA relative one is relative to the file in which it stands.\n"
"\n"
"*list*\n"
"\tOne value stands for a list of one.\n"
"\n"
"# SECRETS\n"
"\n"
"A secret never stands in the file. It is one of\n"
"\n"
"*!credential* _NAME_\n"
"\t_NAME_ in $CREDENTIALS\\_DIRECTORY (see *LoadCredential=* in *systemd.exec*(5)), else in the folder\n"
"\t_secrets_ beside the main file, where it must not be readable by others (mode 600).\n"
"\n"
"*!file* _PATH_\n"
"\tA file that is not readable by others.\n"
"\n"
"*!env* _NAME_\n"
"\tAn environment variable.\n"
"\n"
"A newline at the end is dropped. Secrets are never printed.\n"
"\n"
"# OPTIONS\n"
"\n";

static const char tail[] =
"# EXAMPLES\n"
"\n"
"```\n"
"config_version: 1\n"
"organization:\n"
"  name: Acme Ltda\n"
"  domains: [acme.com.br]\n"
"  default_region: BR\n"
"  timezone: America/Sao_Paulo\n"
"storage:\n"
"  path: /var/lib/daybook\n"
"http:\n"
"  listen: [127.0.0.1:8480]\n"
"  public_url: https://crm.acme.com.br\n"
"staff:\n"
"  Ana Lima: {email: [ana@acme.com.br], whatsapp: \"+5511991112222\"}\n"
"```\n"
"\n";

static const char end[] =
"# FILES\n"
"\n"
"_/etc/daybook/daybook.yaml_\n"
"\tThe main file, unless *-c* names another.\n"
"\n"
"_/etc/daybook/connectors.d/\\*.yaml_\n"
"\tMore connectors.\n"
"\n"
"_/etc/daybook/secrets/_\n"
"\tSecrets, one a file, mode 600.\n"
"\n"
"# SEE ALSO\n"
"\n"
"*daybook*(1), *daybookd*(8), *systemd-creds*(1)\n";

/* The least of each connector: its required options. */
static void put_examples(struct buf *out, const struct connector *const *known)
{
	buf_add(out, STR("The least that each connector needs:\n\n```\nconnectors:\n"));
	for (size_t i = 0; known[i] != NULL; i++) {
		buf_addf(out, "  my-%s:\n    type: %s\n", known[i]->name, known[i]->name);
		for (const struct conf_key *key = describe_keys(known[i]); key->name != NULL; key++)
			if (key->flags & (CONF_REQUIRED | CONF_USUAL))
				buf_addf(out, "    %s: %s\n", key->name,
					 describe_sample("connector", key));
	}
	buf_add(out, STR("```\n\n"));
}

void describe_manual(const struct connector *const *known, struct buf *out)
{
	char name[64];

	buf_add(out, STR(head));
	put_rows(out, "", config_top_keys);
	for (const struct config_section *s = config_sections; s->name != NULL; s++) {
		snprintf(name, sizeof(name), "%s.", s->name);
		put_section(out, s->name, name, s->help, s->keys);
	}
	put_section(out, "staff", "staff.NAME.", CONFIG_STAFF_HELP, config_staff_keys);
	put_section(out, "roles", "roles.NAME.", CONFIG_ROLES_HELP, config_role_keys);
	buf_add(out, STR("# CONNECTORS\n\n*connectors* is "));
	put_text(out, CONFIG_CONNECTORS_HELP);
	buf_add(out, STR(". A name has a-z, 0-9, \\_ and -, at most 40 of them; \"import\" and \"people\" "
			 "are reserved. *type* is required and says what kind of connector it is.\n\n"));
	put_section(out, "every connector", "", "what each has beside the options of its type",
		    config_host_keys);
	for (size_t i = 0; known[i] != NULL; i++) {
		snprintf(name, sizeof(name), "type: %s", known[i]->name);
		buf_addf(out, "## %s\n\n", name);
		put_sentence(out, known[i]->summary ? known[i]->summary : known[i]->name);
		buf_add(out, STR("\n\n"));
		put_rows(out, "", describe_keys(known[i]));
	}
	buf_add(out, STR(tail));
	put_examples(out, known);
	buf_add(out, STR(end));
}
