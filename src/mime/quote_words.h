/* The words with which mail programs mark quotes, forwards and signatures, by language. Data only. */
#pragma once

#include <daybook/str.h>

/* Lists end with an empty slice. Everything is compared without regard to ASCII's case. */
struct quote_language {
	const char *code;			/* ISO 639-1, for people */
	struct str openers[6];			/* how an attribution begins, with its space: "On " */
	struct str verbs[6];			/* what stands in it: "wrote" */
	struct str from[6];			/* labels of Outlook's block: the author … */
	struct str labels[20];			/* … and all others */
	struct str originals[6];		/* between dashes */
	struct str forwards[8];			/* between dashes, or as a line of its own with a colon */
	struct str forward_prefixes[6];		/* of a subject, with the colon where that is ASCII */
	struct str devices[14];			/* how "Sent from my …" begins */
	struct str device_ends[4];		/* or how it ends */
	struct str closings[14];		/* "Best regards", without its comma */
};

enum { QUOTE_LANGUAGES = 20 };

extern const struct quote_language quote_languages[QUOTE_LANGUAGES];

/* Is there a row in a list of those above that stands in the given relation to the text? */
typedef bool quote_relation_fn(struct str text, struct str word);
bool quote_has_word(struct str text, size_t list, quote_relation_fn *is_related);
/* Is the text one of them? */
bool quote_is_word(struct str text, size_t list);
#define QUOTE_LIST(member) offsetof(struct quote_language, member)
