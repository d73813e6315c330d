/* The options, for the connector and for its reader. */
#include "imap/imap.h"

static const char *const tls_modes[] = { "implicit", "starttls", "none", NULL };

static const char *const privacies[] = { "shared", "personal", NULL };

static const char *const auths[] = { "password", "oauth", NULL };

static const char *const attachment_modes[] = { "all", "small", "none", NULL };

const struct conf_key imap_keys[] = {
	CONF_KEY(CONF_T_STRING, imap_conf, host, NULL, CONF_REQUIRED, "Server to read from"),
	CONF_KEY_RANGE(CONF_T_INT, imap_conf, port, NULL, 0, 0, 65535,
		       "Its port; 993 with tls: implicit, else 143"),
	CONF_KEY(CONF_T_STRING, imap_conf, user, NULL, CONF_REQUIRED, "Name to log in with"),
	CONF_KEY_ENUM(imap_conf, auth, "password", 0, auths,
		      "password, or oauth, which Google and Microsoft ask for (then once: daybook oauth login NAME)"),
	{ .name = "password", .type = CONF_T_SECRET, .flags = CONF_USUAL, .instead = "auth",
	  .offset = offsetof(struct imap_conf, password),
	  .help = "Password to log in with; required unless auth is oauth" },
	CONF_KEY_BLOCK(imap_conf, oauth, oauth_keys, "With auth: oauth: which client of which provider logs in"),
	CONF_KEY_ENUM(imap_conf, tls, "implicit", 0, tls_modes,
		      "implicit, starttls, or none, which is for a server on this machine only"),
	CONF_KEY(CONF_T_PATH, imap_conf, tls_ca, NULL, 0,
		 "Certificates to trust instead of the system's: an authority's, or the server's own"),
	CONF_KEY(CONF_T_STRING, imap_conf, tls_pin, NULL, 0,
		 "sha256:… of the server's key: exactly that key is trusted, whatever name, date and issuer its "
		 "certificate bears"),
	CONF_KEY(CONF_T_LIST, imap_conf, folders, NULL, 0,
		 "Folders to read: names, special uses like '\\Sent', patterns like 'Clientes/*', and '!NAME' for what is "
		 "left out of them, with what lies below it; INBOX and '\\Sent' when left out, at Gmail All Mail. A pattern "
		 "never means junk, trash, drafts, '\\All' or '\\Flagged': name those"),
	CONF_KEY(CONF_T_LIST, imap_conf, exclude, NULL, 0,
		 "Mail that is not even fetched: 'folder:NAME', 'from:ADDRESS' or 'from:@DOMAIN' (and below it), "
		 "'subject:TEXT', and at Gmail 'label:NAME'"),
	CONF_KEY(CONF_T_LIST, imap_conf, block, NULL, 0,
		 "Addresses and @domains (and below them) whose mail is not taken, whoever wrote it and whether From, To or Cc "
		 "names them; what this mailbox brought of them before is taken away, out of the journal too"),
	CONF_KEY_ENUM(imap_conf, privacy, "shared", 0, privacies,
		      "shared, or personal: only mail with a contact that is known already is kept, nothing of any other, "
		      "and the mailbox makes no contacts"),
	CONF_KEY(CONF_T_DATE, imap_conf, since, NULL, 0,
		 "Leave out mail that the server received before this date, or longer ago than this age"),
	CONF_KEY(CONF_T_BOOL, imap_conf, idle, "yes", 0,
		 "Let the server tell when new mail is there, rather than only ask every so often"),
	CONF_KEY_RANGE(CONF_T_SIZE, imap_conf, max_message, "50MiB", CONF_NORMALIZE, 1024, 1 << 30,
		       "No more than this is taken of one mail: of a larger one the text and the attachments that fit"),
	CONF_KEY_ENUM(imap_conf, attachments, "small", 0, attachment_modes,
		      "Which attachments of mails above whole_below are fetched: all, small ones, or none. The others are "
		      "named, and daybook fetch brings them"),
	CONF_KEY_RANGE(CONF_T_SIZE, imap_conf, attachments_max, "2MiB", 0, 0, 1 << 30,
		       "With attachments: small, the largest that is fetched with its mail"),
	CONF_KEY_RANGE(CONF_T_SIZE, imap_conf, whole_below, "64KiB", 0, 0, 1 << 30,
		       "Mails up to this size are fetched whole, attachments and all"),
	CONF_KEY_RANGE(CONF_T_INT, imap_conf, batch, "50", 0, 1, 500, "Most mails asked for in one command"),
	CONF_KEY_RANGE(CONF_T_SIZE, imap_conf, backfill_budget, "2GiB", 0, 0, INT64_MAX,
		       "Bytes in a day beyond which old mail waits for the next; new mail counts and never waits; 0: as many "
		       "as there are"),
	CONF_KEY_RANGE(CONF_T_DURATION, imap_conf, connect_timeout, "30s", 0, 1000000, 600000000,
		       "Time for connecting, and again for the TLS handshake"),
	CONF_KEY_RANGE(CONF_T_DURATION, imap_conf, command_timeout, "60s", 0, 1000000, 3600000000,
		       "Time for one command, and 1 s more for each 100 kB that it brings"),
	CONF_KEY(CONF_T_STRING, imap_conf, legacy_charset, "windows-1252", CONF_NORMALIZE,
		 "What bytes are read as that say no charset and are not UTF-8"),
	CONF_KEY(CONF_T_LIST, imap_conf, drop_address, NULL, CONF_NORMALIZE,
		 "Addresses of this mailbox at which our people leave mail to be recorded: as Bcc of theirs, or by "
		 "forwarding a customer's"),
	{ 0 },
};
