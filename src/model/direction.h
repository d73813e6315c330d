/* In, out or internal: from who is us and where the thing lay. Pure. */
#pragma once

#include <daybook/interaction.h>

struct own;

enum folder_hint { FOLDER_NONE, FOLDER_INBOX, FOLDER_SENT };

/* Fills it->direction and appends the reason to it->why. Leaves a direction that the normalizer
 * already gave. Identities must be canonical. Parties without any identity do not count. */
void direction_decide(struct interaction *it, const struct own *own, enum folder_hint hint,
		      struct arena *arena);

/* Who wrote it: From, else the agent; NULL when nobody with an identity is named. */
const struct party *direction_sender(const struct interaction *it);

/* "a" → "a; b". */
void interaction_add_why(struct interaction *it, struct arena *arena, struct str reason);
