#include "api/uploads.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/call.h"
#include "api/rounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/talk.h"
#include "conf/config.h"
#include "ingest/purge_jobs.h"
#include "store/audit.h"
#include "store/spool.h"
#include "store/upload.h"

enum { WRITERS = 2, MAX_WAITING = 16, ROOM = 1 << 20, MAX_REPLY = 64 << 10, CLAIMS = 32, MAX_DEATHS = 3 };

#define STALE_US (7 * 24 * 3600 * US_PER_S)
#define FOR_EVER_US (365 * 24 * 3600 * US_PER_S)

/* Of the command line's exit codes: cli.h. */
enum { SAID_OK = 0, SAID_NO_DAEMON = 6, SAID_AGAIN = 75 };

/* Where the reader of a file ended without a word, and how often in a row. */
struct deaths {
	int64_t import, byte;
	int n;
};

struct uploads {
	struct pool *writers;
	struct rounds *reading, *tidying;
	struct deaths deaths;		/* the thread's that reads */
	pthread_mutex_t lock;
	int64_t claimed[CLAIMS];	/* 0: free; more than files may be open */
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

/* ---- one after the other; the round's thread ---- */

struct reading {
	const struct one_round *round;
	struct store *st;
	struct arena *arena;
	int64_t import;
	const char *why;		/* it failed */
	int64_t n_unread;		/* messages of it */
	struct str first_unread;
};

static const char *dir_of(const struct reading *r)
{
	return r->round->api->parts.dir;
}

static bool change(struct reading *r, bool (*apply)(struct store *st, void *arg, struct err *err), struct err *err)
{
	return purge_run(r->round->api->parts.writer, apply, r, err);
}

static bool apply_start(struct store *st, void *arg, struct err *err)
{
	const struct reading *r = arg;

	return store_start_upload(st, r->import, clock_wall_us(), err);
}

static bool apply_end(struct store *st, void *arg, struct err *err)
{
	const struct reading *r = arg;
	char id[ID_TEXT_SIZE];
	const struct audit_entry entry = { .who = STR("daybookd"), .what = STR("import end"), .which = str_from(id_format(r->import, "imp_", id)),
					   .detail = r->why != NULL ? STR("failed") : STR("") };

	return audit_add(st, &entry, err) && (r->n_unread == 0 || store_put_unread(st, r->import, r->n_unread, r->first_unread, err)) &&
	       store_end_upload(st, r->import, str_from(r->why != NULL ? r->why : ""), clock_wall_us(), err);
}

static bool apply_drop(struct store *st, void *arg, struct err *err)
{
	const struct reading *r = arg;

	return store_drop_upload(st, r->import, err);
}

static bool is_stopping(void *arg)
{
	return rounds_is_stopping(((const struct reading *)arg)->round->rounds);
}

static void put_request(struct reading *r, const struct import_run_row *run, struct buf *out)
{
	auto_free char *folder = spool_folder(dir_of(r), r->import);
	char id[ID_TEXT_SIZE];
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "control", str_from(r->round->config->http.control));
	json_member(&w, "store", str_from(dir_of(r)));
	json_member(&w, "folder", str_from(folder));
	json_member(&w, "name", run->name);
	json_member(&w, "kind", run->kind);
	json_member(&w, "import", str_from(id_format(r->import, "imp_", id)));
	json_member_int(&w, "max_message", r->round->config->ingest.max_message);
	json_close(&w, '}');
}

/* What kills it is in the file as a rule, and the others wait behind it; but whoever is short of memory kills, too. */
static bool note_death(struct reading *r, const struct import_run_row *run, struct err *err)
{
	struct deaths *d = r->round->arg;
	int64_t byte = 0, connector;

	if (!store_find_connector(r->st, STR("import"), &connector, err) || !store_import_progress(r->st, connector, run, &byte, err))
		return false;
	if (d->import != r->import || d->byte != byte)
		*d = (struct deaths){ .import = r->import, .byte = byte };
	if (++d->n < MAX_DEATHS)
		return err_setf(err, ERR_AGAIN, "daybook-import ended without an answer");
	r->why = arena_strf(r->arena, "daybook-import ended three times at byte %lld of it or soon behind; send what follows there by itself, or read "
			    "it by daybook import, on the machine itself", (long long)byte).ptr;
	return true;
}

