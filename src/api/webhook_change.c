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
	unsigned char raw[WEBHOOK_SECRET_SIZE];
	char secret[WEBHOOK_SECRET_TEXT];
	webhook_done_fn *done;
	void *arg;
	struct err err;
};

static bool apply_change(struct job *job, struct store *st, struct err *err)
{
	struct change *ch = (struct change *)job;
	static const char *const whats[] = { "webhook remove", "webhook retry", "webhook rotate" };
	struct audit_entry entry = { .who = ch->row.made_by };
	struct webhook_row *row = &ch->row;
	char id[ID_TEXT_SIZE];
	bool ok;

	switch (ch->action) {
	case ADD:
		row->cursor = store_last_change(st);
		ok = store_put_webhook(st, row, &row->id, err);
		break;
	case WEBHOOK_REMOVE:
		ok = store_remove_webhook(st, row->id, err);
		break;
	case WEBHOOK_RETRY:
		ok = store_retry_webhook(st, row->id, err);
		break;
	default:
		ok = store_rotate_webhook(st, row->id, row->secret,
					  clock_wall_us() + OLD_SECRET_H * 3600 * US_PER_S, err);
	}
	entry.what = str_from(ch->action == ADD ? "webhook add" : whats[ch->action]);
	entry.which = ok ? str_from(id_format(row->id, "whk_", id)) : STR("");
	return ok && audit_add(st, &entry, err);
}

static void take_change(struct change *ch)
{
	struct webhooks *h = ch->home;
	struct hook *hook = webhooks_find(h, ch->row.id);

	if (ch->action == ADD)
		webhooks_know(h, &ch->row);
	else if (ch->action == WEBHOOK_REMOVE)
		webhooks_forget(h, ch->row.id);
	else if (ch->action == WEBHOOK_RETRY && hook != NULL) {
		hook->next_us = 0;
		hook->is_disabled = hook->is_failing = false;
	}
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

static void make_secret(struct change *ch)
{
	struct buf text;

	crypto_random(ch->raw, sizeof(ch->raw));
	ch->row.secret = (struct str){ (const char *)ch->raw, sizeof(ch->raw) };
	buf_init(&text, WEBHOOK_SECRET_TEXT - 1);
	buf_add(&text, STR("whsec_"));
	base64_put(&text, ch->row.secret);
	memcpy(ch->secret, text.ptr, text.len + 1);
	explicit_bzero(text.ptr, text.len);
	buf_finish(&text);
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
	if (action == ADD || action == WEBHOOK_ROTATE)
		make_secret(ch);
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
