/* The source line of a report and the carets under it. Pure. */
#pragma once

#include "conf/yaml.h"

/* Both are malloc'ed and line up on a terminal: tabs are kept in both, wide characters counted, long
 * lines cut around the place, control characters replaced, hidden text shown as four dots. Both NULL
 * when the file has no such line. */
void excerpt_make(struct yaml_doc *doc, struct yaml_place at, char **source, char **carets);
