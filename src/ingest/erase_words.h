/* A handle or a name in text: as a word of its own, so that who has ana@x.example is not found in joana@x.example. */
#pragma once

#include <stdbool.h>

#include <daybook/err.h>
#include <daybook/str.h>

struct buf;

/* Also behind escapes: "\\n", "\\u003c", "%3A", "=3C". */
bool erase_words_has(struct str text, struct str word);
/* Writes the JSON again with something else instead of the word, in its strings; names of members stay. False: it is none. */
bool erase_words_blank(struct str json, struct str word, struct str instead, struct buf *out, struct err *err);
