/* What of an iCalendar object (RFC 5545) is given to libical: the few properties that a mail's record shows, of
 * meetings and of the zones that they name, each on one line. libical allocates as much as it is given and its
 * readers of rules and components trust their size; so it is given little. */
#pragma once

#include "base/buf.h"

enum {
	ICS_INPUT_MAX = 256 << 10,	/* what of a calendar is looked at */
	ICS_OUTPUT_MAX = 64 << 10,
	ICS_LINE_MAX = 4 << 10,		/* of one property; a longer one is left out */
	ICS_EVENTS_MAX = 10,
	ICS_ATTENDEES_MAX = 50,		/* of all events together */
	ICS_ZONES_MAX = 10,
	ICS_SPANS_MAX = 40,		/* standard and daylight times of all zones together */
};

struct ics_left_out {
	size_t n_lines, n_attendees, n_components;
};

/* UTF-8 in. False: there is no VCALENDAR in it. out is to have room for ICS_OUTPUT_MAX; it always ends the
 * components it began. */
bool ics_sift(struct str text, struct buf *out, struct ics_left_out *left_out);
