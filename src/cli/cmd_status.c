/* daybook status: one screen: the daemon, the store, every connector. */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/show.h"
#include "cli/survey.h"
#include "ingest/instance_state.h"

enum { MAX_LINE = 4 << 20, WATCH_S = 2 };

/* ---- JSON ---- */

static void put_compared(struct json_writer *w, const struct surveyed *c)
{
	if (c->compared.n_folders == 0) {
		json_member_null(w, "reconcile");
		return;
	}
	json_name(w, "reconcile");
	json_open(w, '{');
	show_time(w, "checked_at", c->compared.checked_us);
	json_member_int(w, "listed", c->compared.listed);
	json_member_int(w, "missing", c->compared.missing);
	json_member_int(w, "healed", c->compared.healed);
	json_member_int(w, "vanished", c->compared.vanished);
	json_name(w, "folders");
	json_open(w, '[');
	for (const struct compared_folder *f = c->folders; f != NULL; f = f->next) {
		json_open(w, '{');
		show_folder(w, &f->row);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_close(w, '}');
}

static void put_backfill(struct json_writer *w, const struct pull_state *pull)
{
	if (pull->backlog_left == 0) {
		json_member_null(w, "backfill");
		return;
	}
	json_name(w, "backfill");
	json_open(w, '{');
	json_member_int(w, "left", pull->backlog_left);
	json_member_int(w, "total", pull->backlog_of);
	show_time(w, "paused_until", pull->backlog_paused_until_us);
	json_close(w, '}');
}

static void put_connector(struct json_writer *w, const struct surveyed *c, int64_t now_us)
{
	json_open(w, '{');
	json_member(w, "name", str_from(c->conf->name));
	json_member(w, "type", str_from(c->conf->type->name));
	json_member(w, "state", str_from(c->health.state));
	show_time(w, "last_message_at", c->row.last_message_us);
	show_time(w, "last_success_at", c->row.last_success_us);
	if (c->health.lag_us < 0)
		json_member_null(w, "lag_s");
	else
		json_member_int(w, "lag_s", c->health.lag_us / US_PER_S);
	json_member_or_null(w, "error", c->row.error);
	json_member_bool(w, "silent", c->health.is_silent);
	json_member_or_null(w, "note", str_from(c->health.note));
	json_member_bool(w, "stale", c->health.is_stale);
	show_time(w, "throttled_until", c->pull.throttled_until_us > now_us ? c->pull.throttled_until_us : 0);
	put_backfill(w, &c->pull);
	put_compared(w, c);
	show_read_folders(w, c->read_folders);
	json_close(w, '}');
}

static void put_daemon(struct json_writer *w, const struct survey *s)
{
	bool is_running = s->ping.state == DAEMON_RUNNING;

	json_member(w, "state", str_from(daemon_state_name(s->ping.state)));
	json_member_or_null(w, "version", str_from(s->ping.version));
	if (is_running)
		json_member_int(w, "uptime_s", s->ping.uptime_s);
	else
		json_member_null(w, "uptime_s");
}

static void put_totals(struct json_writer *w, const struct survey *s)
{
	const struct {
		const char *name;
		int64_t value;
	} totals[] = {
		{ "contacts", s->totals.contacts }, { "interactions", s->totals.interactions },
		{ "dead_letters", s->totals.dead_letters }, { "review", s->totals.review },
		{ "pending", s->pending }, { "search_lag", s->totals.search_lag },
		{ "size_bytes", s->totals.size_bytes },
	};

	for (size_t i = 0; i < sizeof(totals) / sizeof(*totals); i++) {
		if (s->has_store)
			json_member_int(w, totals[i].name, totals[i].value);
		else
			json_member_null(w, totals[i].name);
	}
}

static bool print_json(const struct survey *s)
{
	struct json_writer w;
	struct buf line;
	bool ok;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	put_daemon(&w, s);
	put_totals(&w, s);
	json_name(&w, "webhooks");
	json_open(&w, '{');
	json_member_int(&w, "total", s->n_webhooks);
	json_member_int(&w, "failing", s->n_webhooks_failing);
	json_member_int(&w, "disabled", s->n_webhooks_disabled);
	json_close(&w, '}');
	json_name(&w, "connectors");
	json_open(&w, '[');
	for (size_t i = 0; i < s->n_connectors; i++)
		put_connector(&w, &s->connectors[i], s->now_us);
	json_close(&w, ']');
	json_close(&w, '}');
	ok = show_line(&line);
	buf_finish(&line);
	return ok;
}

/* ---- for people ---- */

static void print_head(const struct survey *s)
{
	char text[HUMAN_SIZE];

	printf("daybookd %s", s->ping.state == DAEMON_RUNNING ? s->ping.version
							       : daemon_state_name(s->ping.state));
	if (s->ping.state == DAEMON_RUNNING)
		printf("  up %s", human_span(s->ping.uptime_s * US_PER_S, text));
	if (!s->has_store) {
		printf("   no store yet\n");
		return;
	}
	printf("   sqlite %s", human_bytes(s->totals.size_bytes, text));
	printf("   %s contacts", human_count(s->totals.contacts, text));
	printf("   %s interactions", human_count(s->totals.interactions, text));
	if (s->pending > 0)
		printf("   pending %s", human_count(s->pending, text));
	if (s->totals.review > 0)
		printf("   to review %s", human_count(s->totals.review, text));
	printf("   dead letters %s", human_count(s->totals.dead_letters, text));
	printf("%s\n", s->totals.dead_letters > 0 ? " \xe2\x9a\xa0" : "");
}

static void print_webhooks(const struct survey *s)
{
	if (s->n_webhooks_failing + s->n_webhooks_disabled > 0)
		printf("webhooks: %lld do not take what is sent, %lld are disabled (daybook webhook list) \xe2\x9a\xa0\n",
		       (long long)s->n_webhooks_failing, (long long)s->n_webhooks_disabled);
}

static const char *mark_of(const struct surveyed *c)
{
	if (c->health.is_bad)
		return "\xe2\x96\xb2";		/* ▲ */
	switch (instance_state_find(str_from(c->health.state))) {
	case INSTANCE_LIVE:
	case INSTANCE_WAITING:
	case INSTANCE_SYNCING:
		return "\xe2\x97\x8f";	/* ● */
	default:
		return "\xe2\x97\x8b";	/* ○ */
	}
}

static void put_state(struct table *t, const struct surveyed *c)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s", mark_of(c), c->health.state);
	table_str(t, str_from(text));
	if (c->health.is_bad)
		table_color(t, "yellow");
	else if (mark_of(c)[2] == '\x8f')
		table_color(t, "green");
}

