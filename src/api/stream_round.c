/* The reader's part: one look at the log for everybody who listens. */
#include <stdlib.h>

#include "api/stream.h"
#include "base/clock.h"
#include "store/token.h"

enum { MAX_TEXT = 4 << 20 };

struct filling {
	struct store *st;
	struct slice *slice;
	bool failed;
	struct err *err;
};

static void put_told(struct slice *s, const struct view_change *change, size_t begin, const struct change_of *of)
{
	const struct told told = {
		.kind = change->kind, .begin = begin, .end = s->text.len,
		.first_contact = s->contacts.len / sizeof(int64_t), .n_contacts = of->n,
	};

	buf_add(&s->contacts, (struct str){ (const char *)of->contacts, of->n * sizeof(int64_t) });
	buf_add(&s->told, (struct str){ (const char *)&told, sizeof(told) });
}

static bool put_event(const struct view_change *change, void *arg)
{
	struct filling *f = arg;
	struct slice *s = f->slice;
	size_t begin = s->text.len;
	struct json_writer w;
	struct change_of of;

	buf_addf(&s->text, "id: %lld\nevent: %s\ndata: ", (long long)change->seq, change_name(change->kind));
	json_begin(&w, &s->text);
	f->failed = !change_put(&w, f->st, &s->eyes->viewer, change, &of, f->err);
	buf_add(&s->text, STR("\n\n"));
	if (!f->failed)
		put_told(s, change, begin, &of);
	return !f->failed;
}

/* Everything may have changed since then: one event that says so. */
static void put_reset(struct slice *s, int64_t last)
{
	const struct view_change reset = { .seq = last, .kind = CHANGE_STORE_REBUILT };
	const struct change_of nobody = { .n = 0 };

	struct json_writer w;

	buf_addf(&s->text, "id: %lld\nevent: reset\ndata: ", (long long)last);
	json_begin(&w, &s->text);
	json_open(&w, '{');
	json_member_int(&w, "next", last);
	json_close(&w, '}');
	buf_add(&s->text, STR("\n\n"));
	put_told(s, &reset, 0, &nobody);
	s->until = last;
}

static bool fill(struct store *st, struct slice *s, const struct change_span *span, struct err *err)
{
	struct filling f = { .st = st, .slice = s, .err = err };

	if (s->from > span->last || s->from + 1 < span->first || span->last - s->from > STREAM_MAX_BEHIND) {
		put_reset(s, span->last);
		return true;
	}
	s->until = span->last - s->from > STREAM_SLICE ? s->from + STREAM_SLICE : span->last;
	return view_each_change(st, &s->eyes->viewer, change_kinds(&s->eyes->powers), s->from, s->until, put_event, &f, err) &&
	       !f.failed && (!buf_is_exceeded(&s->text) || err_setf(err, ERR_LIMIT, "the changes are too large"));
}

static bool run(struct round *r, struct store *st, struct err *err)
{
	struct change_span span;
	int64_t now_us = clock_wall_us();

	if (!store_begin_snapshot(st, err) || !store_change_span(st, &span, err))
		return false;
	for (struct slice *s = r->slices; s != NULL; s = s->next)
		if (!fill(st, s, &span, err))
			return false;
	for (struct token_check *c = r->checks; c != NULL; c = c->next)
		if (!store_is_token_good(st, c->token, now_us, &c->is_good, err))
			return false;
	return true;
}

void round_run(struct round *r, const char *dir)
{
	struct store *st;

	r->err.kind = ERR_NONE;
	for (struct slice *s = r->slices; s != NULL; s = s->next) {
		buf_init(&s->text, MAX_TEXT);
		buf_init(&s->contacts, SIZE_MAX / 2);
		buf_init(&s->told, SIZE_MAX / 2);
	}
	if (!store_open(dir, STORE_READER, &st, &r->err))
		return;
	run(r, st, &r->err);
	store_close(st);
}

void round_finish(struct round *r)
{
	struct token_check *check;
	struct slice *slice;

	while ((slice = r->slices) != NULL) {
		r->slices = slice->next;
		buf_finish(&slice->text);
		buf_finish(&slice->contacts);
		buf_finish(&slice->told);
		free(slice);
	}
	while ((check = r->checks) != NULL) {
		r->checks = check->next;
		free(check);
	}
}

static bool is_about(const struct slice *s, const struct told *told, const struct topics *topics)
{
	const int64_t *contacts = (const int64_t *)(const void *)s->contacts.ptr + told->first_contact;

	if ((topics->kinds >> told->kind) & 1)
		return true;
	for (size_t i = 0; i < told->n_contacts; i++)
		for (size_t k = 0; k < topics->n_contacts; k++)
			if (contacts[i] == topics->contacts[k])
				return true;
	return false;
}

void slice_tell(const struct slice *s, const struct topics *topics, struct buf *out)
{
	const struct told *told = (const struct told *)(const void *)s->told.ptr;

	for (size_t i = 0; i < s->told.len / sizeof(*told); i++)
		if (is_about(s, &told[i], topics))
			buf_add(out, (struct str){ s->text.ptr + told[i].begin, told[i].end - told[i].begin });
}
