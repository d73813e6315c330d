#include "sync_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"

enum { MAX_QUEUED = 64, MAX_FOLDERS = 300, MAX_LINE_BYTES = 1 << 20 };

struct cursor_row {
	char *key, *text;
};

struct queued {
	char *line, *key, *cursor;
};

struct sync {
	struct sync_host *host;
	struct cursor_row committed[MAX_FOLDERS];
	size_t n_committed;
	struct queued queue[MAX_QUEUED];
	size_t n_queued;
	FILE *file;
};

static void set_cursor(struct sync *sync, const char *key, const char *text)
{
	for (size_t i = 0; i < sync->n_committed; i++)
		if (strcmp(sync->committed[i].key, key) == 0) {
			free(sync->committed[i].text);
			sync->committed[i].text = xstrdup(text);
			return;
		}
	if (sync->n_committed == MAX_FOLDERS)
		abort();
	sync->committed[sync->n_committed++] = (struct cursor_row){ xstrdup(key), xstrdup(text) };
}

static void commit(struct sync *sync, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct queued *q = &sync->queue[i];

		if (sync->file != NULL)
			fprintf(sync->file, "%s\n", q->line);
		set_cursor(sync, q->key, q->cursor);
		free(q->line);
		free(q->key);
		free(q->cursor);
	}
	memmove(sync->queue, sync->queue + n, (sync->n_queued - n) * sizeof(sync->queue[0]));
	sync->n_queued -= n;
	if (sync->file != NULL)
		fflush(sync->file);
}

static void maybe_crash(struct sync *sync)
{
	if (sync->host->crash_at == 0 || sync->host->n_emitted < sync->host->crash_at)
		return;
	commit(sync, sync->n_queued ? (size_t)random() % sync->n_queued : 0);
	_exit(9);
}

static bool enqueue(struct sync *sync, const char *type, const struct raw *raw, struct str key, struct str cursor,
		    const struct err *why)
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE_BYTES);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member(&w, "type", str_from(type));
	json_member(&w, "key", key);
	json_member(&w, "cursor", cursor);
	if (raw != NULL) {
		crypto_sha256(raw->body, digest);
		json_member(&w, "id", raw->id);
		json_member(&w, "content_type", raw->content_type);
		json_member(&w, "meta", raw->meta);
		json_member(&w, "sha256", str_from(crypto_hex(digest, sizeof(digest), hex)));
		json_member_int(&w, "size", (int64_t)raw->body.len);
		json_member(&w, "head", str_sub(raw->body, 0, 200));
	}
	if (why != NULL) {
		json_member(&w, "reason", str_from(why->msg));
		json_member(&w, "kind", str_from(err_kind_name(why->kind)));
	}
	json_close(&w, '}');
	if (sync->n_queued == MAX_QUEUED)
		commit(sync, MAX_QUEUED);
	sync->queue[sync->n_queued++] = (struct queued){ buf_steal(&line), xstrndup(key.ptr, key.len),
							 xstrndup(cursor.ptr, cursor.len) };
	if (raw != NULL) {
		sync->host->n_emitted++;
		maybe_crash(sync);
	}
	return true;
}

struct str sync_cursor(struct sync *sync, struct str key)
{
	for (size_t i = 0; i < sync->n_committed; i++)
		if (str_eq(str_from(sync->committed[i].key), key))
			return str_from(sync->committed[i].text);
	return (struct str){ NULL, 0 };
}

bool sync_token(struct sync *sync, bool was_refused, struct str *token, struct err *err)
{
	const char *text = sync->host->tokens[was_refused];

	*token = str_from(text);
	return text != NULL || err_setf(err, ERR_LOGIN, "no token");
}

bool sync_emit(struct sync *sync, const struct raw *raw, struct str key, struct str next_cursor, struct err *err)
{
	(void)err;
	return enqueue(sync, "raw", raw, key, next_cursor, NULL);
}

bool sync_emit_dead(struct sync *sync, const struct raw *raw, struct str key, struct str next_cursor,
		    const struct err *why, struct err *err)
{
	(void)err;
	return enqueue(sync, "dead", raw, key, next_cursor, why);
}

bool sync_mark(struct sync *sync, struct str key, struct str next_cursor, struct err *err)
{
	(void)err;
	return enqueue(sync, "mark", NULL, key, next_cursor, NULL);
}

bool sync_flush(struct sync *sync, struct err *err)
{
	(void)err;
	commit(sync, sync->n_queued);
	return true;
}

bool sync_is_canceled(const struct sync *sync)
{
	return sync->host->cancel_at_us != 0 && clock_mono_us() >= sync->host->cancel_at_us;
}

void sync_watch(struct sync *sync, int fd)
{
	sync->host->watched_fd = fd;
}

void sync_traffic(struct sync *sync, int64_t fetched, int64_t spared)
{
	sync->host->fetched += fetched;
	sync->host->spared += spared;
}

void sync_trouble(struct sync *sync, struct str what, struct str text)
{
	(void)sync;
	if (text.len > 0)
		fprintf(stderr, "trouble: " STR_FMT ": " STR_FMT "\n", STR_ARG(what), STR_ARG(text));
}

