#include "api/webhook_batch.h"

#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/change_json.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/talk.h"
#include "conf/config.h"

enum { MAX_POSTS = 4 << 20, ENOUGH = 512 << 10, MAX_RECORD = 16 << 20, MAX_REPLY = 1 << 20, MAX_ERROR = 300 };
enum { FIRST_WAIT_S = 5, LONGEST_WAIT_S = 8 * 3600, GIVE_UP_S = 3 * 24 * 3600 };

void batch_sign(struct buf *out, struct str secret, struct str id, int64_t at_s, struct str body)
{
	unsigned char mac[SHA256_SIZE];
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_add(&text, id);
	buf_addf(&text, ".%lld.", (long long)at_s);
	buf_add(&text, body);
	crypto_hmac_sha256(secret, buf_str(&text), mac);
	buf_add(out, STR("v1,"));
	base64_put(out, (struct str){ (const char *)mac, sizeof(mac) });
	buf_finish(&text);
}

/* ---- what is sent ---- */

struct filling {
	struct batch *b;
	struct call *c;
	struct json_writer w;
	struct view_change found[BATCH_POSTS];
	size_t n_found;
	bool is_full;
	struct err *err;
};

static bool keep_change(const struct view_change *change, void *arg)
{
	struct filling *f = arg;

	f->is_full = f->n_found == BATCH_POSTS;
	if (f->is_full)
		return false;
	f->found[f->n_found] = *change;
	f->found[f->n_found].connector = arena_str(f->c->arena, change->connector);
	f->found[f->n_found++].state = arena_str(f->c->arena, change->state);
	return true;
}

struct record {
	struct call *c;
	struct buf json;
	bool ok;
	struct err *err;
};

static bool take_entry(const struct interaction_row *row, void *arg)
{
	struct record *r = arg;

	r->ok = put_entry(r->c, &r->json, row, r->err);
	return true;
}

static bool put_contact_record(struct record *r, int64_t id)
{
	struct view_contact contact;
	struct json_writer w;

	json_begin(&w, &r->json);
	return view_contact(r->c->st, &r->c->viewer, id, r->c->arena, &contact, r->err) &&
	       put_contact(r->c, &w, &contact, true, r->err);
}

/* The thing itself as it is now, as these eyes see it; null where there is none, or none any more. */
static bool put_record(struct filling *f, struct json_writer *w, const struct view_change *change)
{
	struct record r = { .c = f->c, .ok = true, .err = f->err };
	bool ok = true;

	buf_init(&r.json, MAX_RECORD);
	if (change->kind == CHANGE_ENTRY_CREATED || change->kind == CHANGE_ENTRY_UPDATED)
		ok = view_interaction(f->c->st, &f->c->viewer, change->id, take_entry, &r, f->err) && r.ok;
	else if (change->kind >= CHANGE_CONTACT_CREATED && change->kind <= CHANGE_CONTACT_UNMERGED)
		ok = put_contact_record(&r, change->id);
	if (!ok && f->err->kind == ERR_MISSING) {
		ok = true;
		buf_clear(&r.json);
	}
	json_name(w, "record");
	if (r.json.len > 0 && !buf_is_exceeded(&r.json))
		json_raw_value(w, buf_str(&r.json));
	else
		json_null_value(w);
	buf_finish(&r.json);
	return ok;
}

static bool put_payload(struct filling *f, struct buf *body, const struct view_change *change)
{
	char at[CLOCK_TEXT_SIZE];
	struct json_writer w;

	json_begin(&w, body);
	json_open(&w, '{');
	json_member(&w, "type", str_from(change_name(change->kind)));
	json_member(&w, "timestamp", str_from(clock_format(change->at_us, at)));
	json_name(&w, "data");
	json_open(&w, '{');
	json_name(&w, "change");
	if (!change_put(&w, f->c->st, &f->c->viewer, change, NULL, f->err) || !put_record(f, &w, change))
		return false;
	json_close(&w, '}');
	json_close(&w, '}');
	return true;
}

/* What has no change behind it: a test, or that what came in between is not told. */
static void put_bare_payload(struct buf *body, const char *type, int64_t next)
{
	char at[CLOCK_TEXT_SIZE];
	struct json_writer w;

	json_begin(&w, body);
	json_open(&w, '{');
	json_member(&w, "type", str_from(type));
	json_member(&w, "timestamp", str_from(clock_format(clock_wall_us(), at)));
	json_name(&w, "data");
	json_open(&w, '{');
	json_member_int(&w, "next", next);
	json_close(&w, '}');
	json_close(&w, '}');
}

static void put_signatures(struct buf *out, const struct webhook_row *row, struct str id, int64_t now_us, struct str body)
{
	struct str old = row->old_until_us > now_us ? row->old_secrets : STR("");

	batch_sign(out, row->secret, id, now_us / US_PER_S, body);
	for (; old.len > 0; old = str_sub(old, WEBHOOK_SECRET_SIZE, STR_NONE)) {
		buf_addc(out, ' ');
		batch_sign(out, str_sub(old, 0, WEBHOOK_SECRET_SIZE), id, now_us / US_PER_S, body);
	}
}

