/* winmail.dat (application/ms-tnef): what Outlook wraps a mail of its own format in. A reader of ours: libytnef
 * allocates what the lengths in the file say and prints to the terminal. One pass, nothing is allocated: all
 * that is found is slices of the input, so that together they are never larger than it. */
#pragma once

#include <daybook/str.h>

enum { TNEF_FILES_MAX = 100 };

struct tnef_file {
	struct str name, long_name;	/* bytes of the code page, or UTF-16LE: */
	bool is_name_wide, is_long_name_wide;
	struct str media_type;		/* as given, may be empty */
	struct str bytes;
	bool is_message;		/* a mail inside, in Outlook's own format */
};

struct tnef {
	unsigned code_page;		/* of the texts that are not wide; 0 unknown */
	struct str message_class;	/* IPM.Microsoft Mail.Note, … */
	struct str body;		/* plain text */
	bool is_body_wide;
	struct str html;
	unsigned html_code_page;
	struct str rtf;			/* compressed, see rtf.h */
	struct tnef_file files[TNEF_FILES_MAX];
	size_t n_files, n_unlisted;
	bool is_damaged;		/* it ends or errs before its end; what came before stands */
};

/* False: it is no TNEF at all. */
bool tnef_read(struct str bytes, struct tnef *out);
