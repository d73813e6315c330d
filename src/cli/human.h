/* Numbers and times as people read them. Pure. */
#pragma once

#include <daybook/str.h>

enum { HUMAN_SIZE = 32 };

/* Each returns out. */
const char *human_count(int64_t n, char out[HUMAN_SIZE]);	/* 311,094 */
const char *human_bytes(int64_t n, char out[HUMAN_SIZE]);	/* 2.1 GB */
const char *human_span(int64_t us, char out[HUMAN_SIZE]);	/* 14 s, 26 min, 4 h, 12 d 4 h */
const char *human_hour(int64_t wall_us, char out[HUMAN_SIZE]);	/* 14:02, local, of today or tomorrow */
const char *human_time(int64_t wall_us, char out[HUMAN_SIZE]);	/* 2026-11-22 14:02, local; "-" for 0 */
