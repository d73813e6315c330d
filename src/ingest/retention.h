/* What is kept no longer goes, by class (retention: of the configuration), each night at four, or when somebody says so: in the
 * background, in many small transactions. docs/decisions/retention.md. */
#pragma once

#include <stdint.h>

struct config;
struct ingest;

/* What class c is kept for, in µs; 0: for ever. */
int64_t retention_of(const struct config *config, int c);

/* Loop. Is it time? Called often, and cheap when not. */
void retention_look(struct ingest *g);
void retention_wake(struct ingest *g);		/* now, and all of it again */
void retention_cancel(struct ingest *g);	/* soon; it goes on the next night */
