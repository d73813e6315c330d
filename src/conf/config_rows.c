#include "conf/config_rows.h"

#include "conf/config.h"

/* A row that is accepted in any shape and used by a later version. */
#define LATER(name_, help_) { .name = (name_), .type = CONF_T_LATER, .help = (help_) }

const struct conf_key config_top_keys[] = {
	CONF_KEY_RANGE(CONF_T_INT, config, config_version, NULL, 0, 1, INT64_MAX,
		       "which defaults the file was written for; this version knows 1"),
	{ .name = "net_allow", .type = CONF_T_LIST, .flags = CONF_RELOAD,
	  .offset = offsetof(struct config, net_allow_text),
	  .help = "private networks that URLs chosen by a peer may lead to, e.g. 10.1.0.0/16; servers "
		  "that you write here yourself may always be private" },
	LATER("pipeline", "stages of an opportunity and what each requires"),
	LATER("attention", "after how long something needs attention"),
	{ 0 },
};

static const struct conf_key organization_keys[] = {
	CONF_KEY(CONF_T_STRING, config_organization, name, NULL, CONF_RELOAD,
		 "name of the company"),
	CONF_KEY(CONF_T_LIST, config_organization, domains, NULL, CONF_RELOAD,
		 "mail domains of ours: mail from or to them is us, never a contact"),
	CONF_KEY(CONF_T_LIST, config_organization, addresses, NULL, CONF_RELOAD,
		 "mail addresses of ours outside of these domains"),
	CONF_KEY(CONF_T_LIST, config_organization, numbers, NULL, CONF_RELOAD,
		 "phone numbers of ours"),
	CONF_KEY(CONF_T_LIST, config_organization, mail_servers, NULL, CONF_RELOAD,
		 "our mail servers as they name themselves first in Authentication-Results: what they say of a "
		 "mail with our address in From is believed"),
	CONF_KEY(CONF_T_STRING, config_organization, default_region, NULL, CONF_RELOAD,
		 "how to read a phone number without country code: two letters, e.g. BR"),
	CONF_KEY(CONF_T_STRING, config_organization, timezone, "UTC", CONF_RELOAD,
		 "time zone of the pages and of office hours, e.g. America/Sao_Paulo"),
	CONF_KEY(CONF_T_LIST, config_organization, languages, "[en]", CONF_RELOAD,
		 "languages of the pages, the first is the default"),
	{ 0 },
};

static const char *const backends[] = { "sqlite", "postgresql", NULL };

static const struct conf_key storage_keys[] = {
	CONF_KEY_ENUM(config_storage, backend, "sqlite", 0, backends,
		      "which database; this version has sqlite only"),
	CONF_KEY(CONF_T_PATH, config_storage, path, "/var/lib/daybook", 0,
		 "folder of the database, bodies and attachments; made with mode 0700"),
	CONF_KEY(CONF_T_SECRET, config_storage, key, NULL, 0,
		 "what tokens of auth: oauth are encrypted with, hard to guess (openssl rand -hex 32); a key in "
		 "oauth/key below path is made when not set"),
	LATER("dsn", "how to reach the database server"),
	CONF_KEY_RANGE(CONF_T_SIZE, config_storage, min_free, "256MiB", 0, 0, INT64_MAX,
		       "free space of its file system below which nothing more is accepted: webhooks get "
		       "503, mailboxes wait"),
	{ 0 },
};

static const struct conf_key backup_keys[] = {
	CONF_KEY(CONF_T_PATH, config_backup, folder, "/var/backups/daybook", CONF_RELOAD,
		 "where daybook backup puts them; another disk is better"),
	CONF_KEY_RANGE(CONF_T_INT, config_backup, keep, "7", CONF_RELOAD, 0, 100000,
		       "how many are kept, the newest; 0: all"),
	CONF_KEY(CONF_T_DURATION, config_backup, max_age, "2d", CONF_RELOAD,
		 "how old the last one may be before daybook doctor warns; 0: any age"),
	{ 0 },
};

