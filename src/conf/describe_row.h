/* Pieces that the descriptions share. For describe_*.c only. */
#pragma once

#include <daybook/connector.h>

#include "base/buf.h"

/* "duration, such as 30s, 5m, 1h", "one of sqlite, postgresql" */
void describe_type(struct buf *out, const struct conf_key *key);
/* A value that would be accepted: the default, else something of the type. */
const char *describe_sample(const char *section, const struct conf_key *key);
const struct conf_key *describe_keys(const struct connector *type);	/* never NULL */
