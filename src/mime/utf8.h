/* UTF-8 for storing: valid, composed (NFC), without control characters. */
#pragma once

#include <daybook/str.h>

#include "base/buf.h"

/* Length of the well-formed sequence at the front (1 to 4, NUL counts as 1), 0 when there is none. */
size_t utf8_step(struct str s);
/* The code point at the front of valid UTF-8; *step is its length. */
uint32_t utf8_get(struct str s, size_t *step);
void utf8_put(struct buf *out, uint32_t code);

/* The longest front of s that is whole characters and at most max bytes. */
struct str utf8_cut(struct str s, size_t max);
/* How many sequences of more than one byte, and how many bytes that belong to none. */
void utf8_count(struct str s, size_t *n_multibyte, size_t *n_bad);
/* A copy in which every bad byte became U+FFFD. */
void utf8_repair(struct str s, struct buf *out);

/* Valid UTF-8 in; out: NFC, CR and CRLF as LF, no control character but LF and TAB. */
void utf8_clean(struct str s, struct buf *out);
/* The same for one line: LF and TAB are spaces, ends trimmed. */
void utf8_clean_line(struct str s, struct buf *out);
/* Marks that steer the direction of text and are invisible: U+200E, U+202A … U+2069, U+061C. */
bool utf8_is_bidi(uint32_t code);
