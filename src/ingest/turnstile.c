#include "ingest/turnstile.h"

void turnstile_init(struct turnstile *t, size_t most)
{
	*t = (struct turnstile){ .most = most };
	t->end = &t->first;
}

static void let_in(struct turnstile *t, struct ticket *k)
{
	k->at = t;
	k->is_inside = true;
	t->n_inside++;
}

static struct ticket *take_first(struct turnstile *t)
{
	struct ticket *k = t->first;

	t->first = k->next;
	if (t->first == NULL)
		t->end = &t->first;
	k->next = NULL;
	t->n_waiting--;
	return k;
}

static void call_the_next(struct turnstile *t)
{
	while (t->first != NULL && t->n_inside < t->most) {
		struct ticket *k = take_first(t);

		let_in(t, k);
		k->call(k->arg);
	}
}

void turnstile_set_most(struct turnstile *t, size_t most)
{
	t->most = most;
	call_the_next(t);
}

bool turnstile_try(struct turnstile *t, struct ticket *k)
{
	if (k->at == NULL && t->n_inside < t->most)
		let_in(t, k);
	return k->is_inside;
}

static void step_out_of_line(struct turnstile *t, struct ticket *k)
{
	struct ticket **at = &t->first;

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	if (t->end == &k->next)
		t->end = at;
	k->next = NULL;
	t->n_waiting--;
}

void ticket_give_back(struct ticket *k)
{
	struct turnstile *t = k->at;

	if (t == NULL)
		return;
	if (k->is_inside)
		t->n_inside--;
	else
		step_out_of_line(t, k);
	k->at = NULL;
	k->is_inside = false;
	call_the_next(t);
}

bool turnstile_enter(struct turnstile *t, struct ticket *k)
{
	if (k->at != NULL && k->at != t)
		ticket_give_back(k);
	if (k->at != NULL || turnstile_try(t, k))
		return k->is_inside;
	k->at = t;
	*t->end = k;
	t->end = &k->next;
	t->n_waiting++;
	return false;
}