/* False: it is tried again. */
static bool read_answer(struct reading *r, const struct import_run_row *run, struct str text, struct err *err)
{
	auto_json struct json_object *reply = json_parse(text, 3, 100, err);
	struct str error = json_str(reply, "error");
	int64_t code = -1;

	if (reply == NULL || !json_int(json_get(reply, "code"), &code))
		return note_death(r, run, err);
	if (code == SAID_NO_DAEMON || code == SAID_AGAIN)
		return err_setf(err, ERR_AGAIN, STR_FMT, STR_ARG(error));
	if (code != SAID_OK)
		r->why = arena_str(r->arena, error.len > 0 ? error : STR("it cannot be read")).ptr;
	json_int(json_get(reply, "unread"), &r->n_unread);
	r->first_unread = arena_str(r->arena, code == SAID_OK ? error : STR(""));
	return true;
}

static bool read_file(struct reading *r, struct err *err)
{
	const struct talk how = { .folder = "cli", .name = "daybook-import", .deadline_us = clock_mono_us() + FOR_EVER_US,
				  .is_canceled = is_stopping, .arg = r };
	struct import_run_row run;
	struct upload_row row;
	struct buf request, reply;
	bool ok;

	if (!store_get_import(r->st, r->import, r->arena, &run, err) || !store_get_upload(r->st, r->import, r->arena, &row, err))
		return false;
	if (!spool_has(dir_of(r), r->import, run.name, row.size)) {
		r->why = "what was sent is not there any more (an erasure takes it away, and a restored backup does not have it); send it again";
		return true;
	}
	buf_init(&request, ROOM);
	buf_init(&reply, MAX_REPLY);
	put_request(r, &run, &request);
	ok = talk(&how, buf_str(&request), &reply, err) && read_answer(r, &run, buf_str(&reply), err);
	buf_finish(&request);
	buf_finish(&reply);
	return ok;
}

/* False: later, or never; err. */
static bool take_next(struct reading *r, struct err *err)
{
	bool ok;

	r->arena = arena_create(ROOM);
	r->why = NULL;
	r->n_unread = 0;
	ok = change(r, apply_start, err) && read_file(r, err) && change(r, apply_end, err);
	if (ok && r->n_unread > 0)
		log_warn(NULL, "messages of a file that was sent could not be read at all", kv_i("messages", r->n_unread),
			 kv_s("first", r->first_unread.ptr));
	if (ok && r->why != NULL)
		log_warn(NULL, "a file that was sent could not be imported", kv_s("reason", r->why));
	if (ok)
		spool_remove(dir_of(r), r->import);
	arena_destroy(r->arena);
	return ok;
}

static bool drop_stale(struct reading *r, struct err *err)
{
	for (;;) {
		if (!store_next_stale_upload(r->st, clock_wall_us() - STALE_US, &r->import, err))
			return false;
		if (r->import == 0)
			return true;
		if (!change(r, apply_drop, err))
			return false;
		log_info(NULL, "an upload that nobody went on with for a week was dropped");
	}
}

/* Whatever has no upload that waits for it is left over from a kill. */
static bool is_awaited(int64_t import, void *arg)
{
	struct reading *r = arg;
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

static bool take_all(struct reading *r, struct err *err)
{
	if (!store_open(dir_of(r), STORE_READER, &r->st, err))
		return false;
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

static bool read_all(const struct one_round *round, struct err *err)
{
	struct reading r = { .round = round };
	bool ok = take_all(&r, err);

	store_close(r.st);
	return ok;
}

/* Beside the reading, which may take hours. */
static bool tidy(const struct one_round *round, struct err *err)
{
	struct reading r = { .round = round };
	bool ok = store_open(dir_of(&r), STORE_READER, &r.st, err) && drop_stale(&r, err);

	if (ok)
		spool_sweep(dir_of(&r), is_awaited, &r);
	store_close(r.st);
	return ok;
}

/* ---- its life ---- */

struct uploads *uploads_create(struct api *api)
{
	struct uploads *u = xnew(struct uploads);

	pthread_mutex_init(&u->lock, NULL);
	u->writers = pool_create("daybook-spool", WRITERS, MAX_WAITING, 0);
	u->reading = rounds_create(api, "daybook-upload", "the import of a file that was sent goes on in a minute", read_all, &u->deaths);
	u->tidying = rounds_create(api, "daybook-tidy", "what is left of files that were sent is looked for again in a minute", tidy, NULL);
	return u;
}

void uploads_wake(struct uploads *u)
{
	rounds_wake(u->reading);
	rounds_wake(u->tidying);
}

void uploads_stop(struct uploads *u)
{
	rounds_stop(u->reading);
	rounds_stop(u->tidying);
}

void uploads_destroy(struct uploads *u)
{
	if (u == NULL)
		return;
	pool_destroy(u->writers);
	rounds_destroy(u->reading);
	rounds_destroy(u->tidying);
	pthread_mutex_destroy(&u->lock);
	free(u);
}
