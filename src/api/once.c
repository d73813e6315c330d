/* Idempotency-Key: whoever does not know whether his request arrived sends it again, with the same key, and is told what the
 * first one was told. */
#include <string.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "store/answer.h"

enum { MAX_KEY = 255, MAX_ASKED = 2 << 20 };

/* Whoever has no token has no keys either: they would be everybody's. */
static bool uses_key(const struct call *c)
{
	return c->has_key && !c->route->is_public && strcmp(c->route->method, "POST") == 0;
}

static bool is_key(struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.ptr[i] < 0x21 || key.ptr[i] > 0x7e)
			return false;
	return key.len > 0 && key.len <= MAX_KEY;
}

/* Keyed: it must not tell anybody what was written. */
static bool hash_asked(struct call *c, unsigned char md[SHA256_SIZE], struct err *err)
{
	unsigned char key[CURSOR_KEY_SIZE];
	struct buf asked;

	if (!store_cursor_key(c->st, key, err))
		return false;
	buf_init(&asked, MAX_ASKED);
	buf_addf(&asked, "%s\n" STR_FMT "\n" STR_FMT "\n", c->route->method, STR_ARG(c->path), STR_ARG(c->query));
	buf_add(&asked, c->body);
	crypto_hmac_sha256((struct str){ (const char *)key, sizeof(key) }, buf_str(&asked), md);
	buf_finish(&asked);
	return true;
}

static void repeat(struct call *c, const struct answer_row *row)
{
	c->reply.status = (int)row->status;
	buf_add(&c->reply.json, row->body);
	if (row->location.len > 0)
		call_header(c, "Location", row->location.ptr);
	call_header(c, "Idempotency-Replayed", "true");
}

bool once_find(struct call *c, bool *is_answered, struct err *err)
{
	unsigned char md[SHA256_SIZE];
	struct answer_row row;

	*is_answered = false;
	if (!uses_key(c))
		return true;
	if (!is_key(c->key)) {
		*is_answered = problem(c, 400, "bad-key", "Idempotency-Key has 1 to %d characters of ASCII without blanks", MAX_KEY);
		return true;
	}
	if (!store_find_answer(c->st, c->token.id, c->key, clock_wall_us(), c->arena, &row, is_answered, err))
		return false;
	if (!*is_answered)
		return true;
	if (!hash_asked(c, md, err))
		return false;
	if (row.asked.len != sizeof(md) || !crypto_equal(row.asked.ptr, md, sizeof(md)))
		problem(c, 422, "key-used", "this Idempotency-Key belongs to another request of the last 24 hours");
	else if (row.body.len == 0 && row.status == 410)
		problem(c, 410, "erased", "this was done; its answer named a person who was erased since");
	else
		repeat(c, &row);
	return true;
}

static struct str location_of(const struct call *c)
{
	for (size_t i = 0; i < c->reply.n_headers; i++)
		if (strcmp(c->reply.headers[i].name, "Location") == 0)
			return str_from(c->reply.headers[i].value);
	return STR("");
}

bool once_keep(struct call *c, struct err *err)
{
	unsigned char md[SHA256_SIZE];
	struct answer_row row = { .scope = c->token.id, .key = c->key, .status = c->reply.status, .location = location_of(c),
				  .body = buf_str(&c->reply.json), .made_us = clock_wall_us() };

	if (!uses_key(c))
		return true;
	if (!hash_asked(c, md, err))
		return false;
	row.asked = (struct str){ (const char *)md, sizeof(md) };
	return store_put_answer(c->st, &row, err);
}
