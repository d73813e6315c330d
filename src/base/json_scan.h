/* What a JSON text must pass before json-c sees it. json-c spends hundreds of bytes a value: what it would make is
 * counted first. And it takes what JSON does not have: NaN, TRUE, 'x', 01, comments, a comma behind the last value. Its
 * own strict mode does not, but as of 0.18 refuses every letter that is not ASCII as well. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

/* False: ERR_INPUT, or ERR_LIMIT. True does not say that it is JSON: what is left, json-c finds. */
bool json_scan(struct str text, int max_depth, size_t max_nodes, struct err *err);
/* How many members all objects of a text have, which is JSON. */
size_t json_scan_members(struct str text);
