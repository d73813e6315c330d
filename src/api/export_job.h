/* Exports are made here, a page at a time: each page is a moment's snapshot through the eyes of who asked, audited before it is written. */
#pragma once

#include "api/rounds.h"

#define EXPORT_LIFE_US (INT64_C(24) * 3600 * 1000000)	/* how long one may be fetched */

round_fn export_round;
