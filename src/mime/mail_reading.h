/* One mail while it is being read, shared by the files that fill its interaction. Private to this
 * folder; not for callers. */
#pragma once

#include <daybook/interaction.h>

#include "base/json.h"
#include "mime/calendar.h"
#include "mime/forwarded.h"
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

/* A mail that one of us left at a drop address to be recorded. */
struct drop {
	const char *how;	/* "copied", or as forwarded.how: then this is the mail that was passed on */
	struct str address;
	struct str by, by_name;	/* who left it there, and when, as that mail says */
	int64_t at_us;
	struct str message_id;
	struct head head;	/* of that mail */
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

	struct forwarded forwarded;	/* the mail that this one passes on; how empty: none */
	struct drop drop;		/* how it came to a drop address; how empty: it did not */

	struct interaction it;
	struct str author_why;		/* why the author is another than From; mostly empty */
	const char *author_in;		/* where they are named, unless it is the one address in From; else NULL */
	struct str written_from;	/* the one address in From, where that is a list's */
	struct str signature;		/* the author's own, without the text above it */
	bool has_html;
	size_t html_left;		/* how much HTML may still be read, over all parts */
};

/* The value of a header field, unfolded; the first of that name. */
struct str mail_header(struct mail *m, struct str name);

/* Reads all but the details. dropped: see drop.c, NULL for a mail that came by itself. raw must outlive out. */
bool mail_read(const struct mail_options *opt, const struct raw *raw, struct arena *arena, const struct drop *dropped,
	       struct mail *out, struct err *err);
void envelope_read(struct mail *m);	/* ids, times, subject, parties */
void authors_read(struct mail *m);	/* parties, author_why, author_in, written_from */
void authors_write(struct mail *m, struct json_writer *w);	/* the member "author", if there is one */
void frozen_read(struct mail *m);	/* discriminator, and an id where the mail has none; once its time is known */
void winmail_read(struct mail *m);	/* winmails */
void body_read(struct mail *m);		/* text, text_full, signature, uu_files */
void attachments_read(struct mail *m);
bool original_is_wanted(const struct raw *raw);
void original_read(struct mail *m);	/* in place of the attachments */
void forwarded_read(struct mail *m);	/* forwarded */
void forwarded_write(struct mail *m, struct json_writer *w);	/* the member "forwarded", if there is one */
void drop_read(struct mail *m);		/* drop; takes the drop address out of the parties */
/* What was forwarded to a drop address becomes the mail itself, where that is what was meant. */
void drop_unwrap(struct mail *m);
void drop_write(struct mail *m, struct json_writer *w);
void invite_read(struct mail *m);	/* meeting, calendar_method */
void kind_read(struct mail *m);		/* kind, about, why; completes the report */
void invite_write(struct mail *m, struct json_writer *w);	/* the member "calendar", if there is one */
/* The member "authentication_results", if there are any. */
void authentication_write(struct mail *m, const struct head *head, struct json_writer *w);
void details_write(struct mail *m);	/* last: holds the warnings */

/* The name of the file that a part is, empty when it has none. */
struct str part_file_name(struct mail *m, const struct part *p);
/* Is this part of one of two types, or a file whose name says so under a type that says nothing? */
bool part_is(struct mail *m, const struct part *p, const char *type, const char *other_type, const char *name_end);
/* Is this part text that people read as the mail itself? */
bool part_is_body(struct mail *m, const struct part *p);
/* A part's bytes, decoded, at most max of them; borrowed from the mail where nothing was encoded. */
struct str part_bytes(struct mail *m, const struct part *p, size_t max);

/* A part that was not fetched with the mail. */
struct left_out {
	int64_t size;		/* decoded, about */
	struct str number, reason;
};
bool part_is_left_out(struct mail *m, const struct part *p, struct left_out *out);

/* The winmail.dat that is this part; NULL when it is none, or could not be opened. */
const struct winmail *winmail_of(const struct mail *m, size_t part);
struct str winmail_name(struct mail *m, const struct winmail *w, const struct tnef_file *file);
/* What the first winmail.dat with a text says; empty when none does. */
struct str winmail_text(struct mail *m);
