/* The one table that turns a kind of error into what happens next. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <daybook/err.h>

/* Seconds a webhook's sender should wait. */
int policy_retry_after_s(enum err_kind kind);
/* How long a pull rests after its n-th failure in a row (n from 1); jitter included. */
int64_t policy_back_off_us(enum err_kind kind, unsigned n_failures);
/* How long it rests when the far side has had enough of it for the n-th time in a row: over its quota 1 h, doubling to
 * 12 h; else what it asks for, or 30 s doubling to 15 min. Jitter is included. */
int64_t policy_throttle_us(bool is_quota, int64_t wait_us, unsigned n_throttles);
/* Does it stop until the operator does something (with a long back-off as the net)? */
bool policy_is_stop(enum err_kind kind);
/* Does it concern the message (dead letter) rather than us? */
bool policy_is_message(enum err_kind kind);
/* The arena for a message of this size. */
size_t policy_arena_bytes(size_t n_body);
