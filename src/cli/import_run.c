#include "cli/import_run.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/import_send.h"
#include "cli/import_screen.h"

enum {
	WINDOW = 512,			/* read and not yet answered in order */
	MAX_FLYING = 48,
	MAX_FLYING_BYTES = 24 << 20,	/* less than the daemon lets wait for its store */
	MARK_EVERY = 200,
	WAIT_MS = 100,			/* how late a Ctrl-C may be noticed */
	FIRST_REST_US = 50000, LONGEST_REST_US = 30000000,
	PROBE_US = 250000,		/* how often a daemon that is gone is looked for */
	GONE_US = 30000000, REFUSED_US = 60000000, FINISH_US = 20000000,
	MAX_MARK = 64 << 10,
};

#define GO_ON "run the same command again: it goes on where it stopped"

struct entry {
	struct import_mail mail;
	enum { ENTRY_WAITING, ENTRY_FLYING, ENTRY_DONE } state;
};

struct sender {
	struct import_run *run;
	struct import_send *post;
	struct entry *window;		/* a ring; serial % WINDOW */
	uint64_t first, next;		/* the oldest without an answer; the one to be read */
	size_t n_waiting, n_flying, flying_bytes, allowed;
	int64_t rest_until_us;		/* nothing is sent before; 0: no rest */
	unsigned n_refusals;		/* in a row */
	bool is_read_out, is_stopping;
	int64_t stop_by_us;

	char *mark;			/* behind the newest of an unbroken row of answers */
	uint64_t marked;		/* up to where the daemon was told */
	bool is_mark_flying;

	bool was_there;			/* the daemon has answered */
	int64_t gone_us, refused_us;	/* since when; 0: it is not */
	char refusal[300];
	int code;
};

static volatile sig_atomic_t n_signals;

static void on_signal(int signo)
{
	(void)signo;
	n_signals++;
}

void import_catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool import_is_stopped(void)
{
	return n_signals > 0;
}

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
	if (s->was_there)
		stop(s, cli_failf(CLI_NO_DAEMON, GO_ON, "daybookd has been gone for %d s (nobody at %s)",
				  GONE_US / 1000000, socket));
	else
		stop(s, cli_failf(CLI_NO_DAEMON, "start it: systemctl start daybookd, or daybookd -c FILE",
				  "daybookd is not running (nobody at %s)", socket));
	s->stop_by_us = 0;
}

static void look_at_the_clock(struct sender *s)
{
	int64_t now = clock_mono_us();

	if (import_is_stopped() && !s->is_stopping)
		stop(s, CLI_FAILED);
	if (s->gone_us != 0 && (!s->was_there || now - s->gone_us > GONE_US))
		stop_gone(s);
	if (s->refused_us != 0 && now - s->refused_us > REFUSED_US && !s->is_stopping) {
		import_screen_clear(s->run->screen);
		stop(s, cli_failf(CLI_AGAIN, GO_ON, "daybookd takes nothing: %s", s->refusal));
	}
}

/* ---- from the reader to the daemon ---- */

static struct entry *entry_at(struct sender *s, uint64_t serial)
{
	return &s->window[serial % WINDOW];
}

/* Moves the beginning of the window over all that is done. */
static void advance(struct sender *s)
{
	while (s->first < s->next && entry_at(s, s->first)->state == ENTRY_DONE) {
		struct entry *e = entry_at(s, s->first++);

		free(s->mark);
		s->mark = e->mail.mark;
		e->mail.mark = NULL;
		import_mail_clear(&e->mail);
	}
}

static void finish_entry(struct sender *s, struct entry *e)
{
	e->state = ENTRY_DONE;
	free(e->mail.bytes);
	e->mail.bytes = NULL;
	advance(s);
}

static void note_unreadable(struct sender *s, struct entry *e)
{
	s->run->count->failed_to_read++;
	import_screen_problem(s->run->screen, e->mail.origin, str_from(e->mail.problem.msg));
	s->n_waiting--;
	finish_entry(s, e);
}

