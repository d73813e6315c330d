#include "daemon/watch.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/notify.h"
#include "store/writer.h"

struct watch {
	struct writer *writer;
	struct notify *notify;
	const char *dir;
	struct event *timer;
	const char *said;		/* the writer's own words, which last */
};

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	struct writer_stats stats;
	auto_free char *text = NULL;

	(void)fd;
	(void)what;
	writer_get_stats(w->writer, &stats);
	if (stats.refusal == w->said || stats.is_failed)	/* a failure is told when the daemon ends for it */
		return;
	w->said = stats.refusal;
	if (w->said != NULL) {
		log_error(NULL, "nothing can be stored; senders are told to come again",
			  kv_s("reason", w->said), kv_s("store", w->dir));
		text = xasprintf("Nothing can be stored: %s", w->said);
		notify_status(w->notify, text);
	} else {
		log_info(NULL, "storing again", kv_s("store", w->dir));
		notify_status(w->notify, NOTIFY_TAKING);
	}
}

struct watch *watch_create(struct event_base *base, struct writer *writer, struct notify *notify, const char *dir)
{
	const struct timeval second = { .tv_sec = 1 };
	struct watch *w = xnew(struct watch);

	w->writer = writer;
	w->notify = notify;
	w->dir = dir;
	w->timer = event_new(base, -1, EV_PERSIST, look, w);
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
