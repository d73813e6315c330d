/* "ana@loja.example" and "@loja.example", which means what lies below it as well, against the addresses of a header. */
#pragma once

#include <daybook/conf.h>
#include <daybook/str.h>

#include "imap/header_scan.h"

/* Is any address of these fields one of the wanted? Addresses are compared without case and with their domain in ASCII.
 * Bounded work on any bytes. */
bool address_match(const struct str *wanted, size_t n_wanted, struct str header, enum header_fields which);
