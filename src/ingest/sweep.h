/* Looks again at what was journalled as pending, because no parser could be had at the time, and compares contacts that are new or
 * have changed with the others. Loop thread; the reading happens on a worker. */
#pragma once

struct ingest;
struct sweep;

struct sweep *sweep_create(struct ingest *g);
void sweep_destroy(struct sweep *s);
void sweep_start(struct sweep *s);
void sweep_stop(struct sweep *s);
