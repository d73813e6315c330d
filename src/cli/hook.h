/* The address of a push connector, as it is pasted into a provider's page. */
#pragma once

#include "conf/config.h"

/* From http.public_url, else from http.listen; malloced. NULL: it is not pushed to, or only a unix socket listens. */
char *hook_url(const struct config *config, const struct config_connector *connector);
