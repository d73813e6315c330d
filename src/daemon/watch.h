/* Says in the log, and to the service manager, that nothing can be stored, why and what to do, and when it goes on. */
#pragma once

struct event_base;
struct watch;
struct writer;

struct watch *watch_create(struct event_base *base, struct writer *writer, const char *dir);
void watch_destroy(struct watch *w);		/* NULL is fine */
