/* Every NAME.eml of a folder must give its NAME.want.json. With DAYBOOK_GOLDEN_WRITE set in the
 * environment the files are written instead: read the difference before it is committed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "dump.h"
#include "mime/mail.h"

/* Sun Nov 22 2026 12:00:00 UTC: later than every mail here but the one from the future. */
static const int64_t received_us = INT64_C(1795348800000000);

static struct str read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf b;
	char chunk[4096];
	size_t n;

	buf_init(&b, 64 << 20);
	while (f != NULL && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, (struct str){ chunk, n });
	if (f != NULL)
		fclose(f);
	n = b.len;
	return (struct str){ buf_steal(&b), n };
}

/* One member or item a line: differences of golden files are read by people. */
static void pretty(struct str json, struct buf *out)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.ptr[i];

		if (c == '"' && (i == 0 || json.ptr[i - 1] != '\\' ||
				 (i > 1 && json.ptr[i - 2] == '\\')))
			in_string = !in_string;
		if (!in_string && (c == '{' || c == '['))
			depth++;
		if (!in_string && (c == '}' || c == ']'))
			depth--;
		buf_addc(out, c);
		if (!in_string && c == ',' && depth <= 2) {
			buf_addc(out, '\n');
			for (int n = 0; n < depth; n++)
				buf_addc(out, '\t');
		}
	}
	buf_addc(out, '\n');
}

static void normalize_to_json(struct str mail, struct buf *out)
{
	struct interactions list = { .arena = arena_create(256 << 20), .max_items = 1 };
	struct raw raw = { .body = mail, .received_us = received_us };
	struct buf json;
	struct err err;

	buf_init(&json, 16 << 20);
	if (mail_normalize(NULL, &raw, &list, &err)) {
		dump_interaction(&list.items[0], &json);
		pretty(buf_str(&json), out);
	} else {
		buf_addf(out, "%s: %s\n", err_kind_name(err.kind), err.msg);
	}
	buf_finish(&json);
	arena_destroy(list.arena);
}

static bool check_file(const char *folder, const char *name)
{
	auto_free char *mail_path = xasprintf("%s/%s", folder, name);
	auto_free char *want_path = xasprintf("%s/%.*s.want.json", folder, (int)strlen(name) - 4, name);
	struct str mail = read_file(mail_path), want = read_file(want_path);
	struct buf got;
	bool ok;

	buf_init(&got, 32 << 20);
	normalize_to_json(mail, &got);
	ok = str_eq(buf_str(&got), want);
	if (getenv("DAYBOOK_GOLDEN_WRITE") != NULL) {
		FILE *f = fopen(want_path, "wb");

		ok = f != NULL && fwrite(got.ptr, 1, got.len, f) == got.len && fclose(f) == 0;
	} else if (!ok) {
		printf("%s differs; got:\n%s\n", name, got.ptr);
	}
	buf_finish(&got);
	free((char *)mail.ptr);
	free((char *)want.ptr);
	return ok;
}

int main(int argc, char **argv)
{
	int n_files = 0, n_bad = 0;
	struct dirent *entry;
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;

	if (dir == NULL) {
		fprintf(stderr, "usage: test_golden FOLDER\n");
		return 1;
	}
	mime_warm_up();
	while ((entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n < 5 || strcmp(entry->d_name + n - 4, ".eml") != 0)
			continue;
		n_files++;
		n_bad += !check_file(argv[1], entry->d_name);
	}
	closedir(dir);
	printf("%d mails, %d differ\n", n_files, n_bad);
	return n_files > 0 && n_bad == 0 ? 0 : 1;
}
