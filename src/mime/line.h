/* Lines of a mail: LF or CRLF, the last one perhaps without. */
#pragma once

#include <daybook/str.h>

/* The line at *at without its end; *at moves past it. False at the end of the text. */
bool line_next(struct str text, size_t *at, struct str *line);
bool line_is_blank(struct str line);
