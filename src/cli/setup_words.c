/* What people should know of their provider before they type a password. */
#include <stdio.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/setup_imap.h"

/* The one place that speaks of OAuth. */
static const char *oauth_way(void)
{
	char oauth[] = "oauth", login[] = "login", *words[] = { oauth, login };
	int n_words;

	if (command_find(countof(words), words, &n_words) != NULL && n_words == 2)
		return "daybook oauth login NAME logs in with OAuth, once the connector is written.";
	return "It wants OAuth, which this version of Daybook does not speak yet.";
}

static void explain_app_password(const struct provider *p)
{
	fprintf(stderr, "%s takes no ordinary password over IMAP. Make an app password, for which two-step verification\n"
		"must be on, and give that one here:\n", p->name);
	fprintf(stderr, "  %s\n", p->page != NULL ? p->page : "in the security settings of the account");
	fputs("Where an administrator has switched app passwords off:\n", stderr);
	fprintf(stderr, "  %s\n", oauth_way());
}

void setup_explain(const struct provider *provider)
{
	if (provider == NULL)
		return;
	switch (provider->login) {
	case PROVIDER_PASSWORD:
		return;
	case PROVIDER_SWITCHED_ON:
		fprintf(stderr, "%s wants IMAP to be switched on first, in the settings of the mailbox; with two-step\n"
			"verification on, it wants an app password.\n", provider->name);
		return;
	case PROVIDER_APP_PASSWORD:
		explain_app_password(provider);
		return;
	case PROVIDER_OAUTH:
		fprintf(stderr, "%s takes no passwords over IMAP any more, unless an administrator has left them on.\n  %s\n",
			provider->name, oauth_way());
		return;
	}
}

const char *setup_login_hint(const struct provider *provider)
{
	if (provider == NULL)
		return NULL;
	switch (provider->login) {
	case PROVIDER_APP_PASSWORD:
		return "it wants an app password, never the account's own: see above";
	case PROVIDER_SWITCHED_ON:
		return "is IMAP switched on in the settings of the mailbox?";
	case PROVIDER_OAUTH:
		return oauth_way();
	default:
		return NULL;
	}
}
