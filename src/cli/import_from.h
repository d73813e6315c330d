/* The line between two mails of an mbox: "From maria@example.com Tue Nov  3 14:02:11 2026". Pure. */
#pragma once

#include <daybook/str.h>

/* Does the line (with or without its end) begin with "From " and tell a date? *us gets it: UTC unless a
 * numeric zone stands there, as most programs write it. */
bool import_from_date(struct str line, int64_t *us);
/* Does it look like the first field of a mail: "Name:"? For lines that tell no date. */
bool import_is_field(struct str line);
