#include "cli/provider.h"

#include "base/mem.h"

enum which { GMAIL, MICROSOFT, YAHOO, AOL, ICLOUD, FASTMAIL, ZOHO, ZOHO_EU, YANDEX, UOL, BOL, TERRA, GMX, GMX_COM, WEB_DE,
	     T_ONLINE, ORANGE_FR, FREE_FR, LAPOSTE };

static const struct provider providers[] = {
	[GMAIL] = { "Gmail", "imap.gmail.com", PROVIDER_APP_PASSWORD, "https://myaccount.google.com/apppasswords" },
	[MICROSOFT] = { "Microsoft", "outlook.office365.com", PROVIDER_OAUTH, NULL },
	[YAHOO] = { "Yahoo", "imap.mail.yahoo.com", PROVIDER_APP_PASSWORD, "https://login.yahoo.com/account/security" },
	[AOL] = { "AOL", "imap.aol.com", PROVIDER_APP_PASSWORD, "https://login.aol.com/account/security" },
	[ICLOUD] = { "iCloud", "imap.mail.me.com", PROVIDER_APP_PASSWORD, "https://account.apple.com" },
	[FASTMAIL] = { "Fastmail", "imap.fastmail.com", PROVIDER_APP_PASSWORD,
		       "https://app.fastmail.com/settings/security/apps" },
	[ZOHO] = { "Zoho", "imap.zoho.com", PROVIDER_SWITCHED_ON, NULL },
	[ZOHO_EU] = { "Zoho", "imap.zoho.eu", PROVIDER_SWITCHED_ON, NULL },
	[YANDEX] = { "Yandex", "imap.yandex.com", PROVIDER_APP_PASSWORD, "https://id.yandex.com/security/app-passwords" },
	[UOL] = { "UOL", "imap.uol.com.br", PROVIDER_PASSWORD, NULL },
	[BOL] = { "BOL", "imap.bol.com.br", PROVIDER_PASSWORD, NULL },
	[TERRA] = { "Terra", "imap.terra.com.br", PROVIDER_PASSWORD, NULL },
	[GMX] = { "GMX", "imap.gmx.net", PROVIDER_SWITCHED_ON, NULL },
	[GMX_COM] = { "GMX", "imap.gmx.com", PROVIDER_SWITCHED_ON, NULL },
	[WEB_DE] = { "WEB.DE", "imap.web.de", PROVIDER_SWITCHED_ON, NULL },
	[T_ONLINE] = { "T-Online", "secureimap.t-online.de", PROVIDER_APP_PASSWORD, NULL },
	[ORANGE_FR] = { "Orange", "imap.orange.fr", PROVIDER_PASSWORD, NULL },
	[FREE_FR] = { "Free", "imap.free.fr", PROVIDER_PASSWORD, NULL },
	[LAPOSTE] = { "La Poste", "imap.laposte.net", PROVIDER_SWITCHED_ON, NULL },
};

static const struct {
	const char *domain;
	enum which provider;
} domains[] = {
	{ "gmail.com", GMAIL }, { "googlemail.com", GMAIL }, { "outlook.com", MICROSOFT },
	{ "outlook.com.br", MICROSOFT }, { "outlook.de", MICROSOFT }, { "outlook.es", MICROSOFT },
	{ "outlook.fr", MICROSOFT }, { "outlook.pt", MICROSOFT }, { "hotmail.com", MICROSOFT },
	{ "hotmail.com.br", MICROSOFT }, { "hotmail.co.uk", MICROSOFT }, { "hotmail.de", MICROSOFT },
	{ "hotmail.es", MICROSOFT }, { "hotmail.fr", MICROSOFT }, { "live.com", MICROSOFT }, { "msn.com", MICROSOFT },
	{ "office365.com", MICROSOFT }, { "yahoo.com", YAHOO }, { "yahoo.com.br", YAHOO }, { "yahoo.de", YAHOO },
	{ "yahoo.es", YAHOO }, { "yahoo.fr", YAHOO }, { "ymail.com", YAHOO }, { "aol.com", AOL }, { "icloud.com", ICLOUD },
	{ "me.com", ICLOUD }, { "mac.com", ICLOUD }, { "fastmail.com", FASTMAIL }, { "fastmail.fm", FASTMAIL },
	{ "zoho.com", ZOHO }, { "zohomail.com", ZOHO }, { "zoho.eu", ZOHO_EU }, { "zohomail.eu", ZOHO_EU },
	{ "yandex.com", YANDEX }, { "uol.com.br", UOL }, { "bol.com.br", BOL }, { "terra.com.br", TERRA },
	{ "gmx.de", GMX }, { "gmx.net", GMX }, { "gmx.at", GMX }, { "gmx.ch", GMX }, { "gmx.com", GMX_COM },
	{ "web.de", WEB_DE }, { "t-online.de", T_ONLINE }, { "orange.fr", ORANGE_FR }, { "wanadoo.fr", ORANGE_FR },
	{ "free.fr", FREE_FR }, { "laposte.net", LAPOSTE },
};

/* Where companies let others keep their mail. */
static const struct {
	const char *ending;
	enum which provider;
} exchangers[] = {
	{ ".google.com", GMAIL }, { ".googlemail.com", GMAIL }, { ".mail.protection.outlook.com", MICROSOFT },
	{ ".mx.microsoft", MICROSOFT }, { ".mail.icloud.com", ICLOUD }, { ".messagingengine.com", FASTMAIL },
	{ ".zoho.com", ZOHO }, { ".zoho.eu", ZOHO_EU },
};

const struct provider *provider_by_domain(struct str domain)
{
	for (size_t i = 0; i < countof(domains); i++)
		if (str_ieq(domain, str_from(domains[i].domain)))
			return &providers[domains[i].provider];
	return NULL;
}

const struct provider *provider_by_mx(struct str host)
{
	for (size_t i = 0; i < countof(exchangers); i++)
		if (str_iends(host, str_from(exchangers[i].ending)))
			return &providers[exchangers[i].provider];
	return NULL;
}
