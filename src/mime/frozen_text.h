/* The few letters by which a text is known for ever, as part of the dedupe key of a mail. Rules of their own, apart from
 * those for quotes, signatures, HTML and kinds, which get better: a key must not. What is changed here makes keys of a
 * new version, and every store has to be rebuilt (docs/decisions/key-of-a-mail.md). Pure, linear, private to frozen.c. */
#pragma once

#include <daybook/str.h>

#include "base/buf.h"

/* So short that what is appended on the way (footers, disclaimers) mostly stands behind it, so long that two mails of
 * one sender in one second with one subject and one Message-ID differ within it. */
enum { FROZEN_LETTERS = 64 };

/* The first letters and digits of valid UTF-8, appended to out: whole characters, until there are max bytes. */
void frozen_letters(struct str text, size_t max, struct buf *out);

/* The same of a text in lines: without quoted lines (">", unless there is nothing else), up to the first line of dashes,
 * underscores and the like below a letter, which is where signatures and footers begin. */
void frozen_lines(struct str text, struct buf *out);
/* The same of the front of a text. False, and nothing appended: what follows it may count. */
bool frozen_front(struct str text, struct buf *out);

/* The text between the tags of an HTML page, lines where blocks begin and end. */
void frozen_strip(struct str html, struct buf *out);
