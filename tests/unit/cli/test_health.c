/* A connector's state as a person should see it. */
#include <stdio.h>
#include <string.h>

#include "../check_main.h"
#include "base/clock.h"
#include "cli/health.h"
#include "cli/human.h"
#include "ingest/instance_state.h"

#define HOUR_US (INT64_C(3600) * US_PER_S)

static const struct route routes[] = { { .method = "POST" }, { 0 } };
static const struct connector push = { .name = "form", .routes = routes }, pull = { .name = "imap" };
static const int64_t now_us = INT64_C(1789398000) * US_PER_S;
static struct config_connector conf;
static struct ledger_row row;
static struct health_facts facts;
static struct health h;

static void given(const struct connector *type, const char *state)
{
	conf = (struct config_connector){ .name = "c", .type = type, .host = { .enabled = true } };
	row = (struct ledger_row){ .state = str_from(state), .last_message_us = now_us - 2 * HOUR_US,
				   .last_success_us = now_us - 5 * US_PER_S,
				   .state_since_us = now_us - 9 * HOUR_US };
	facts = (struct health_facts){ .now_us = now_us, .is_running = true, .has_store = true,
				       .started_us = now_us - 10 * HOUR_US };
}

START_TEST(a_pull_knows_as_much_as_its_last_good_turn)
{
	given(&pull, "waiting");
	health_look(&h, &conf, &row, &facts);
	ck_assert_str_eq(h.state, "waiting");
	ck_assert(!h.is_bad);
	ck_assert_int_eq(h.lag_us, 5 * US_PER_S);
	row.last_success_us = 0;
	health_look(&h, &conf, &row, &facts);
	ck_assert_int_eq(h.lag_us, -1);
}
END_TEST

START_TEST(a_push_is_told_at_once_while_the_daemon_runs)
{
	given(&push, "live");
	health_look(&h, &conf, &row, &facts);
	ck_assert_str_eq(h.state, "live");
	ck_assert_int_eq(h.lag_us, 0);
}
END_TEST

START_TEST(silence_beyond_the_freshness_is_an_alarm)
{
	given(&push, "live");
	conf.host.freshness = HOUR_US;
	health_look(&h, &conf, &row, &facts);
	ck_assert_str_eq(h.state, "silent");
	ck_assert(h.is_bad && h.is_silent);
	ck_assert_str_eq(h.note, "nothing for 2 h, its freshness is 1 h");
	conf.host.freshness = 3 * HOUR_US;
	health_look(&h, &conf, &row, &facts);
	ck_assert(!h.is_silent);
}
END_TEST

START_TEST(what_never_got_anything_is_silent_since_it_listens)
{
	given(&push, "live");
	conf.host.freshness = 8 * HOUR_US;
	row.last_message_us = 0;
	health_look(&h, &conf, &row, &facts);
	ck_assert(h.is_silent);		/* listening for nine hours */
	given(&pull, "live");
	conf.host.freshness = 11 * HOUR_US;
	row.last_message_us = 0;
	health_look(&h, &conf, &row, &facts);
	ck_assert(!h.is_silent);	/* running for ten */
}
END_TEST

START_TEST(an_error_is_shown_and_outweighs_silence)
{
	given(&pull, "retrying");
	conf.host.freshness = HOUR_US;
	row.error = STR("login refused");
	health_look(&h, &conf, &row, &facts);
	ck_assert_str_eq(h.state, "retrying");
	ck_assert_str_eq(h.note, "login refused");
	ck_assert(h.is_bad && !h.is_silent);
}
END_TEST

START_TEST(a_daemon_that_is_down_makes_nothing_live)
{
	given(&push, "live");
	conf.host.freshness = HOUR_US;
	facts.is_running = false;
	facts.is_down = true;
	health_look(&h, &conf, &row, &facts);
	ck_assert_str_eq(h.state, "down");
	ck_assert(!h.is_silent);
	ck_assert_int_eq(h.lag_us, -1);
	facts.is_down = false;
	conf.host.freshness = 0;
	health_look(&h, &conf, &row, &facts);
	ck_assert_str_eq(h.state, "unknown");
}
END_TEST

START_TEST(what_the_store_does_not_know_was_not_loaded)
{
	given(&push, "live");
	health_look(&h, &conf, NULL, &facts);
	ck_assert_str_eq(h.state, "not loaded");
	ck_assert(h.is_bad);
	ck_assert_str_eq(h.note, "new in the configuration: daybook reload");
	facts.has_store = false;
	health_look(&h, &conf, NULL, &facts);
	ck_assert_str_eq(h.state, "unknown");
	ck_assert(!h.is_bad);
}
END_TEST

START_TEST(every_state_that_the_daemon_notes_is_shown_as_it_is)
{
	for (enum instance_state state = INSTANCE_NEW; state < INSTANCE_UNKNOWN; state++) {
		given(&push, instance_state_name(state));
		health_look(&h, &conf, &row, &facts);
		ck_assert_str_eq(h.state, instance_state_name(state));
	}
	given(&push, "dreaming");	/* of another version */
	health_look(&h, &conf, &row, &facts);
	ck_assert_str_eq(h.state, "unknown");
}
END_TEST

