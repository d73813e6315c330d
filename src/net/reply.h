/* How answers look. Private to the HTTP server. */
#pragma once

#include <stddef.h>

struct lint;

const char *reply_phrase(int status);
/* The whole answer to a request that never reached a handler; returns its length. */
size_t reply_refusal(const struct lint *lint, const char *date, char *out, size_t room);
