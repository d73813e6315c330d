/* Website forms: posts that anyone may send, one interaction each. */
#pragma once

#include <daybook/connector.h>

struct form_conf {
	struct secret *token;
	struct conf_list origins;
	const char *honeypot;
	struct conf_rate rate_limit;
	const char *redirect_to;
	struct conf_map map;
	int64_t max_body;
};

extern const struct conf_key form_keys[];
extern const struct connector connector_form, form_reader, form_mapping;

#define FORM_MAPPING "form mapping"	/* the reader that tells what became of each field */

bool form_normalize(const void *conf, const struct raw *raw, struct interactions *out,
		    struct err *err);
