/* NAME.{json,txt,http} through a connector against NAME.want.json beside it. */
#pragma once

#include <daybook/connector.h>

/* All interactions in one readable text: a line a member, empty ones left out. The caller frees. */
char *golden_dump(const struct interactions *list);

/* Normalizes each payload of the folder and compares; returns how many there were. A difference ends the
 * test with both texts. With DAYBOOK_UPDATE_GOLDEN set it writes the .want.json files instead. */
int golden_run(const struct connector *connector, const void *conf, const char *folder);
