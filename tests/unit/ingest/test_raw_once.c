/* Mails on their whole way: read in a parser process, journalled without their attachments, put together again.
 *
 * usage: test_raw_once FOLDER    its *.eml, and mails composed here */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/intake.h"
#include "ingest/parse.h"
#include "ingest/policy.h"
#include "mime/mail.h"
#include "readers.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "store/body.h"

/* Twice what a parser gets elsewhere: a loaded machine must not fail a test. */
enum { PATIENCE_US = 4000000, MAX_MAIL = 64 << 20 };

static const struct connector *const connectors[] = { &import_reader, NULL };
static const struct sandbox_conf conf = { .connectors = connectors, .warm_up = mime_warm_up };

static char dir[] = "/tmp/daybook-raw-once-XXXXXX";
static struct source *source;
static struct parsers *parsers;
static int n_mails, n_bad, n_skeletons;

static void fail(const char *name, const char *what)
{
	printf("%s: %s\n", name, what);
	n_bad++;
}

static struct intake *parse(struct str mail, struct err *err)
{
	struct intake *in = intake_create(source, policy_arena_bytes(mail.len));

	in->raw = (struct raw){ .id = STR("id"), .content_type = STR("message/rfc822"), .body = mail,
				.received_us = INT64_C(1795348800000000) };
	if (intake_parse(in, parsers, dir, err))
		return in;
	intake_destroy(in);
	return NULL;
}

static struct journal_row row_of(const struct intake *in)
{
	struct journal_row row = { .encoding = in->encoding, .size = intake_size(in) };

	row.body_sha256 = str_from(in->body_sha256);
	if (row.body_sha256.len == 0)
		row.body = in->encoded ? (struct str){ in->encoded, in->n_encoded } : in->raw.body;
	return row;
}

/* The encoding it was journalled with; -1 when something is wrong. */
static int check(const char *name, struct str mail)
{
	struct err err = { 0 };
	struct intake *in = parse(mail, &err);
	struct journal_row row;
	char *plain;
	int encoding;

	n_mails++;
	if (in == NULL) {
		fail(name, err.msg);
		return -1;
	}
	row = row_of(in);
	encoding = in->encoding;
	n_skeletons += encoding == BODY_SKELETON;
	if (!again_load_body(&row, dir, &plain, &err)) {
		fail(name, err.msg);
		encoding = -1;
	} else {
		if (row.size != (int64_t)mail.len || memcmp(plain, mail.ptr, mail.len) != 0)
			fail(name, "it came back otherwise");
		free(plain);
	}
	if (in->verdict.kind != ERR_NONE && encoding == BODY_SKELETON)
		fail(name, "a dead letter that is not whole");
	intake_destroy(in);
	return encoding;
}

/* ---- real mails ---- */

static void check_file(const char *folder, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	auto_file FILE *f = fopen(path, "rb");
	char chunk[65536];
	struct buf mail;
	size_t n;

	buf_init(&mail, MAX_MAIL);
	while (f != NULL && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&mail, (struct str){ chunk, n });
	check(name, buf_str(&mail));
	buf_finish(&mail);
}

static void check_folder(const char *folder)
{
	DIR *list = opendir(folder);
	struct dirent *entry;

	while (list != NULL && (entry = readdir(list)) != NULL)
		if (str_ends(str_from(entry->d_name), STR(".eml")))
			check_file(folder, entry->d_name);
	if (list != NULL)
		closedir(list);
}

/* ---- composed ones ---- */

/* A base64 text, as somebody's mailer leaves it. */
struct shape {
	const char *name;
	struct base64_shape shape;
	const char *eol, *end;		/* of the mail's other lines; behind the base64, before the boundary */
	size_t spoil;			/* a byte of it becomes a "!"; 0: none */
	bool is_padding_cut;
	int encoding;
};

static const struct shape shapes[] = {
	{ "CR LF", { 76, 2 }, "\r\n", "\r\n", 0, false, BODY_SKELETON },
	{ "LF", { 76, 1 }, "\n", "\n", 0, false, BODY_SKELETON },
	{ "LF in a mail of CR LF", { 76, 1 }, "\r\n", "\r\n", 0, false, BODY_SKELETON },
	{ "short lines", { 4, 1 }, "\n", "\n", 0, false, BODY_SKELETON },
	{ "one line", { 0, 0 }, "\r\n", "\r\n", 0, false, BODY_SKELETON },
	{ "blank lines behind", { 64, 2 }, "\r\n", "\r\n\r\n\r\n", 0, false, BODY_SKELETON },
	{ "a wrong byte", { 76, 2 }, "\r\n", "\r\n", 1000, false, BODY_ZSTD },
	{ "a wrong byte in the first line", { 76, 2 }, "\r\n", "\r\n", 3, false, BODY_ZSTD },
	{ "no padding", { 76, 2 }, "\r\n", "\r\n", 0, true, BODY_ZSTD },
	{ "a footer behind", { 76, 2 }, "\r\n", "\r\n-- \r\nlist\r\n", 0, false, BODY_ZSTD },
};

