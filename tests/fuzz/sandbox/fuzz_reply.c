/* What a hijacked parser may say to the daemon. First byte: the size of the pieces it comes in. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sandbox/answer.h"
#include "sandbox/details.h"
#include "sandbox/wire_fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was asked about; half of it is base64. */
#define RAW "Subject: s\n\nhello\nZm9v\nYmFy\nYQ==\n"

enum { MAX_ITEMS = 50, MAX_BODIES = 100000, SERIAL = 1 };

static bool count(void *arg, size_t item, size_t attachment, struct str piece)
{
	assert(item < MAX_ITEMS && attachment < WIRE_MAX_ATTACHMENTS);
	*(size_t *)arg += piece.len;
	return true;
}

static void check_texts(const struct wire_fields *fields, void *record)
{
	for (size_t i = 0; i < fields->n; i++) {
		struct str text = *wire_text(record, &fields->rows[i]);

		assert(str_is_utf8(text) && text.len <= fields->rows[i].max_bytes);
		assert(text.ptr != NULL && text.ptr[text.len] == '\0');
	}
}

static void check_interaction(struct interaction *it)
{
	assert(it->channel < CHANNEL_COUNT && it->direction < DIRECTION_COUNT && it->kind < KIND_COUNT);
	assert(it->details.len == 0 || details_is_valid(it->details));
	check_texts(&wire_interaction, it);
	for (size_t i = 0; i < it->n_parties; i++) {
		assert(it->parties[i].role < ROLE_COUNT && it->parties[i].n_ids <= WIRE_MAX_IDS);
		check_texts(&wire_party, &it->parties[i]);
		for (size_t j = 0; j < it->parties[i].n_ids; j++)
			check_texts(&wire_identity, &it->parties[i].ids[j]);
	}
	for (size_t i = 0; i < it->n_attachments; i++) {
		assert(it->attachments[i].state < ATTACHMENT_STATE_COUNT);
		assert(it->attachments[i].size >= -1 && it->attachments[i].body.ptr == NULL);
		check_texts(&wire_attachment, &it->attachments[i]);
	}
}

/* What was believed can be said again, in the same words. */
static void check_again(const struct answer *a)
{
	struct err err;
	struct buf block;

	buf_init(&block, WIRE_MAX_BLOCK);
	assert(wire_put(&block, &a->made, &err));
	assert(block.len == a->block_len);
	if (a->is.n_bodies == 0)	/* else the sizes are what streamed */
		assert(memcmp(block.ptr, a->block, block.len) == 0);
	buf_finish(&block);
}

static void check(const struct answer *a, size_t streamed)
{
	assert(a->verdict == ERR_NONE || a->verdict == ERR_INPUT || a->verdict == ERR_LIMIT);
	assert(streamed == a->is.body_bytes && streamed <= MAX_BODIES);
	assert(a->made.n_items <= MAX_ITEMS);
	if (a->verdict != ERR_NONE) {
		assert(a->text.len < sizeof(((struct err *)NULL)->msg) && str_is_utf8(a->text));
		return;
	}
	for (size_t i = 0; i < a->made.n_items; i++)
		check_interaction(&a->made.items[i]);
	check_again(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct interactions out = { .max_items = MAX_ITEMS };
	struct err err = { 0 };
	struct answer a;
	size_t streamed = 0, step = size > 0 && data[0] > 0 ? data[0] : 1 << 16;
	const struct sandbox_sink sink = { .chunk = count, .arg = &streamed };
	struct str all = str_sub((struct str){ (const char *)data, size }, 1, size);
	bool is_fine = true;

	out.arena = arena_create(16 << 20);
	answer_begin(&a, SERIAL, STR(RAW), MAX_BODIES, &out, &sink);
	for (size_t i = 0; i < all.len && is_fine; i += step)
		is_fine = answer_feed(&a, str_sub(all, i, step), &err);
	assert(is_fine == (a.fault == ANSWER_FINE));
	assert(is_fine || (err.kind != ERR_NONE && err.msg[0] != '\0'));
	if (is_fine && answer_is_done(&a))
		check(&a, streamed);
	arena_destroy(out.arena);
	return 0;
}
