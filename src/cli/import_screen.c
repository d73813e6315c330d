#include "cli/import_screen.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/human.h"
#include "cli/plain.h"
#include "cli/show.h"

enum {
	REDRAW_US = 100000, RATE_US = 500000, BAR = 30, MIN_BAR = 8, MAX_LINE = 400,
	MAX_PROBLEMS = 20,	/* then only their number */
	MAX_JSON = 1000, MAX_WHERE = 8 << 10,
};

struct import_screen {
	bool is_terminal, is_utf8, is_verbose, is_dry_run, is_drawn;
	int64_t n_problems;
	int64_t start_us, drawn_us;
	int64_t rate_us, rate_read, rate_done;	/* since when, and how far it was then */
	double per_s, done_per_s;
};

struct import_screen *import_screen_create(bool is_verbose, bool is_dry_run)
{
	struct import_screen *s = xnew(struct import_screen);
	const char *term = getenv("TERM");

	s->is_terminal = isatty(STDERR_FILENO) && (term == NULL || strcmp(term, "dumb") != 0);
	s->is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	s->is_verbose = is_verbose;
	s->is_dry_run = is_dry_run;
	s->start_us = s->rate_us = clock_mono_us();
	return s;
}

void import_screen_destroy(struct import_screen *s)
{
	if (s == NULL)
		return;
	import_screen_clear(s);
	free(s);
}

/* ---- the bar ---- */

void import_screen_clear(struct import_screen *s)
{
	if (!s->is_drawn)
		return;
	fputs("\r\033[K", stderr);
	s->is_drawn = false;
}

static int columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* ▌ is half of one: as many steps as the terminal shows. */
static void put_bar(const struct import_screen *s, char *line, size_t room, int width, double part)
{
	int halves = (int)(part * width * 2 + 0.5);
	size_t at = 0;

	for (int i = 0; i < width && at + 4 < room; i++) {
		const char *cell = halves >= 2 * i + 2 ? (s->is_utf8 ? "█" : "#")
				   : halves == 2 * i + 1 ? (s->is_utf8 ? "▌" : "-")
							 : (s->is_utf8 ? "·" : ".");

		at += (size_t)snprintf(line + at, room - at, "%s", cell);
	}
}

static const char *time_left(double s, char *out, size_t room)
{
	if (s < 90)
		snprintf(out, room, "about %.0f s left", s < 1 ? 1 : s);
	else if (s < 5400)
		snprintf(out, room, "about %.0f min left", s / 60);
	else
		snprintf(out, room, "about %.1f h left", s / 3600);
	return out;
}

static void measure(struct import_screen *s, const struct import_reader *r, const struct import_count *count,
		    int64_t now)
{
	double elapsed = (double)(now - s->rate_us) / 1e6;

	if (now - s->rate_us < RATE_US)
		return;
	s->per_s = (double)(count->read - s->rate_read) / elapsed;
	s->done_per_s = (double)(r->done - s->rate_done) / elapsed;
	s->rate_us = now;
	s->rate_read = count->read;
	s->rate_done = r->done;
}

static void draw(struct import_screen *s, const struct import_reader *r, const struct import_count *count)
{
	double part = r->total > 0 ? (double)r->done / (double)r->total : 0;
	char text[200], left[60] = "", a[HUMAN_SIZE], b[HUMAN_SIZE], c[HUMAN_SIZE], of[HUMAN_SIZE + 8] = "", bar[MAX_LINE];
	int width;

	if (r->counts_mails)
		snprintf(of, sizeof(of), " of %s", human_count(r->total, b));
	if (s->done_per_s > 0)
		time_left((double)(r->total - r->done) / s->done_per_s, left, sizeof(left));
	snprintf(text, sizeof(text), "%3.0f %%   %s%s   %s/s   %s", part * 100,
		 human_count(r->counts_mails ? r->done : count->read, a), of, human_count((int64_t)s->per_s, c), left);
	width = columns() - (int)strlen(text) - 14;
	if (width > BAR)
		width = BAR;
	bar[0] = '\0';
	if (width >= MIN_BAR)
		put_bar(s, bar, sizeof(bar), width, part);
	fprintf(stderr, "\rreading  %s  %s\033[K", bar, text);
	fflush(stderr);
	s->is_drawn = true;
}

void import_screen_progress(struct import_screen *s, const struct import_reader *r,
			    const struct import_count *count)
{
	int64_t now = clock_mono_us();

	if (!s->is_terminal || now - s->drawn_us < REDRAW_US)
		return;
	s->drawn_us = now;
	measure(s, r, count, now);
	draw(s, r, count);
}

