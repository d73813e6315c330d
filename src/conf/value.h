/* What a text means as a value of a type, and values as text again. Pure. */
#pragma once

#include <daybook/conf.h>

#include "base/buf.h"

/* The whole slice or nothing: false when it is not such a value or too large for it. */
bool value_bool(struct str s, bool *out);		/* yes no true false on off, any case */
bool value_int(struct str s, int64_t *out);
bool value_size(struct str s, int64_t *bytes);		/* 512KiB, 4MiB, 10M (of 1024), 100 */
bool value_duration(struct str s, int64_t *us);		/* 200ms, 30s, 5m, 1h30m, 7d, 2w, 1y, 0 */
bool value_rate(struct str s, struct conf_rate *out);	/* 5/s, 10/min, 100/h, 0: no limit */
bool value_date(struct str s, int64_t *us);		/* 2024-01-01, or an age: 90d gives -90 days */

/* "a duration", "(try 30s, 5m, 1h)"; empty where there is nothing to say. */
const char *value_noun(enum conf_type type);
const char *value_try(enum conf_type type);

/* As one would write it: 90000000 µs is "1m30s", 4194304 bytes "4MiB". */
void value_print(struct buf *out, enum conf_type type, int64_t value);
