/* Lets so many through at a time; the others wait in a line, and a place that falls free goes to the first of it.
 * Loop thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct turnstile {
	size_t most, n_inside, n_waiting;
	struct ticket *first, **end;
};

/* One that wants through; it stays where it is for as long as it is inside or waits. */
struct ticket {
	void (*call)(void *arg);	/* it is inside now, having waited */
	void *arg;
	struct turnstile *at;		/* NULL: neither inside nor waiting */
	bool is_inside;
	struct ticket *next;
};

void turnstile_init(struct turnstile *t, size_t most);
void turnstile_set_most(struct turnstile *t, size_t most);
/* True: inside, perhaps as before. False: in the line. Whatever it held or waited for elsewhere is given back. */
bool turnstile_enter(struct turnstile *t, struct ticket *k);
/* The same without waiting. */
bool turnstile_try(struct turnstile *t, struct ticket *k);
void ticket_give_back(struct ticket *k);	/* out, from wherever it is; also from nowhere */
