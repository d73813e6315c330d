#include "cli/import_run.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/import_patience.h"
#include "cli/import_screen.h"
#include "cli/import_send.h"
#include "cli/import_stop.h"
#include "cli/import_window.h"

enum {
	MAX_FLYING_BYTES = 24 << 20,	/* less than the daemon lets wait for its store */
	MARK_EVERY = 200,
	WAIT_MS = 100,			/* how late a Ctrl-C may be noticed */
	FINISH_US = 20000000,
	MAX_MARK = 64 << 10,
};

#define GO_ON "run the same command again: it goes on where it stopped"

struct sender {
	struct import_run *run;
	struct import_send *post;
	struct import_window window;
	struct import_patience patience;
	bool is_read_out, is_stopping;
	int64_t stop_by_us;
	uint64_t marked;		/* up to where the daemon was told */
	bool is_mark_flying;
	int code;
};

/* ---- the end before the end ---- */

/* Nothing new is sent; what is on its way may still be answered. */
static void stop(struct sender *s, int code)
{
	if (s->is_stopping)
		return;
	s->is_stopping = true;
	s->code = code;
	s->stop_by_us = clock_mono_us() + FINISH_US;
}

static void stop_gone(struct sender *s)
{
	const char *socket = s->run->cli->config->http.control;

	import_screen_clear(s->run->screen);
	if (s->patience.was_there)
		stop(s, cli_failf(CLI_NO_DAEMON, GO_ON, "daybookd has been gone for %d s (nobody at %s)",
				  IMPORT_GONE_S, socket));
	else
		stop(s, cli_failf(CLI_NO_DAEMON, "start it: systemctl start daybookd, or daybookd -c FILE",
				  "daybookd is not running (nobody at %s)", socket));
	s->stop_by_us = 0;
}

static void look_at_the_clock(struct sender *s)
{
	if (import_is_stopped())
		stop(s, CLI_FAILED);
	switch (import_patience_verdict(&s->patience, clock_mono_us())) {
	case IMPORT_NEVER_THERE:
	case IMPORT_GONE_TOO_LONG:
		stop_gone(s);
		break;
	case IMPORT_REFUSED_TOO_LONG:
		if (s->is_stopping)
			break;
		import_screen_clear(s->run->screen);
		stop(s, cli_failf(CLI_AGAIN, GO_ON, "daybookd takes nothing: %s", s->patience.refusal));
		break;
	case IMPORT_GO_ON:
		break;
	}
}

/* ---- from the reader to the daemon ---- */

/* Nothing of it is in Daybook, not as a dead letter either. */
static void note_unread(struct sender *s, const struct import_entry *e, struct str why)
{
	struct import_count *count = s->run->count;

	if (count->failed_to_read++ == 0)
		snprintf(count->first_failed, sizeof(count->first_failed), "%s: " STR_FMT, e->mail.origin, STR_ARG(why));
	import_screen_problem(s->run->screen, e->mail.origin, why);
}

/* False when there is nothing more to read now. */
static bool read_one(struct sender *s)
{
	struct import_entry *e = import_window_place(&s->window);
	struct err err;

	if (s->is_read_out || s->is_stopping || e == NULL)
		return false;
	switch (s->run->reader->next(s->run->reader, &e->mail, &err)) {
	case IMPORT_MAIL:
		import_window_add(&s->window);
		s->run->count->read++;
		if (e->mail.problem.kind != ERR_NONE) {
			note_unread(s, e, str_from(e->mail.problem.msg));
			import_window_settle(&s->window, e);
		}
		return true;
	case IMPORT_GONE:
		s->run->count->gone++;
		import_mail_clear(&e->mail);
		return true;
	case IMPORT_FAILED:
		import_screen_clear(s->run->screen);
		stop(s, cli_fail(&err, GO_ON));
		break;
	case IMPORT_END:
		break;
	}
	s->is_read_out = true;
	return false;
}

static bool has_room(const struct import_window *w, const struct import_entry *e)
{
	return w->n_flying == 0 || w->flying_bytes + e->mail.n_bytes <= MAX_FLYING_BYTES;
}

static void launch(struct sender *s)
{
	struct import_window *w = &s->window;
	struct import_entry *e;

	if (clock_mono_us() < s->patience.rest_until_us)
		return;
	while (!s->is_stopping && w->n_flying < s->patience.allowed) {
		e = import_window_waiting(w);
		if (e == NULL && read_one(s))
			continue;
		if (e == NULL || !has_room(w, e))
			break;
		import_window_launch(w, e);
		import_send_mail(s->post, &e->mail, s->run->id, e);
	}
}

/* ---- marks ---- */

static void post_mark(struct sender *s, const char *value)
{
	struct json_writer w;
	struct buf json;

	buf_init(&json, MAX_MARK);
	json_begin(&w, &json);
	json_open(&w, '{');
	json_member(&w, "key", str_from(s->run->key));
	json_member(&w, "value", str_from(value));
	json_close(&w, '}');
	import_send_json(s->post, "/import/mark", buf_str(&json), NULL);
	buf_finish(&json);
	s->is_mark_flying = true;
	s->marked = s->window.first;
}

