#include "cli/import_patience.h"

#include <stdio.h>

#include "base/clock.h"

enum {
	FIRST_REST_US = 50000, LONGEST_REST_US = 30000000,
	MAX_DOUBLINGS = 6,
	PROBE_US = 250000,		/* how often a daemon that is gone is looked for */
};

void import_patience_init(struct import_patience *p)
{
	*p = (struct import_patience){ .allowed = IMPORT_MAX_FLYING };
}

void import_patience_answered(struct import_patience *p)
{
	p->gone_us = 0;
	p->was_there = true;
}

void import_patience_taken(struct import_patience *p)
{
	p->refused_us = 0;
	p->n_refusals = 0;
	p->allowed += p->allowed < IMPORT_MAX_FLYING;
}

void import_patience_refused(struct import_patience *p, int64_t retry_after_s, struct str why, int64_t now_us)
{
	int64_t rest = FIRST_REST_US << (p->n_refusals < MAX_DOUBLINGS ? p->n_refusals : MAX_DOUBLINGS);

	if (retry_after_s > 0)
		rest = retry_after_s * US_PER_S;
	p->n_refusals++;
	p->allowed = p->allowed > 1 ? p->allowed / 2 : 1;
	if (p->refused_us == 0)
		p->refused_us = now_us;
	p->rest_until_us = now_us + (rest < LONGEST_REST_US ? rest : LONGEST_REST_US);
	snprintf(p->refusal, sizeof(p->refusal), STR_FMT, STR_ARG(why));
}

void import_patience_lost(struct import_patience *p, int64_t now_us)
{
	if (p->gone_us == 0)
		p->gone_us = now_us;
	p->allowed = 1;
	p->rest_until_us = now_us + PROBE_US;
}

enum import_verdict import_patience_verdict(const struct import_patience *p, int64_t now_us)
{
	if (p->gone_us != 0 && !p->was_there)
		return IMPORT_NEVER_THERE;
	if (p->gone_us != 0 && now_us - p->gone_us > IMPORT_GONE_S * US_PER_S)
		return IMPORT_GONE_TOO_LONG;
	if (p->refused_us != 0 && now_us - p->refused_us > IMPORT_REFUSED_S * US_PER_S)
		return IMPORT_REFUSED_TOO_LONG;
	return IMPORT_GO_ON;
}