#define KEPT(name_, help_) CONF_KEY(CONF_T_DURATION, config_retention, name_, "0", CONF_RELOAD, help_ "; 0: for ever")

static const struct conf_key retention_keys[] = {
	KEPT(raw_webhooks, "the bytes of what called us, since they came; what they were read as stays"),
	KEPT(raw_email, "the bytes of mails; text and attachments stay"),
	KEPT(attachments, "the files of entries, with the bytes that they came in; their names stay"),
	KEPT(filtered, "what was left out of the timeline; that and why it was stays"),
	KEPT(dead_letters, "what could not be read"),
	KEPT(timeline, "entries, in timeline, index, journal and files, and contacts who have none any more"),
	LATER("audit_log", "the audit log; this version keeps it"),
	{ 0 },
};

static const struct conf_key webhooks_keys[] = {
	CONF_KEY(CONF_T_PATH, config_webhooks, tls_ca, NULL, CONF_RELOAD,
		 "certificates to trust instead of the system's, for receivers with a private authority"),
	{ 0 },
};

static const struct conf_key tls_keys[] = {
	CONF_KEY(CONF_T_PATH, config_tls, certificate, NULL, CONF_REQUIRED | CONF_RELOAD,
		 "file with the server's certificate and those up to the authority, PEM; read again by a reload"),
	CONF_KEY(CONF_T_SECRET, config_tls, key, NULL, CONF_REQUIRED | CONF_RELOAD,
		 "its key, PEM without a passphrase; read again by a reload"),
	{ 0 },
};

static const struct conf_key oidc_keys[] = {
	CONF_KEY(CONF_T_STRING, config_oidc, issuer, NULL, CONF_REQUIRED | CONF_RELOAD,
		 "the provider, exactly as it names itself: https://accounts.google.com, https://login.microsoftonline.com/TENANT/v2.0"),
	CONF_KEY(CONF_T_STRING, config_oidc, client_id, NULL, CONF_REQUIRED | CONF_RELOAD, "what it calls us"),
	CONF_KEY(CONF_T_SECRET, config_oidc, client_secret, NULL, CONF_RELOAD, "what it knows us by; none for a public client"),
	CONF_KEY(CONF_T_LIST, config_oidc, scopes, "[email]", CONF_RELOAD, "what is asked for beside openid"),
	CONF_KEY(CONF_T_STRING, config_oidc, name, NULL, CONF_RELOAD, "what people call it, on the page where they sign in"),
	CONF_KEY(CONF_T_BOOL, config_oidc, trust_email, "no", CONF_RELOAD,
		 "believe an address of which the provider does not say whether it is verified: only where nobody can choose their own, as in a directory "
		 "of the company"),
	CONF_KEY(CONF_T_PATH, config_oidc, tls_ca, NULL, CONF_RELOAD,
		 "certificates to trust instead of the system's, for a provider with a private authority"),
	{ 0 },
};

