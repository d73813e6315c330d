#include "cli/survey.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/webhook.h"

#define DAY_US (INT64_C(86400) * US_PER_S)

enum { ARENA_BYTES = 64 << 20 };

static struct surveyed *find(struct survey *s, int64_t connector)
{
	for (size_t i = 0; i < s->n_connectors; i++)
		if (s->connectors[i].is_stored && s->connectors[i].row.id == connector)
			return &s->connectors[i];
	return NULL;
}

static bool take_row(const struct ledger_row *row, void *arg)
{
	struct survey *s = arg;

	s->pending += row->by_outcome[OUTCOME_PENDING];
	for (size_t i = 0; i < s->n_connectors; i++) {
		struct surveyed *c = &s->connectors[i];

		if (!str_eq(row->name, str_from(c->conf->name)))
			continue;
		c->row = *row;
		c->row.name = arena_str(s->arena, row->name);
		c->row.type = arena_str(s->arena, row->type);
		c->row.state = arena_str(s->arena, row->state);
		c->row.error = arena_str(s->arena, row->error);
		c->is_stored = true;
	}
	return true;
}

static bool take_count(int64_t connector, enum outcome outcome, int64_t n, void *arg)
{
	struct surveyed *c = find(arg, connector);

	if (c != NULL && outcome < OUTCOME_COUNT)
		c->day[outcome] = n;
	return true;
}

static bool take_folder(const struct reconcile_row *row, void *arg)
{
	struct survey *s = arg;
	struct surveyed *c = find(s, row->connector);
	struct compared_folder *folder = c ? arena_alloc(s->arena, sizeof(*folder)) : NULL;

	if (folder == NULL)
		return true;
	compared_add(&c->compared, row);
	*folder = (struct compared_folder){ .row = *row };
	folder->row.connector_name = c->row.name;
	folder->row.folder = arena_str(s->arena, row->folder);
	folder->row.note = arena_str(s->arena, row->note);
	folder->row.error = arena_str(s->arena, row->error);
	if (c->last_folder != NULL)
		c->last_folder->next = folder;
	else
		c->folders = folder;
	c->last_folder = folder;
	return true;
}

static bool take_pull_states(struct survey *s, struct store *st, struct err *err)
{
	for (size_t i = 0; i < s->n_connectors; i++)
		if (s->connectors[i].is_stored &&
		    !store_get_pull_state(st, s->connectors[i].row.id, &s->connectors[i].pull, err))
			return false;
	return true;
}

static bool take_webhook(const struct webhook_row *row, void *arg)
{
	struct survey *s = arg;

	s->n_webhooks++;
	s->n_webhooks_disabled += row->disabled_us != 0;
	s->n_webhooks_failing += row->disabled_us == 0 && row->failures > 0;
	return true;
}

static int read_store(struct survey *s, struct cli *cli)
{
	struct err err;
	int code;

	if (cli_store_if_any(cli, &code) == NULL)
		return code;
	if (!store_each_ledger(cli->store, take_row, s, &err) ||
	    !store_each_reconcile(cli->store, take_folder, s, &err) ||
	    !take_pull_states(s, cli->store, &err) ||
	    !store_totals(cli->store, &s->totals, &err) || !store_each_webhook(cli->store, take_webhook, s, &err) ||
	    !store_count_since(cli->store, id_next(0, s->now_us - DAY_US, 0), take_count, s, &err))
		return cli_fail(&err, "daybook doctor looks for the cause");
	s->has_store = true;
	return CLI_OK;
}

static void look(struct survey *s)
{
	struct health_facts facts = { .now_us = s->now_us, .has_store = s->has_store,
				      .is_running = s->ping.state == DAEMON_RUNNING,
				      .is_down = s->ping.state == DAEMON_DOWN };

	if (facts.is_running)
		facts.started_us = s->now_us - s->ping.uptime_s * US_PER_S;
	for (size_t i = 0; i < s->n_connectors; i++) {
		struct surveyed *c = &s->connectors[i];

		health_look(&c->health, c->conf, c->is_stored ? &c->row : NULL, &facts);
		health_pull(&c->health, c->conf, &c->row, &c->pull, &facts);
		health_compare(&c->health, c->conf, &c->compared);
	}
}

int survey_take(struct survey *s, struct cli *cli)
{
	int code;

	*s = (struct survey){ .now_us = clock_wall_us() };
	if (cli_config(cli, &code) == NULL)
		return code;
	s->arena = arena_create(ARENA_BYTES);
	s->n_connectors = cli->config->n_connectors;
	s->connectors = xcalloc(s->n_connectors, sizeof(*s->connectors));
	for (size_t i = 0; i < s->n_connectors; i++)
		s->connectors[i].conf = &cli->config->connectors[i];
	cli_ping(cli, &s->ping);
	code = read_store(s, cli);
	look(s);
	return code;
}

void survey_folders(struct survey *s, struct cli *cli)
{
	struct json_object *list;
	struct err ignored;

	if (s->ping.state != DAEMON_RUNNING ||
	    cli_try_call(cli, "/folders", STR("{}"), &s->reply, &ignored) != CLI_OK)
		return;
	list = json_get(s->reply, "connectors");
	for (size_t i = 0; i < json_count(list); i++)
		for (size_t k = 0; k < s->n_connectors; k++)
			if (str_eq(json_str(json_at(list, i), "connector"), str_from(s->connectors[k].conf->name)))
				s->connectors[k].read_folders = json_get(json_at(list, i), "folders");
}

void survey_finish(struct survey *s)
{
	json_free(s->reply);
	arena_destroy(s->arena);
	free(s->connectors);
	*s = (struct survey){ 0 };
}
