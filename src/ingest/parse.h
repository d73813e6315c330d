/* Hostile bytes → interactions, in a parser process; attachment bodies go to the blob store on their way.
 * Workers only: blocks on the parser and the disk. */
#pragma once

#include <stdbool.h>

struct err;
struct intake;
struct parsers;

/* True: in->items or in->verdict say what it is, settled and encoded, with every large body durable.
 * False: the message is innocent (ERR_AGAIN no parser, ERR_FULL, ERR_IO): ask again later. */
bool intake_parse(struct intake *in, struct parsers *parsers, const char *dir, struct err *err);
