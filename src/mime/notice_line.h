/* What one line of a mail system's notice says. Pure, linear. */
#pragma once

#include <daybook/str.h>

/* The first "5.1.1" in it, which 192.0.2.1 is not; empty when there is none. */
struct str line_status(struct str line);
/* Does it quote a server's answer: "550 No such user", "said: 550-5.1.1", "#550"? */
bool line_has_reply_code(struct str line);
/* The address that it begins with, bare or in brackets, when nothing but a colon or another form of itself follows:
 * "<a@b.example>: 550 no", "a@b.example", "a@b.example<mailto:a@b.example>"; *rest is what follows. Prose that names one is
 * no list: empty. */
struct str line_address(struct str line, struct str *rest);