static void put_span(struct table *t, int64_t span_us, const char *after)
{
	char span[HUMAN_SIZE], text[2 * HUMAN_SIZE];

	snprintf(text, sizeof(text), "%s%s", human_span(span_us, span), after);
	table_str(t, span_us < 0 ? STR("-") : str_from(text));
}

/* "0 of 3,120": of what the server listed at the last comparison, so many are not here. */
static void put_missing(struct table *t, const struct surveyed *c)
{
	char missing[HUMAN_SIZE], listed[HUMAN_SIZE], text[2 * HUMAN_SIZE + 8];

	if (c->compared.n_folders == 0 || c->compared.checked_us == 0) {
		table_str(t, STR("-"));
		return;
	}
	snprintf(text, sizeof(text), "%s of %s", human_count(c->compared.missing, missing),
		 human_count(c->compared.listed, listed));
	table_str(t, str_from(text));
	if (c->compared.missing > 0)
		table_color(t, "red");
}

static void put_note(struct table *t, const struct surveyed *c)
{
	char text[160];

	if (c->health.note[0] != '\0' || c->row.by_outcome[OUTCOME_DEAD] == 0) {
		table_str(t, str_from(c->health.note));
		return;
	}
	snprintf(text, sizeof(text), "daybook dead-letters --connector %s", c->conf->name);
	table_str(t, str_from(text));
}

static void print_table(const struct survey *s)
{
	static const char *const heads[] = { "CONNECTOR", "TYPE", "STATE", ">LAST MESSAGE", ">LAG", ">24 H",
					     ">SKIPPED", ">FAILED", ">MISSING", "~NOTE", NULL };
	struct table *t = table_create(heads);

	for (size_t i = 0; i < s->n_connectors; i++) {
		const struct surveyed *c = &s->connectors[i];
		int64_t last = c->row.last_message_us;

		table_row(t);
		table_str(t, str_from(c->conf->name));
		table_str(t, str_from(c->conf->type->name));
		put_state(t, c);
		put_span(t, last == 0 ? -1 : s->now_us > last ? s->now_us - last : 0, " ago");
		put_span(t, c->health.lag_us, "");
		table_int(t, c->day[OUTCOME_STORED]);
		table_int(t, c->day[OUTCOME_FILTERED]);
		table_int(t, c->day[OUTCOME_DEAD]);
		put_missing(t, c);
		put_note(t, c);
	}
	table_print(t);
	table_destroy(t);
}

static int show_once(struct cli *cli, bool is_first)
{
	struct survey s;
	int code = survey_take(&s, cli);

	if (code == CLI_OK && cli->as_json) {
		survey_folders(&s, cli);
		print_json(&s);
	} else if (code == CLI_OK) {
		if (cli_flag(cli, "--watch") && cli_is_terminal())
			fputs("\033[H\033[2J", stdout);
		else if (!is_first)
			putchar('\n');
		print_head(&s);
		print_table(&s);
		print_webhooks(&s);
	}
	survey_finish(&s);
	return code;
}

int cmd_status(struct cli *cli)
{
	const struct timespec pause = { .tv_sec = WATCH_S };
	int code = show_once(cli, true);

	while (cli_flag(cli, "--watch") && code == CLI_OK && fflush(stdout) == 0) {
		nanosleep(&pause, NULL);
		code = show_once(cli, false);
	}
	return code;
}
