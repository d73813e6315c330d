/* The lines with which mail programs mark quotes and signatures, by language. All take one line
 * (or a few, joined) that quote_fold() has prepared. */
#pragma once

#include <daybook/str.h>

enum { QUOTE_LINE_MAX = 400 };

/* A line in a form to compare: no bidi marks, NBSP and TAB as spaces, runs of them as one,
 * ends trimmed; empty when it is longer than QUOTE_LINE_MAX. */
struct str quote_fold(struct str line, char out[QUOTE_LINE_MAX]);

bool quote_is_attribution(struct str line);	/* "Em seg., …, Maria <m@x> escreveu:" */
bool quote_is_original(struct str line);	/* "-----Mensagem original-----" */
bool quote_is_forwarded(struct str line);	/* "---------- Forwarded message ---------" */
bool quote_is_rule(struct str line);		/* a line of underscores */
bool quote_is_label(struct str line);		/* "Enviado em: …" of an Outlook block */
bool quote_is_from_label(struct str line);	/* "De: …" */
bool quote_is_device(struct str line);		/* "Enviado do meu iPhone" */
