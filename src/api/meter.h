/* How much one token may ask for. Any thread. */
#pragma once

#include <daybook/conf.h>

struct call;
struct meter;

struct meter *meter_create(void);
void meter_destroy(struct meter *m);		/* NULL is fine */
/* False: 429 is the answer. Either way the reply says how much is left. */
bool meter_take(struct meter *m, struct call *c);
