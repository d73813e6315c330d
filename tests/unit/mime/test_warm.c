/* A parser process opens no file: what reading a mail needs is open before. A program of its own, as valgrind knows no
 * seccomp(). */
#include "base/mem.h"
#include "mime/mail.h"

#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check_main.h"

#define HEAD "From: Ana <ana@x.example>\nTo: b@y.example\nSubject: Hi\n" \
	     "Date: Mon, 14 Sep 2026 12:00:00 +0000\nMessage-ID: <1@x.example>\n"

static struct interactions out;

static bool normalize(struct str mail)
{
	struct raw raw = { .body = mail, .received_us = INT64_C(1795348800000000) };
	struct err err;

	arena_destroy(out.arena);
	out = (struct interactions){ .arena = arena_create(64 << 20), .max_items = 1 };
	return mail_normalize(NULL, &raw, &out, &err);
}

static bool has_detail(const char *text)
{
	return str_find(out.items[0].details, str_from(text)) != STR_NONE;
}

/* Dies by SIGSYS at the first attempt to open a file. */
static void read_without_files(void)
{
	static const char *const charsets[] = { "gb18030", "big5", "iso-2022-jp", "euc-kr", "shift_jis",
						"koi8-r", "windows-1251", "utf-7", "utf-16", "macintosh",
						"x-unknown", "iso-2022-cn-ext" };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	mime_warm_up();
	if (seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(openat), 0) != 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(open), 0) != 0 ||
	    seccomp_load(filter) != 0)
		_exit(2);
	for (size_t i = 0; i < sizeof(charsets) / sizeof(*charsets); i++) {
		struct arena *a = arena_create(1 << 20);
		struct str mail = arena_strf(a, HEAD "Cc: =?%s?q?a=E7?= <c@x.example>\nContent-Type: text/plain; charset=%s"
						"\n\ntext \xe7\xe3 \x1b$B!!\x1b(B\n", charsets[i], charsets[i]);

		if (!normalize(mail))
			_exit(3);
	}
	/* libical would look for a zone that nobody describes, and open ICU for a Chinese year. */
	if (!normalize(STR(HEAD "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n"
				      "BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
				      "TZOFFSETTO:+0100\nRRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\n"
				      "BEGIN:VEVENT\nDTSTART;TZID=Z:20260101T120000\nDTEND;TZID=America/Recife:20260101T120000\n"
				      "RRULE:RSCALE=CHINESE;FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n")) ||
	    !has_detail("2026-01-01T11:00:00.000Z") || !has_detail("2026-01-01T12:00:00\""))
		_exit(4);
	/* Not exit(): a leak check at the end would open files of its own. */
	_exit(0);
}

START_TEST(after_the_warm_up_no_file_is_opened)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		read_without_files();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

RUN("mime-warm", after_the_warm_up_no_file_is_opened)
