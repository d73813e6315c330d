/* One mail while it is being read, shared by the files that fill its interaction. Private to this
 * folder; not for callers. */
#pragma once

#include <daybook/interaction.h>

#include "mime/mail.h"
#include "mime/report.h"
#include "mime/tree.h"

struct mail {
	struct mail_options opt;	/* with the defaults filled in */
	const struct raw *raw;
	struct decode dec;
	struct str bytes;
	struct head head;
	struct tree tree;
	struct report report;

	struct interaction it;
	struct str first_text;		/* of the first text part, whole */
	struct str signature;		/* the author's own, without the text above it */
	bool has_html;
	size_t html_left;		/* how much HTML may still be read, over all parts */
};

/* The value of a header field, unfolded; the first of that name. */
struct str mail_header(struct mail *m, struct str name);

void envelope_read(struct mail *m);	/* ids, times, subject, parties */
void envelope_discriminate(struct mail *m);	/* once the text is known */
void body_read(struct mail *m);		/* text, text_full, signature */
void attachments_read(struct mail *m);
bool original_is_wanted(const struct raw *raw);
void original_read(struct mail *m);	/* in place of the attachments */
void kind_read(struct mail *m);		/* kind, about, why */
void details_write(struct mail *m);	/* last: holds the warnings */

/* Is this part text that people read as the mail itself? */
bool part_is_body(struct mail *m, const struct part *p);
/* A part's bytes, decoded, at most max of them; borrowed from the mail where nothing was encoded. */
struct str part_bytes(struct mail *m, const struct part *p, size_t max);
