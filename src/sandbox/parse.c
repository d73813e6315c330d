#include "sandbox/parse.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "sandbox/exchange.h"
#include "sandbox/jail.h"
#include "sandbox/spawn.h"

struct parser {
	pid_t pid;
	int fd;			/* -1: no process */
	unsigned n_messages;
	int64_t busy_us;	/* wall time at work: at least its CPU time */
	char *buffer;
};

enum counter { MESSAGES, SPAWNS, RECYCLED, LOST_IDLE, GIVEN_UP, N_COUNTERS };

struct parsers {
	struct sandbox *sb;
	struct queue *idle;	/* of struct parser; who pops one owns it */
	struct parser *all;
	size_t n;
	int64_t timeout_us;
	unsigned max_messages;
	atomic_uint_fast64_t serial;
	atomic_uint_fast64_t counts[N_COUNTERS], ends[PARSE_ENDS];
};

/* One message on its way. */
struct task {
	struct exchange_request rq;
	struct interactions *out;
	const struct sandbox_sink *sink;
};

struct parsers *parsers_create(struct sandbox *sb, size_t n, int64_t timeout_us,
			       unsigned max_messages)
{
	struct parsers *ps = xnew(struct parsers);

	ps->sb = sb;
	ps->n = n;
	ps->timeout_us = timeout_us > 0 ? timeout_us : PARSERS_TIMEOUT_US;
	ps->max_messages = max_messages > 0 ? max_messages : PARSERS_MAX_MESSAGES;
	ps->idle = queue_create(n, false);
	ps->all = xcalloc(n, sizeof(*ps->all));
	for (size_t i = 0; i < n; i++) {
		ps->all[i].fd = -1;
		ps->all[i].buffer = xcalloc(1, EXCHANGE_BUFFER);
		queue_push(ps->idle, &ps->all[i]);
	}
	return ps;
}

static void count(struct parsers *ps, enum counter what)
{
	atomic_fetch_add_explicit(&ps->counts[what], 1, memory_order_relaxed);
}

/* ---- one process ---- */

/* Its end, and what the kernel says of it. */
static bool end_parser(struct parsers *ps, struct parser *p, int *status, struct err *err)
{
	bool is_reaped;

	if (p->fd < 0)
		return true;
	is_reaped = sandbox_reap(ps->sb, p->pid, status, err);
	close(p->fd);
	p->fd = -1;
	return is_reaped;
}

static void drop_parser(struct parsers *ps, struct parser *p)
{
	struct err ignored;
	int status;

	end_parser(ps, p, &status, &ignored);
}

/* One that died or spoke while nobody asked is replaced before it can touch a message. */
static bool have_parser(struct parsers *ps, struct parser *p, struct err *err)
{
	if (p->fd >= 0 && !exchange_is_quiet(p->fd)) {
		drop_parser(ps, p);
		count(ps, LOST_IDLE);
	}
	if (p->fd >= 0)
		return true;
	if (!sandbox_spawn(ps->sb, &p->pid, &p->fd, err))
		return false;
	p->n_messages = 0;
	p->busy_us = 0;
	count(ps, SPAWNS);
	return true;
}

/* The CPU limit is for a whole life: end it before an innocent message pays for the ones before. */
static void recycle(struct parsers *ps, struct parser *p)
{
	if (p->n_messages < ps->max_messages &&
	    p->busy_us + ps->timeout_us < JAIL_CPU_S * US_PER_S)
		return;
	drop_parser(ps, p);
	count(ps, RECYCLED);
}

/* ---- one attempt ---- */

/* A failed exchange: the process ends, and its end may say more than the silence did. */
static void find_cause(struct parsers *ps, struct parser *p, enum exchange_end how,
		       struct parse_verdict *v, struct err *err)
{
	char what[sizeof(err->msg)];
	int status = 0;

	memcpy(what, err->msg, sizeof(what));
	if (!end_parser(ps, p, &status, err))
		v->end = PARSE_NO_PARSER;
	else if (how == EXCHANGE_TIMEOUT)
		verdict_timeout(v, ps->timeout_us);
	else if (how == EXCHANGE_NONSENSE)
		verdict_nonsense(v, what);
	else
		verdict_from_status(v, status);
}

static enum parse_end attempt(struct parsers *ps, struct parser *p, struct task *task,
			      struct answer *answer, struct parse_verdict *v, struct err *err)
{
	enum exchange_end how;