/* False when there is nothing more to read now. */
static bool read_one(struct sender *s)
{
	struct entry *e = entry_at(s, s->next);
	struct err err;

	if (s->is_read_out || s->is_stopping || s->next - s->first == WINDOW)
		return false;
	*e = (struct entry){ .state = ENTRY_WAITING };
	switch (s->run->reader->next(s->run->reader, &e->mail, &err)) {
	case IMPORT_MAIL:
		s->next++;
		s->n_waiting++;
		s->run->count->read++;
		if (e->mail.problem.kind != ERR_NONE)
			note_unreadable(s, e);
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

static struct entry *find_waiting(struct sender *s)
{
	for (uint64_t i = s->first; s->n_waiting > 0 && i < s->next; i++)
		if (entry_at(s, i)->state == ENTRY_WAITING)
			return entry_at(s, i);
	return NULL;
}

static bool has_room(const struct sender *s, const struct entry *e)
{
	return s->n_flying == 0 ||
	       (s->n_flying < s->allowed && s->flying_bytes + e->mail.n_bytes <= MAX_FLYING_BYTES);
}

static void launch(struct sender *s)
{
	struct entry *e;

	if (clock_mono_us() < s->rest_until_us)
		return;
	while (!s->is_stopping && s->n_flying < s->allowed) {
		e = find_waiting(s);
		if (e == NULL && read_one(s))
			continue;
		if (e == NULL || !has_room(s, e))
			break;
		e->state = ENTRY_FLYING;
		s->n_waiting--;
		s->n_flying++;
		s->flying_bytes += e->mail.n_bytes;
		import_send_mail(s->post, &e->mail, e);
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
	s->marked = s->first;
}

static void mark_now_and_then(struct sender *s)
{
	if (s->run->key != NULL && s->mark != NULL && !s->is_mark_flying && !s->is_stopping &&
	    s->first - s->marked >= MARK_EVERY)
		post_mark(s, s->mark);
}

/* ---- answers ---- */

static void note_outcome(struct sender *s, struct entry *e, struct json_object *reply)
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
static void note_refused(struct sender *s, struct entry *e, struct json_object *reply, long status)
{
	struct str why = json_str(reply, "error");

	s->run->count->failed_to_read++;
	import_screen_problem(s->run->screen, e->mail.origin,
			      why.len > 0 ? why : status == 413 ? STR("too large for daybookd") : STR("refused"));
}

/* It goes back into the row, and nothing is sent for a while. */
static void wait_again(struct sender *s, struct entry *e, int64_t rest_us)
{
	e->state = ENTRY_WAITING;
	s->n_waiting++;
	s->rest_until_us = clock_mono_us() + rest_us;
}

/* Half as many at a time, after a rest that doubles; what succeeds brings one more back. */
static void back_off(struct sender *s, struct entry *e, struct json_object *reply,
		     const struct import_answer *answer)
{
	int64_t rest = FIRST_REST_US << (s->n_refusals < 6 ? s->n_refusals : 6);

	if (answer->retry_after_s > 0)
		rest = answer->retry_after_s * US_PER_S;
	s->n_refusals++;
	s->allowed = s->allowed > 1 ? s->allowed / 2 : 1;
	if (s->refused_us == 0)
		s->refused_us = clock_mono_us();
	snprintf(s->refusal, sizeof(s->refusal), STR_FMT, STR_ARG(json_str(reply, "error")));
	wait_again(s, e, rest < LONGEST_REST_US ? rest : LONGEST_REST_US);
}

static void stop_refused(struct sender *s, struct json_object *reply, const struct import_answer *answer)
{
	struct str why = json_str(reply, "error");

	if (why.len == 0)
		why = str_trim(answer->text);
	import_screen_clear(s->run->screen);
	stop(s, cli_failf(answer->status == 403 ? CLI_DENIED : CLI_FAILED, NULL, STR_FMT, STR_ARG(why)));
}

static void on_answer(struct sender *s, struct entry *e, const struct import_answer *answer)
{
	struct err err;
	auto_json struct json_object *reply = answer->text.len > 0
						     ? json_parse(answer->text, 4, 1000, &err) : NULL;

	switch (answer->status) {
	case 200:
		note_outcome(s, e, reply);
		s->refused_us = 0;
		s->n_refusals = 0;
		s->allowed += s->allowed < MAX_FLYING;
		finish_entry(s, e);
		break;
	case 413:
	case 422:
		note_refused(s, e, reply, answer->status);
		finish_entry(s, e);
		break;
	case 429:
	case 503:
		back_off(s, e, reply, answer);
		break;
	default:
		stop_refused(s, reply, answer);
		wait_again(s, e, 0);
	}
}

static void on_lost(struct sender *s, struct entry *e)
{
	if (s->gone_us == 0)
		s->gone_us = clock_mono_us();
	s->allowed = 1;
	wait_again(s, e, PROBE_US);
}

static void take_answers(struct sender *s, int wait_ms)
{
	struct import_answer answer;

	while (import_send_next(s->post, wait_ms, &answer)) {
		struct entry *e = answer.tag;

		wait_ms = 0;
		if (!answer.is_lost) {
			s->gone_us = 0;
			s->was_there = true;
		}
		if (e == NULL) {
			s->is_mark_flying = false;
			continue;
		}
		s->n_flying--;
		s->flying_bytes -= e->mail.n_bytes;
		if (answer.is_lost)
			on_lost(s, e);
		else
			on_answer(s, e, &answer);
	}
}

/* ---- the whole ---- */

static bool is_over(const struct sender *s)
{
	if (s->is_stopping)
		return s->n_flying == 0 || clock_mono_us() > s->stop_by_us;
	return s->is_read_out && s->first == s->next;
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
	if (s->run->key == NULL || s->gone_us != 0)
		return;
	if (!s->is_stopping) {
		if (s->marked > 0 || s->run->has_mark)
			leave_mark(s, "");
	} else if (s->mark != NULL && s->first > s->marked) {
		leave_mark(s, s->mark);
	}
}

static void clear_window(struct sender *s)
{
	for (; s->first < s->next; s->first++)
		import_mail_clear(&entry_at(s, s->first)->mail);
	free(s->window);
	free(s->mark);
}

int import_run(struct import_run *run)
{
	struct sender s = { .run = run, .allowed = MAX_FLYING };

	s.window = xcalloc(WINDOW, sizeof(*s.window));
	s.post = import_send_create(run->cli->config->http.control, MAX_FLYING + 1);
	while (!is_over(&s)) {
		launch(&s);
		mark_now_and_then(&s);
		take_answers(&s, s.n_flying > 0 || s.n_waiting > 0 ? WAIT_MS : 0);
		look_at_the_clock(&s);
		import_screen_progress(run->screen, run->reader, run->count);
	}
	finish(&s);
	import_send_destroy(s.post);
	clear_window(&s);
	return s.code;
}
