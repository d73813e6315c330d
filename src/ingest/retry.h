/* A dead letter once more, because a person asked. Worker. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct intake;
struct parsers;
struct source_list;

/* The journalled bytes behind it. NULL: ERR_MISSING when there is no such dead letter, or its connector is
 * not configured any more. */
struct intake *retry_load(const struct source_list *sources, int64_t dead_letter, struct str by, const char *dir,
			  struct err *err);
/* In a parser process, or here where the connector allows it; settled and encoded. As intake_parse(). */
bool retry_parse(struct intake *in, struct parsers *parsers, const char *dir, struct err *err);
