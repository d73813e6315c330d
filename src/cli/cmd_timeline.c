/* daybook timeline CONTACT: everything with one person, oldest first. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/entry.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 20, SHOWN_ON_TERMINAL = 50 };

/* The stubs of what could not be read stand among the entries: few, so they are read first. */
struct stub {
	struct dead_row row;
	int64_t at_us;
};

struct listing {
	struct cli *cli;
	struct arena *arena;
	struct stub *stubs;
	size_t n_stubs, next_stub;
	struct buf line;
	struct err err;
	bool failed;
};

static bool take_stub(const struct dead_row *row, void *arg)
{
	struct listing *l = arg;
	struct stub *stub;

	l->stubs = xrealloc(l->stubs, l->n_stubs + 1, sizeof(*l->stubs));
	stub = &l->stubs[l->n_stubs++];
	*stub = (struct stub){ .row = *row };
	stub->row.connector_name = arena_str(l->arena, row->connector_name);
	stub->row.reason = arena_str(l->arena, row->reason);
	stub->row.stub_name = arena_str(l->arena, row->stub_name);
	stub->row.stub_address = arena_str(l->arena, row->stub_address);
	stub->row.stub_subject = arena_str(l->arena, row->stub_subject);
	stub->at_us = row->stub_us && row->stub_us < row->received_us ? row->stub_us : row->received_us;
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct stub *x = a, *y = b;

	return x->at_us < y->at_us ? -1 : x->at_us > y->at_us;
}

static bool put_stubs_before(struct listing *l, int64_t at_us)
{
	for (; l->next_stub < l->n_stubs && l->stubs[l->next_stub].at_us < at_us; l->next_stub++) {
		const struct dead_row *row = &l->stubs[l->next_stub].row;
		bool ok = true;

		if (!l->cli->as_json) {
			ok = entry_print_dead(l->cli, row);
		} else {
			show_dead_json(row, &l->line);
			ok = show_line(&l->line);
		}
		if (!ok)
			return false;
	}
	return true;
}

static bool put(const struct interaction_row *row, void *arg)
{
	struct listing *l = arg;

	if (!put_stubs_before(l, row->it.occurred_us))
		return false;
	if (!l->cli->as_json)
		return entry_print(l->cli, row);
	l->failed = !show_json(l->cli, row, &l->line, &l->err);
	return !l->failed && show_line(&l->line);
}

static int list(struct listing *l, int64_t contact, size_t limit)
{
	if (!store_each_dead(l->cli->store, contact, take_stub, l, &l->err))
		return cli_fail(&l->err, NULL);
	if (l->n_stubs > 1)
		qsort(l->stubs, l->n_stubs, sizeof(*l->stubs), by_time);
	if (!store_each_timeline(l->cli->store, contact, limit, put, l, &l->err) || l->failed)
		return cli_fail(&l->err, NULL);
	put_stubs_before(l, INT64_MAX);
	return CLI_OK;
}

int cmd_timeline(struct cli *cli)
{
	struct listing l = { .cli = cli };
	const char *n_text = NULL;
	int64_t contact, n = cli->as_json || !cli_is_terminal() ? 0 : SHOWN_ON_TERMINAL;
	int code;

	cli_option(cli, "-n", &n_text);
	if (n_text != NULL && !str_int64(str_from(n_text), &n))
		return cli_failf(CLI_USAGE, NULL, "-n: \"%s\" is not a number", n_text);
	code = cli_find_contact(cli, cli->argv[0], &contact);
	if (code != CLI_OK || cli_own(cli, &code) == NULL)
		return code;
	l.arena = arena_create(16 << 20);
	buf_init(&l.line, MAX_LINE);
	code = list(&l, contact, (size_t)n);
	buf_finish(&l.line);
	arena_destroy(l.arena);
	free(l.stubs);
	return code;
}
