#include "oauth/options.h"

#include <stdio.h>
#include <string.h>

static const char *const providers[] = { "other", "google", "microsoft", NULL };

const struct conf_key oauth_keys[] = {
	CONF_KEY_ENUM(oauth_conf, provider, "other", 0, providers,
		      "google, microsoft, or other, which needs the URLs"),
	CONF_KEY(CONF_T_STRING, oauth_conf, client_id, NULL, CONF_REQUIRED,
		 "client that was registered with the provider for this installation"),
	CONF_KEY(CONF_T_SECRET, oauth_conf, client_secret, NULL, 0,
		 "secret of that client; Google wants one, a public client of Microsoft has none"),
	CONF_KEY(CONF_T_STRING, oauth_conf, tenant, "common", 0,
		 "microsoft: id or domain of the directory; common for an app of many directories"),
	CONF_KEY(CONF_T_STRING, oauth_conf, scope, NULL, 0,
		 "what is asked for, with blanks between; reading mail over IMAP when left out"),
	CONF_KEY(CONF_T_STRING, oauth_conf, authorize_url, NULL, 0, "where a browser logs in"),
	CONF_KEY(CONF_T_STRING, oauth_conf, token_url, NULL, 0, "where tokens come from"),
	CONF_KEY(CONF_T_STRING, oauth_conf, device_url, NULL, 0,
		 "where a login with a code to type begins (RFC 8628)"),
	CONF_KEY(CONF_T_STRING, oauth_conf, revoke_url, NULL, 0, "where a login is given back (RFC 7009)"),
	CONF_KEY(CONF_T_PATH, oauth_conf, tls_ca, NULL, 0,
		 "certificates to trust at these URLs instead of the system's"),
	{ 0 },
};

/* Microsoft's hold the tenant; it has no place to revoke at. */
static const char *const known[][OAUTH_REVOKE + 1] = {
	[OAUTH_OTHER] = { NULL },
	[OAUTH_GOOGLE] = { "https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token",
			   NULL,	/* its device codes are not good for mail */
			   "https://oauth2.googleapis.com/revoke" },
	[OAUTH_MICROSOFT] = { "https://login.microsoftonline.com/%s/oauth2/v2.0/authorize",
			      "https://login.microsoftonline.com/%s/oauth2/v2.0/token",
			      "https://login.microsoftonline.com/%s/oauth2/v2.0/devicecode", NULL },
};

static const char *written(const struct oauth_conf *conf, enum oauth_url which)
{
	const char *const urls[] = { conf->authorize_url, conf->token_url, conf->device_url, conf->revoke_url };

	return urls[which] != NULL && urls[which][0] != '\0' ? urls[which] : NULL;
}

bool oauth_url_of(const struct oauth_conf *conf, enum oauth_url which, char out[OAUTH_URL_SIZE])
{
	const char *own = written(conf, which), *theirs = known[conf->provider][which], *gap;

	if (own == NULL && theirs == NULL)
		return false;
	gap = own == NULL ? strstr(theirs, "%s") : NULL;
	if (gap != NULL)
		snprintf(out, OAUTH_URL_SIZE, "%.*s%s%s", (int)(gap - theirs), theirs,
			 conf->tenant ? conf->tenant : "common", gap + 2);
	else
		snprintf(out, OAUTH_URL_SIZE, "%s", own ? own : theirs);
	return true;
}

const char *oauth_scope_of(const struct oauth_conf *conf)
{
	static const char *const scopes[] = {
		[OAUTH_OTHER] = "", [OAUTH_GOOGLE] = "https://mail.google.com/",
		[OAUTH_MICROSOFT] = "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
	};

	return conf->scope != NULL && conf->scope[0] != '\0' ? conf->scope : scopes[conf->provider];
}

const char *oauth_extra_of(const struct oauth_conf *conf)
{
	return conf->provider == OAUTH_GOOGLE ? "&access_type=offline&prompt=consent" : "";
}

/* ---- rules ---- */

static bool is_url(const char *url)
{
	struct str s = str_from(url);

	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || (unsigned char)s.ptr[i] >= 0x7f || s.ptr[i] == '#' ||
		    s.ptr[i] == '"')
			return false;
	return str_istarts(s, STR("https://")) && s.len > 8 && s.ptr[8] != '/' && s.len < OAUTH_URL_SIZE - 1;
}

static bool is_tenant(const char *tenant)
{
	size_t len = strlen(tenant);

	return len > 0 && len <= 100 &&
	       strspn(tenant, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

static bool check_urls(const struct oauth_conf *conf, struct err *err)
{
	static const char *const names[] = { "authorize_url", "token_url", "device_url", "revoke_url" };
	char url[OAUTH_URL_SIZE];

	for (int i = OAUTH_AUTHORIZE; i <= OAUTH_REVOKE; i++) {
		const char *own = written(conf, (enum oauth_url)i);

		if (own != NULL && !is_url(own))
			return err_setf(err, ERR_CONF, "oauth: %s: \"%.200s\" is no https:// URL; tokens go nowhere else",
					names[i], own);
	}
	if (!oauth_url_of(conf, OAUTH_TOKEN, url))
		return err_setf(err, ERR_CONF, "oauth: token_url is missing (provider: google and microsoft know theirs)");
	if (!oauth_url_of(conf, OAUTH_AUTHORIZE, url) && !oauth_url_of(conf, OAUTH_DEVICE, url))
		return err_setf(err, ERR_CONF, "oauth: one of authorize_url and device_url is needed to log in");
	return true;
}

bool oauth_check(const struct oauth_conf *conf, struct err *err)
{
	if (conf->client_id == NULL || conf->client_id[0] == '\0')
		return err_setf(err, ERR_CONF, "oauth: client_id is missing (register a client with the provider)");
	if (conf->provider == OAUTH_MICROSOFT && conf->tenant != NULL && !is_tenant(conf->tenant))
		return err_setf(err, ERR_CONF, "oauth: tenant: \"%.100s\" is neither an id nor a domain", conf->tenant);
	return check_urls(conf, err);
}
