#include "daemon/watch.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/notify.h"
#include "ingest/ingest.h"
#include "store/writer.h"

struct watch {
	struct watch_parts parts;
	struct event *timer;
	const char *said;		/* the writer's own words, which last */
};

static void say_refusal(struct watch *w)
{
	auto_free char *text = xasprintf("Nothing can be stored: %s", w->said);

	log_error(NULL, "nothing can be stored; senders are told to come again",
		  kv_s("reason", w->said), kv_s("store", w->parts.dir));
	notify_status(w->parts.notify, text);
}

static void say_end(struct watch *w)
{
	log_info(NULL, "storing again", kv_s("store", w->parts.dir));
	notify_status(w->parts.notify, NOTIFY_TAKING);
	ingest_store_is_back(w->parts.ingest);
}

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	struct writer_stats stats;

	(void)fd;
	(void)what;
	writer_get_stats(w->parts.writer, &stats);
	if (stats.refusal == w->said || stats.is_failed)	/* a failure is told when the daemon ends for it */
		return;
	w->said = stats.refusal;
	if (w->said != NULL)
		say_refusal(w);
	else
		say_end(w);
}

struct watch *watch_create(const struct watch_parts *parts)
{
	const struct timeval second = { .tv_sec = 1 };
	struct watch *w = xnew(struct watch);

	w->parts = *parts;
	w->timer = event_new(parts->base, -1, EV_PERSIST, look, w);
	event_add(w->timer, &second);
	return w;
}

void watch_destroy(struct watch *w)
{
	if (w == NULL)
		return;
	event_free(w->timer);
	free(w);
}
