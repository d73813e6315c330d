/* E-mail addresses: what stands in a header or a form → the form two of which are compared by
 * bytes. All pure. */
#pragma once

#include <daybook/arena.h>
#include <daybook/err.h>

enum { EMAIL_MAX = 320 };

/* Takes "Ana@Example.COM", " <ana@bücher.example.> ", "mailto:…", "Ana <ana@x.com>", a quoted local
 * part. Gives lower case, the domain in ASCII (UTS #46), NFC, no needless quotes; a fixed point.
 * The result lives in the arena. ERR_INPUT with a text for people when it is no address; ERR_LIMIT
 * when the arena is used up. */
bool email_canonical(struct str text, struct arena *arena, struct str *out, struct err *err);

/* Of a canonical address. */
struct str email_local(struct str email);
struct str email_domain(struct str email);

/* "ana+loja@acme.com" → "ana@acme.com"; the address itself where there is no tag. For telling our
 * own aliases only: elsewhere ana+loja is an address of its own. */
struct str email_fold_plus(struct str email, struct arena *arena);
