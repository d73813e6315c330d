/* The options, for the connector and for its reader. */
#include "whatsapp.h"

enum { MIB = 1024 * 1024 };

static const char *const media_choices[] = { "fetch", "link", "ignore", NULL };

const struct conf_key whatsapp_keys[] = {
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
