#include "api/reads.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/audit.h"

enum { REMEMBERED = 1024 };

struct read_note {
	int64_t who, contact, at_us;	/* who: of the token, or of the session */
};

struct reads {
	pthread_mutex_t lock;
	struct read_note notes[REMEMBERED];	/* a ring */
	size_t next;
};

struct reads *reads_create(void)
{
	struct reads *r = xnew(struct reads);

	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void reads_destroy(struct reads *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static bool is_told(struct reads *r, int64_t who, int64_t contact)
{
	int64_t now_us = clock_mono_us();
	bool is = false;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < REMEMBERED && !is; i++) {
		const struct read_note *n = &r->notes[i];

		is = n->at_us != 0 && n->who == who && n->contact == contact && now_us - n->at_us < READS_QUIET_US;
	}
	pthread_mutex_unlock(&r->lock);
	return is;
}

static void remember(struct reads *r, int64_t who, int64_t contact)
{
	pthread_mutex_lock(&r->lock);
	r->notes[r->next++ % REMEMBERED] = (struct read_note){ who, contact, clock_mono_us() };
	pthread_mutex_unlock(&r->lock);
}

/* ---- in a handler ---- */

void reads_note(struct call *c, int64_t contact, bool is_restricted)
{
	int64_t *grown;

	if (!is_restricted || is_told(c->api->reads, c->token.id, contact))
		return;
	for (size_t i = 0; i < c->n_reads; i++)
		if (c->reads[i] == contact)
			return;
	grown = arena_grow(c->arena, c->reads, c->n_reads, sizeof(*grown));
	if (grown == NULL)
		return;			/* too large an answer, which is told instead of it */
	c->reads = grown;
	grown[c->n_reads++] = contact;
}

static bool note(int64_t contact, void *arg)
{
	reads_note(arg, contact, true);
	return true;
}

bool reads_note_entry(struct call *c, int64_t interaction, struct err *err)
{
	return view_each_restricted_of(c->st, interaction, note, c, err);
}

/* ---- on the writer's thread ---- */

bool reads_put(struct call *c, struct store *st, struct err *err)
{
	for (size_t i = 0; i < c->n_reads; i++) {
		char id[ID_TEXT_SIZE];
		const struct audit_entry entry = { .who = call_by(c), .what = STR("contact read"),
						   .which = str_from(id_format(c->reads[i], "con_", id)),
						   .detail = str_from(c->route->path) };

		if (!audit_add(st, &entry, err))
			return false;
	}
	return true;
}

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct call *c = (struct call *)job;

	return reads_put(c, st, err) &&
	       (c->told == NULL || audit_add(st, &(struct audit_entry){ .who = call_by(c), .what = str_from(c->told), .which = c->parts[0] }, err));
}

static void done(struct job *job, const struct err *err)
{
	struct call *c = (struct call *)job;

	if (err != NULL) {
		call_forget_reply(c);
		problem_of(c, err);
	} else {
		for (size_t i = 0; i < c->n_reads; i++)
			remember(c->api->reads, c->token.id, c->reads[i]);
	}
	ingest_call_loop(c->api->parts.ingest, call_send, c);
}

bool reads_tell(struct call *c)
{
	struct err why;

	if ((c->n_reads == 0 && c->told == NULL) || c->reply.status >= 400)
		return false;
	c->job = (struct job){ .apply = apply, .done = done, .bytes = sizeof(*c) };
	if (!writer_submit(c->api->parts.writer, &c->job, &why))
		done(&c->job, &why);
	return true;
}
