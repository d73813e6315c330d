/* The committed list of mail domains that belong to anybody. */
#pragma once

#include <daybook/str.h>

/* host as in the address, registrable its registrable domain: gmail.com, uol.com.br, hotmail.* … */
bool freemail_has(struct str host, struct str registrable);

/* The list itself, sorted by bytes. */
size_t freemail_count(void);
const char *freemail_at(size_t i);
