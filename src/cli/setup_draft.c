/* The file of a mailbox: written from what is known, and read again by the code that the daemon reads it with. */
#include <string.h>

#include "base/mem.h"
#include "cli/setup_imap.h"
#include "conf/diag.h"
#include "conf/secret.h"
#include "conf/table.h"
#include "table.h"

enum { MAX_FILE = 64 << 10, IMAPS = 993, STARTTLS_PORT = 143 };

/* Plain where that is safe, else in single quotes, where only the quote itself is special. */
static void put_scalar(struct buf *out, struct str s)
{
	bool is_plain = s.len > 0;

	for (size_t i = 0; i < s.len && is_plain; i++) {
		char c = s.ptr[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		is_plain = is_letter || (c == '/' && i == 0) || (i > 0 && strchr("@._/+-", c) != NULL);
	}
	if (is_plain) {
		buf_add(out, s);
		return;
	}
	buf_addc(out, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\'')
			buf_addc(out, '\'');
		buf_addc(out, s.ptr[i]);
	}
	buf_addc(out, '\'');
}

static void put_option(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "    %s: ", name);
	put_scalar(out, str_from(value));
	buf_addc(out, '\n');
}

static void put_file(struct setup *s)
{
	const struct mail_server *server = s->server;
	bool is_bare = s->tls != NULL && strcmp(s->tls, "none") == 0;
	struct buf *out = &s->options;

	buf_clear(out);
	buf_addf(out, "# Written by daybook setup imap; daybook config explain connector.imap tells of all options.\n"
		      "connectors:\n  %s:\n    type: imap\n", s->name);
	put_option(out, "host", server->host);
	if (is_bare || server->port != (server->is_starttls ? STARTTLS_PORT : IMAPS))
		buf_addf(out, "    port: %u\n", server->port);
	put_option(out, "user", server->user);
	buf_addf(out, "    password: !credential %s\n", s->name);
	if (server->is_starttls)
		put_option(out, "tls", "starttls");
	else if (is_bare)
		put_option(out, "tls", "none");
	if (s->tls_ca != NULL)
		put_option(out, "tls_ca", s->tls_ca);
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return true;
	return false;
}

static bool report(const struct diags *diags, struct err *err)
{
	for (size_t i = 0; i < diags_count(diags); i++)
		if (diags_at(diags, i)->severity == DIAG_ERROR)
			return err_setf(err, ERR_CONF, "%.300s", diags_at(diags, i)->text);
	return err_setf(err, ERR_CONF, "the options make no connector");
}

const struct config_connector *setup_connector(const struct setup *s)
{
	return &s->draft->connectors[0];
}

/* The file names a credential that is not there yet. */
static void fill_in(struct setup *s)
{
	const struct config_connector *c = setup_connector(s);
	const struct conf_key *key = conf_find_key(c->type->keys, STR("password"));
	struct secret **slot = CONF_SLOT(struct secret *, c->conf, key);

	secret_destroy(*slot);
	*slot = secret_create(secret_bytes(s->password));
	((struct config_connector *)c)->host.create_contacts = s->cli->config->matching.create_contacts;
}

bool setup_draft(struct setup *s, struct err *err)
{
	struct diags *diags;
	struct buf text;

	if (has_control(str_from(s->server->user)) || has_control(str_from(s->server->host)) ||
	    has_control(str_from(s->tls_ca)))
		return err_setf(err, ERR_CONF, "a control character can be part of no option");
	put_file(s);
	buf_init(&text, MAX_FILE);
	buf_addf(&text, "config_version: 1\n" STR_FMT, STR_ARG(buf_str(&s->options)));
	diags = diags_create();
	config_unref(s->draft);
	s->draft = config_parse(s->files.options, buf_str(&text), connectors_known, CONFIG_NO_SECRETS, diags);
	if (s->draft == NULL || s->draft->n_connectors != 1)
		report(diags, err);
	diags_destroy(diags);
	buf_finish(&text);
	if (s->draft == NULL || s->draft->n_connectors != 1)
		return false;
	fill_in(s);
	return setup_connector(s)->type->check(setup_connector(s)->conf, err);
}
