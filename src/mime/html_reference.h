/* Character references of HTML: &eacute; &#233; &#xe9; Private to html.c. */
#pragma once

#include <daybook/str.h>

/* The character at the front of s (valid UTF-8, not empty), written as a reference or as itself;
 * returns how many bytes it takes. */
size_t html_reference(struct str s, uint32_t *code);
