/* daybook export person: everything that the store holds about one person, for them to take along. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/backup_bar.h"
#include "cli/commands.h"
#include "cli/export_files.h"
#include "cli/person.h"
#include "cli/record.h"
#include "cli/show.h"
#include "store/blob.h"
#include "store/forget.h"
#include "store/merge.h"
#include "store/consent.h"
#include "store/view.h"

enum { ROOM = 64 << 20, MAX_LINE = 256 << 20 };

struct export {
	struct cli *cli;
	struct export_files *files;
	struct arena *arena;		/* names of files, and the ids of whoever was merged into the person */
	int64_t contact;
	int64_t *ids;
	size_t n_ids;
	struct str *hashes;
	size_t n_hashes;
	FILE *out;			/* of the listing under way */
	int64_t last_entry, n_entries, n_all, n_decisions, n_dead, n_missing;
	struct err err;
	bool failed;
};

static const struct viewer everything = { .sees = SEES_ALL };

/* ---- who ---- */

static bool add_id(int64_t id, void *arg)
{
	struct export *e = arg;
	int64_t *grown = arena_grow(e->arena, e->ids, e->n_ids, sizeof(*grown));

	if (grown == NULL)
		return false;
	e->ids = grown;
	grown[e->n_ids++] = id;
	return true;
}

static void put_merged(struct export *e, struct json_writer *w)
{
	json_name(w, "merged");
	json_open(w, '[');
	for (size_t i = 1; i < e->n_ids; i++) {
		char id[ID_TEXT_SIZE];

		json_str_value(w, str_from(id_format(e->ids[i], "con_", id)));
	}
	json_close(w, ']');
}

static bool put_consent(const struct consent_row *row, void *arg)
{
	show_consent(arg, row);
	return true;
}

static bool put_consents(struct export *e, struct json_writer *w)
{
	json_name(w, "consents");
	json_open(w, '[');
	if (!store_each_consent(e->cli->store, e->contact, put_consent, w, &e->err))
		return false;
	json_close(w, ']');
	return true;
}

static bool put_person(struct export *e)
{
	struct view_contact contact;
	struct json_writer w;
	struct buf out;
	bool ok;

	if (!view_contact(e->cli->store, &everything, e->contact, e->arena, &contact, &e->err))
		return false;
	buf_init(&out, MAX_LINE);
	json_begin(&w, &out);
	json_open(&w, '{');
	ok = person_json(e->cli, &w, &contact.row, true, &e->err);
	json_member_or_null(&w, "owner", contact.owner);
	put_merged(e, &w);
	ok = ok && put_consents(e, &w);
	show_time(&w, "exported_at", clock_wall_us());
	json_close(&w, '}');
	buf_addc(&out, '\n');
	ok = ok && export_files_put(e->files, "person.json", buf_str(&out), &e->err);
	buf_finish(&out);
	return ok;
}

/* ---- lines of JSON ---- */

static bool put_line(struct export *e, struct buf *line)
{
	buf_addc(line, '\n');
	return fwrite(line->ptr, 1, line->len, e->out) == line->len ||
	       err_setf(&e->err, ERR_FULL, "the export cannot be written");
}

static bool note_file(size_t n, const struct attachment *a, void *arg)
{
	struct export *e = arg;
	struct str *grown;

	(void)n;
	if (a->state != ATTACHMENT_STORED || a->sha256.len == 0)
		return true;
	for (size_t i = 0; i < e->n_hashes; i++)
		if (str_eq(e->hashes[i], a->sha256))
			return true;
	grown = arena_grow(e->arena, e->hashes, e->n_hashes, sizeof(*grown));
	if (grown == NULL)
		return false;
	e->hashes = grown;
	grown[e->n_hashes++] = arena_str(e->arena, a->sha256);
	return true;
}

/* One takes part in an entry in several ways. */
static bool put_entry(const struct interaction_row *row, const struct part *part, void *arg)
{
	struct export *e = arg;
	struct buf line;

	(void)part;
	if (row->id == e->last_entry)
		return true;
	e->last_entry = row->id;
	buf_init(&line, MAX_LINE);
	e->failed = !show_json(e->cli, row, &line, &e->err) ||
		    !store_each_attachment(e->cli->store, row->id, note_file, e, &e->err) || !put_line(e, &line);
	buf_finish(&line);
	backup_bar("entries", ++e->n_entries, e->n_all, NULL);
	return !e->failed;
}

static bool put_dead(const struct dead_row *row, void *arg)
{
	struct export *e = arg;
	struct buf line;

	buf_init(&line, MAX_LINE);
	show_dead_json(row, &line);
	e->failed = !put_line(e, &line);
	buf_finish(&line);
	e->n_dead++;
	return !e->failed;
}

static bool is_theirs(const struct export *e, struct json_object *decision, const char *name)
{
	int64_t id;

	if (!id_parse(json_str(decision, name), "con_", &id))
		return false;
	for (size_t i = 0; i < e->n_ids; i++)
		if (e->ids[i] == id)
			return true;
	return false;
}

