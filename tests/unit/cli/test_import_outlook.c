/* What stands between Outlook's converters and the mails that are sent on. */
#include "../check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/converter.h"
#include "cli/import_mail.h"
#include "cli/import_ole.h"
#include "cli/import_steady.h"

static struct err err;

static char *steady(void (*how)(char **bytes, size_t *n), const char *text)
{
	size_t n = strlen(text);
	char *bytes = xstrdup(text), *out;

	how(&bytes, &n);
	out = xstrndup(bytes, n);
	free(bytes);
	return out;
}

/* Two conversions, with what each of them made up in place of %s. */
static void check_same(void (*how)(char **bytes, size_t *n), const char *form, const char *a, const char *b,
		       const char *c, const char *d)
{
	auto_free char *one = xasprintf(form, a, b, a, b, a), *other = xasprintf(form, c, d, c, d, c);
	auto_free char *x = steady(how, one), *y = steady(how, other);

	ck_assert_str_ne(one, other);
	ck_assert_str_eq(x, y);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

START_TEST(two_conversions_of_a_pst_are_the_same_bytes)
{
	check_same(import_steady_pst,
		   "Content-Type: multipart/mixed;\n\tboundary=\"--boundary-LibPST-iamunique-%s_-_-\"\n\n"
		   "boundary=\"alt---boundary-LibPST-iamunique-%s_-_-\"\n----boundary-LibPST-iamunique-%s_-_-\n"
		   "--alt---boundary-LibPST-iamunique-%s_-_-\n----boundary-LibPST-iamunique-%s_-_---\n\n",
		   "846930886", "12", "1714636915", "424238335");
	check_same(import_steady_pst, "name=\"i%s.ics\"\nPRODID:LibPST v0.6.76\nDTSTAMP:%sZ\nfilename=\"i%s.ics\"\n"
		   "PRODID:LibPST\nx\nDTSTAMP:%sZ\nname=\"i%s.ics\"\n", "77", "20260101T101112", "4", "20270101T101112");
}
END_TEST

START_TEST(two_conversions_of_a_msg_are_the_same_bytes)
{
	check_same(import_steady_msg, "Content-Type: multipart/mixed; boundary=%s\n\nboundary=%s\n--%s\n--%s--\n--%s--\n",
		   "17953598600.01eBb2748.632", "17953598601.A.632", "17953700000.fF.9", "17953700001.01e.9");
}
END_TEST

#pragma GCC diagnostic pop

START_TEST(what_a_person_wrote_stays)
{
	static const char *const texts[] = {
		"", "boundary=", "boundary-LibPST-iamunique-", "boundary-LibPST-iamunique-12", "name=\"i12.pdf\"",
		"boundary=17953598600", "boundary=17953598600.", "boundary=17953598600.ab.", "boundary=1795.ab.12",
		"DTSTAMP:20260101T101112Z\nPRODID:Other", "PRODID:LibPST\nDTSTAMP:2026", "call 17953598600.01eBb2748.632",
	};

	for (size_t i = 0; i < countof(texts); i++) {
		auto_free char *pst = steady(import_steady_pst, texts[i]), *msg = steady(import_steady_msg, texts[i]);

		ck_assert_str_eq(pst, texts[i]);
		ck_assert_str_eq(msg, texts[i]);
	}
}
END_TEST

/* More made-up words than are looked after, and all of them in one mail. */
START_TEST(a_mail_of_boundaries_alone_is_soon_done)
{
	size_t n = 0, room = 512 << 10;
	char *bytes = xcalloc(1, room);

	for (int i = 0; n + 100 < room; i++)
		n += (size_t)snprintf(bytes + n, room - n, "boundary-LibPST-iamunique-%d_-_-\n", i);
	import_steady_pst(&bytes, &n);
	ck_assert_int_eq(strncmp(bytes, "boundary-LibPST-iamunique-daybook.1\n", 36), 0);
	free(bytes);
}
END_TEST

START_TEST(a_date_counts_in_the_header_alone)
{
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
		{ "Date: Tue, 3 Nov 2026 14:02:11 +0000\n\n", true }, { "From: a@b\r\ndate:\tx\r\n\r\n", true },
		{ "From: a@b\n\nDate: x\n", false }, { "Date:\n\n", false }, { "X-Date: x\n\n", false }, { "", false },
	};

	for (size_t i = 0; i < countof(cases); i++) {
		const struct import_mail mail = { .bytes = (char *)cases[i].text, .n_bytes = strlen(cases[i].text) };

		ck_assert_int_eq(import_mail_has_date(&mail), cases[i].has);
	}
}
END_TEST

/* ---- compound files ---- */

