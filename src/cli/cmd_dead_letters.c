/* daybook dead-letters, dead-letter show: what could not be read. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/dead.h"
#include "cli/human.h"
#include "cli/plain.h"
#include "cli/show.h"
#include "ingest/again.h"

enum { MAX_LINE = 256 << 20, ROW_ARENA = 80 << 20 };

static void put_members(struct json_writer *w, const struct dead_row *row)
{
	show_id(w, "id", row->id, "dl_");
	json_member(w, "connector", row->connector_name);
	show_time(w, "received_at", row->received_us);
	json_member(w, "reason", row->reason);
	json_member(w, "kind", row->kind);
	json_member_int(w, "size", row->size);
	json_member_int(w, "attempts", row->attempts);
}

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
	int64_t connector;
};

static bool put(const struct dead_row *row, void *arg)
{
	struct listing *l = arg;
	char id[ID_TEXT_SIZE];
	struct json_writer w;

	if (l->connector != 0 && row->connector != l->connector)
		return true;
	if (l->cli->as_json) {
		json_begin(&w, &l->line);
		json_open(&w, '{');
		put_members(&w, row);
		json_close(&w, '}');
		return show_line(&l->line);
	}
	table_row(l->table);
	table_str(l->table, str_from(id_format(row->id, "dl_", id)));
	table_str(l->table, row->connector_name);
	table_time(l->table, row->received_us);
	table_str(l->table, row->kind);
	table_int(l->table, row->size);
	table_int(l->table, row->attempts);
	table_str(l->table, row->reason);
	return true;
}

int cmd_dead_letters(struct cli *cli)
{
	static const char *const heads[] = { "ID", "CONNECTOR", "RECEIVED", "KIND", ">BYTES", ">ATTEMPTS",
					     "~REASON", NULL };
	struct listing l = { .cli = cli };
	struct err err;
	int code = dead_connector(cli, &l.connector);

	if (code != CLI_OK)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_each_dead(cli->store, 0, put, &l, &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}

/* ---- one, with its bytes ---- */

struct page {
	struct cli *cli;
	struct dead_row dead;
	struct journal_row journal;
	char *body;			/* journal.size bytes */
};

static struct str body_of(const struct page *p)
{
	return (struct str){ p->body, (size_t)p->journal.size };
}

static void put_body(struct json_writer *w, struct str body)
{
	static const char digits[] = "0123456789abcdef";
	struct buf hex;

	if (str_is_utf8(body)) {
		json_member(w, "body", body);
		json_member_null(w, "body_hex");
		return;
	}
	buf_init(&hex, MAX_LINE);
	for (size_t i = 0; i < body.len; i++) {
		buf_addc(&hex, digits[(unsigned char)body.ptr[i] >> 4]);
		buf_addc(&hex, digits[(unsigned char)body.ptr[i] & 15]);
	}
	json_member_null(w, "body");
	json_member(w, "body_hex", buf_str(&hex));
	buf_finish(&hex);
}

static void put_meta(struct json_writer *w, struct str meta)
{
	struct str line;
	size_t colon;

	json_name(w, "meta");
	json_open(w, '{');
	while (str_next(&meta, '\n', &line)) {
		colon = str_chr(line, ':');
		if (colon == STR_NONE)
			continue;
		json_name_str(w, str_sub(line, 0, colon));
		json_str_value(w, str_trim(str_sub(line, colon + 1, line.len)));
	}
	json_close(w, '}');
}

static void page_json(const struct page *p)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	put_members(&w, &p->dead);
	json_member_or_null(&w, "from", p->dead.stub_address);
	json_member_or_null(&w, "subject", p->dead.stub_subject);
	json_member_or_null(&w, "content_type", p->journal.content_type);
	put_meta(&w, p->journal.meta);
	put_body(&w, body_of(p));
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

static void print_member(const char *label, struct str value)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	plain_line(&text, value);
	if (text.len > 0)
		printf("%-13s " STR_FMT "\n", label, STR_ARG(buf_str(&text)));
	buf_finish(&text);
}

static void print_head(const struct page *p)
{
	const struct dead_row *dead = &p->dead;
	char text[HUMAN_SIZE], id[ID_TEXT_SIZE];
	struct str meta = p->journal.meta, line;

	print_member("id", str_from(id_format(dead->id, "dl_", id)));
	print_member("connector", dead->connector_name);
	print_member("received", str_from(human_time(dead->received_us, text)));
	print_member("reason", dead->reason);
	print_member("kind", dead->kind);
	print_member("attempts", str_from(human_count(dead->attempts, text)));
	print_member("from", dead->stub_address);
	print_member("subject", dead->stub_subject);
	print_member("content type", p->journal.content_type);
	while (str_next(&meta, '\n', &line))
		print_member("meta", line);
	print_member("bytes", str_from(human_count(p->journal.size, text)));
	putchar('\n');
}

/* Into a file or a pipe as they are; on a terminal nothing that could steer it. */
static void print_bytes(struct str body)
{
	struct buf text;

	if (!cli_is_terminal()) {
		fwrite(body.ptr, 1, body.len, stdout);
		return;
	}
	buf_init(&text, MAX_LINE);
	plain_bytes(&text, body);
	fwrite(text.len ? text.ptr : "", 1, text.len, stdout);
	if (text.len > 0 && text.ptr[text.len - 1] != '\n')
		putchar('\n');
	buf_finish(&text);
}

static int show(struct page *p, int64_t id, struct arena *arena)
{
	struct err err;
	int code;

	if (cli_store(p->cli, &code) == NULL)
		return code;
	if (!store_get_dead(p->cli->store, id, arena, &p->dead, &err))
		return cli_fail(&err, "daybook dead-letters lists them");
	if (!store_get_journal(p->cli->store, p->dead.journal_id, arena, &p->journal, &err) ||
	    !again_load_body(&p->journal, p->cli->config->storage.path, &p->body, &err))
		return cli_fail(&err, "daybook doctor looks for the cause");
	if (p->cli->as_json) {
		page_json(p);
		return CLI_OK;
	}
	if (!cli_flag(p->cli, "--raw"))
		print_head(p);
	print_bytes(body_of(p));
	return CLI_OK;
}

int cmd_dead_letter_show(struct cli *cli)
{
	struct page page = { .cli = cli };
	struct arena *arena;
	int64_t id;
	int code = dead_id(cli->argv[0], &id);

	if (code != CLI_OK)
		return code;
	arena = arena_create(ROW_ARENA);
	code = show(&page, id, arena);
	free(page.body);
	arena_destroy(arena);
	return code;
}
