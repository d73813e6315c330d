/* Participants as the store keeps them beside an interaction: compact JSON, canonical identities. Pure. */
#pragma once

#include <daybook/interaction.h>

struct buf;

/* [{"r":"from","n":"Maria","i":[["email","maria@acme.com"],["ext","17","loja"]]}] */
void parties_json_put(struct buf *out, const struct interaction *it);
/* Fills it->parties; what is not understood is left out. False: ERR_INPUT, not such a list. */
bool parties_json_parse(struct str json, struct interaction *it, struct arena *arena, struct err *err);
