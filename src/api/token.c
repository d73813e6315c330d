#include "api/token.h"

#include <string.h>

#include "api/call.h"
#include "api/stream.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "ingest/ingest.h"
#include "store/audit.h"
#include "store/writer.h"

enum { MAX_NAME = 80, RANDOM_BYTES = 32, TOKEN_ARENA = 1 << 16, AUDIT_ARENA = 4096 };

struct change {
	struct job job;
	struct api *api;
	struct arena *arena;
	struct token_row row;
	bool is_revocation;
	char token[TOKEN_TEXT_SIZE];
	unsigned char hash[SHA256_SIZE];
	token_done_fn *done;
	void *arg;
	struct err err;
};

static bool audit(const struct token_row *row, const char *what, struct store *st, struct err *err)
{
	struct audit_entry entry = { .who = row->made_by, .what = str_from(what), .which = row->name };
	struct arena *arena = arena_create(AUDIT_ARENA);
	bool ok;

	if (row->role.len > 0)
		entry.detail = arena_strf(arena, "role " STR_FMT "%s" STR_FMT, STR_ARG(row->role), row->staff.len ? ", eyes of " : "",
					  STR_ARG(row->staff));
	ok = audit_add(st, &entry, err);
	arena_destroy(arena);
	return ok;
}

bool token_put(struct store *st, const struct token_row *row, const unsigned char hash[TOKEN_HASH_SIZE], struct err *err)
{
	return store_put_token(st, row, hash, err) && audit(row, "token create", st, err);
}

bool token_end(struct store *st, struct str name, struct str by, struct err *err)
{
	const struct token_row row = { .name = name, .made_by = by };

	return store_revoke_token(st, name, clock_wall_us(), err) && audit(&row, "token revoke", st, err);
}

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct change *ch = (struct change *)job;

	return ch->is_revocation ? token_end(st, ch->row.name, ch->row.made_by, err) : token_put(st, &ch->row, ch->hash, err);
}

static void over(void *arg)
{
	struct change *ch = arg;

	if (ch->is_revocation)
		streams_look_again(ch->api->streams);
	ch->done(ch->arg, ch->token, ch->err.kind == ERR_NONE ? NULL : &ch->err);
	ingest_leave(ch->api->parts.ingest);
	arena_destroy(ch->arena);
	explicit_bzero(ch->token, sizeof(ch->token));
	free(ch);
}

static void on_written(struct job *job, const struct err *err)
{
	struct change *ch = (struct change *)job;

	if (err != NULL)
		ch->err = *err;
	ingest_call_loop(ch->api->parts.ingest, over, ch);
}

static struct change *change_create(struct api *api, token_done_fn *done, void *arg)
{
	struct change *ch = xnew(struct change);

	ch->job = (struct job){ .apply = apply, .done = on_written, .bytes = sizeof(*ch) };
	ch->api = api;
	ch->arena = arena_create(TOKEN_ARENA);
	ch->done = done;
	ch->arg = arg;
	return ch;
}

static bool submit(struct change *ch, struct err *err)
{
	ingest_enter(ch->api->parts.ingest);
	if (writer_submit(ch->api->parts.writer, &ch->job, err))
		return true;
	ingest_leave(ch->api->parts.ingest);
	arena_destroy(ch->arena);
	free(ch);
	return false;
}

void token_random(char token[TOKEN_TEXT_SIZE], unsigned char hash[TOKEN_HASH_SIZE])
{
	unsigned char secret[RANDOM_BYTES];
	struct buf text;

	crypto_random(secret, sizeof(secret));
	buf_init(&text, TOKEN_TEXT_SIZE);
	buf_add(&text, STR("dbk_"));
	base64url_put(&text, (struct str){ (const char *)secret, sizeof(secret) });
	memcpy(token, text.ptr, text.len + 1);
	crypto_sha256(buf_str(&text), hash);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(text.ptr, text.len);
	buf_finish(&text);
}

static bool is_good_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			return false;
	return name.len > 0 && name.len <= MAX_NAME && str_is_utf8(name);
}

static bool check(const struct config *config, const struct token_wish *wish, struct err *err)
{
	struct powers powers;

	if (!is_good_name(wish->name))
		return err_setf(err, ERR_INPUT, "the name of a token has 1 to %d bytes without control characters", MAX_NAME);
	if (!role_find(config, wish->role, &powers))
		return err_setf(err, ERR_INPUT, "there is no role \"" STR_FMT "\"; see roles in daybook.yaml(5)",
				STR_ARG(str_sub(wish->role, 0, 60)));
	return wish->staff.len == 0 || role_has_staff(config, wish->staff) ||
	       err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not in staff", STR_ARG(str_sub(wish->staff, 0, 60)));
}

bool token_create(struct api *api, const struct token_wish *wish, token_done_fn *done, void *arg, struct err *err)
{
	struct change *ch;

	if (!check(api->config, wish, err))
		return false;
	ch = change_create(api, done, arg);
	ch->row = (struct token_row){
		.name = arena_str(ch->arena, wish->name), .role = arena_str(ch->arena, wish->role),
		.staff = arena_str(ch->arena, wish->staff), .made_by = arena_str(ch->arena, wish->by),
		.created_us = clock_wall_us(), .expires_us = wish->expires_us,
	};
	token_random(ch->token, ch->hash);
	return submit(ch, err);
}

bool token_revoke(struct api *api, struct str name, struct str by, token_done_fn *done, void *arg, struct err *err)
{
	struct change *ch = change_create(api, done, arg);

	ch->is_revocation = true;
	ch->row.name = arena_str(ch->arena, str_sub(name, 0, MAX_NAME + 1));
	ch->row.made_by = arena_str(ch->arena, by);
	return submit(ch, err);
}
