/* What an import says while it runs and at its end. A bar on stderr where that is a terminal; the result on
 * stdout; problems, one line each and not endlessly many, on stderr. */
#pragma once

#include "cli/import_count.h"
#include "cli/import_mail.h"

struct import_screen;

struct import_screen *import_screen_create(bool is_verbose, bool is_dry_run);
void import_screen_destroy(struct import_screen *s);

/* Redraws at most ten times a second. */
void import_screen_progress(struct import_screen *s, const struct import_reader *r,
			    const struct import_count *count);
/* What goes on before the first mail can be read; on a terminal. */
void import_screen_working(struct import_screen *s, const char *what);
/* One mail that will not be on a timeline as it is: where, and why. */
void import_screen_problem(struct import_screen *s, const char *origin, struct str why);
void import_screen_note(struct import_screen *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* One line a mail, with -v. */
void import_screen_mail(struct import_screen *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void import_screen_clear(struct import_screen *s);	/* before anything else is printed */

/* id: of the run, or empty. */
void import_screen_summary(struct import_screen *s, const struct import_count *count, const char *id);
void import_screen_json(struct import_screen *s, const struct import_count *count, const char *id);
