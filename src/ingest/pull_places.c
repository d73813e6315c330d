/* The places that a pull shares with others: a session of its account, a connection that is being made to its server, and
 * one of those that read old mail. */
#include "ingest/ingest.h"
#include "ingest/pull_inside.h"

/* A place that it waited for is its own. */
static void on_turn(void *arg)
{
	pull_run_later(arg, 0);
}

void pull_want_in(struct pull *pull)
{
	pull->account = pull->connect = pull->backfill = (struct ticket){ .call = on_turn, .arg = pull };
}

static void on_connected(void *arg)
{
	struct pull *pull = arg;

	ticket_give_back(&pull->connect);
}

/* Worker. */
void pull_connected(void *arg)
{
	struct pull *pull = arg;

	ingest_call_loop(pull->inst->ingest, on_connected, pull);
}

static void tell_account_is_full(struct pull *pull)
{
	struct err why;

	err_setf(&why, ERR_AGAIN, "waits for one of %zu sessions that its account has open (ingest.account_sessions)",
		 pull->account.at->n_inside);
	instance_set_state(pull->inst, INSTANCE_WAITING, &why);
}

/* A run that would make a connection waits for its turn; a session that is open has had it. */
bool pull_may_begin(struct pull *pull)
{
	const struct source *source = pull->inst->source;
	struct caps *caps = ingest_caps(pull->inst->ingest);
	struct str host, user;

	if (source->type->account == NULL || (sync_is_open(pull->sync) && !pull->is_stale))
		return true;
	source->type->account(source->conf, &host, &user);
	if (!turnstile_enter(caps_account(caps, host, user), &pull->account)) {
		tell_account_is_full(pull);
		return false;
	}
	return turnstile_enter(caps_host(caps, host), &pull->connect);
}

/* Others of its account wait, and would for as long as it is parked. */
bool pull_must_share(const struct pull *pull)
{
	return sync_is_open(pull->sync) && pull->account.is_inside && pull->account.at->n_waiting > 0;
}

/* A backlog that was told of waits for its turn; one that is not known yet takes what is free. */
bool pull_may_backfill(struct pull *pull)
{
	struct turnstile *t = caps_backfill(ingest_caps(pull->inst->ingest));

	if (pull->inst->pull_state.backlog_left > 0)
		return turnstile_enter(t, &pull->backfill);
	return turnstile_try(t, &pull->backfill);
}

void pull_give_back_all(struct pull *pull)
{
	ticket_give_back(&pull->connect);
	ticket_give_back(&pull->backfill);
	ticket_give_back(&pull->account);
}

void pull_give_turns_back(struct pull *pull)
{
	ticket_give_back(&pull->connect);
	if (pull->backfill.is_inside)	/* a place in the line is kept */
		ticket_give_back(&pull->backfill);
	if (!sync_is_open(pull->sync))
		ticket_give_back(&pull->account);
}
