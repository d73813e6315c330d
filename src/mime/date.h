/* The dates of mail headers, as people's software writes them. Pure; allocates nothing. */
#pragma once

#include <daybook/str.h>

/* RFC 5322 with the obsolete forms, asctime and ISO 8601; µs since 1970. False when it is not a
 * date between 1970 and 9999, or a part of it is impossible. Only the first 256 bytes are read. */
bool date_parse(struct str text, int64_t *us);

/* The date of a Received field: what follows its last ";". */
bool date_of_received(struct str value, int64_t *us);
