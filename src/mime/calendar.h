/* A meeting as an invitation, its update, its cancelling or an answer tells it (RFC 5546), read by libical out of what
 * ics.h lets through. */
#pragma once

#include "mime/decode.h"
#include "mime/ics.h"

struct meeting_party {
	struct str address, name;
	struct str status;	/* PARTSTAT: ACCEPTED, DECLINED … */
};

struct meeting {
	struct str method;	/* REQUEST, CANCEL, REPLY …, upper case; empty when the calendar has none */
	struct str uid;		/* with recurrence_id and sequence: which version of which meeting */
	struct str recurrence_id;
	int64_t sequence;
	/* RFC 3339 in UTC; without "Z" when nobody says in which zone; the date alone of a whole day. */
	struct str start, end;
	struct str timezone;	/* as the calendar calls it */
	struct str rule;	/* RRULE of a series, as it stands */
	struct str summary, location, status;
	struct meeting_party organizer, attendees[ICS_ATTENDEES_MAX];
	size_t n_attendees, n_events;
	struct ics_left_out left_out;
};

/* Opens what libical opens once. Before a sandbox closes. */
void calendar_warm_up(void);

/* The meeting of a calendar; of several the one that is a whole series, else the first. False when there is none that
 * can be read. Texts are in dec->arena, clean and bounded. */
bool calendar_read(struct decode *dec, struct str utf8, struct meeting *out);
