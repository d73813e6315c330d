/* /webhooks: where changes are pushed, over HTTP. */
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/handlers.h"
#include "api/list.h"
#include "api/webhook_inside.h"
#include "base/clock.h"
#include "store/change.h"

enum { MAX_URL = 2001, MAX_NAME = 100, MAX_KINDS = 1000 };

/* ---- list ---- */

static void put_kinds(struct json_writer *w, int64_t kinds)
{
	json_name(w, "kinds");
	json_open(w, '[');
	for (int kind = 1; kind < CHANGE_COUNT; kind++)
		if ((kinds >> kind) & 1)
			json_str_value(w, str_from(change_name((enum change_kind)kind)));
	json_close(w, ']');
}

static const char *state_of(const struct webhook_row *row)
{
	return row->disabled_us != 0 ? "disabled" : row->failures > 0 ? "failing" : "good";
}

/* Never the secret. */
static bool put_webhook(const struct webhook_row *row, void *arg)
{
	struct list *l = arg;

	json_open(&l->w, '{');
	put_id(&l->w, "id", row->id, "whk_");
	json_member(&l->w, "url", row->url);
	json_member(&l->w, "role", row->role);
	json_member_or_null(&l->w, "staff", row->staff);
	put_kinds(&l->w, row->kinds);
	json_member(&l->w, "state", str_from(state_of(row)));
	json_member_int(&l->w, "cursor", row->cursor);
	json_member_int(&l->w, "failures", row->failures);
	put_time(&l->w, "failing_since", row->failing_since_us);
	put_time(&l->w, "next_at", row->next_us);
	put_time(&l->w, "disabled_at", row->disabled_us);
	json_member_or_null(&l->w, "error", row->error);
	json_member(&l->w, "made_by", row->made_by);
	put_time(&l->w, "created_at", row->created_us);
	json_close(&l->w, '}');
	return true;
}

bool api_webhooks(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };

	if (!params_end(c))
		return true;
	list_begin(&l);
	return list_end(&l, store_each_webhook(c->st, put_webhook, &l, err));
}

/* ---- add ---- */

static bool is_same_as_asker(const struct call *c, const struct webhook_wish *wish)
{
	return str_eq(wish->role, c->token.role) && str_eq(wish->staff, c->token.staff);
}

/* Nobody gives away more than they have: other eyes than one's own are for who sees everything. */
static bool may_give(struct call *c, const struct webhook_wish *wish)
{
	struct powers powers;

	role_find(c->config, wish->role, &powers);
	if (is_same_as_asker(c, wish) || ((powers.rights & ~c->powers.rights) == 0 && c->viewer.sees == SEES_ALL))
		return true;
	return !problem(c, 403, "missing-right", "the role \"" STR_FMT "\" may or sees more than the one who asks",
			STR_ARG(str_sub(wish->role, 0, 60)));
}

/* The secret is not in the answer that is kept under the Idempotency-Key. */
static void put_made(struct call *c, const struct webhook_row *row, const char *secret)
{
	char path[64], id[ID_TEXT_SIZE];
	struct json_writer w;
	int n = snprintf(path, sizeof(path), "/api/v1/webhooks/%s", id_format(row->id, "whk_", id));

	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "id", str_from(id));
	json_close(&w, '}');
	c->secret_name = "secret";
	c->secret = arena_str(c->arena, str_from(secret));
	call_created(c, (struct str){ path, (size_t)n });
}

static bool add(struct call *c, struct err *err)
{
	struct webhook_row *row = c->wish;
	char secret[WEBHOOK_SECRET_TEXT];

	if (!webhook_put(c->st, row, secret, err))
		return false;
	put_made(c, row, secret);
	explicit_bzero(secret, sizeof(secret));
	return true;
}

static void know(struct call *c)
{
	const struct webhook_row *row = c->wish;

	if (row->id != 0)		/* else its Idempotency-Key had been here */
		webhooks_know(c->api->webhooks, row);
}

