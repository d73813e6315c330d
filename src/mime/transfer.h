/* Content-Transfer-Encoding undone, by GMime. Broken input gives what can be read of it. */
#pragma once

#include "base/buf.h"

enum transfer { TRANSFER_NONE, TRANSFER_BASE64, TRANSFER_QP, TRANSFER_UU };

/* Of the header's value, which has a terminator; unknown names are TRANSFER_NONE, *is_known says so. */
enum transfer transfer_from(struct str name, bool *is_known);
/* Never more bytes than this come out of n. */
size_t transfer_room(enum transfer t, size_t n);
/* Stops when out is full (its maximum reached). */
void transfer_decode(enum transfer t, struct str in, struct buf *out);