START_TEST(what_is_switched_off_is_off)
{
	given(&pull, "retrying");
	row.error = STR("login refused");
	conf.host.enabled = false;
	health_look(&h, &conf, &row, &facts);
	ck_assert_str_eq(h.state, "off");
	ck_assert(!h.is_bad);
}
END_TEST

START_TEST(mail_that_the_server_has_and_we_lack_is_bad)
{
	struct compared c = { 0 };

	given(&pull, "live");
	health_look(&h, &conf, &row, &facts);
	compared_add(&c, &(struct reconcile_row){ .checked_us = 9, .listed = 4, .healed = 2 });
	compared_add(&c, &(struct reconcile_row){ .checked_us = 7, .listed = 6, .vanished = 1 });
	ck_assert_int_eq(c.checked_us, 7);
	ck_assert_int_eq(c.listed, 10);
	health_compare(&h, &conf, &c);
	ck_assert(!h.is_bad);
	compared_add(&c, &(struct reconcile_row){ .checked_us = 8, .error = STR("refused") });
	health_compare(&h, &conf, &c);
	ck_assert(h.is_bad);
	ck_assert_str_eq(h.note, "a folder could not be compared with the server: daybook reconcile c");
	compared_add(&c, &(struct reconcile_row){ .checked_us = 8, .listed = 1, .missing = 1 });
	health_look(&h, &conf, &row, &facts);
	health_compare(&h, &conf, &c);
	ck_assert(h.is_bad);
	ck_assert_str_eq(h.note, "1 mail of its server missing here: daybook reconcile c");
	conf.host.enabled = false;
	health_look(&h, &conf, &row, &facts);
	health_compare(&h, &conf, &c);
	ck_assert(!h.is_bad);
}
END_TEST

START_TEST(a_mailbox_that_was_not_looked_at_for_too_long_is_stale_however_much_old_mail_comes)
{
	struct pull_state state = { .backlog_left = 75600, .backlog_of = 88000 };

	given(&pull, "live");
	conf.host.every = 300 * US_PER_S;
	health_look(&h, &conf, &row, &facts);
	health_pull(&h, &conf, &row, &state, &facts);
	ck_assert(!h.is_bad && !h.is_stale);
	ck_assert_str_eq(h.note, "backfill: 12,400 of 88,000 mails");
	row.last_success_us = now_us - 2 * HOUR_US;
	health_look(&h, &conf, &row, &facts);
	health_pull(&h, &conf, &row, &state, &facts);
	ck_assert(h.is_bad && h.is_stale);
	ck_assert_str_eq(h.note, "its folders were last looked at 2 h ago");
	/* One that is to be looked at once in four hours. */
	conf.host.every = 4 * HOUR_US;
	health_look(&h, &conf, &row, &facts);
	health_pull(&h, &conf, &row, &state, &facts);
	ck_assert(!h.is_bad);
	/* Nothing was looked at before the daemon was there. */
	conf.host.every = 300 * US_PER_S;
	facts.started_us = now_us - HOUR_US / 2;
	health_look(&h, &conf, &row, &facts);
	health_pull(&h, &conf, &row, &state, &facts);
	ck_assert(!h.is_bad);
}
END_TEST

START_TEST(what_a_server_said_stands_behind_the_time_until_which_it_is_left_alone)
{
	struct pull_state state = { .throttled_until_us = now_us + HOUR_US, .backlog_left = 5, .backlog_of = 9 };
	char want[200], at[HUMAN_SIZE];

	given(&pull, "throttled");
	row.error = STR("LOGIN: the server said: BYE [OVERQUOTA] enough");
	health_look(&h, &conf, &row, &facts);
	health_pull(&h, &conf, &row, &state, &facts);
	snprintf(want, sizeof(want), "throttled until %s: LOGIN: the server said: BYE [OVERQUOTA] enough",
		 human_hour(state.throttled_until_us, at));
	ck_assert_str_eq(h.note, want);
	ck_assert(h.is_bad);
}
END_TEST

RUN("cli/health", a_mailbox_that_was_not_looked_at_for_too_long_is_stale_however_much_old_mail_comes,
    what_a_server_said_stands_behind_the_time_until_which_it_is_left_alone, mail_that_the_server_has_and_we_lack_is_bad, a_pull_knows_as_much_as_its_last_good_turn, a_push_is_told_at_once_while_the_daemon_runs,
    silence_beyond_the_freshness_is_an_alarm, what_never_got_anything_is_silent_since_it_listens,
    an_error_is_shown_and_outweighs_silence, a_daemon_that_is_down_makes_nothing_live,
    what_the_store_does_not_know_was_not_loaded, every_state_that_the_daemon_notes_is_shown_as_it_is,
    what_is_switched_off_is_off)
