#include "daemon/notify.h"

#include <event2/event.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
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
	sd_notify(0, "WATCHDOG=1");
}

struct notify *notify_create(struct event_base *base, struct writer *writer)
{
	struct notify *n = xnew(struct notify);
	struct timeval every;
	uint64_t usec = 0;

	n->writer = writer;
	if (sd_watchdog_enabled(0, &usec) > 0 && usec > 0) {
		every = (struct timeval){ .tv_sec = (time_t)(usec / 3 / US_PER_S),
					  .tv_usec = (suseconds_t)(usec / 3 % US_PER_S) };
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
	sd_notify(0, "READY=1\nSTATUS=" NOTIFY_TAKING);
}

void notify_reloading(struct notify *n)
{
	(void)n;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us());
}

void notify_status(struct notify *n, const char *text)
{
	(void)n;
	sd_notifyf(0, "STATUS=%s", text);
}

void notify_stopping(struct notify *n)
{
	(void)n;
	sd_notify(0, "STOPPING=1\nSTATUS=Finishing what is on its way");
}