static void mark_now_and_then(struct sender *s)
{
	if (s->run->key != NULL && s->window.mark != NULL && !s->is_mark_flying && !s->is_stopping &&
	    s->window.first - s->marked >= MARK_EVERY)
		post_mark(s, s->window.mark);
}

/* ---- answers ---- */

static void note_outcome(struct sender *s, struct import_entry *e, struct json_object *reply)
{
	struct import_count *count = s->run->count;
	struct str name = json_str(reply, "outcome");
	enum outcome outcome = OUTCOME_STORED;

	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		if (str_eq(name, str_from(outcome_name((enum outcome)o))))
			outcome = (enum outcome)o;
	count->by_outcome[outcome]++;
	if (outcome == OUTCOME_DEAD)
		import_screen_problem(s->run->screen, e->mail.origin, json_str(reply, "reason"));
	else
		import_screen_mail(s->run->screen, "%-10s %s", outcome_name(outcome), e->mail.origin);
}

/* The daemon has looked at it and will not have it, now or later. */
static void note_refused(struct sender *s, struct import_entry *e, struct json_object *reply, long status)
{
	struct str why = json_str(reply, "error");

	note_unread(s, e, why.len > 0 ? why : status == 413 ? STR("too large for daybookd") : STR("refused"));
}

static void stop_refused(struct sender *s, struct json_object *reply, const struct import_answer *answer)
{
	struct str why = json_str(reply, "error");

	if (why.len == 0)
		why = str_trim(answer->text);
	import_screen_clear(s->run->screen);
	stop(s, cli_failf(answer->status == 403 ? CLI_DENIED : CLI_FAILED, NULL, STR_FMT, STR_ARG(why)));
}

/* What is not settled here goes back into the row. */
static void on_answer(struct sender *s, struct import_entry *e, const struct import_answer *answer)
{
	struct err err;
	auto_json struct json_object *reply = answer->text.len > 0
						     ? json_parse(answer->text, 4, 1000, &err) : NULL;

	switch (answer->status) {
	case 200:
		note_outcome(s, e, reply);
		import_patience_taken(&s->patience);
		import_window_settle(&s->window, e);
		break;
	case 413:
	case 422:
		note_refused(s, e, reply, answer->status);
		import_window_settle(&s->window, e);
		break;
	case 429:
	case 503:
		import_patience_refused(&s->patience, answer->retry_after_s, json_str(reply, "error"),
					clock_mono_us());
		break;
	default:
		stop_refused(s, reply, answer);
	}
}

static void take_answers(struct sender *s, int wait_ms)
{
	struct import_answer answer;

	while (import_send_next(s->post, wait_ms, &answer)) {
		struct import_entry *e = answer.tag;

		wait_ms = 0;
		if (!answer.is_lost)
			import_patience_answered(&s->patience);
		if (e == NULL) {
			s->is_mark_flying = false;
			continue;
		}
		import_window_land(&s->window, e);
		if (answer.is_lost)
			import_patience_lost(&s->patience, clock_mono_us());
		else
			on_answer(s, e, &answer);
	}
}

/* ---- the whole ---- */

static bool is_over(const struct sender *s)
{
	if (s->is_stopping)
		return s->window.n_flying == 0 || clock_mono_us() > s->stop_by_us;
	return s->is_read_out && s->window.first == s->window.next;
}

/* The last mark: where to go on, or empty since there is nothing to go on with. */
static void leave_mark(struct sender *s, const char *value)
{
	int64_t until = clock_mono_us() + 2 * US_PER_S;

	while (s->is_mark_flying && clock_mono_us() < until)
		take_answers(s, WAIT_MS);
	post_mark(s, value);
	while (s->is_mark_flying && clock_mono_us() < until)
		take_answers(s, WAIT_MS);
}

static void finish(struct sender *s)
{
	if (s->run->key == NULL || s->patience.gone_us != 0)
		return;
	if (!s->is_stopping) {
		if (s->marked > 0 || s->run->has_mark)
			leave_mark(s, "");
	} else if (s->window.mark != NULL && s->window.first > s->marked) {
		leave_mark(s, s->window.mark);
	}
}

int import_run(struct import_run *run)
{
	struct sender s = { .run = run };

	import_window_init(&s.window);
	import_patience_init(&s.patience);
	s.post = import_send_create(run->cli->config->http.control, IMPORT_MAX_FLYING + 1);
	while (!is_over(&s)) {
		launch(&s);
		mark_now_and_then(&s);
		take_answers(&s, s.window.n_flying > 0 || s.window.n_waiting > 0 ? WAIT_MS : 0);
		look_at_the_clock(&s);
		import_screen_progress(run->screen, run->reader, run->count);
	}
	finish(&s);
	import_send_destroy(s.post);
	import_window_finish(&s.window);
	return s.code;
}
