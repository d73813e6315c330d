/* The Message-ID of a header, as far as two copies of one mail can be told by it. Pure, linear. */
#pragma once

#include <daybook/str.h>

enum { MESSAGE_ID_MAX = 512 };

/* What stands in the brackets, without blanks, as the timeline has it; empty when there is none before the first
 * empty line, or when it is anything but plain ASCII. */
struct str message_id_of(struct str header, char out[MESSAGE_ID_MAX]);