static const char magic[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

static void set(char *file, size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		file[at + (size_t)i] = (char)(value >> 8 * i);
}

/* Sectors of 512 bytes: the header, the table, and n - 1 that it says are used. */
static char *compound(uint32_t n)
{
	char *file = xcalloc(1, (n + 1) * 512);

	memcpy(file, magic, 8);
	file[30] = 9;
	set(file, 44, 1);
	for (uint32_t i = 0; i < 128; i++)
		set(file, 512 + i * 4, i < n ? 0xfffffffe : 0xffffffff);
	return file;
}

START_TEST(a_compound_file_is_whole_or_cut_off)
{
	auto_free char *file = compound(5);

	ck_assert_msg(import_ole_is_whole((struct str){ file, 6 * 512 }, &err), "%s", err.msg);
	ck_assert(import_ole_is_whole((struct str){ file, 5 * 512 + 1 }, &err));	/* a short last sector */
	ck_assert(!import_ole_is_whole((struct str){ file, 5 * 512 }, &err));
	ck_assert_str_eq(err.msg, "it is cut off: it has 2560 bytes of at least 2561");
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert(!import_ole_is_whole((struct str){ file, 700 }, &err));
	ck_assert_str_eq(err.msg, "it is cut off: it has 700 bytes of at least 1024");
	ck_assert(!import_ole_is_whole((struct str){ file, 8 }, &err));
	ck_assert(!import_ole_is_whole(STR("From: a@b\n"), &err));
	ck_assert_str_eq(err.msg, "it is not a mail of Outlook's (.msg)");
}
END_TEST

START_TEST(numbers_of_a_hostile_compound_file_are_only_numbers)
{
	auto_free char *file = compound(2);

	set(file, 44, 0xffffffff);
	set(file, 76, 0xffffffff);
	import_ole_is_whole((struct str){ file, 3 * 512 }, &err);
	set(file, 76, 0xfffffffe);
	ck_assert(!import_ole_is_whole((struct str){ file, 3 * 512 }, &err));
	file[30] = 12;
	ck_assert(!import_ole_is_whole((struct str){ file, 3 * 512 }, &err));
}
END_TEST

/* ---- a converter ---- */

static bool stop_soon(void *arg, struct err *e)
{
	int *left = arg;

	return --*left > 0 || err_setf(e, ERR_CANCELED, "stopped");
}

static bool convert(const char *script, unsigned max_idle_s, int *looks)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	struct buf out;
	const struct converter_run run = {
		.converter = &converter_pst, .argv = argv, .max_idle_s = max_idle_s, .out = &out,
		.watch = looks ? stop_soon : NULL, .arg = looks,
		.confine = { .program = "/bin/sh", .max_memory = 1 << 30, .max_file = 1 << 20, .max_cpu_s = 20 },
	};
	bool ok;

	buf_init(&out, 1 << 10);
	err = (struct err){ 0 };
	ok = converter_run(&run, &err);
	buf_finish(&out);
	return ok;
}

/* It used to be waited for without an end, and without a look at Ctrl-C. */
START_TEST(a_converter_that_closes_its_outputs_is_still_watched)
{
	int looks = 3;

	ck_assert_msg(convert("exec >&- 2>&-; exec sleep 0.5", CONVERTER_IDLE_S, NULL), "%s", err.msg);
	ck_assert(!convert("exec >&- 2>&-; exit 3", CONVERTER_IDLE_S, NULL));
	ck_assert_str_eq(err.msg, "readpst gave up");
	ck_assert(!convert("exec >&- 2>&-; exec sleep 1000", CONVERTER_IDLE_S, &looks));
	ck_assert_int_eq(err.kind, ERR_CANCELED);
}
END_TEST

START_TEST(a_converter_that_waits_is_ended_and_one_that_works_is_not)
{
	ck_assert(!convert("exec >&- 2>&-; exec sleep 1000", 1, NULL));
	ck_assert_str_eq(err.msg, "readpst was ended: it did nothing for 1 s");
	ck_assert(!convert("exec sleep 1000", 1, NULL));
	ck_assert_str_eq(err.msg, "readpst was ended: it did nothing for 1 s");
	ck_assert_msg(convert("i=0; while [ $i -lt 2000000 ]; do i=$((i+1)); done", 1, NULL), "%s", err.msg);
}
END_TEST

static int try_another(int what, pid_t other)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	struct rlimit limit;

	switch (what) {
	case 0: return (int)syscall(SYS_tgkill, other, other, 0);
	case 1: return (int)syscall(SYS_rt_sigqueueinfo, other, 0, &info);
	case 2: return prlimit(other, RLIMIT_NOFILE, NULL, &limit);
	case 3: return fcntl(STDOUT_FILENO, F_SETOWN, other);
	case 4: return fcntl(STDOUT_FILENO, F_SETSIG, SIGTERM);
	default: return setpriority(PRIO_PROCESS, (id_t)other, 19);
	}
}

/* Signals, limits and priorities of ours; its own abort() stays. */
START_TEST(a_converter_does_nothing_to_other_processes)
{
	const struct confine confine = { .program = "/bin/sh", .max_memory = RLIM_INFINITY, .max_file = 1 << 20, .max_cpu_s = 20 };
	const pid_t test = getpid();

	for (int i = 0; i < 7; i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			signal(SIGABRT, SIG_DFL);
			if (!confine_enter(&confine, &err))
				_exit(9);
			if (i == 6)
				abort();
			_exit(try_another(i, test) == -1 && errno == EPERM ? 0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (i < 6)
			ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%d: %x", i, (unsigned)status);
		else
			ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}
END_TEST

RUN("cli/import_outlook", a_converter_does_nothing_to_other_processes, a_converter_that_closes_its_outputs_is_still_watched,
    a_converter_that_waits_is_ended_and_one_that_works_is_not, two_conversions_of_a_pst_are_the_same_bytes, two_conversions_of_a_msg_are_the_same_bytes,
    what_a_person_wrote_stays, a_mail_of_boundaries_alone_is_soon_done, a_date_counts_in_the_header_alone,
    a_compound_file_is_whole_or_cut_off, numbers_of_a_hostile_compound_file_are_only_numbers)
