/* Webhooks that are made, removed, tried again or given another secret: each one job of the writer, and a line of the audit
 * log with it. */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/webhook_inside.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/mem.h"
#include "ingest/ingest.h"
#include "store/audit.h"
#include "store/writer.h"

enum { ADD = -1, OLD_SECRET_H = 24, CHANGE_ARENA = 1 << 16 };

struct change {
	struct job job;
	struct webhooks *home;
	struct arena *arena;
	struct webhook_row row;
	int action;			/* enum webhook_action, or ADD */
	char secret[WEBHOOK_SECRET_TEXT];
	webhook_done_fn *done;
	void *arg;
	struct err err;
};

static bool audit(struct store *st, const char *what, const struct webhook_row *row, struct err *err)
{
	char id[ID_TEXT_SIZE];
	const struct audit_entry entry = { .who = row->made_by, .what = str_from(what),
					   .which = str_from(id_format(row->id, "whk_", id)) };

	return audit_add(st, &entry, err);
}

static void make_secret(unsigned char raw[WEBHOOK_SECRET_SIZE], char secret[WEBHOOK_SECRET_TEXT])
{
	struct buf text;

	crypto_random(raw, WEBHOOK_SECRET_SIZE);
	buf_init(&text, WEBHOOK_SECRET_TEXT - 1);
	buf_add(&text, STR("whsec_"));
	base64_put(&text, (struct str){ (const char *)raw, WEBHOOK_SECRET_SIZE });
	memcpy(secret, text.ptr, text.len + 1);
	explicit_bzero(text.ptr, text.len);
	buf_finish(&text);
}

bool webhook_put(struct store *st, struct webhook_row *row, char secret[WEBHOOK_SECRET_TEXT], struct err *err)
{
	unsigned char raw[WEBHOOK_SECRET_SIZE];
	bool ok;

	make_secret(raw, secret);
	row->secret = (struct str){ (const char *)raw, sizeof(raw) };
	row->cursor = store_last_change(st);
	ok = store_put_webhook(st, row, &row->id, err) && audit(st, "webhook add", row, err);
	row->secret = STR("");
	explicit_bzero(raw, sizeof(raw));
	return ok;
}

bool webhook_rotate(struct store *st, const struct webhook_row *row, char secret[WEBHOOK_SECRET_TEXT], struct err *err)
{
	unsigned char raw[WEBHOOK_SECRET_SIZE];
	int64_t now_us = clock_wall_us();
	bool ok;

	make_secret(raw, secret);
	ok = store_rotate_webhook(st, row->id, (struct str){ (const char *)raw, sizeof(raw) }, now_us,
				  now_us + OLD_SECRET_H * 3600 * US_PER_S, err);
	explicit_bzero(raw, sizeof(raw));
	return ok && audit(st, "webhook rotate", row, err);
}

bool webhook_apply(struct store *st, enum webhook_action action, const struct webhook_row *row, struct err *err)
{
	if (action == WEBHOOK_REMOVE)
		return store_remove_webhook(st, row->id, err) && audit(st, "webhook remove", row, err);
	return store_retry_webhook(st, row->id, err) && audit(st, "webhook retry", row, err);
}

static bool apply_change(struct job *job, struct store *st, struct err *err)
{
	struct change *ch = (struct change *)job;

	if (ch->action == ADD)
		return webhook_put(st, &ch->row, ch->secret, err);
	if (ch->action == WEBHOOK_ROTATE)
		return webhook_rotate(st, &ch->row, ch->secret, err);
	return webhook_apply(st, (enum webhook_action)ch->action, &ch->row, err);
}

static void take_change(struct change *ch)
{
	if (ch->action == ADD)
		webhooks_know(ch->home, &ch->row);
	else if (ch->action == WEBHOOK_REMOVE)
		webhooks_forget(ch->home, ch->row.id);
	else if (ch->action == WEBHOOK_RETRY)
		webhooks_wake(ch->home, ch->row.id);
}

static void over(void *arg)
{
	struct change *ch = arg;
	bool ok = ch->err.kind == ERR_NONE;

	if (ok)
		take_change(ch);
	ch->done(ch->arg, ch->row.id, ch->secret, ok ? NULL : &ch->err);
	ingest_leave(ch->home->api->parts.ingest);
	arena_destroy(ch->arena);
	explicit_bzero(ch, sizeof(*ch));
	free(ch);
}

static void on_changed(struct job *job, const struct err *err)
{
	struct change *ch = (struct change *)job;

	if (err != NULL)
		ch->err = *err;
	ingest_call_loop(ch->home->api->parts.ingest, over, ch);
}

static struct change *change_create(struct api *api, int action, struct str by, webhook_done_fn *done, void *arg)
{
	struct change *ch = xnew(struct change);

	ch->job = (struct job){ .apply = apply_change, .done = on_changed, .bytes = sizeof(*ch) };
	ch->home = api->webhooks;
	ch->arena = arena_create(CHANGE_ARENA);
	ch->action = action;
	ch->row.made_by = arena_str(ch->arena, by);
	ch->done = done;
	ch->arg = arg;
	return ch;
}

static bool submit(struct change *ch, struct err *err)
{
	struct ingest *ingest = ch->home->api->parts.ingest;

	ingest_enter(ingest);
	if (writer_submit(ch->home->api->parts.writer, &ch->job, err))
		return true;
	ingest_leave(ingest);
	arena_destroy(ch->arena);
	explicit_bzero(ch, sizeof(*ch));
	free(ch);
	return false;
}

bool webhook_add(struct api *api, const struct webhook_wish *wish, webhook_done_fn *done, void *arg, struct err *err)
{
	struct change *ch;
	int64_t kinds;

	if (!webhook_check(api->config, wish, &kinds, err))
		return false;
	ch = change_create(api, ADD, wish->by, done, arg);
	ch->row.url = arena_str(ch->arena, wish->url);
	ch->row.role = arena_str(ch->arena, wish->role);
	ch->row.staff = arena_str(ch->arena, wish->staff);
	ch->row.kinds = kinds;
	ch->row.created_us = clock_wall_us();
	return submit(ch, err);
}

bool webhook_change(struct api *api, enum webhook_action action, int64_t id, struct str by, webhook_done_fn *done, void *arg,
		    struct err *err)
{
	struct change *ch = change_create(api, action, by, done, arg);

	ch->row.id = id;
	return submit(ch, err);
}
