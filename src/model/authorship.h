/* What a mail's own words say about who sent it, beyond the address in From: whether our mail server disproved it, whether a
 * form of ours wrote it for a visitor, whether one of us left it at a drop address, whose mail it passes on. Pure. */
#pragma once

#include "model/direction.h"

/* Before direction_decide(), identities being canonical. May change parties, and gives the direction (or the filter) where
 * it knows. Mail only. */
void authorship_settle(struct interaction *it, const struct own *own, enum folder_hint hint, struct arena *arena);

/* After it: the author of a customer's mail that one of us passed on to another of us becomes a participant (ROLE_ORIGINAL),
 * so that it is found with them. region: as for identities. */
void authorship_add_original(struct interaction *it, const struct own *own, const char *region, struct arena *arena);
