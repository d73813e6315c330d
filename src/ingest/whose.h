/* Whose a participant of an entry is today: whom a person moved it to, or else the contact of the first of its handles that
 * has one. Any handle of the store. */
#pragma once

#include "store/store.h"

/* *contact 0: nobody's. */
bool whose_party(struct store *st, int64_t entry, const struct party *party, int64_t *contact, struct err *err);
