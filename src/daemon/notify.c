#include "daemon/notify.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/manager.h"
#include "base/mem.h"
#include "store/writer.h"

struct notify {
	struct writer *writer;
	struct event *timer;
	uint64_t seen;
};

/* The timer itself proves that the loop turns; the heartbeats, that the writer does. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct notify *n = arg;
	struct writer_stats stats;

	(void)fd;
	(void)what;
	writer_get_stats(n->writer, &stats);
	if (stats.heartbeats == n->seen)
		return;
	n->seen = stats.heartbeats;
	manager_notify("WATCHDOG=1");
}

struct notify *notify_create(struct event_base *base, struct writer *writer)
{
	struct notify *n = xnew(struct notify);
	struct timeval every;
	const int64_t us = manager_watchdog_us() / 3;

	n->writer = writer;
	if (us > 0) {
		every = (struct timeval){ .tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S };
		n->timer = event_new(base, -1, EV_PERSIST, on_timer, n);
		event_add(n->timer, &every);
	}
	return n;
}

void notify_destroy(struct notify *n)
{
	if (n == NULL)
		return;
	if (n->timer != NULL)
		event_free(n->timer);
	free(n);
}

void notify_ready(struct notify *n)
{
	(void)n;
	manager_notify("READY=1\nSTATUS=" NOTIFY_TAKING);
}

void notify_reloading(struct notify *n)
{
	char lines[80];

	(void)n;
	snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
	manager_notify(lines);
}

void notify_status(struct notify *n, const char *text)
{
	auto_free char *line = xasprintf("STATUS=%s", text);

	(void)n;
	manager_notify(line);
}

void notify_stopping(struct notify *n)
{
	(void)n;
	manager_notify("STOPPING=1\nSTATUS=Finishing what is on its way");
}
