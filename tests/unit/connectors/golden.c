#include "golden.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "host_double.h"

enum { MAX_DUMP = 4 << 20, MAX_ARENA = 16 << 20, MAX_ITEMS = 2000 };

static void line(struct json_writer *w, const char *indent, const char *name)
{
	if (w->needs_comma)
		buf_addc(w->out, ',');
	buf_addf(w->out, "\n%s\"%s\": ", indent, name);
	w->needs_comma = false;
}

static void put(struct json_writer *w, const char *name, struct str s)
{
	if (s.len == 0)
		return;
	line(w, "  ", name);
	json_str_value(w, s);
}

static void put_time(struct json_writer *w, const char *name, int64_t us)
{
	char text[CLOCK_TEXT_SIZE];

	if (us != 0)
		put(w, name, str_from(clock_format(us, text)));
}

static void put_party(struct json_writer *w, const struct party *p)
{
	line(w, "  ", role_name(p->role));
	json_open(w, '{');
	if (p->name.len > 0)
		json_member(w, "name", p->name);
	for (size_t i = 0; i < p->n_ids; i++) {
		json_name(w, scheme_name(p->ids[i].scheme));
		json_str_value(w, p->ids[i].value);
		if (p->ids[i].scope.len > 0)
			json_member(w, "scope", p->ids[i].scope);
	}
	json_close(w, '}');
}

static void put_attachment(struct json_writer *w, const struct attachment *a)
{
	line(w, "  ", "attachment");
	json_open(w, '{');
	json_member(w, "state", str_from(attachment_state_name(a->state)));
	if (a->name.len > 0)
		json_member(w, "name", a->name);
	if (a->media_type.len > 0)
		json_member(w, "media_type", a->media_type);
	if (a->size >= 0)
		json_member_int(w, "size", a->size);
	if (a->reason.len > 0)
		json_member(w, "reason", a->reason);
	if (a->sha256.len > 0)
		json_member(w, "sha256", a->sha256);
	if (a->remote_id.len > 0)
		json_member(w, "remote_id", a->remote_id);
	if (a->body.len > 0)
		json_member_int(w, "body_bytes", (int64_t)a->body.len);
	json_close(w, '}');
}

static void put_key(struct json_writer *w, const struct interaction *it)
{
	put(w, "account", it->account);
	put(w, "external_id", it->external_id);
	put(w, "discriminator", it->discriminator);
	put_time(w, "key_time", it->key_us);
}

static void put_interaction(struct json_writer *w, const struct interaction *it)
{
	json_open(w, '{');
	put(w, "what", str_from(channel_name(it->channel)));
	put(w, "direction", str_from(direction_name(it->direction)));
	put(w, "kind", str_from(kind_name(it->kind)));
	put(w, "filter", it->filter);
	put_key(w, it);
	put(w, "about", it->about);
	put(w, "thread", it->thread);
	put_time(w, "occurred", it->occurred_us);
	put_time(w, "claimed", it->claimed_us);
	for (size_t i = 0; i < it->n_parties; i++)
		put_party(w, &it->parties[i]);
	put(w, "subject", it->subject);
	put(w, "text", it->text);
	for (size_t i = 0; i < it->n_attachments; i++)
		put_attachment(w, &it->attachments[i]);
	if (it->details.len > 0) {
		line(w, "  ", "details");
		json_raw_value(w, it->details);
	}
	put(w, "why", it->why);
	buf_addc(w->out, '\n');
	json_close(w, '}');
}

char *golden_dump(const struct interactions *list)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, MAX_DUMP);
	json_begin(&w, &out);
	json_open(&w, '[');
	for (size_t i = 0; i < list->n_items; i++)
		put_interaction(&w, &list->items[i]);
	json_close(&w, ']');
	buf_addc(&out, '\n');
	return buf_steal(&out);
}

static void check_against(const char *path, const char *got)
{
	char *want;
	size_t size;

	if (getenv("DAYBOOK_UPDATE_GOLDEN") != NULL) {
		FILE *f = fopen(path, "w");

		ck_assert_ptr_nonnull(f);
		fputs(got, f);
		fclose(f);
		return;
	}
	want = file_load(path, &size);
	ck_assert_msg(strcmp(want, got) == 0, "%s\nwanted:\n%s\ngot:\n%s", path, want, got);
	free(want);
}

static void run_one(const struct connector *c, const void *conf, const char *path,
		    const struct raw *raw)
{
	struct interactions out = { .arena = arena_create(MAX_ARENA), .max_items = MAX_ITEMS };
	struct err err = { 0 };
	char want[4096];
	char *got;

	ck_assert_msg(c->normalize(conf, raw, &out, &err), "%s: %s", path, err.msg);
	ck_assert_msg(!arena_is_exceeded(out.arena), "%s", path);
	got = golden_dump(&out);
	snprintf(want, sizeof(want), "%.*s.want.json", (int)(strrchr(path, '.') - path), path);
	/* The same case as data and as a request shares its expectation unless it says otherwise. */
	if (strcmp(strrchr(path, '.'), ".http") == 0)
		snprintf(want, sizeof(want), "%s.want.json", path);
	check_against(want, got);
	free(got);
	arena_destroy(out.arena);
}

static bool run_file(const struct connector *c, const void *conf, const char *path)
{
	const char *ending = strrchr(path, '.');
	struct http_file file;
	struct raw raw = { .meta = STR("peer: 203.0.113.9\n") };
	size_t size;
	char *text;

	if (strcmp(ending, ".http") == 0) {
		http_file_load(&file, path);
		if (file.raw.body.len > 0)
			run_one(c, conf, path, &file.raw);
		http_file_finish(&file);
		return true;
	}
	if (strstr(path, ".want.json") != NULL ||
	    (strcmp(ending, ".json") != 0 && strcmp(ending, ".txt") != 0))
		return false;
	text = file_load(path, &size);
	raw.body = (struct str){ text, size };
	raw.content_type = ending[1] == 'j' ? STR("application/json") :
					      STR("application/x-www-form-urlencoded");
	clock_parse(STR("2026-09-14T15:30:00Z"), &raw.received_us);
	run_one(c, conf, path, &raw);
	free(text);
	return true;
}

int golden_run(const struct connector *connector, const void *conf, const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort), n_run = 0;

	ck_assert_int_gt(n, 0);
	for (int i = 0; i < n; i++) {
		char path[2048];

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && run_file(connector, conf, path))
			n_run++;
		free(names[i]);
	}
	free(names);
	return n_run;
}
