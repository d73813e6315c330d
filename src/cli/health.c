#include "cli/health.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/human.h"
#include "ingest/instance_state.h"

enum { STALE_S = 3600 };	/* and two turns more: then nobody can say that it is read */

/* A pull knows as much as its last good turn told; a push is told everything at once. */
static int64_t lag_of(const struct config_connector *conf, const struct ledger_row *row,
		      const struct health_facts *facts)
{
	if (conf->type->routes != NULL)
		return facts->is_running ? 0 : -1;
	if (row->last_success_us == 0)
		return -1;
	return facts->now_us > row->last_success_us ? facts->now_us - row->last_success_us : 0;
}

/* Since when nothing came. Where nothing ever came: since it began to listen. */
static int64_t silent_since(const struct config_connector *conf, const struct ledger_row *row,
			    const struct health_facts *facts)
{
	if (row->last_message_us != 0)
		return row->last_message_us;
	return conf->type->routes != NULL ? row->state_since_us : facts->started_us;
}

static void look_for_silence(struct health *h, const struct config_connector *conf,
			     const struct ledger_row *row, const struct health_facts *facts)
{
	int64_t since = silent_since(conf, row, facts), span = facts->now_us - since;
	char a[HUMAN_SIZE], b[HUMAN_SIZE];

	if (conf->host.freshness == 0 || since == 0 || span <= conf->host.freshness)
		return;
	h->is_silent = h->is_bad = true;
	h->state = "silent";
	snprintf(h->note, sizeof(h->note), "nothing for %s, its freshness is %s", human_span(span, a),
		 human_span(conf->host.freshness, b));
}

/* The store does not know it, or we do not know the store. */
static void look_at_unknown(struct health *h, const struct health_facts *facts)
{
	if (facts->is_down) {
		h->state = "down";
	} else if (!facts->has_store || !facts->is_running) {
		h->state = "unknown";
	} else {
		h->state = "not loaded";
		h->is_bad = true;
		snprintf(h->note, sizeof(h->note), "new in the configuration: daybook reload");
	}
}

void health_look(struct health *h, const struct config_connector *conf, const struct ledger_row *row,
		 const struct health_facts *facts)
{
	enum instance_state state;

	*h = (struct health){ .state = "new", .lag_us = -1 };
	if (!conf->host.enabled) {
		h->state = "off";
		return;
	}
	if (row == NULL) {
		look_at_unknown(h, facts);
		return;
	}
	state = instance_state_find(row->state);
	h->lag_us = lag_of(conf, row, facts);
	h->state = facts->is_running ? instance_state_name(state) : facts->is_down ? "down" : "unknown";
	if (state == INSTANCE_RETRYING || state == INSTANCE_STOPPED ||
	    state == INSTANCE_NEEDS_LOGIN || state == INSTANCE_THROTTLED || row->error.len > 0) {
		h->is_bad = true;
		snprintf(h->note, sizeof(h->note), STR_FMT, STR_ARG(row->error));
	} else if (!facts->is_down) {
		look_for_silence(h, conf, row, facts);
	}
}

/* The note, when nothing worse has it. */
static void say_backlog(struct health *h, const struct pull_state *pull)
{
	char done[HUMAN_SIZE], of[HUMAN_SIZE], at[HUMAN_SIZE] = "";

	if (pull->backlog_left == 0 || h->note[0] != '\0')
		return;
	if (pull->backlog_paused_until_us > 0)
		human_hour(pull->backlog_paused_until_us, at);
	snprintf(h->note, sizeof(h->note), "backfill: %s of %s mails%s%s%s",
		 human_count(pull->backlog_of - pull->backlog_left, done), human_count(pull->backlog_of, of),
		 at[0] ? ", paused until " : "", at, at[0] ? " (budget)" : "");
}

static void look_for_staleness(struct health *h, const struct config_connector *conf, const struct ledger_row *row,
			       const struct health_facts *facts)
{
	int64_t most_us = STALE_S * US_PER_S + 2 * conf->host.every;
	int64_t since_us = row->last_success_us > facts->started_us ? row->last_success_us : facts->started_us;
	char span[HUMAN_SIZE];

	if (!facts->is_running || facts->started_us == 0 || facts->now_us - since_us <= most_us)
		return;
	h->is_stale = h->is_bad = true;
	if (h->note[0] == '\0')
		snprintf(h->note, sizeof(h->note), "its folders were last looked at %s ago",
			 human_span(facts->now_us - (row->last_success_us ? row->last_success_us : since_us), span));
}

void health_pull(struct health *h, const struct config_connector *conf, const struct ledger_row *row,
		 const struct pull_state *pull, const struct health_facts *facts)
{
	char at[HUMAN_SIZE], said[sizeof(h->note)];

	if (!conf->host.enabled || conf->type->routes != NULL)
		return;
	if (instance_state_find(row->state) == INSTANCE_THROTTLED && pull->throttled_until_us > facts->now_us) {
		snprintf(said, sizeof(said), "%s", h->note);
		snprintf(h->note, sizeof(h->note), "throttled until %s: %.500s",
			 human_hour(pull->throttled_until_us, at), said);
	}
	look_for_staleness(h, conf, row, facts);
	say_backlog(h, pull);
}

void compared_add(struct compared *c, const struct reconcile_row *row)
{
	if (c->n_folders++ == 0 || row->checked_us < c->checked_us)
		c->checked_us = row->checked_us;
	c->n_failed += row->error.len > 0;
	c->listed += row->listed;
	c->missing += row->missing;
	c->healed += row->healed;
	c->vanished += row->vanished;
}

void health_compare(struct health *h, const struct config_connector *conf, const struct compared *c)
{
	char n[HUMAN_SIZE];

	if (!conf->host.enabled || (c->missing == 0 && c->n_failed == 0))
		return;
	h->is_bad = true;
	if (h->note[0] != '\0')
		return;
	if (c->missing > 0)
		snprintf(h->note, sizeof(h->note), "%s mail%s of its server missing here: daybook reconcile %s",
			 human_count(c->missing, n), c->missing == 1 ? "" : "s", conf->name);
	else
		snprintf(h->note, sizeof(h->note), "a folder could not be compared with the server: daybook reconcile %s",
			 conf->name);
}
