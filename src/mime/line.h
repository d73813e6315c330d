/* Lines of a mail: LF or CRLF, the last one perhaps without. */
#pragma once

#include <daybook/str.h>

/* The line at *at without its end; *at moves past it. False at the end of the text. */
bool line_next(struct str text, size_t *at, struct str *line);
/* The line that ends before offset `end`, and where it begins. False at the front of the text. */
bool line_before(struct str text, size_t end, struct str *line, size_t *start);
bool line_is_blank(struct str line);
