#include "api/uploads.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/talk.h"
#include "conf/config.h"
#include "ingest/purge_jobs.h"
#include "store/spool.h"
#include "store/upload.h"

enum { WRITERS = 2, MAX_WAITING = 16, LOOK_S = 60, ROOM = 1 << 20, MAX_REPLY = 64 << 10, CLAIMS = WRITERS + MAX_WAITING };

#define STALE_US (7 * 24 * 3600 * US_PER_S)
#define FOR_EVER_US (365 * 24 * 3600 * US_PER_S)

/* Of the command line's exit codes: cli.h. */
enum { SAID_OK = 0, SAID_NO_DAEMON = 6, SAID_AGAIN = 75 };

struct uploads {
	struct api *api;
	struct pool *writers, *readers;
	struct event *look;
	bool is_running, is_wanted;
	atomic_bool is_stopping;
	pthread_mutex_t lock;
	int64_t claimed[CLAIMS];	/* 0: free */
};

/* ---- pieces ---- */

bool uploads_claim(struct uploads *u, int64_t import)
{
	size_t place = CLAIMS;
	bool is_free = true;

	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; i < CLAIMS; i++) {
		is_free = is_free && u->claimed[i] != import;
		if (u->claimed[i] == 0)
			place = i;
	}
	is_free = is_free && place < CLAIMS;
	if (is_free)
		u->claimed[place] = import;
	pthread_mutex_unlock(&u->lock);
	return is_free;
}

void uploads_release(struct uploads *u, int64_t import)
{
	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; i < CLAIMS; i++)
		if (u->claimed[i] == import)
			u->claimed[i] = 0;
	pthread_mutex_unlock(&u->lock);
}

struct pool *uploads_pool(struct uploads *u)
{
	return u->writers;
}

/* ---- one after the other; the reader's thread ---- */

struct round {
	struct uploads *uploads;
	const struct config *config;
	struct store *st;
	struct arena *arena;
	int64_t import;
	const char *why;		/* it failed */
};

static struct writer *writer_of(struct round *r)
{
	return r->uploads->api->parts.writer;
}

static bool apply_start(struct store *st, void *arg, struct err *err)
{
	const struct round *r = arg;

	return store_start_upload(st, r->import, clock_wall_us(), err);
}

static bool apply_fail(struct store *st, void *arg, struct err *err)
{
	const struct round *r = arg;

	return store_fail_upload(st, r->import, str_from(r->why), clock_wall_us(), err);
}

static bool apply_drop(struct store *st, void *arg, struct err *err)
{
	const struct round *r = arg;

	return store_drop_upload(st, r->import, err);
}

static bool is_stopping(void *arg)
{
	return atomic_load(&((const struct round *)arg)->uploads->is_stopping);
}

static void put_request(struct round *r, const struct import_run_row *run, struct buf *out)
{
	auto_free char *folder = spool_folder(r->uploads->api->parts.dir, r->import);
	char id[ID_TEXT_SIZE];
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "control", str_from(r->config->http.control));
	json_member(&w, "store", str_from(r->uploads->api->parts.dir));
	json_member(&w, "folder", str_from(folder));
	json_member(&w, "name", run->name);
	json_member(&w, "kind", run->kind);
	json_member(&w, "import", str_from(id_format(r->import, "imp_", id)));
	json_member_int(&w, "max_message", r->config->ingest.max_message);
	json_close(&w, '}');
}

/* False: it is tried again. */
static bool read_answer(struct round *r, struct str text, struct err *err)
{
	auto_json struct json_object *reply = json_parse(text, 3, 100, err);
	struct str error = json_str(reply, "error");
	int64_t code = -1;

	if (reply == NULL || !json_int(json_get(reply, "code"), &code))
		return err_setf(err, ERR_AGAIN, "daybook-import ended without an answer");
	if (str_istarts(error, STR("daybook: ")))
		error = str_sub(error, 9, STR_NONE);
	if (code == SAID_NO_DAEMON || code == SAID_AGAIN)
		return err_setf(err, ERR_AGAIN, STR_FMT, STR_ARG(error));
	if (code != SAID_OK)
		r->why = arena_str(r->arena, error.len > 0 ? error : STR("it cannot be read")).ptr;
	return true;
}

static bool read_file(struct round *r, struct err *err)
{
	const struct talk how = { .folder = "cli", .name = "daybook-import", .deadline_us = clock_mono_us() + FOR_EVER_US,
				  .is_canceled = is_stopping, .arg = r };
	struct import_run_row run;
	struct buf request, reply;
	bool ok;

	if (!store_get_import(r->st, r->import, r->arena, &run, err))
		return false;
	if (!spool_has(r->uploads->api->parts.dir, r->import, run.name, 0)) {
		r->why = "what was sent is not there any more (an erasure takes it away, and a restored backup does not have it); send it again";
		return true;
	}
	buf_init(&request, ROOM);
	buf_init(&reply, MAX_REPLY);
	put_request(r, &run, &request);
	ok = talk(&how, buf_str(&request), &reply, err) && read_answer(r, buf_str(&reply), err);
	buf_finish(&request);
	buf_finish(&reply);
	return ok;
}

