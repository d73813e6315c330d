/* Says in the log, and to the service manager, that nothing can be stored, why and what to do, and when it goes on. */
#pragma once

struct event_base;
struct notify;
struct watch;
struct writer;

/* Loop thread. dir is the store's; all four outlive it. */
struct watch *watch_create(struct event_base *base, struct writer *writer, struct notify *notify, const char *dir);
void watch_destroy(struct watch *w);		/* NULL is fine */
