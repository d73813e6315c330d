/* What a message says, by its type. Each reader fills text, attachments and details of r->it. */
#pragma once

#include "change.h"

struct wa_reading {
	struct wa_change *ch;
	struct json_object *message;
	struct json_object *body;	/* the member named like the type */
	struct interaction *it;
	struct json_writer *w;		/* of details, inside its object */
};

/* False: it is not what its type promises; why says what is missing. */
typedef bool wa_read_fn(struct wa_reading *r, struct err *why);

wa_read_fn wa_read_text;
wa_read_fn wa_read_media;		/* image, video, audio, sticker */
wa_read_fn wa_read_document;
wa_read_fn wa_read_location;
wa_read_fn wa_read_contacts;
wa_read_fn wa_read_button;
wa_read_fn wa_read_order;
wa_read_fn wa_read_interactive;		/* a flow's answer turns the event into a form */