static bool read_wish(struct call *c, struct webhook_wish *wish)
{
	*wish = (struct webhook_wish){ .by = call_by(c) };
	if (!body_line(c, "url", MAX_URL, &wish->url) || !body_line(c, "role", MAX_NAME, &wish->role) ||
	    !body_line(c, "staff", MAX_NAME, &wish->staff) || !body_line(c, "kinds", MAX_KINDS, &wish->kinds) ||
	    !body_needs(c, "url", wish->url.len > 0) || !body_end(c))
		return false;
	if (wish->role.len == 0) {
		wish->role = c->token.role;
		wish->staff = c->token.staff;
	}
	return true;
}

bool api_webhook_add(struct call *c, struct err *err)
{
	struct webhook_row *row = arena_new(c->arena, struct webhook_row);
	struct webhook_wish wish;
	struct err why;

	(void)err;
	if (!read_wish(c, &wish))
		return true;
	if (!webhook_check(c->config, &wish, &row->kinds, &why))
		return problem(c, 422, "invalid-webhook", "%s", why.msg);
	if (!may_give(c, &wish))
		return true;
	row->url = wish.url;
	row->role = wish.role;
	row->staff = wish.staff;
	row->made_by = wish.by;
	row->created_us = clock_wall_us();
	c->wish = row;
	c->deed = add;
	c->after = know;
	return true;
}

/* ---- remove, retry, rotate ---- */

static bool put_id_alone(struct call *c, int64_t id)
{
	struct json_writer w;

	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	put_id(&w, "id", id, "whk_");
	json_close(&w, '}');
	return true;
}

static bool remove_it(struct call *c, struct err *err)
{
	const struct webhook_row *row = c->wish;

	return webhook_apply(c->st, WEBHOOK_REMOVE, row, err) && put_id_alone(c, row->id);
}

static bool retry_it(struct call *c, struct err *err)
{
	const struct webhook_row *row = c->wish;

	return webhook_apply(c->st, WEBHOOK_RETRY, row, err) && put_id_alone(c, row->id);
}

/* The secret is not in the answer that is kept under the Idempotency-Key. */
static bool rotate_it(struct call *c, struct err *err)
{
	const struct webhook_row *row = c->wish;
	char secret[WEBHOOK_SECRET_TEXT];

	if (!webhook_rotate(c->st, row, secret, err))
		return false;
	c->secret_name = "secret";
	c->secret = arena_str(c->arena, str_from(secret));
	explicit_bzero(secret, sizeof(secret));
	return put_id_alone(c, row->id);
}

static void forget(struct call *c)
{
	webhooks_forget(c->api->webhooks, ((struct webhook_row *)c->wish)->id);
}

static void wake(struct call *c)
{
	webhooks_wake(c->api->webhooks, ((struct webhook_row *)c->wish)->id);
}

static bool name_webhook(struct call *c, struct err *err)
{
	struct webhook_row *row = arena_new(c->arena, struct webhook_row);
	struct webhook_row found;
	int64_t id;

	if (!id_parse(c->parts[0], "whk_", &id))
		return err_setf(err, ERR_MISSING, "there is no such webhook");
	row->id = id;
	row->made_by = call_by(c);
	c->wish = row;
	return store_get_webhook(c->st, id, c->arena, &found, err);
}

bool api_webhook_remove(struct call *c, struct err *err)
{
	if (!params_end(c))
		return true;
	if (!name_webhook(c, err))
		return false;
	c->deed = remove_it;
	c->after = forget;
	return true;
}

bool api_webhook_retry(struct call *c, struct err *err)
{
	if (!body_end(c))
		return true;
	if (!name_webhook(c, err))
		return false;
	c->deed = retry_it;
	c->after = wake;
	return true;
}

bool api_webhook_rotate(struct call *c, struct err *err)
{
	if (!body_end(c))
		return true;
	if (!name_webhook(c, err))
		return false;
	c->deed = rotate_it;
	return true;
}
