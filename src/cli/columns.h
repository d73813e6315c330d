/* Tables for people: aligned on a terminal, tab-separated without a head elsewhere; never cut when
 * piped. */
#pragma once

#include <daybook/str.h>

struct table;

/* A head that begins with ">" is for numbers; with "~", may be cut on a narrow terminal. NULL-terminated. */
struct table *table_create(const char *const *heads);
void table_destroy(struct table *t);
void table_row(struct table *t);		/* then one call a column, from the left */
void table_str(struct table *t, struct str s);	/* made fit for a terminal: see plain.h */
void table_int(struct table *t, int64_t n);
void table_time(struct table *t, int64_t wall_us);	/* local time; 0: "-" */
/* Colours the cell written last: "green", "yellow", "red", "bold". Colour never alone carries meaning. */
void table_color(struct table *t, const char *color);
void table_print(struct table *t);
