/* Is it Meta? Pure. */
#pragma once

#include <daybook/connector.h>

/* X-Hub-Signature-256 over the bytes as they came. */
bool whatsapp_verify(const void *conf, const struct request *rq, struct err *err);
/* The GET with which Meta tries the address: echoes hub.challenge when hub.verify_token is ours. */
bool whatsapp_handshake(const void *conf, const struct request *rq, struct reply *rp,
			struct err *err);
