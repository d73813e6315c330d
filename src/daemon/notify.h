/* What the service manager hears of us: READY, STOPPING, STATUS, and a watchdog that is fed only while loop
 * and writer make progress. Does nothing where nobody listens. Loop thread. */
#pragma once

#include <daybook/str.h>

#define NOTIFY_TAKING "Taking messages"

struct event_base;
struct notify;
struct writer;

struct notify *notify_create(struct event_base *base, struct writer *writer);
void notify_destroy(struct notify *n);
void notify_ready(struct notify *n);
void notify_reloading(struct notify *n);
void notify_status(struct notify *n, const char *text);
void notify_stopping(struct notify *n);
