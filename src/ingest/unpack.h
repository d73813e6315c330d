/* A connector's options in a parser process, from the bytes that travelled with the message. */
#pragma once

#include <daybook/connector.h>

/* For struct sandbox_conf. Never NULL without a reason in err, also where a connector has no options. */
void *unpack_conf(const struct connector *connector, struct str packed, struct err *err);
