/* Who read what is restricted: an entry of the audit log before the answer goes out, so that nothing is read without one. The same
 * person reading the same contact again within READS_QUIET_US says nothing new, until the daemon starts anew. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <daybook/err.h>

struct call;
struct reads;
struct store;

#define READS_QUIET_US (INT64_C(15) * 60 * 1000000)

struct reads *reads_create(void);
void reads_destroy(struct reads *r);	/* NULL is fine */

/* Reader's thread, in a handler: the answer tells of this contact; those that are not restricted are nobody's concern. */
void reads_note(struct call *c, int64_t contact, bool is_restricted);
/* The same of all who take part in an entry. */
bool reads_note_entry(struct call *c, int64_t interaction, struct err *err);

/* In a transaction: the log is told of those. */
bool reads_put(struct call *c, struct store *st, struct err *err);

/* Reader's thread, after the handler; also of call->told. True: the call is the writer's now, who tells the log and has the loop send it, or what went
 * wrong instead. False: there is nothing to tell. */
bool reads_tell(struct call *c);