void import_screen_working(struct import_screen *s, const char *what)
{
	int64_t now = clock_mono_us();
	struct buf line;

	if (!s->is_terminal || now - s->drawn_us < REDRAW_US)
		return;
	s->drawn_us = now;
	buf_init(&line, MAX_WHERE);
	plain_preview(&line, str_from(what), (size_t)columns() - 1);
	fprintf(stderr, "\r" STR_FMT "\033[K", STR_ARG(buf_str(&line)));
	fflush(stderr);
	buf_finish(&line);
	s->is_drawn = true;
}

/* ---- lines ---- */

void import_screen_note(struct import_screen *s, const char *fmt, ...)
{
	va_list args;

	import_screen_clear(s);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

void import_screen_mail(struct import_screen *s, const char *fmt, ...)
{
	va_list args;

	if (!s->is_verbose)
		return;
	import_screen_clear(s);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

void import_screen_problem(struct import_screen *s, const char *origin, struct str why)
{
	struct buf line;

	if (++s->n_problems > MAX_PROBLEMS && !s->is_verbose)
		return;
	buf_init(&line, MAX_WHERE);
	plain_line(&line, str_from(origin));
	buf_add(&line, STR(": "));
	plain_line(&line, why);
	import_screen_note(s, STR_FMT, STR_ARG(buf_str(&line)));
	buf_finish(&line);
}

/* ---- the end ---- */

void import_screen_summary(struct import_screen *s, const struct import_count *count, const char *id)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE], c[HUMAN_SIZE], d[HUMAN_SIZE], e[HUMAN_SIZE];
	int64_t failed = count->by_outcome[OUTCOME_DEAD] + count->failed_to_read;

	import_screen_clear(s);
	if (s->n_problems > MAX_PROBLEMS && !s->is_verbose)
		fprintf(stderr, "… and %s more\n", human_count(s->n_problems - MAX_PROBLEMS, a));
	fflush(stderr);
	printf("%s mail%s read in %.1f s\n", human_count(count->read, a), count->read == 1 ? "" : "s",
	       (double)count->us / 1e6);
	printf("  %s %s · %s already there · %s filtered · %s failed\n",
	       s->is_dry_run ? "would store" : "stored", human_count(count->by_outcome[OUTCOME_STORED], b),
	       human_count(count->by_outcome[OUTCOME_DUPLICATE], c), human_count(count->by_outcome[OUTCOME_FILTERED], d),
	       human_count(failed, e));
	if (count->gone > 0)
		printf("  %s vanished while the folder was read\n", human_count(count->gone, a));
	if (s->is_dry_run)
		puts("nothing was written");
	else if (count->by_outcome[OUTCOME_DEAD] > 0)
		puts("failed ones:  daybook dead-letters        try again:  daybook dead-letter retry ID");
	if (count->failed_to_read > 0)
		printf("%s of the failed could not be read at all and are not in Daybook\n",
		       human_count(count->failed_to_read, a));
	if (id[0] != '\0' && count->by_outcome[OUTCOME_STORED] > 0)
		printf("undo all of it:  daybook import undo %s\n", id);
}

void import_screen_json(struct import_screen *s, const struct import_count *count, const char *id)
{
	struct json_writer w;
	struct buf out;
	char seconds[HUMAN_SIZE];		/* with a point in every locale */

	import_screen_clear(s);
	snprintf(seconds, sizeof(seconds), "%" PRId64 ".%03" PRId64, count->us / US_PER_S,
		 count->us % US_PER_S / US_PER_MS);
	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member_int(&w, "read", count->read);
	json_member_int(&w, "stored", count->by_outcome[OUTCOME_STORED]);
	json_member_int(&w, "duplicate", count->by_outcome[OUTCOME_DUPLICATE]);
	json_member_int(&w, "filtered", count->by_outcome[OUTCOME_FILTERED]);
	json_member_int(&w, "dead", count->by_outcome[OUTCOME_DEAD]);
	json_member_int(&w, "failed_to_read", count->failed_to_read);
	json_name(&w, "seconds");
	json_raw_value(&w, str_from(seconds));
	json_member_or_null(&w, "import", str_from(id));
	if (s->is_dry_run)
		json_member_bool(&w, "dry_run", true);
	json_close(&w, '}');
	show_line(&out);
	buf_finish(&out);
}
