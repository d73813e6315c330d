/* The logins' part of /metrics: loop thread, nothing here waits for a request that is under way. */
#include "base/mem.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "oauth/keeper.h"
#include "oauth/options.h"
#include "serve/inside.h"

static bool find_facts(struct instance *inst, struct keeper_facts *facts)
{
	const struct connector *type = inst->source->type;

	if (inst->keeper == NULL || !inst->conf->host.enabled || type->oauth(inst->source->conf) == NULL)
		return false;
	keeper_look(inst->keeper, facts);
	return facts->is_known;
}

static double seconds_at(const struct keeper_facts *facts, size_t offset)
{
	return (double)*(const int64_t *)((const char *)facts + offset) / 1e6;
}

static const struct {
	const char *name, *help;
	size_t offset;
} times[] = {
	{ "oauth_token_expires_timestamp_seconds", "When the access token ends.",
	  offsetof(struct keeper_facts, access_until_us) },
	{ "oauth_last_refresh_timestamp_seconds", "When it was last renewed.", offsetof(struct keeper_facts, fetched_us) },
	{ "oauth_login_expires_timestamp_seconds", "When the login itself ends; none where the provider does not say.",
	  offsetof(struct keeper_facts, login_until_us) },
	{ "oauth_refresh_failing_since_timestamp_seconds", "Since when renewing fails; none while it works.",
	  offsetof(struct keeper_facts, failing_since_us) },
};

static void put_times(struct serve *s, struct buf *b)
{
	struct keeper_facts facts;

	for (size_t t = 0; t < countof(times); t++) {
		buf_addf(b, "# HELP daybook_%s %s\n# TYPE daybook_%s gauge\n", times[t].name, times[t].help,
			 times[t].name);
		for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next)
			if (find_facts(i, &facts) && seconds_at(&facts, times[t].offset) > 0)
				buf_addf(b, "daybook_%s{connector=\"%s\"} %.3f\n", times[t].name, i->source->name.ptr,
					 seconds_at(&facts, times[t].offset));
	}
}

static void put_failures(struct serve *s, struct buf *b)
{
	struct keeper_facts facts;

	buf_addf(b, "# HELP daybook_oauth_failures_total Requests for a token that brought none, by why.\n"
		    "# TYPE daybook_oauth_failures_total counter\n");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		if (!find_facts(i, &facts))
			continue;
		for (int v = OAUTH_NETWORK; v <= OAUTH_REFUSED; v++)
			buf_addf(b, "daybook_oauth_failures_total{connector=\"%s\",class=\"%s\"} %llu\n",
				 i->source->name.ptr, oauth_verdict_name((enum oauth_verdict)v),
				 (unsigned long long)facts.failures[v]);
	}
}

void serve_put_oauth(struct serve *s, struct buf *b)
{
	struct keeper_facts facts;

	buf_addf(b, "# HELP daybook_oauth_needs_login 1 while nothing is read until somebody logs in.\n"
		    "# TYPE daybook_oauth_needs_login gauge\n");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next)
		if (find_facts(i, &facts))
			buf_addf(b, "daybook_oauth_needs_login{connector=\"%s\"} %d\n", i->source->name.ptr,
				 facts.needs_login);
	put_times(s, b);
	put_failures(s, b);
}
