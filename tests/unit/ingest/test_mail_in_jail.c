/* Real and hostile mails through a parser process in its jail: nothing dies, and what comes back is what
 * the same mail gives in this process.
 *
 * usage: test_mail_in_jail FOLDER [GENERATOR]    GENERATOR writes hostile mails into a folder it is given */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../mime/dump.h"
#include "base/clock.h"
#include "base/mem.h"
#include "mime/mail.h"
#include "readers.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"

/* Twice what a parser gets elsewhere: a loaded machine must not fail a test. */
enum { PATIENCE_US = 4000000 };

static const int64_t received_us = INT64_C(1795348800000000);

static const struct connector *const connectors[] = { &import_reader, NULL };
static const struct sandbox_conf conf = { .connectors = connectors, .warm_up = mime_warm_up };

struct slowest {
	int64_t us;
	char name[256];
};

static bool read_file(const char *path, struct buf *out)
{
	auto_file FILE *f = fopen(path, "rb");
	char chunk[65536];
	size_t n;

	while (f != NULL && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(out, (struct str){ chunk, n });
	return f != NULL && !buf_is_exceeded(out);
}

/* An interaction or an error as text. Bodies stay in the parser: only their sizes come out. */
static void describe(bool ok, struct interactions *list, const struct err *err, struct buf *out)
{
	if (!ok) {
		buf_addf(out, "%s: %s", err_kind_name(err->kind), err->msg);
		return;
	}
	for (size_t i = 0; i < list->items[0].n_attachments; i++)
		list->items[0].attachments[i].body = (struct str){ NULL, 0 };
	dump_interaction(&list->items[0], out);
}

static void read_here(const struct raw *raw, struct buf *out)
{
	struct interactions list = { .arena = arena_create(160 << 20), .max_items = 1 };
	struct err err = { 0 };
	bool ok = mail_normalize(NULL, raw, &list, &err);

	describe(ok, &list, &err, out);
	arena_destroy(list.arena);
}

static bool read_in_jail(struct parsers *ps, const struct raw *raw, const char *name,
			 struct slowest *slowest, struct buf *out)
{
	struct interactions list = { .arena = arena_create(32 << 20), .max_items = 1 };
	struct parse_verdict verdict = { 0 };
	struct err err = { 0 };
	bool ok = parsers_normalize(ps, &import_reader, STR(""), raw, &list, NULL, &verdict, &err);

	describe(ok, &list, &err, out);
	arena_destroy(list.arena);
	if (verdict.took_us > slowest->us) {
		slowest->us = verdict.took_us;
		snprintf(slowest->name, sizeof(slowest->name), "%s", name);
	}
	if (verdict.end == PARSE_ANSWERED && verdict.attempts == 1)
		return true;
	printf("%s: %s after %u attempts: %s\n", name, parse_end_name(verdict.end), verdict.attempts,
	       verdict.text);
	return false;
}

static bool check_file(struct parsers *ps, const char *folder, const char *name, bool compare,
		       struct slowest *slowest)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	struct raw raw = { .id = STR("id"), .received_us = received_us };
	struct buf mail, here, there;
	bool ok;

	buf_init(&mail, 64 << 20);
	buf_init(&here, 16 << 20);
	buf_init(&there, 16 << 20);
	ok = read_file(path, &mail);
	raw.body = buf_str(&mail);
	ok = ok && read_in_jail(ps, &raw, name, slowest, &there);
	if (ok && compare) {
		read_here(&raw, &here);
		ok = str_eq(buf_str(&here), buf_str(&there));
		if (!ok)
			printf("%s\n--- here\n%s\n--- in jail\n%s\n", name, here.ptr, there.ptr);
	}
	buf_finish(&mail);
	buf_finish(&here);
	buf_finish(&there);
	return ok;
}

static int check_folder(struct parsers *ps, const char *folder, bool compare)
{
	struct slowest slowest = { 0 };
	int n_files = 0, n_bad = 0;
	struct dirent *entry;
	DIR *dir = opendir(folder);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!str_ends(str_from(entry->d_name), STR(".eml")))
			continue;
		n_files++;
		n_bad += !check_file(ps, folder, entry->d_name, compare, &slowest);
	}
	if (dir != NULL)
		closedir(dir);
	printf("%d mails, %d failed, slowest %s %.3f s\n", n_files, n_bad, slowest.name,
	       (double)slowest.us / 1e6);
	return n_files == 0 ? 1 : n_bad;
}

static int run(const char *program, const char *arg, const char *arg2)
{
	pid_t child = fork();
	int status = 1;

	if (child == 0) {
		execlp(program, program, arg, arg2, (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return status;
}

static int check_hostile(struct parsers *ps, const char *generator)
{
	char folder[] = "/tmp/hostile-mails-XXXXXX";
	int n_bad = 1;

	if (mkdtemp(folder) == NULL)
		return 1;
	if (run(generator, folder, NULL) == 0)
		n_bad = check_folder(ps, folder, false);
	run("rm", "-rf", folder);
	return n_bad;
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	struct sandbox *sb = argc > 1 ? sandbox_start(&conf, &err) : NULL;
	struct parsers *ps;
	int n_bad;

	if (sb == NULL) {
		fprintf(stderr, "test_mail_in_jail: %s\n", argc > 1 ? err.msg : "no FOLDER");
		return 1;
	}
	ps = parsers_create(sb, 1, PATIENCE_US, 0);
	mime_warm_up();
	n_bad = check_folder(ps, argv[1], true);
	if (argc > 2)
		n_bad += check_hostile(ps, argv[2]);
	parsers_destroy(ps);
	sandbox_stop(sb);
	return n_bad == 0 ? 0 : 1;
}