/* The same change to the same webhook has the same id, however often it is sent. */
static void put_post(struct filling *f, int64_t seq, struct str body)
{
	struct batch *b = f->b;
	int64_t now_us = clock_wall_us();
	char number[ID_TEXT_SIZE], at[24];
	struct str id = arena_strf(f->c->arena, "%s_%lld", id_format(b->row.id, "msg_", number), (long long)seq);
	struct buf signatures;

	buf_init(&signatures, 1024);
	put_signatures(&signatures, &b->row, id, now_us, body);
	snprintf(at, sizeof(at), "%lld", (long long)(now_us / US_PER_S));
	json_open(&f->w, '{');
	json_member(&f->w, "id", id);
	json_member(&f->w, "timestamp", str_from(at));
	json_member(&f->w, "signature", buf_str(&signatures));
	json_member(&f->w, "body", body);
	json_close(&f->w, '}');
	buf_finish(&signatures);
	b->seqs[b->n++] = seq;
}

static void put_bare(struct filling *f, const char *type, int64_t seq, int64_t next)
{
	struct buf body;

	buf_init(&body, 1024);
	put_bare_payload(&body, type, next);
	put_post(f, seq, buf_str(&body));
	buf_finish(&body);
}

static bool put_changes(struct filling *f)
{
	struct buf body;
	bool ok = true;

	buf_init(&body, MAX_RECORD + 4096);
	for (size_t i = 0; i < f->n_found && ok; i++) {
		if (f->b->posts.len > ENOUGH) {
			f->b->until = f->found[i - 1].seq;
			break;
		}
		buf_clear(&body);
		ok = put_payload(f, &body, &f->found[i]);
		if (ok)
			put_post(f, f->found[i].seq, buf_str(&body));
	}
	buf_finish(&body);
	return ok;
}

static bool fill_from_log(struct filling *f, const struct change_span *span)
{
	struct batch *b = f->b;
	int64_t kinds = change_kinds(&f->c->powers) & (b->row.kinds ? b->row.kinds | VIEW_CHANGES_FOR_ALL : INT64_MAX);
	int64_t after = b->row.cursor;

	/* It was disabled for so long that rows behind its cursor are not kept any more. */
	if (after > span->last || after + 1 < span->first) {
		b->until = span->last;
		put_bare(f, "reset", span->last, span->last);
		return true;
	}
	b->until = span->last - after > BATCH_LOOKED_AT ? after + BATCH_LOOKED_AT : span->last;
	if (!view_each_change(f->c->st, &f->c->viewer, kinds, after, b->until, keep_change, f, f->err))
		return false;
	if (f->is_full)
		b->until = f->found[BATCH_POSTS - 1].seq;
	return put_changes(f);
}

bool batch_fill(struct batch *b, struct call *c, struct err *err)
{
	struct filling f = { .b = b, .c = c, .err = err };
	struct change_span span;
	bool ok = true;

	if (!role_find(c->config, b->row.role, &c->powers))
		return err_setf(err, ERR_CONF, "its role \"" STR_FMT "\" is not in the configuration any more", STR_ARG(b->row.role));
	if (staff_is_gone(c->config, b->row.staff))
		return err_setf(err, ERR_CONF, "it has the eyes of \"" STR_FMT "\", who is not in staff any more", STR_ARG(b->row.staff));
	role_viewer(&c->powers, c->config, b->row.staff, c->arena, &c->viewer);
	if (!store_change_span(c->st, &span, err))
		return false;
	json_begin(&f.w, &b->posts);
	json_open(&f.w, '[');
	if (b->is_test)
		put_bare(&f, "webhook.test", 0, span.last);
	else
		ok = fill_from_log(&f, &span);
	json_close(&f.w, ']');
	return ok && (!buf_is_exceeded(&b->posts) || err_setf(err, ERR_LIMIT, "the changes are too large to be sent"));
}

/* ---- sending ---- */

static void put_request(const struct batch *b, const struct config *config, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_name(&w, "hook");
	json_open(&w, '{');
	json_member(&w, "url", b->row.url);
	json_member_or_null(&w, "tls_ca", str_from(config->webhooks.tls_ca));
	json_member_int(&w, "timeout_s", BATCH_TIMEOUT_S);
	json_name(&w, "allow");
	json_open(&w, '[');
	for (size_t i = 0; i < config->net_allow_text.n_items; i++)
		json_str_value(&w, str_from(config->net_allow_text.items[i]));
	json_close(&w, ']');
	json_name(&w, "posts");
	json_raw_value(&w, buf_str(&b->posts));
	json_close(&w, '}');
	json_close(&w, '}');
}

