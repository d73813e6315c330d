/* Says in the log, and to the service manager, that nothing can be stored, why and what to do, and when it goes on:
 * then the mailboxes that waited for it go on too. */
#pragma once

struct event_base;
struct ingest;
struct notify;
struct watch;
struct writer;

struct watch_parts {				/* borrowed; outlive the watch */
	struct event_base *base;
	struct ingest *ingest;
	struct writer *writer;
	struct notify *notify;
	const char *dir;			/* storage.path */
};

struct watch *watch_create(const struct watch_parts *parts);	/* loop thread */
void watch_destroy(struct watch *w);		/* NULL is fine */
