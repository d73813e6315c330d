#include "whatsapp.h"

#include "verify.h"

enum { DEFAULT_MAX_BODY = 4 << 20 };	/* when no options were read */

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
	.conf_size = sizeof(struct whatsapp_conf), .keys = whatsapp_keys, .check = check, .warn = warn,
	.routes = routes, .normalize = whatsapp_normalize, .mapping = WHATSAPP_MAPPING,
};