static void read_result(struct batch *b, struct json_object *result, int64_t now_us)
{
	struct webhook_attempt *a = &b->attempts[b->n_attempts];
	int64_t retry_after_s = 0;

	*a = (struct webhook_attempt){ .webhook = b->row.id, .seq = b->seqs[b->n_attempts], .at_us = now_us };
	json_int(json_get(result, "status"), &a->status);
	json_int(json_get(result, "took_ms"), &a->took_ms);
	json_int(json_get(result, "retry_after_s"), &retry_after_s);
	a->error = arena_str(b->arena, str_sub(json_str(result, "error"), 0, MAX_ERROR));
	b->row.next_us = retry_after_s > 0 ? now_us + retry_after_s * US_PER_S : 0;
	b->n_attempts++;
}

static bool read_reply(struct batch *b, struct str text, struct err *err)
{
	auto_json struct json_object *reply = json_parse(text, 5, 1000, err);
	struct json_object *results = json_get(reply, "results");
	struct str error = json_str(reply, "error");
	int64_t now_us = clock_wall_us();

	if (reply == NULL || error.len > 0 || json_count(results) == 0)
		return err_setf(err, ERR_AGAIN, "%s" STR_FMT, error.len ? "" : "daybook-fetch ended without an answer", STR_ARG(error));
	for (size_t i = 0; i < json_count(results) && i < b->n; i++)
		read_result(b, json_at(results, i), now_us);
	return true;
}

bool batch_send(struct batch *b, const struct config *config, const struct talk *how, struct err *err)
{
	struct buf request, reply;
	bool ok;

	buf_init(&request, 2 * MAX_POSTS);
	buf_init(&reply, MAX_REPLY);
	put_request(b, config, &request);
	ok = talk(how, buf_str(&request), &reply, err) && read_reply(b, buf_str(&reply), err);
	buf_finish(&request);
	buf_finish(&reply);
	return ok;
}

/* ---- what comes of it ---- */

static bool is_taken(const struct webhook_attempt *a)
{
	return a->status >= 200 && a->status < 300;
}

/* 5 s, 20 s, 80 s … 8 h, each up to a fifth shorter or longer, so that many do not come back at once. */
static int64_t wait_us(int64_t failures, uint32_t random)
{
	int64_t wait_s = FIRST_WAIT_S;

	for (int64_t i = 1; i < failures && wait_s < LONGEST_WAIT_S; i++)
		wait_s *= 4;
	if (wait_s > LONGEST_WAIT_S)
		wait_s = LONGEST_WAIT_S;
	return wait_s * US_PER_S / 100 * (80 + random % 41);
}

static struct str words_for(struct batch *b, const struct webhook_attempt *a)
{
	if (a->error.len > 0)
		return a->error;
	if (a->status == 410)
		return STR("it answered 410: it is gone");
	if (a->status >= 300 && a->status < 400)
		return arena_strf(b->arena, "it answered %lld, a redirect, which is not followed: name the address itself",
				  (long long)a->status);
	return arena_strf(b->arena, "it answered %lld", (long long)a->status);
}

static void note_failure(struct batch *b, const struct webhook_attempt *last, int64_t now_us, uint32_t random)
{
	struct webhook_row *row = &b->row;
	int64_t asked_us = row->next_us;

	row->error = words_for(b, last);
	if (row->failing_since_us == 0)
		row->failing_since_us = now_us;
	row->failures++;
	row->next_us = now_us + wait_us(row->failures, random);
	if (asked_us > row->next_us)		/* its own wish, but not for ever */
		row->next_us = asked_us < now_us + LONGEST_WAIT_S * US_PER_S ? asked_us : now_us + LONGEST_WAIT_S * US_PER_S;
	if (last->status == 410 || now_us - row->failing_since_us >= GIVE_UP_S * US_PER_S)
		row->disabled_us = now_us;
}

void batch_settle(struct batch *b, int64_t now_us, uint32_t random)
{
	struct webhook_row *row = &b->row;
	const struct webhook_attempt *last = b->n_attempts ? &b->attempts[b->n_attempts - 1] : NULL;
	size_t n_taken = b->n_attempts - (last != NULL && !is_taken(last));

	if (b->is_test)
		return;
	if (n_taken == b->n)
		row->cursor = b->until;
	else if (n_taken > 0)
		row->cursor = b->seqs[n_taken - 1];
	if (n_taken > 0 || b->n == 0) {
		row->failures = row->failing_since_us = 0;
		row->error = STR("");
	}
	if (last != NULL && !is_taken(last))
		note_failure(b, last, now_us, random);
	else
		row->next_us = 0;
}

void batch_fail(struct batch *b, const struct err *why, int64_t now_us, uint32_t random)
{
	const struct webhook_attempt none = { .error = str_from(why->msg) };

	if (!b->is_test)
		note_failure(b, &none, now_us, random);
	b->row.error = arena_str(b->arena, none.error);
}
