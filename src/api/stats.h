/* What was asked for and how it went, by route: for /metrics. Loop thread. */
#pragma once

#include <stdint.h>

struct api_route;
struct buf;
struct stats;

struct stats *stats_create(void);
void stats_destroy(struct stats *s);		/* NULL is fine */
void stats_note(struct stats *s, const struct api_route *route, int status, int64_t took_us);
void stats_put(const struct stats *s, struct buf *out);
