/* WhatsApp Cloud API: signed webhooks in, interactions out. */
#pragma once

#include <daybook/connector.h>

enum whatsapp_media { WHATSAPP_MEDIA_FETCH, WHATSAPP_MEDIA_LINK, WHATSAPP_MEDIA_IGNORE };

struct whatsapp_conf {
	struct secret *app_secret;
	struct secret *app_secret_previous;
	struct secret *verify_token;
	struct secret *access_token;
	struct conf_list phone_number_ids;
	int media;
	int64_t max_body;
};

extern const struct conf_key whatsapp_keys[];
extern const struct connector connector_whatsapp, whatsapp_reader, whatsapp_mapping;

#define WHATSAPP_MAPPING "whatsapp mapping"	/* the reader that tells what became of each value */

bool whatsapp_normalize(const void *conf, const struct raw *raw, struct interactions *out,
			struct err *err);