static void add_base64(struct buf *mail, const struct shape *s, size_t n_bytes, unsigned seed)
{
	size_t n = base64_lines_size(s->shape, n_bytes);
	auto_free char *bytes = xcalloc(n_bytes, 1), *text = xcalloc(n, 1);

	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
	base64_lines_write(s->shape, (struct str){ bytes, n_bytes }, text);
	if (s->spoil > 0)
		text[s->spoil] = '!';
	while (s->is_padding_cut && text[n - 1] == '=')
		n--;
	buf_add(mail, (struct str){ text, n });
	buf_addf(mail, "%s", s->end);
}

static void add_head(struct buf *mail, const char *eol)
{
	buf_addf(mail, "From: a@b.example%sSubject: s%sContent-Type: multipart/mixed; boundary=x%s%s--x%s%shello%s",
		 eol, eol, eol, eol, eol, eol, eol);
}

static void add_attachment(struct buf *mail, const struct shape *s, size_t n_bytes, unsigned seed)
{
	const char *eol = s->eol;

	buf_addf(mail, "--x%sContent-Type: application/pdf; name=a.pdf%sContent-Transfer-Encoding: base64%s%s", eol, eol,
		 eol, eol);
	add_base64(mail, s, n_bytes, seed);
}

static void check_shape(const struct shape *s, size_t n_bytes, bool is_ended)
{
	struct buf mail;

	buf_init(&mail, MAX_MAIL);
	add_head(&mail, s->eol);
	add_attachment(&mail, s, n_bytes, 1);
	if (is_ended)
		buf_addf(&mail, "--x--%s", s->eol);
	if (check(s->name, buf_str(&mail)) != (s->is_padding_cut && n_bytes % 3 == 0 ? BODY_SKELETON : s->encoding))
		fail(s->name, "it is journalled otherwise than it should");
	buf_finish(&mail);
}

static void check_several(const unsigned *seeds, size_t n)
{
	struct buf mail;

	buf_init(&mail, MAX_MAIL);
	add_head(&mail, "\r\n");
	for (size_t i = 0; i < n; i++)
		add_attachment(&mail, &shapes[0], 700000, seeds[i]);
	buf_addf(&mail, "--x--\r\n");
	if (check("several", buf_str(&mail)) != BODY_SKELETON)
		fail("several", "it is journalled otherwise than it should");
	buf_finish(&mail);
}

/* Its own attachment is part of what is kept, which is all of it, as it is. */
static void check_forwarded(void)
{
	struct buf mail;

	buf_init(&mail, MAX_MAIL);
	buf_addf(&mail, "From: a@b.example\nSubject: f\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\nlook\n--y\n"
			"Content-Type: message/rfc822\n\n");
	add_head(&mail, "\n");
	add_attachment(&mail, &shapes[1], 5000, 3);
	buf_addf(&mail, "--x--\n\n--y--\n");
	if (check("forwarded", buf_str(&mail)) != BODY_SKELETON)
		fail("forwarded", "it is journalled otherwise than it should");
	buf_finish(&mail);
}

static void check_composed(void)
{
	for (size_t i = 0; i < countof(shapes); i++)
		for (size_t n = 1500; n < 1503; n++) {
			check_shape(&shapes[i], n, true);
			check_shape(&shapes[i], n, false);
		}
	check_several((const unsigned[]){ 1, 2, 1 }, 3);	/* two alike in one mail */
	check_several((const unsigned[]){ 2 }, 1);		/* and one that another mail had */
	check_forwarded();
}

/* ---- all ---- */

static int run(struct sandbox *sb, const char *folder)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);
	const struct match_policy policy = { 0 };
	struct rules rules = { .refs = 1 };

	parsers = parsers_create(sb, 1, PATIENCE_US, 0);
	source = source_create(1, STR("import"), &import_reader, NULL, STR(""), &policy, &rules);
	check_folder(folder);
	check_composed();
	source_unref(source);
	parsers_destroy(parsers);
	printf("%d mails, %d without their attachments, %d failed\n", n_mails, n_skeletons, n_bad);
	return n_bad > 0 || n_skeletons < 40 || system(rm) != 0;
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	struct sandbox *sb = argc > 1 ? sandbox_start(&conf, &err) : NULL;
	int failed;

	if (sb == NULL || mkdtemp(dir) == NULL) {
		fprintf(stderr, "test_raw_once: %s\n", argc > 1 ? err.msg : "no FOLDER");
		return 1;
	}
	failed = run(sb, argv[1]);
	sandbox_stop(sb);
	return failed;
}
