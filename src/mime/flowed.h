/* format=flowed (RFC 3676): lines that end in a space go on in the next one. */
#pragma once

#include "base/buf.h"

void flowed_join(struct str text, bool delsp, struct buf *out);