/* False: later, or never; err. */
static bool take_next(struct round *r, struct err *err)
{
	bool ok;

	r->arena = arena_create(ROOM);
	r->why = NULL;
	ok = purge_run(writer_of(r), apply_start, r, err) && read_file(r, err) && (r->why == NULL || purge_run(writer_of(r), apply_fail, r, err));
	if (ok && r->why != NULL)
		log_warn(NULL, "a file that was sent could not be imported", kv_s("reason", r->why));
	if (ok)
		spool_remove(r->uploads->api->parts.dir, r->import);
	arena_destroy(r->arena);
	return ok;
}

static bool drop_stale(struct round *r, struct err *err)
{
	for (;;) {
		if (!store_next_stale_upload(r->st, clock_wall_us() - STALE_US, &r->import, err))
			return false;
		if (r->import == 0)
			return true;
		if (!purge_run(writer_of(r), apply_drop, r, err))
			return false;
		log_info(NULL, "an upload that nobody went on with for a week was dropped");
	}
}

/* Whatever has no upload that waits for it is left over from a kill. */
static bool is_awaited(int64_t import, void *arg)
{
	struct round *r = arg;
	struct arena *arena = arena_create(ROOM);
	struct import_run_row run;
	struct upload_row row;
	struct err err;
	bool is = store_get_upload(r->st, import, arena, &row, &err) ?
		row.failed.len == 0 && store_get_import(r->st, import, arena, &run, &err) && run.ended_us == 0 && run.undo_us == 0 :
		err.kind != ERR_MISSING;

	arena_destroy(arena);
	return is;
}

static bool take_all(struct round *r, struct err *err)
{
	if (!store_open(r->uploads->api->parts.dir, STORE_READER, &r->st, err) || !drop_stale(r, err))
		return false;
	spool_sweep(r->uploads->api->parts.dir, is_awaited, r);
	while (!is_stopping(r)) {
		if (!store_next_upload(r->st, &r->import, err))
			return false;
		if (r->import == 0)
			return true;
		if (!take_next(r, err))
			return false;
	}
	return true;
}

static void on_over(void *arg)
{
	struct round *r = arg;
	struct uploads *u = r->uploads;

	config_unref(r->config);
	free(r);
	u->is_running = false;
	if (u->is_wanted)
		uploads_wake(u);
	ingest_leave(u->api->parts.ingest);
}

static void run(void *arg)
{
	struct round *r = arg;
	struct err err = { .kind = ERR_NONE };

	if (!take_all(r, &err) && err.kind != ERR_CANCELED && !is_stopping(r))
		log_warn(NULL, "the import of a file that was sent goes on in a minute", kv_s("reason", err.msg));
	store_close(r->st);
	ingest_call_loop(r->uploads->api->parts.ingest, on_over, r);
}

void uploads_wake(struct uploads *u)
{
	struct round *r;

	u->is_wanted = u->is_running;
	if (u->is_running || atomic_load(&u->is_stopping))
		return;
	r = xnew(struct round);
	r->uploads = u;
	r->config = config_ref(u->api->config);
	ingest_enter(u->api->parts.ingest);
	u->is_running = pool_run(u->readers, run, r);
	if (u->is_running)
		return;
	ingest_leave(u->api->parts.ingest);
	config_unref(r->config);
	free(r);
}

/* ---- its life ---- */

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	uploads_wake(arg);
}

struct uploads *uploads_create(struct api *api)
{
	const struct timeval every = { .tv_sec = LOOK_S };
	struct uploads *u = xnew(struct uploads);

	u->api = api;
	pthread_mutex_init(&u->lock, NULL);
	u->writers = pool_create("daybook-spool", WRITERS, MAX_WAITING, 0);
	u->readers = pool_create("daybook-upload", 1, 1, 0);
	u->look = event_new(ingest_parts(api->parts.ingest)->base, -1, EV_PERSIST, on_look, u);
	event_add(u->look, &every);
	event_active(u->look, EV_TIMEOUT, 0);
	return u;
}

void uploads_stop(struct uploads *u)
{
	atomic_store(&u->is_stopping, true);
	event_del(u->look);
}

void uploads_destroy(struct uploads *u)
{
	if (u == NULL)
		return;
	uploads_stop(u);
	pool_destroy(u->writers);
	pool_destroy(u->readers);
	event_free(u->look);
	pthread_mutex_destroy(&u->lock);
	free(u);
}