static bool put_decision(const struct journal_row *row, void *arg)
{
	struct export *e = arg;
	struct err ignored;
	auto_json struct json_object *decision = json_parse(row->body, 4, 10000, &ignored);
	struct json_writer w;
	struct buf line;

	if (!is_theirs(e, decision, "contact") && !is_theirs(e, decision, "into"))
		return true;
	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	show_time(&w, "at", row->received_us);
	json_name(&w, "decision");
	json_raw_value(&w, row->body);
	json_close(&w, '}');
	e->failed = !put_line(e, &line);
	buf_finish(&line);
	e->n_decisions++;
	return !e->failed;
}

typedef bool (*listing_fn)(struct export *e);

static bool list_entries(struct export *e)
{
	return store_each_part(e->cli->store, e->contact, put_entry, e, &e->err);
}

static bool list_dead(struct export *e)
{
	return store_each_dead(e->cli->store, e->contact, put_dead, e, &e->err);
}

static bool list_decisions(struct export *e)
{
	return store_each_decision(e->cli->store, put_decision, e, &e->err);
}

static bool put_listing(struct export *e, const char *name, listing_fn list)
{
	bool ok;

	e->out = export_files_open(e->files, name, &e->err);
	if (e->out == NULL)
		return false;
	ok = list(e) && !e->failed;
	return export_files_close(e->files, name, e->out, ok ? &e->err : &(struct err){ 0 }) && ok;
}

/* ---- files ---- */

static bool put_file(struct export *e, struct str sha256)
{
	auto_free char *name = xasprintf("attachments/" STR_FMT, STR_ARG(sha256));
	char *bytes;
	size_t n;
	bool ok;

	if (!blob_read(e->cli->config->storage.path, sha256, &bytes, &n, &e->err)) {
		e->n_missing += e->err.kind == ERR_MISSING;
		return e->err.kind == ERR_MISSING;
	}
	ok = export_files_put(e->files, name, (struct str){ bytes, n }, &e->err);
	free(bytes);
	return ok;
}

static bool put_files(struct export *e)
{
	for (size_t i = 0; i < e->n_hashes; i++) {
		backup_bar("files", (int64_t)i + 1, (int64_t)e->n_hashes, NULL);
		if (!put_file(e, e->hashes[i]))
			return false;
	}
	return true;
}

/* ---- the whole ---- */

static bool count_entry(const struct interaction_row *row, const struct part *part, void *arg)
{
	struct export *e = arg;

	(void)part;
	e->n_all += row->id != e->last_entry;
	e->last_entry = row->id;
	return true;
}

static bool run(struct export *e)
{
	struct store *st = e->cli->store;

	if (!store_begin_snapshot(st, &e->err) || !add_id(e->contact, e) ||
	    !store_each_merged_below(st, e->contact, add_id, e, &e->err) ||
	    !store_each_part(st, e->contact, count_entry, e, &e->err))
		return false;
	e->last_entry = 0;
	return put_person(e) && put_listing(e, "interactions.jsonl", list_entries) &&
	       put_listing(e, "decisions.jsonl", list_decisions) && put_listing(e, "dead-letters.jsonl", list_dead) &&
	       put_files(e) && export_files_end(e->files, &e->err);
}

static void say(const struct export *e, const char *out)
{
	if (e->cli->as_json)
		printf("{\"interactions\":%lld,\"decisions\":%lld,\"dead_letters\":%lld,\"files\":%zu,\"files_missing\":%lld}\n",
		       (long long)e->n_entries, (long long)e->n_decisions, (long long)e->n_dead, e->n_hashes,
		       (long long)e->n_missing);
	else
		printf("%s: %lld entries, %lld decisions, %lld dead letters, %zu files\n", out, (long long)e->n_entries,
		       (long long)e->n_decisions, (long long)e->n_dead, e->n_hashes);
}

static const char *hint_of(const struct err *err)
{
	return err->kind == ERR_FULL ? "make room, or name a place on another disk with -o; nothing was left behind" : NULL;
}

/* First: what the audit log cannot be told of is not given out. */
static bool record_it(struct cli *cli, int64_t contact, struct err *err)
{
	char who[RECORD_WHO_SIZE], id[ID_TEXT_SIZE];

	record_who(who);
	return record(cli, &(struct audit_entry){ .who = str_from(who), .what = STR("export person"),
						  .which = str_from(id_format(contact, "con_", id)) }, err);
}

int cmd_export_person(struct cli *cli)
{
	struct export e = { .cli = cli, .arena = arena_create(ROOM) };
	const char *out = NULL;
	int code = CLI_OK;

	if (!cli_option(cli, "-o", &out))
		code = cli_failf(CLI_USAGE, "daybook export person maria@example.com -o maria.tar", "where to? give -o FILE.tar or -o DIR");
	if (code == CLI_OK)
		code = cli_find_contact(cli, cli->argv[0], &e.contact);
	if (code == CLI_OK && cli_own(cli, &code) != NULL) {
		bool ok = record_it(cli, e.contact, &e.err) && export_files_begin(out, &e.files, &e.err) && run(&e);

		backup_bar_clear();
		if (ok)
			say(&e, out);
		else
			code = cli_fail(&e.err, hint_of(&e.err));
		if (ok && e.n_missing > 0)
			code = cli_failf(CLI_PARTLY, "daybook doctor --deep says which", "%lld files are lost", (long long)e.n_missing);
	}
	export_files_drop(e.files);
	arena_destroy(e.arena);
	return code;
}
