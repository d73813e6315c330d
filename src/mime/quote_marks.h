/* The lines with which mail programs mark quotes and signatures. All take one line (or a few, joined) that
 * quote_fold() has prepared; the words are those of quote_words.h. */
#pragma once

#include <daybook/str.h>

enum { QUOTE_LINE_MAX = 400 };

/* A line in a form to compare: no bidi marks, NBSP and TAB as spaces, runs of them as one,
 * ends trimmed; empty when it is longer than QUOTE_LINE_MAX. */
struct str quote_fold(struct str line, char out[QUOTE_LINE_MAX]);
/* Of a line as it came: can it be a label, a rule, or what stands between dashes? Each has a colon, or dashes or a rule
 * at its front, in ASCII or not; folding every line of prose to find out costs as much as all the rest. */
bool quote_may_be_mark(struct str line);

bool quote_is_attribution(struct str line);	/* "Em seg., …, Maria <m@x> escreveu:" */
/* In any language, by its form: a date, an address in brackets, a colon. Good enough above a quote only. */
bool quote_is_dated_address(struct str line);
/* An attribution that nothing else looks like: it has the address in brackets, too. */
bool quote_is_full_attribution(struct str line);
bool quote_has_opener(struct str line);		/* "On …", in the languages that put the date first */

bool quote_is_original(struct str line);	/* "-----Mensagem original-----" */
bool quote_is_forwarded(struct str line);	/* "---------- Forwarded message ---------" */
bool quote_is_rule(struct str line);		/* a line of underscores */
bool quote_is_label(struct str line);		/* "Enviado em: …" of an Outlook block */
bool quote_is_from_label(struct str line);	/* "De: …" */
bool quote_has_label(struct str line);		/* "…: …" in any language */
bool quote_has_address(struct str line);	/* "<ana@x.example>", "(…)", "[mailto:…]" */

bool quote_is_device(struct str line);		/* "Enviado do meu iPhone" */
bool quote_is_closing(struct str line);		/* "Atenciosamente," */