static const struct conf_key http_keys[] = {
	CONF_KEY(CONF_T_LIST, config_http, listen, "[127.0.0.1:8480]", 0,
		 "where to listen: address:port, [v6 address]:port, or unix:PATH"),
	CONF_KEY(CONF_T_STRING, config_http, public_url, NULL, CONF_RELOAD,
		 "how the outside reaches us: for webhook URLs and links"),
	CONF_KEY(CONF_T_LIST, config_http, trust_proxy, NULL, CONF_RELOAD,
		 "networks of reverse proxies whose X-Forwarded-For is believed"),
	CONF_KEY_RANGE(CONF_T_SIZE, config_http, max_body, "4MiB", 0, 1024, INT64_C(256) << 20,
		       "largest request body; Meta sends up to 3 MB"),
	CONF_KEY_RANGE(CONF_T_DURATION, config_http, request_timeout, "15s", 0, INT64_C(1000000),
		       INT64_C(600000000), "for a whole request: a slow client ends here"),
	CONF_KEY_RANGE(CONF_T_INT, config_http, max_connections, "512", 0, 1, 60000,
		       "connections at a time"),
	CONF_KEY_RANGE(CONF_T_INT, config_http, max_connections_per_address, "32", 0, 1, 60000,
		       "connections at a time from one address; trusted proxies are exempt"),
	CONF_KEY_RANGE(CONF_T_INT, config_http, max_streams, "200", CONF_RELOAD, 0, 60000,
		       "live streams at a time, of the connections above; 0: none"),
	CONF_KEY_RANGE(CONF_T_INT, config_http, max_streams_per_token, "20", CONF_RELOAD, 1, 60000,
		       "live streams at a time of one token"),
	CONF_KEY(CONF_T_PATH, config_http, control, NULL, 0,
		 "control socket of the command line; control.sock in storage.path when not set"),
	CONF_KEY(CONF_T_RATE, config_http, api_rate, "3000/min", CONF_RELOAD,
		 "requests of one token to the API; 0: as many as it likes"),
	CONF_KEY(CONF_T_STRING, config_http, sign_in_header, NULL, CONF_RELOAD,
		 "a field in which a proxy of trust_proxy says who of staff has signed in; it must drop the one that a client sends"),
	{ .name = "tls", .type = CONF_T_BLOCK, .flags = CONF_RELOAD, .offset = offsetof(struct config_http, tls), .rows = tls_keys,
	  .help = "TLS of our own at every address:port of listen; unix sockets speak plain HTTP as before" },
	{ .name = "oidc", .type = CONF_T_BLOCK, .flags = CONF_RELOAD, .offset = offsetof(struct config_http, oidc), .rows = oidc_keys,
	  .help = "signing in with a provider of OpenID Connect, which sends people back to public_url/login/oidc/callback" },
	{ 0 },
};

static const struct conf_key ingest_keys[] = {
	CONF_KEY_RANGE(CONF_T_INT, config_ingest, workers, "4", 0, 1, 256,
		       "threads that talk to servers"),
	CONF_KEY_RANGE(CONF_T_INT, config_ingest, account_sessions, "10", CONF_RELOAD, 1, 1000,
		       "sessions at a time of one account, when several connectors read it; Gmail allows 15, phones included"),
	CONF_KEY_RANGE(CONF_T_INT, config_ingest, server_connects, "8", CONF_RELOAD, 1, 1000,
		       "connections at a time that are being made to one server; the others wait in a line"),
	CONF_KEY_RANGE(CONF_T_INT, config_ingest, parsers, "2", 0, 1, 64,
		       "processes that parse mail and other untrusted formats"),
	CONF_KEY_RANGE(CONF_T_DURATION, config_ingest, parse_timeout, "2s", 0, INT64_C(100000),
		       INT64_C(60000000), "for one message; beyond it the message is a dead letter"),
	CONF_KEY_RANGE(CONF_T_SIZE, config_ingest, max_message, "50MiB", 0, 1024,
		       INT64_C(1) << 30, "larger messages become dead letters with their header"),
	LATER("retry", "when what failed is tried again"),
	{ 0 },
};

static const char *const creations[] = { "inbound", "both", "never", NULL };

static const struct conf_key matching_keys[] = {
	CONF_KEY_ENUM(config_matching, create_contacts, "inbound", CONF_RELOAD, creations,
		      "who becomes a contact: those who write to us, those we write to as well, nobody"),
	CONF_KEY(CONF_T_LIST, config_matching, ignore, NULL, CONF_RELOAD,
		 "addresses that never become contacts; * stands for anything"),
	CONF_KEY(CONF_T_LIST, config_matching, suggest_merge, "[mailbox, plus_tag, name+company, name+phone_suffix]", CONF_RELOAD,
		 "by what two contacts are proposed as one: two spellings of a mailbox, an address but for a tag, the same name at a company or with the "
		 "end of a number"),
	{ 0 },
};

