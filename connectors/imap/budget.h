/* How many bytes a mailbox may bring in a day, so that its owner's own programs find something left of what the provider
 * allows. Live mail counts and is never stopped; the backlog waits for the next day. Pure, but for the time zone.
 *
 * Text, kept as a position is:  budget until=1764032400 bytes=104857600 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <daybook/str.h>

enum { BUDGET_TEXT_SIZE = 80 };
/* Among the positions of folders; no folder can be called so, as * stands for any in LIST. */
#define BUDGET_KEY STR("*budget")

struct budget {
	int64_t until_s;		/* when this day ends; 0: none has begun */
	int64_t bytes;			/* that came in it */
};

/* A text that nobody can read is as none. */
void budget_parse(struct budget *b, struct str text);
struct str budget_format(const struct budget *b, char out[BUDGET_TEXT_SIZE]);
/* Begins another day where that is due: days end at midnight of this machine's clock. True: something changed. */
bool budget_roll(struct budget *b, int64_t now_us);
void budget_spend(struct budget *b, int64_t bytes);
/* The provider says that it is enough for today. */
void budget_exhaust(struct budget *b);
/* limit 0: there is none, but for what the provider said. */
bool budget_is_spent(const struct budget *b, int64_t limit);
