/* The daemon, its connectors, and what waits for somebody. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/doctor.h"
#include "cli/human.h"
#include "ingest/instance_state.h"
#include "net/tls_server.h"

enum { MAX_SEARCH_LAG = 5000, RENEW_DAYS = 14 };

#define DAY_US (86400 * US_PER_S)

static void look_at_daemon(struct doctor *d)
{
	const struct ping *ping = &d->survey.ping;
	char span[HUMAN_SIZE];

	switch (ping->state) {
	case DAEMON_DOWN:
		doctor_say(d, FINDING_WRONG, "daemon", "systemctl start daybookd, or daybookd -c FILE",
			   "it is not running: nothing comes in");
		return;
	case DAEMON_STUCK:
		doctor_say(d, FINDING_WRONG, "daemon", "journalctl -u daybookd; systemctl restart daybookd",
			   "it does not answer on %s", d->cli->config->http.control);
		return;
	case DAEMON_UNKNOWN:
		doctor_say(d, FINDING_WARNING, "daemon", "run it as root or as the daemon's user",
			   "you may not ask it (%s)", d->cli->config->http.control);
		return;
	case DAEMON_RUNNING:
		break;
	}
	if (strcmp(ping->version, DAYBOOK_VERSION) != 0)
		doctor_say(d, FINDING_WARNING, "daemon", "systemctl restart daybookd",
			   "it is version %s, and this program %s", ping->version, DAYBOOK_VERSION);
	else
		doctor_say(d, FINDING_OK, "daemon", NULL, "version %s, up %s", ping->version,
			   human_span(ping->uptime_s * US_PER_S, span));
}

static void look_at_reload(struct doctor *d)
{
	const struct ping *ping = &d->survey.ping;
	char at[HUMAN_SIZE];

	if (ping->state != DAEMON_RUNNING)
		return;
	human_time(ping->last_reload_us, at);
	if (!ping->was_reload_good)
		doctor_say(d, FINDING_WRONG, "reload", "daybook config check, then daybook reload",
			   "the last one (%s) was refused: an older configuration runs", at);
	else
		doctor_say(d, FINDING_OK, "reload", NULL, "configuration of %s", at);
}

static void look_at_connector(struct doctor *d, const struct surveyed *c)
{
	const char *cure = "daybook reload, or systemctl restart daybookd";

	if (c->health.is_silent)
		cure = "is it still sent? daybook connectors shows the address; else set its freshness higher";
	else if (instance_state_find(c->row.state) == INSTANCE_NEEDS_LOGIN)
		cure = "run that command; nothing is read until somebody has logged in, and nothing is lost";
	else if (instance_state_find(c->row.state) == INSTANCE_THROTTLED)
		cure = "it goes on by itself then, and nothing is lost; who reads the account besides? a lower backfill_budget "
		       "and a reload try it at once";
	else if (c->health.is_stale)
		cure = "journalctl -u daybookd says what its server does; daybook connector test tries it";
	else if (c->row.error.len > 0)
		cure = "mend what the text says, then daybook reload; journalctl -u daybookd has more";
	doctor_say(d, FINDING_WRONG, "connector", cure, "%s: %s%s%s", c->conf->name, c->health.state,
		   c->health.note[0] ? ": " : "", c->health.note);
}

static void look_at_connectors(struct doctor *d)
{
	const struct survey *s = &d->survey;
	size_t n_bad = 0;

	for (size_t i = 0; i < s->n_connectors; i++) {
		if (!s->connectors[i].health.is_bad)
			continue;
		n_bad++;
		look_at_connector(d, &s->connectors[i]);
	}
	if (s->n_connectors == 0)
		doctor_say(d, FINDING_WARNING, "connectors", "daybook config explain connector",
			   "none is configured: nothing comes in");
	else if (n_bad == 0)
		doctor_say(d, FINDING_OK, "connectors", NULL, "%zu, none with an error or silent for too long",
			   s->n_connectors);
}

static void look_at_address(struct doctor *d)
{
	const struct config *config = d->cli->config;
	bool is_pushed = false;

	for (size_t i = 0; i < config->n_connectors; i++)
		is_pushed |= config->connectors[i].type->routes != NULL && config->connectors[i].host.enabled;
	if (!is_pushed)
		return;
	if (config->http.public_url == NULL)
		doctor_say(d, FINDING_WARNING, "public address", "set http.public_url to what the proxy in front serves",
			   "providers push to an address that Daybook does not know");
	else if (strncmp(config->http.public_url, "https://", 8) != 0)
		doctor_say(d, FINDING_WARNING, "public address", "put a proxy with TLS in front, or set http.tls (docs/operations.md)",
			   "%s is not https: most providers refuse it", config->http.public_url);
	else
		doctor_say(d, FINDING_OK, "public address", NULL, "%s", config->http.public_url);
}

static void look_at_certificate(struct doctor *d)
{
	const char *file = d->cli->config->http.tls.certificate;
	int64_t now_us = clock_wall_us(), ends_us;
	char at[HUMAN_SIZE];
	struct err err;

	if (file == NULL)
		return;
	ends_us = tls_certificate_ends_us(file, &err);
	if (ends_us == 0) {
		doctor_say(d, FINDING_WRONG, "certificate", "write it anew (http.tls.certificate), then daybook reload", "%s", err.msg);
		return;
	}
	human_time(ends_us, at);
	if (ends_us <= now_us)
		doctor_say(d, FINDING_WRONG, "certificate", "renew it, then daybook reload", "%s ended %s: clients refuse it", file, at);
	else if (ends_us - now_us < RENEW_DAYS * DAY_US)
		doctor_say(d, FINDING_WARNING, "certificate", "renew it, then daybook reload", "%s ends %s", file, at);
	else
		doctor_say(d, FINDING_OK, "certificate", NULL, "until %s", at);
}

static void look_at_what_waits(struct doctor *d)
{
	const struct survey *s = &d->survey;
	char n[HUMAN_SIZE];

	if (!s->has_store)
		return;
	if (s->totals.dead_letters > 0)
		doctor_say(d, FINDING_WARNING, "dead letters", "daybook dead-letters; then dead-letter retry or drop",
			   "%s could not be read", human_count(s->totals.dead_letters, n));
	else
		doctor_say(d, FINDING_OK, "dead letters", NULL, "none");
	if (s->pending > 0)
		doctor_say(d, FINDING_WARNING, "pending", "they are tried again by themselves; journalctl -u daybookd says why",
			   "%s are accepted and not read yet", human_count(s->pending, n));
	else
		doctor_say(d, FINDING_OK, "pending", NULL, "nothing waits to be read");
	if (s->totals.search_lag > MAX_SEARCH_LAG)
		doctor_say(d, FINDING_WARNING, "search", "it catches up while daybookd runs",
			   "%s entries are not found yet", human_count(s->totals.search_lag, n));
	else
		doctor_say(d, FINDING_OK, "search", NULL, "everything is found");
	if (s->totals.review > 0)
		doctor_say(d, FINDING_OK, "review", NULL, "%s to decide: daybook review",
			   human_count(s->totals.review, n));
}

void doctor_check_daemon(struct doctor *d)
{
	if (survey_take(&d->survey, d->cli) != CLI_OK && d->store != NULL)
		doctor_say(d, FINDING_WRONG, "store", "daybook doctor --deep", "it cannot be read");
	look_at_daemon(d);
	look_at_reload(d);
	look_at_connectors(d);
	look_at_address(d);
	look_at_certificate(d);
	look_at_what_waits(d);
}
