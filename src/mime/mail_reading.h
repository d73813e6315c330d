/* One mail while it is being read, shared by the files that fill its interaction. Private to this
 * folder; not for callers. */
#pragma once

#include <daybook/interaction.h>

#include "base/json.h"
#include "mime/calendar.h"
#include "mime/mail.h"
#include "mime/report.h"
#include "mime/tnef.h"
#include "mime/tree.h"

enum { WINMAILS_MAX = 2, UU_FILES_MAX = 100 };

/* A winmail.dat that was opened. */
struct winmail {
	size_t part;		/* index in the tree */
	struct str bytes;
	struct tnef *tnef;
};

/* A file that stood in the text. */
struct uu_file {
	struct str name, bytes;
};

struct mail {
	struct mail_options opt;	/* with the defaults filled in */
	const struct raw *raw;
	struct decode dec;
	struct str bytes;
	struct head head;
	struct tree tree;
	struct report report;

	struct meeting *meeting;	/* NULL: no calendar, or none that could be read */
	struct str calendar_method;

	struct winmail winmails[WINMAILS_MAX];
	size_t n_winmails;
	struct uu_file *uu_files;
	size_t n_uu_files;

	struct interaction it;
	struct str signature;		/* the author's own, without the text above it */
	bool has_html;
	size_t html_left;		/* how much HTML may still be read, over all parts */
};

/* The value of a header field, unfolded; the first of that name. */
struct str mail_header(struct mail *m, struct str name);

void envelope_read(struct mail *m);	/* ids, times, subject, parties */
void frozen_read(struct mail *m);	/* discriminator, and an id where the mail has none; once its time is known */
void winmail_read(struct mail *m);	/* winmails */
void body_read(struct mail *m);		/* text, text_full, signature, uu_files */
void attachments_read(struct mail *m);
bool original_is_wanted(const struct raw *raw);
void original_read(struct mail *m);	/* in place of the attachments */
void invite_read(struct mail *m);	/* meeting, calendar_method */
void kind_read(struct mail *m);		/* kind, about, why; completes the report */
void invite_write(struct mail *m, struct json_writer *w);	/* the member "calendar", if there is one */
void details_write(struct mail *m);	/* last: holds the warnings */

/* Is this part text that people read as the mail itself? */
bool part_is_body(struct mail *m, const struct part *p);
/* A part's bytes, decoded, at most max of them; borrowed from the mail where nothing was encoded. */
struct str part_bytes(struct mail *m, const struct part *p, size_t max);

/* The winmail.dat that is this part; NULL when it is none, or could not be opened. */
const struct winmail *winmail_of(const struct mail *m, size_t part);
struct str winmail_name(struct mail *m, const struct winmail *w, const struct tnef_file *file);
/* What the first winmail.dat with a text says; empty when none does. */
struct str winmail_text(struct mail *m);
