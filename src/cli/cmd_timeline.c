/* daybook timeline CONTACT: everything with one person, oldest first. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/entry.h"
#include "cli/filter.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 20, SHOWN_ON_TERMINAL = 50, STUBS_ARENA = 16 << 20 };

/* The stubs of what could not be read stand among the entries: few, so they are read first. */
struct stub {
	struct dead_row row;
	int64_t at_us;
};

struct listing {
	struct cli *cli;
	struct filter filter;
	struct arena *arena;
	struct stub *stubs;
	size_t n_stubs, next_stub;
	int64_t contact;
	bool is_counting;		/* first, where only the newest are wanted */
	int64_t n_entries, n_skip;
	struct buf line;
	struct err err;
	bool failed;
};

static bool take_stub(const struct dead_row *row, void *arg)
{
	struct listing *l = arg;
	int64_t at_us = row->stub_us && row->stub_us < row->received_us ? row->stub_us : row->received_us;
	struct stub *stub;

	/* Only mail leaves a stub with a sender. */
	if (!filter_wants(&l->filter, CHANNEL_EMAIL, at_us))
		return true;
	l->stubs = xrealloc(l->stubs, l->n_stubs + 1, sizeof(*l->stubs));
	stub = &l->stubs[l->n_stubs++];
	*stub = (struct stub){ .row = *row, .at_us = at_us };
	stub->row.connector_name = arena_str(l->arena, row->connector_name);
	stub->row.reason = arena_str(l->arena, row->reason);
	stub->row.stub_name = arena_str(l->arena, row->stub_name);
	stub->row.stub_address = arena_str(l->arena, row->stub_address);
	stub->row.stub_subject = arena_str(l->arena, row->stub_subject);
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct stub *x = a, *y = b;

	if (x->at_us == y->at_us)
		return x->row.id < y->row.id ? -1 : x->row.id > y->row.id;
	return x->at_us < y->at_us ? -1 : 1;
}

/* Counts it; true when it is to be printed. */
static bool is_turn(struct listing *l)
{
	l->n_entries++;
	return !l->is_counting && l->n_entries > l->n_skip;
}

static bool put_stubs_before(struct listing *l, int64_t at_us)
{
	for (; l->next_stub < l->n_stubs && l->stubs[l->next_stub].at_us < at_us; l->next_stub++) {
		const struct dead_row *row = &l->stubs[l->next_stub].row;
		bool ok = true;

		if (!is_turn(l))
			continue;
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

	if (!filter_wants(&l->filter, row->it.channel, row->it.occurred_us))
		return true;
	if (!put_stubs_before(l, row->it.occurred_us))
		return false;
	if (!is_turn(l))
		return true;
	if (!l->cli->as_json)
		return entry_print(l->cli, row);
	l->failed = !show_json(l->cli, row, &l->line, &l->err);
	return !l->failed && show_line(&l->line);
}

static bool pass(struct listing *l)
{
	l->n_entries = 0;
	l->next_stub = 0;
	if (!store_each_timeline(l->cli->store, l->contact, 0, put, l, &l->err) || l->failed)
		return false;
	put_stubs_before(l, INT64_MAX);
	return true;
}

static int list(struct listing *l, int64_t limit)
{
	if (!store_each_dead(l->cli->store, l->contact, take_stub, l, &l->err))
		return cli_fail(&l->err, NULL);
	if (l->n_stubs > 1)
		qsort(l->stubs, l->n_stubs, sizeof(*l->stubs), by_time);
	l->is_counting = limit > 0;
	if (l->is_counting && !pass(l))
		return cli_fail(&l->err, NULL);
	l->n_skip = limit > 0 && l->n_entries > limit ? l->n_entries - limit : 0;
	l->is_counting = false;
	if (!pass(l))
		return cli_fail(&l->err, NULL);
	return CLI_OK;
}

static void say_what_was_left(const struct listing *l)
{
	fflush(stdout);
	if (l->n_skip > 0 && cli_is_terminal())
		fprintf(stderr, "%lld earlier ones; -n 0 shows all\n", (long long)l->n_skip);
}

static int read_options(struct cli *cli, struct listing *l, int64_t *limit)
{
	const char *channels = NULL, *since = NULL;

	*limit = cli->as_json || !cli_is_terminal() ? 0 : SHOWN_ON_TERMINAL;
	if (!cli_option_count(cli, "-n", limit))
		return CLI_USAGE;
	cli_option(cli, "--channel", &channels);
	cli_option(cli, "--since", &since);
	if (!filter_parse(&l->filter, channels, since, clock_wall_us(), &l->err))
		return cli_failf(CLI_USAGE, NULL, "%s", l->err.msg);
	return CLI_OK;
}

int cmd_timeline(struct cli *cli)
{
	struct listing l = { .cli = cli };
	int64_t limit;
	int code = read_options(cli, &l, &limit);

	if (code == CLI_OK)
		code = cli_find_contact(cli, cli->argv[0], &l.contact);
	if (code != CLI_OK || cli_own(cli, &code) == NULL)
		return code;
	l.arena = arena_create(STUBS_ARENA);
	buf_init(&l.line, MAX_LINE);
	code = list(&l, limit);
	say_what_was_left(&l);
	buf_finish(&l.line);
	arena_destroy(l.arena);
	free(l.stubs);
	return code;
}
