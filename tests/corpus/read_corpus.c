/* What the product makes of each mail of a folder, one JSON object a line: the record, and the direction that
 * the pipeline would give it. Beside NAME.eml stands NAME.meta, the lines that a connector would add. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "mime/mail.h"
#include "model/authorship.h"
#include "model/identity.h"
#include "model/own.h"

#include "../unit/mime/dump.h"

/* Sun Nov 22 2026 12:00:00 UTC: later than every mail. */
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

static struct own *our_side(void)
{
	static const char *domains[] = { "nossa.example" };
	static const char *servers[] = { "mx.nossa.example" };
	const struct own_conf conf = { .domains = { domains, 1 }, .servers = { servers, 1 } };
	struct own *own;
	struct err err = { 0 };

	own = own_create(&conf, &err);
	if (own == NULL) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	return own;
}

static void decide(struct interaction *it, const struct raw *raw, const struct own *own, struct arena *arena)
{
	enum folder_hint hint = str_eq(raw_meta(raw, STR("folder_hint")), STR("sent")) ? FOLDER_SENT : FOLDER_INBOX;
	struct err ignored;

	for (size_t i = 0; i < it->n_parties; i++)
		for (size_t j = 0; j < it->parties[i].n_ids; j++)
			identity_canonical(&it->parties[i].ids[j], arena, NULL, &ignored);
	authorship_settle(it, own, hint, arena);
	if (it->direction == DIRECTION_NONE)
		direction_decide(it, own, hint, arena);
	authorship_add_original(it, own, NULL, arena);
}

static void put_mail(const struct raw *raw, const struct own *own, const char *name, struct buf *out)
{
	struct interactions list = { .arena = arena_create(64 << 20), .max_items = 1 };
	static const char *drops[] = { "log@nossa.example" };
	const struct mail_options opt = { .drop_addresses = { drops, 1 } };
	struct json_writer w;
	struct err err = { 0 };
	struct buf record;

	buf_init(&record, 4 << 20);
	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "name", str_sub(str_from(name), 0, strlen(name) - 4));
	if (mail_normalize(&opt, raw, &list, &err)) {
		decide(&list.items[0], raw, own, list.arena);
		json_member(&w, "direction", str_from(direction_name(list.items[0].direction)));
		json_member(&w, "filter", list.items[0].filter);
		dump_interaction(&list.items[0], &record);
		json_name(&w, "record");
		json_raw_value(&w, buf_str(&record));
	} else {
		json_member(&w, "error", str_from(err.msg));
	}
	json_close(&w, '}');
	buf_finish(&record);
	arena_destroy(list.arena);
}

static void read_mail(const char *folder, const char *name, const struct own *own)
{
	auto_free char *mail_path = xasprintf("%s/%s", folder, name);
	auto_free char *meta_path = xasprintf("%s/%.*s.meta", folder, (int)strlen(name) - 4, name);
	struct str mail = read_file(mail_path), meta = read_file(meta_path);
	struct raw raw = { .body = mail, .meta = meta, .received_us = received_us };
	struct buf out;

	buf_init(&out, 8 << 20);
	put_mail(&raw, own, name, &out);
	printf("%s\n", out.ptr);
	buf_finish(&out);
	free((char *)mail.ptr);
	free((char *)meta.ptr);
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	struct own *own = our_side();
	struct dirent *entry;

	if (dir == NULL) {
		fprintf(stderr, "usage: read_corpus FOLDER\n");
		return 1;
	}
	mime_warm_up();
	while ((entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n >= 5 && strcmp(entry->d_name + n - 4, ".eml") == 0)
			read_mail(argv[1], entry->d_name, own);
	}
	closedir(dir);
	own_destroy(own);
	return 0;
}