	*v = (struct parse_verdict){ .attempts = v->attempts };
	if (!have_parser(ps, p, err))
		return v->end = PARSE_NO_PARSER;
	v->attempts++;
	task->rq.serial = atomic_fetch_add(&ps->serial, 1) + 1;
	answer_begin(answer, task->rq.serial, task->rq.raw->body, task->rq.raw->body.len + WIRE_BODY_SLACK,
		     task->out, task->sink);
	how = exchange(p->fd, &task->rq, answer, ps->timeout_us, p->buffer, &v->took_us, err);
	p->n_messages++;
	p->busy_us += v->took_us;
	if (how == EXCHANGE_ANSWERED) {
		recycle(ps, p);
		return v->end = PARSE_ANSWERED;
	}
	if (how == EXCHANGE_STOPPED) {	/* by us, in the middle: nothing is wrong with the message */
		drop_parser(ps, p);
		return v->end = answer->fault == ANSWER_NO_ROOM ? PARSE_ANSWERED : PARSE_REFUSED;
	}
	find_cause(ps, p, how, v, err);
	return v->end;
}

static void count_end(struct parsers *ps, const struct parse_verdict *v)
{
	atomic_fetch_add_explicit(&ps->ends[v->end], 1, memory_order_relaxed);
}

static bool is_failure(enum parse_end end)
{
	return end >= PARSE_KILLED;
}

/* ---- one message ---- */

static bool deliver(const struct answer *answer, struct interactions *out, struct err *err)
{
	if (answer->fault != ANSWER_FINE)
		return false;		/* no room; err says so */
	if (answer->verdict != ERR_NONE)
		return err_setf(err, answer->verdict, STR_FMT, STR_ARG(answer->text));
	*out = answer->made;
	return true;
}

static bool run(struct parsers *ps, struct parser *p, struct task *task, struct parse_verdict *v,
		struct err *err)
{
	struct parse_verdict first;
	struct answer answer = { 0 };

	attempt(ps, p, task, &answer, v, err);
	count_end(ps, v);
	first = *v;
	if (is_failure(v->end)) {
		if (answer.has_chunks)
			task->sink->restart(task->sink->arg);
		attempt(ps, p, task, &answer, v, err);
		count_end(ps, v);
	}
	if (v->end == PARSE_ANSWERED) {
		memcpy(v->text, first.text, sizeof(v->text));
		return deliver(&answer, task->out, err);
	}
	if (!is_failure(v->end))
		return false;		/* no parser, or refused; err says so */
	count(ps, GIVEN_UP);
	return verdict_give_up(&first, v, err);
}

bool parsers_normalize(struct parsers *ps, const struct connector *connector, struct str packed_conf,
		       const struct raw *raw, struct interactions *out,
		       const struct sandbox_sink *sink, struct parse_verdict *verdict,
		       struct err *err)
{
	struct task task = {
		.rq = { .connector = str_from(connector->name), .conf = packed_conf, .raw = raw,
			.max_items = out->max_items },
		.out = out, .sink = sink,
	};
	void *parser;
	bool is_done;

	*verdict = (struct parse_verdict){ 0 };
	count(ps, MESSAGES);
	if (exchange_size(&task.rq) > WIRE_MAX_REQUEST)
		return err_setf(err, ERR_LIMIT, "it is larger than %d MiB", WIRE_MAX_REQUEST >> 20);
	if (queue_pop(ps->idle, &parser, 1, -1) != 1)
		return err_setf(err, ERR_CANCELED, "the parsers are closed");
	is_done = run(ps, parser, &task, verdict, err);
	queue_push(ps->idle, parser);
	return is_done;
}

/* ---- the end, and the count ---- */

void parsers_destroy(struct parsers *ps)
{
	void *parser;

	if (ps == NULL)
		return;
	queue_close(ps->idle);
	while (queue_pop_now(ps->idle, &parser, 1) == 1)
		drop_parser(ps, parser);
	for (size_t i = 0; i < ps->n; i++)
		free(ps->all[i].buffer);
	queue_destroy(ps->idle);
	free(ps->all);
	free(ps);
}

void parsers_stats(struct parsers *ps, struct parsers_stats *stats)
{
	uint64_t *const into[N_COUNTERS] = {
		[MESSAGES] = &stats->messages, [SPAWNS] = &stats->spawns,
		[RECYCLED] = &stats->recycled, [LOST_IDLE] = &stats->lost_idle,
		[GIVEN_UP] = &stats->given_up,
	};

	for (size_t i = 0; i < N_COUNTERS; i++)
		*into[i] = atomic_load_explicit(&ps->counts[i], memory_order_relaxed);
	for (size_t i = 0; i < PARSE_ENDS; i++)
		stats->ends[i] = atomic_load_explicit(&ps->ends[i], memory_order_relaxed);
}
