/* Mailboxes over IMAP: read-only, every folder by itself, parked in IDLE between syncs. */
#include "imap/imap.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "imap/block.h"
#include "imap/exclude.h"
#include "net/tls_share.h"

static bool is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* A name other than localhost cannot be judged without asking DNS; dialling looks at the address again. */
static bool is_loopback_host(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return str_ieq(str_from(host), STR("localhost"));
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return true;
	return false;
}

static bool check_auth(const struct imap_conf *cf, struct err *err)
{
	if (cf->auth == IMAP_AUTH_OAUTH)
		return cf->password == NULL ? oauth_check(&cf->oauth, err) :
		       err_setf(err, ERR_CONF, "password: means nothing with auth: oauth; take one of them out");
	if (cf->password == NULL)
		return err_setf(err, ERR_CONF, "\"password\" is missing (or auth: oauth, where the server wants that)");
	if (cf->oauth.client_id != NULL)
		return err_setf(err, ERR_CONF, "oauth: means nothing without auth: oauth");
	return true;
}

static bool check_folder(struct str name, struct err *err)
{
	if (str_starts(name, STR("!")))
		name = str_sub(name, 1, STR_NONE);
	if (name.len == 0)
		return err_setf(err, ERR_CONF, "folders: \"!\" leaves out what is named behind it, and here is nothing");
	if (has_control(name))
		return err_setf(err, ERR_CONF, "folders: a line break or control character cannot be part of a name");
	if (str_starts(name, STR("\\")) && folder_attr_from(name) == 0)
		return err_setf(err, ERR_CONF, "folders: \"%.100s\" is not a special use (try '\\Sent', '\\All', "
				"'\\Archive', '\\Junk', '\\Drafts', '\\Trash', '\\Flagged')", name.ptr);
	return true;
}

static bool imap_check(const void *conf, struct err *err)
{
	const struct imap_conf *cf = conf;

	if (!check_auth(cf, err))
		return false;
	if (cf->tls == SESSION_TLS_NONE && !is_loopback_host(cf->host))
		return err_setf(err, ERR_CONF, "tls: none sends the password in the clear, so it is for localhost, "
				"127.0.0.1 and ::1 only, not \"%.200s\"", cf->host);
	if (is_set(cf->tls_ca) && is_set(cf->tls_pin))
		return err_setf(err, ERR_CONF, "tls_ca and tls_pin exclude each other: a pinned key needs no authority");
	if (cf->tls == SESSION_TLS_NONE && (is_set(cf->tls_ca) || is_set(cf->tls_pin)))
		return err_setf(err, ERR_CONF, "tls_ca and tls_pin mean nothing with tls: none");
	if (is_set(cf->tls_pin) && !tls_check_pin(cf->tls_pin, err))
		return err_prefixf(err, "tls_pin");
	if (has_control(str_from(cf->user)))
		return err_setf(err, ERR_CONF, "user: a line break or control character cannot be part of it");
	for (size_t i = 0; i < cf->drop_address.n_items; i++)
		if (str_chr(str_from(cf->drop_address.items[i]), '@') == STR_NONE)
			return err_setf(err, ERR_CONF, "drop_address: \"%.100s\" is not a mail address (try log@example.com)",
					cf->drop_address.items[i]);
	for (size_t i = 0; i < cf->folders.n_items; i++)
		if (!check_folder(str_from(cf->folders.items[i]), err))
			return false;
	return exclude_check(&cf->exclude, err) && block_check(cf, err);
}

static const char *imap_warn(const void *conf)
{
	const struct imap_conf *cf = conf;

	if (is_set(cf->tls_pin))
		return "tls_pin: name and date of the certificate are not looked at, only the key";
	if (cf->tls == SESSION_TLS_STARTTLS)
		return "tls: starttls begins in the clear; where the server has port 993, tls: implicit is better";
	return NULL;
}

static bool is_canceled(void *arg)
{
	const struct imap *im = arg;

	return im->sync != NULL && sync_is_canceled(im->sync);
}

unsigned imap_port(const struct imap_conf *conf)
{
	return conf->port ? (unsigned)conf->port : conf->tls == SESSION_TLS_IMPLICIT ? 993 : 143;
}

static bool get_token(void *arg, bool was_refused, struct str *token, struct err *err)
{
	struct imap *im = arg;

	if (im->sync == NULL)		/* looked at by the command line */
		return err_setf(err, ERR_CONF, "this mailbox is read by token, which daybookd keeps: see daybook oauth status");
	return sync_token(im->sync, was_refused, token, err);
}

static struct session *make_session(struct imap *im)
{
	const struct imap_conf *cf = im->conf;
	const struct session_options opt = {
		.host = cf->host,
		.port = imap_port(cf),
		.mode = (enum session_tls)cf->tls,
		.tls = im->tls,
		.user = cf->user,
		.password = secret_bytes(cf->password),
		.get_token = cf->auth == IMAP_AUTH_OAUTH ? get_token : NULL,
		.connect_timeout_us = cf->connect_timeout,
		.command_timeout_us = cf->command_timeout,
		.max_literal = cf->max_message,
		.is_canceled = is_canceled,
		.arg = im,
	};

	return session_create(&opt);
}

void imap_close(void *session)
{
	struct imap *im = session;

	if (im == NULL)
		return;
	session_destroy(im->session);
	imap_forget_folders(im);
	tls_unshare(im->tls);
	free(im);
}

/* Connects nothing yet: the first sync does, and a later one again when the connection is gone. */
bool imap_open(const void *conf, void **session, struct err *err)
{
	const struct imap_conf *cf = conf;
	const struct tls_options trust = { .ca_file = cf->tls_ca, .pin = cf->tls_pin };
	struct imap *im;

	if (has_control(secret_bytes(cf->password)))
		return err_setf(err, ERR_CONF, "password: a line break or control character cannot be part of it");
	im = xnew(struct imap);
	im->conf = cf;
	if (cf->tls != SESSION_TLS_NONE) {
		im->tls = tls_share(&trust, err);
		if (im->tls == NULL) {
			imap_close(im);
			return false;
		}
	}
	im->session = make_session(im);
	*session = im;
	return true;
}

static const struct oauth_conf *imap_oauth(const void *conf)
{
	const struct imap_conf *cf = conf;

	return cf->auth == IMAP_AUTH_OAUTH ? &cf->oauth : NULL;
}

static void imap_account(const void *conf, struct str *host, struct str *user)
{
	const struct imap_conf *cf = conf;

	*host = str_from(cf->host);
	*user = str_from(cf->user);
}

const struct connector connector_imap = {
	.api = CONNECTOR_API,
	.name = "imap",
	.summary = "mailbox read over IMAP, never changed",
	.conf_size = sizeof(struct imap_conf),
	.keys = imap_keys,
	.check = imap_check,
	.warn = imap_warn,
	.oauth = imap_oauth,
	.account = imap_account,
	.block_list = block_list,
	.blocks = block_blocks,
	.open = imap_open,
	.sync = imap_sync,
	.close = imap_close,
	.reconcile = imap_reconcile,
	.fetch = imap_fetch,
	.probe = imap_probe,
	.is_hostile = true,
};
