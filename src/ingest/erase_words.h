/* A handle or a name in text: as a word of its own, so that who has ana@x.example is not found in joana@x.example. */
#pragma once

#include <stdbool.h>

#include <daybook/str.h>

/* Also behind escapes: "\\n", "\\u003c", "%3A", "=3C". */
bool erase_words_has(struct str text, struct str word);
