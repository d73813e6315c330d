/* What only a form has, as the interaction's details: all fields, page, campaign, consent, client. */
#pragma once

#include "post.h"

/* The JSON object, in the arena. */
struct str details_json(const struct post *post, const struct raw *raw, struct str page_url);
/* The page that the form stands on: its field, else the Referer. */
struct str details_page_url(const struct post *post, const struct raw *raw);
/* The first value of a meaning, or empty. */
struct str details_first(const struct post *post, enum meaning meaning);
