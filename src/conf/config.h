/* The configuration as one immutable, counted snapshot: the main file (daybook.yaml), and the
 * connectors of connectors.d beside it. A reload makes a new one. */
#pragma once

#include <daybook/connector.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "conf/cidr.h"
#include "conf/listen.h"

struct diags;

#define CONFIG_DEFAULT_PATH "/etc/daybook/daybook.yaml"

struct config_organization {
	const char *name;		/* or NULL */
	struct conf_list domains, addresses, numbers, mail_servers;
	const char *default_region;	/* "BR", or NULL */
	const char *timezone;
	struct conf_list languages;
};

enum config_backend { CONFIG_SQLITE, CONFIG_POSTGRESQL };

struct config_storage {
	int backend;			/* enum config_backend; only SQLite gets through */
	const char *path;		/* a folder */
	struct secret *key;		/* of tokens at rest; NULL: one of our own making */
	int64_t min_free;		/* bytes of its file system below which nothing is accepted */
};

struct config_backup {
	const char *folder;
	int64_t keep;			/* 0: all */
	int64_t max_age;		/* µs; 0: none is too old */
};

/* µs; 0: for ever. store/retention.h has what each class is. */
struct config_retention {
	int64_t raw_webhooks, raw_email, attachments, filtered, dead_letters, timeline;
};

struct config_webhooks {
	const char *tls_ca;		/* NULL: the system's */
};

struct config_tls {
	const char *certificate;	/* a file; NULL: no TLS of our own */
	struct secret *key;
};

struct config_oidc {
	const char *issuer;		/* NULL: nobody signs in so */
	const char *client_id;
	struct secret *client_secret;	/* NULL: a public client */
	struct conf_list scopes;
	const char *name;		/* of the provider, for people */
	bool trust_email;
	const char *tls_ca;		/* NULL: the system's */
};

struct config_http {
	struct conf_list listen, trust_proxy;	/* as written; parsed ones are in struct config */
	const char *public_url;		/* without a slash at the end, or NULL */
	int64_t max_body;
	int64_t request_timeout;	/* µs */
	int64_t max_connections, max_connections_per_address;
	int64_t max_streams, max_streams_per_token;
	const char *control;		/* path of the control socket; never NULL */
	struct conf_rate api_rate;	/* of one token */
	const char *sign_in_header;	/* or NULL */
	struct config_tls tls;
	struct config_oidc oidc;
};

struct config_ingest {
	int64_t workers, parsers;
	int64_t account_sessions, server_connects;
	int64_t parse_timeout;		/* µs */
	int64_t max_message;
};

enum config_create { CONFIG_CREATE_INBOUND, CONFIG_CREATE_BOTH, CONFIG_CREATE_NEVER };

struct config_matching {
	int create_contacts;		/* enum config_create */
	struct conf_list ignore;	/* globs over addresses */
	struct conf_list suggest_merge;	/* model/likeness.h */
};

struct config_staff {
	const char *name;
	struct conf_list email, whatsapp, phone;
	const char *role, *team;	/* or NULL */
};

enum config_sees { CONFIG_SEES_OWN, CONFIG_SEES_TEAM, CONFIG_SEES_ALL };

struct config_role {
	const char *name;
	struct conf_list can;		/* rights, or "all" */
	int sees;			/* enum config_sees */
};

enum config_share { CONFIG_SHARE_EVERYTHING, CONFIG_SHARE_SUBJECT, CONFIG_SHARE_METADATA };

/* What every connector has beside its own options. */
struct config_host {
	bool enabled;
	int create_contacts;		/* enum config_create; matching's when the connector says nothing */
	const char *owner;		/* or NULL */
	int share;			/* enum config_share */
	int64_t every, timeout;		/* µs; every: pull only */
	const char *reconcile_at;	/* see conf/nightly.h; pull only */
	int64_t freshness;		/* µs of silence that are no alarm; 0: never an alarm */
};

struct config_connector {
	const char *name;
	const struct connector *type;
	void *conf;			/* type->conf_size bytes, filled from type->keys */
	struct config_host host;
	const char *file;		/* where it stands, for messages */
	int line;
	unsigned char fingerprint[SHA256_SIZE];	/* over type and all values; never to be shown */
};

struct config {
	int n_refs;			/* atomic */
	const char *path;		/* of the main file, as it was given */
	int64_t config_version;
	struct config_organization organization;
	struct config_storage storage;
	struct config_backup backup;
	struct config_retention retention;
	struct config_webhooks webhooks;
	struct config_http http;
	struct config_ingest ingest;
	struct config_matching matching;
	struct conf_list net_allow_text;
	struct config_staff *staff;	/* in the order of the file */
	size_t n_staff;
	struct config_role *roles;	/* in the order of the file */
	size_t n_roles;
	struct config_connector *connectors;	/* sorted by name */
	size_t n_connectors;

	struct listen_address *listen;
	size_t n_listen;
	struct cidr_list trust_proxy, net_allow;
};

enum config_flags {
	CONFIG_NO_SECRETS = 1 << 0,	/* for a CLI that only reads: secrets stay empty, none is looked up */
};

/* Blocks on files. NULL when there was an error; all errors and warnings of all files are in diags,
 * settled. `known` ends with NULL. */
struct config *config_load(const char *path, const struct connector *const *known, unsigned flags,
			   struct diags *diags);
/* The same with the secrets of one connector; those of all others stay empty and are not looked up. */
struct config *config_load_one(const char *path, const struct connector *const *known, const char *connector,
			       struct diags *diags);
/* The same of a main file in memory, without connectors.d; `name` is the path it pretends to have. */
struct config *config_parse(const char *name, struct str text, const struct connector *const *known,
			    unsigned flags, struct diags *diags);

/* Any thread. */
const struct config *config_ref(const struct config *config);
void config_unref(const struct config *config);		/* NULL is fine */

/* NULL when there is none of that name. */
const struct config_connector *config_find_connector(const struct config *config, struct str name);
bool config_is_same_connector(const struct config_connector *a, const struct config_connector *b);

/* Options that differ and need a restart: "http.listen, storage.path" is appended. False: none. */
bool config_needs_restart(const struct config *running, const struct config *next,
			  struct buf *names);
