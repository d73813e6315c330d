/* A file as if it had come in over the network. */
#pragma once

#include <daybook/connector.h>

struct payload {
	struct raw raw;			/* points into the two below */
	char *bytes, *content_type;
};

/* type says what the connector takes; content_type NULL: guessed by the bytes. "-" is standard input. Caller calls
 * payload_finish(), also after a failure. */
bool payload_read(struct payload *p, const char *path, const struct connector *type, const char *content_type,
		  struct err *err);
void payload_finish(struct payload *p);
