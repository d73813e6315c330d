/* The entries of `exclude`: "folder:Clientes/Antigos", "from:@loja.example", "subject:férias", "label:pessoal". Pure. */
#pragma once

#include <daybook/conf.h>
#include <daybook/err.h>
#include <daybook/str.h>

enum exclude_kind { EXCLUDE_NONE, EXCLUDE_FOLDER, EXCLUDE_FROM, EXCLUDE_SUBJECT, EXCLUDE_LABEL };

/* NONE: it is no such entry. */
enum exclude_kind exclude_parse(struct str entry, struct str *value);
bool exclude_check(const struct conf_list *entries, struct err *err);
bool exclude_has(const struct conf_list *entries, enum exclude_kind kind);

/* Would these header fields be left out by sender or subject? Bounded work on any bytes: addresses are compared
 * without case and with their domain in ASCII, an "@domain" means its subdomains as well, a subject holds the text whatever
 * its case and accents' composition. Every Subject is looked at, of each the first 400 bytes; what is in a charset other
 * than UTF-8 and Latin-1 is not. */
bool exclude_matches(const struct conf_list *entries, struct str header);

/* Gmail's search for its labels: label:"pessoal", or {label:"a" label:"b"} for several. Malloced; NULL: none. */
char *exclude_gmail_query(const struct conf_list *entries);
