/* A mailbox being set up: what was given, asked and found. */
#pragma once

#include "cli/dry.h"
#include "cli/mail_server.h"
#include "cli/setup_files.h"

struct secret;
struct trial;

struct setup {
	struct cli *cli;
	struct dry *dry;
	char *address, *name;
	const char *host, *tls, *tls_ca, *user, *autoconfig_url;	/* as given; NULL: not given */
	int64_t port;							/* 0: not given */
	struct mail_servers servers;
	const struct mail_server *server;				/* the one that is tried, or was good */
	struct secret *password;
	struct setup_files files;
	const struct config *draft;		/* of this mailbox alone, with its password */
	struct buf options;			/* the text of its file */
};

/* setup_draft.c: the options as text, and read again as the daemon will: s->options and s->draft. */
bool setup_draft(struct setup *s, struct err *err);
const struct config_connector *setup_connector(const struct setup *s);

/* setup_words.c: what is to be known before the password is asked for; on stderr. */
void setup_explain(const struct provider *provider);
/* What to do about a refused password; or NULL. */
const char *setup_login_hint(const struct provider *provider);
