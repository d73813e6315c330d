/* The company behind an e-mail address: its registrable domain. Pure; the public suffix list is the
 * one built into libpsl. */
#pragma once

#include <daybook/str.h>

struct own;

/* "ana@mail.acme.com.br" → "acme.com.br", a part of `email`. Empty for freemail, relays, our own
 * domains, address literals and bare host names. own may be NULL. */
struct str company_domain(struct str email, const struct own *own);
