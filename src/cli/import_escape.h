/* Names of files as text that survives: in a header, in JSON, in a mark. */
#pragma once

#include <stdbool.h>

#include <daybook/str.h>

enum import_escape { IMPORT_ESCAPE_CONTROLS, IMPORT_ESCAPE_BLANKS };

/* Control characters, bytes that are no UTF-8, and with BLANKS also blanks and "%", become %XX. malloc'ed. */
char *import_escape(struct str s, enum import_escape what);
