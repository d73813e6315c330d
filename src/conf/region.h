/* The countries of ISO 3166-1. */
#pragma once

#include <daybook/str.h>

bool region_is_known(struct str code);	/* two letters, any case */
