#include "whatsapp.h"

#include "verify.h"

enum { MIB = 1024 * 1024, DEFAULT_MAX_BODY = 4 * MIB };

static const char *const media_choices[] = { "fetch", "link", "ignore", NULL };

static const struct conf_key keys[] = {
	CONF_KEY(CONF_T_SECRET, whatsapp_conf, app_secret, NULL, CONF_REQUIRED | CONF_RELOAD,
		 "the app's secret, with which Meta signs each webhook (X-Hub-Signature-256)"),
	CONF_KEY(CONF_T_SECRET, whatsapp_conf, app_secret_previous, NULL, CONF_RELOAD,
		 "the secret before that one, still accepted while the secret is being changed"),
	CONF_KEY(CONF_T_SECRET, whatsapp_conf, verify_token, NULL, CONF_REQUIRED | CONF_RELOAD,
		 "the word that Meta repeats when the webhook's address is saved there"),
	CONF_KEY(CONF_T_SECRET, whatsapp_conf, access_token, NULL, CONF_RELOAD,
		 "for fetching media; accepted, not used by this version"),
	CONF_KEY(CONF_T_LIST, whatsapp_conf, phone_number_ids, NULL, CONF_RELOAD | CONF_NORMALIZE,
		 "only these numbers of the app, by phone_number_id; what is for others is "
		 "journalled and filtered. Without it: every number"),
	CONF_KEY_ENUM(whatsapp_conf, media, "fetch", CONF_RELOAD | CONF_NORMALIZE, media_choices,
		      "what becomes of pictures, voice and documents. In this version fetch and link "
		      "both list them as pending, ignore lists them as skipped"),
	CONF_KEY_RANGE(CONF_T_SIZE, whatsapp_conf, max_body, "4MiB", CONF_RELOAD,
		       64 * 1024, 64 * MIB,
		       "largest webhook accepted; Meta sends up to 3 MB"),
	{ 0 },
};

static bool check(const void *conf, struct err *err)
{
	const struct whatsapp_conf *cf = conf;

	/* An empty key would make a signature that anyone can compute. */
	if (secret_bytes(cf->app_secret).len == 0)
		return err_setf(err, ERR_CONF, "app_secret is empty");
	if (secret_bytes(cf->verify_token).len == 0)
		return err_setf(err, ERR_CONF, "verify_token is empty");
	return true;
}

static const char *warn(const void *conf)
{
	const struct whatsapp_conf *cf = conf;

	return cf->access_token != NULL ?
		"access_token is not used by this version: media are listed but not fetched" : NULL;
}

static size_t max_body(const void *conf)
{
	const struct whatsapp_conf *cf = conf;

	return cf->max_body > 0 ? (size_t)cf->max_body : DEFAULT_MAX_BODY;
}

static const struct route routes[] = {
	{ .method = "GET", .max_body = 0, .answer = whatsapp_handshake },
	{ .method = "POST", .max_body = DEFAULT_MAX_BODY, .max_body_of = max_body,
	  .verify = whatsapp_verify },
	{ 0 },
};

const struct connector connector_whatsapp = {
	.api = CONNECTOR_API, .name = "whatsapp",
	.summary = "WhatsApp Cloud API webhooks: messages, media, reactions, edits, statuses",
	.conf_size = sizeof(struct whatsapp_conf), .keys = keys, .check = check, .warn = warn,
	.routes = routes, .normalize = whatsapp_normalize,
};
