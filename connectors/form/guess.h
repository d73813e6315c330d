/* What a form's fields mean, by the operator's map or by their usual names. */
#pragma once

#include "form.h"
#include "post.h"

/* Names that the option `map` takes: "name", "email" … MEANING_NONE for others. */
enum meaning meaning_from(struct str name);

/* Sets meaning, key and is_foreign of every field. */
void guess_fields(struct post *post, const struct conf_map *map);

/* Words in lower case without accents, one blank between them: "Seu E-mail:" → "seu e mail". */
struct str guess_words(struct arena *arena, struct str name);

/* The honeypot field that was filled in, or NULL. configured: the option, may be NULL. */
const struct field *guess_honeypot(const struct post *post, const char *configured);