const struct conf_key config_staff_keys[] = {
	CONF_KEY(CONF_T_LIST, config_staff, email, NULL, CONF_RELOAD, "their mail addresses"),
	CONF_KEY(CONF_T_LIST, config_staff, whatsapp, NULL, CONF_RELOAD,
		 "their WhatsApp numbers, with country code"),
	CONF_KEY(CONF_T_LIST, config_staff, phone, NULL, CONF_RELOAD, "their phone numbers"),
	CONF_KEY(CONF_T_STRING, config_staff, role, NULL, CONF_RELOAD,
		 "what they may do: admin, manager, seller, viewer, ops"),
	CONF_KEY(CONF_T_STRING, config_staff, team, NULL, CONF_RELOAD, "the team they belong to"),
	{ 0 },
};

static const char *const sees[] = { "own", "team", "all", NULL };

const struct conf_key config_role_keys[] = {
	CONF_KEY(CONF_T_LIST, config_role, can, NULL, CONF_RELOAD,
		 "rights: read, write, assign, merge, erase, export, connectors, dead_letters, metrics, audit, or all"),
	CONF_KEY_ENUM(config_role, sees, "all", CONF_RELOAD, sees,
		      "whose contacts: their own, those of their team and nobody's, or all"),
	{ 0 },
};

static const char *const shares[] = { "everything", "subject", "metadata", NULL };

const char *const config_asking_keys[] = { "every", "timeout", "reconcile_at", NULL };

const struct conf_key config_host_keys[] = {
	CONF_KEY(CONF_T_BOOL, config_host, enabled, "yes", CONF_RELOAD,
		 "no: it is checked, but does not run"),
	CONF_KEY_ENUM(config_host, create_contacts, NULL, CONF_RELOAD, creations,
		      "as matching.create_contacts, for this connector"),
	CONF_KEY(CONF_T_STRING, config_host, owner, NULL, CONF_RELOAD,
		 "whose it is: a name from staff, who then owns the contacts that come by it first; none: every team sees them"),
	CONF_KEY_ENUM(config_host, share, "everything", CONF_RELOAD, shares,
		      "what colleagues see of what comes by it: all of it, the subject without the text, or who and when alone; its owner sees all of it"),
	CONF_KEY_RANGE(CONF_T_DURATION, config_host, every, "5m", CONF_RELOAD, INT64_C(10000000),
		       INT64_C(86400000000), "how often to look; for connectors that ask a server"),
	CONF_KEY_RANGE(CONF_T_DURATION, config_host, timeout, "10m", CONF_RELOAD, INT64_C(1000000),
		       INT64_C(86400000000), "for one run; beyond it the connection is dropped, and what came in by then is kept"),
	CONF_KEY(CONF_T_STRING, config_host, reconcile_at, "03:00", CONF_RELOAD,
		 "when in the day, within an hour, its folders are compared with the server and what is missing is fetched; no: never"),
	CONF_KEY(CONF_T_DURATION, config_host, freshness, "0", CONF_RELOAD,
		 "how long nothing may arrive before that is an alarm; 0: for ever"),
	{ 0 },
};

#define SECTION(name_, help_) \
	{ #name_, name_##_keys, offsetof(struct config, name_), (help_) }

const struct config_section config_sections[] = {
	SECTION(organization, "who we are: decides what is inbound and what outbound"),
	SECTION(storage, "where everything is kept"),
	SECTION(backup, "copies of the store, and how many"),
	SECTION(retention, "how long what is kept; it goes each night at four"),
	SECTION(webhooks, "changes that are pushed to others"),
	SECTION(http, "the HTTP server: webhooks, API and pages"),
	SECTION(ingest, "how much is worked on at a time"),
	SECTION(matching, "how messages find their contact"),
	{ 0 },
};
