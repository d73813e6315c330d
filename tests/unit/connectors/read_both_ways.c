/* Every mail of some folders, read whole and in parts: what is recorded of it must be the same. Each as it is, and once
 * more with a file beside all that it has, so that there is something to leave out.
 *
 *   read_both_ways [-v] AT_LEAST FOLDER…      AT_LEAST: how many must leave something out */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "both_ways.h"
#include "mime/mail.h"

struct tally {
	long n, n_parted, n_refused, n_different;
	bool is_verbose;
};

/* As a server has it. */
static void read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	int c, before = 0;

	buf_init(out, 64 << 20);
	for (; f != NULL && (c = getc(f)) != EOF; before = c) {
		if (c == '\n' && before != '\r')
			buf_addc(out, '\r');
		buf_addc(out, (char)c);
	}
	if (f != NULL)
		fclose(f);
}

static void put_fields(struct str header, bool is_content, struct buf *out)
{
	struct str rest = header, line;
	bool is_in = false;

	while (str_next(&rest, '\n', &line)) {
		if (line.len > 1 && line.ptr[0] != ' ' && line.ptr[0] != '\t')
			is_in = str_istarts(line, STR("Content-")) == is_content;
		if (is_in && line.len > 1) {
			buf_add(out, line);
			buf_addc(out, '\n');
		}
	}
}

/* The mail as the first part of another one, whose second part is a file. */
static void put_with_file(struct str mail, struct buf *out)
{
	size_t end = str_find(mail, STR("\r\n\r\n"));
	struct str header = str_sub(mail, 0, end == STR_NONE ? mail.len : end + 2);

	buf_init(out, 64 << 20);
	put_fields(header, false, out);
	buf_add(out, STR("Content-Type: multipart/mixed; boundary=\"with-a-file\"\r\n\r\nBeside\r\n--with-a-file\r\n"));
	put_fields(header, true, out);
	buf_add(out, STR("\r\n"));
	buf_add(out, str_sub(mail, header.len + 2, STR_NONE));
	buf_add(out, STR("\r\n--with-a-file\r\nContent-Type: application/pdf; name=\"Angebot.pdf\"\r\n"
			 "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n"));
	for (int i = 0; i < 100; i++)
		buf_add(out, STR("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==\r\n"));
	buf_add(out, STR("--with-a-file--\r\n"));
}

static void check_mail(const char *name, struct str mail, struct tally *tally)
{
	struct both_ways both;

	read_both_ways(mail, &both);
	tally->n++;
	tally->n_refused += both.is_refused;
	tally->n_parted += both.n_left_out > 0;
	tally->n_different += both.is_different;
	if (both.is_different)
		printf("%s: %s\n", name, both.difference);
	else if (tally->is_verbose)
		printf("%s: %s %zu left out, %zu of %zu bytes\n", name, both.is_refused ? both.why : "in parts:",
		       both.n_left_out, both.n_bytes, mail.len);
}

static void check_file(const char *path, struct tally *tally)
{
	auto_free char *name = xasprintf("%s, with a file", path);
	struct buf mail, more;

	read_file(path, &mail);
	check_mail(path, buf_str(&mail), tally);
	put_with_file(buf_str(&mail), &more);
	check_mail(name, buf_str(&more), tally);
	buf_finish(&mail);
	buf_finish(&more);
}

static void check_folder(const char *folder, struct tally *tally)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		auto_free char *path = xasprintf("%s/%s", folder, entry->d_name);

		if (entry->d_name[0] != '.' && !str_ends(str_from(path), STR(".json")) &&
		    !str_ends(str_from(path), STR(".meta")))
			check_file(path, tally);
	}
	if (dir != NULL)
		closedir(dir);
}

int main(int argc, char **argv)
{
	int at = 1;
	struct tally tally = { .is_verbose = argc > 1 && strcmp(argv[1], "-v") == 0 };
	long at_least;

	at += tally.is_verbose;
	if (argc < at + 2) {
		fprintf(stderr, "usage: read_both_ways [-v] AT_LEAST FOLDER...\n");
		return 2;
	}
	at_least = strtol(argv[at++], NULL, 10);
	mime_warm_up();
	for (; at < argc; at++)
		check_folder(argv[at], &tally);
	printf("%ld mails: %ld with something left out, %ld only whole, %ld different\n", tally.n, tally.n_parted,
	       tally.n_refused, tally.n_different);
	return tally.n_different > 0 || tally.n_parted < at_least;
}
