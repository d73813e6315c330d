/* What can be said of a mail that could not be parsed: for the list of dead letters. Runs in the
 * parent on hostile bytes: looks at 16 KiB, allocates nothing, does not recurse. */
#pragma once

#include <daybook/str.h>

struct mail_stub {
	char from_address[321];		/* all of them UTF-8 without control characters, terminated, */
	char from_name[201];		/* cut to fit, empty when absent */
	char subject[401];
	int64_t date_us;		/* as claimed; 0 none */
};

/* False when nothing of it was found. *out is always filled. */
bool mail_stub(struct str raw, struct mail_stub *out);

/* A field's text, encoded words and all, in the same way; what is in other charsets than UTF-8 and those of Western Europe
 * stays as it is written. Cut to fit. */
void mail_stub_text(struct str value, char *out, size_t size);