void sync_folder(struct sync *sync, const struct folder_state *state)
{
	sync_trouble(sync, state->folder, state->error);
}

void sync_withhold(struct sync *sync, int64_t n, bool is_old)
{
	(void)is_old;
	sync->host->n_withheld += n;
}

/* Known are those of known.example. */
bool sync_is_known_person(struct sync *sync, struct str address, bool *is, struct err *err)
{
	(void)sync, (void)err;
	*is = str_iends(address, STR("@known.example"));
	return true;
}

bool sync_people_mark(struct sync *sync, struct people_mark *now, struct err *err)
{
	(void)sync, (void)err;
	*now = (struct people_mark){ 0 };
	return true;
}

bool sync_each_new_address(struct sync *sync, const struct people_mark *since, int64_t above, size_t limit,
			   bool (*fn)(int64_t identity, struct str address, void *arg), void *arg, struct err *err)
{
	(void)sync, (void)since, (void)above, (void)limit, (void)fn, (void)arg, (void)err;
	return true;
}

/* This host keeps no journal to compare with: the tests of reconcile() have a daemon. */
bool sync_each_known(struct sync *sync, struct str prefix, bool (*fn)(struct str id, void *arg), void *arg,
		     struct err *err)
{
	(void)sync, (void)prefix, (void)fn, (void)arg;
	return err_setf(err, ERR_BUG, "there is no journal");
}

bool sync_is_known(struct sync *sync, struct str id, bool *is, struct err *err)
{
	(void)sync, (void)id, (void)is;
	return err_setf(err, ERR_BUG, "there is no journal");
}

bool sync_read_known(struct sync *sync, struct str id, char **bytes, size_t *n, struct err *err)
{
	(void)sync, (void)id, (void)bytes, (void)n;
	return err_setf(err, ERR_BUG, "there is no journal");
}

bool sync_has_mail(struct sync *sync, struct str message_id, bool *has, struct err *err)
{
	(void)sync, (void)message_id, (void)has;
	return err_setf(err, ERR_BUG, "there is no journal");
}

void sync_each_cursor(struct sync *sync, void (*fn)(struct str key, struct str cursor, void *arg), void *arg)
{
	for (size_t i = 0; i < sync->n_committed; i++)
		fn(str_from(sync->committed[i].key), str_from(sync->committed[i].text), arg);
}

bool sync_reconciled(struct sync *sync, const struct reconciled *folder, struct err *err)
{
	(void)sync, (void)folder;
	return err_setf(err, ERR_BUG, "there is no journal");
}

void sync_progress(struct sync *sync, const struct reconcile_progress *now)
{
	(void)sync, (void)now;
}

void sync_looked(struct sync *sync)
{
	sync->host->n_looks++;
}

bool sync_may_backfill(const struct sync *sync)
{
	return !sync->host->is_live_only;
}

void sync_tell_backlog(struct sync *sync, const struct sync_backlog *now)
{
	sync->host->backlog = *now;
}

bool sync_may_connect(const struct sync *sync)
{
	(void)sync;
	return true;
}

void sync_connected(struct sync *sync)
{
	(void)sync;
}

void sync_throttled(struct sync *sync, bool is_quota, int64_t wait_us)
{
	sync->host->is_over_quota = is_quota;
	sync->host->wait_us = wait_us;
}

int64_t sync_now_us(const struct sync *sync)
{
	return clock_wall_us() + sync->host->shift_us;
}

void sync_host_load(struct sync_host *host)
{
	auto_free char *line = NULL;
	size_t room = 0;
	ssize_t len;
	struct err err;
	FILE *old;

	host->sync = xnew(struct sync);
	host->sync->host = host;
	host->watched_fd = -1;
	old = host->path ? fopen(host->path, "r") : NULL;
	while (old != NULL && (len = getline(&line, &room, old)) > 0) {
		auto_json struct json_object *row = json_parse((struct str){ line, (size_t)len }, 8, 100, &err);
		auto_free char *key = NULL, *cursor = NULL;

		if (row == NULL)
			abort();
		key = xstrndup(json_str(row, "key").ptr, json_str(row, "key").len);
		cursor = xstrndup(json_str(row, "cursor").ptr, json_str(row, "cursor").len);
		set_cursor(host->sync, key, cursor);
	}
	if (old != NULL)
		fclose(old);
	host->sync->file = host->path ? fopen(host->path, "a") : NULL;
}

bool sync_host_run(struct sync_host *host, const struct connector *connector, void *session, struct err *err)
{
	bool is_good;

	host->watched_fd = -1;
	host->is_over_quota = false;
	host->wait_us = 0;
	is_good = connector->sync(session, host->sync, err);
	/* After a failure the writer still commits what it was given. */
	commit(host->sync, host->sync->n_queued);
	return is_good;
}

void sync_host_finish(struct sync_host *host)
{
	struct sync *sync = host->sync;

	for (size_t i = 0; i < sync->n_committed; i++) {
		free(sync->committed[i].key);
		free(sync->committed[i].text);
	}
	if (sync->file != NULL)
		fclose(sync->file);
	free(sync);
	host->sync = NULL;
}
