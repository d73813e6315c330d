/* Any bytes as a mail: one interaction that holds what the contract says, or an error with a kind. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t received_us = INT64_C(1795348800000000);

static void check_text(struct str s)
{
	assert(s.len == 0 || str_is_utf8(s));
}

static void check_party(const struct party *p)
{
	check_text(p->name);
	assert(p->role != ROLE_NONE && p->n_ids <= 1);
	for (size_t i = 0; i < p->n_ids; i++) {
		assert(p->ids[i].scheme == SCHEME_EMAIL && p->ids[i].value.len > 2);
		check_text(p->ids[i].value);
		assert(str_chr(p->ids[i].value, '@') != STR_NONE);
	}
}

static void check_attachment(const struct attachment *a)
{
	check_text(a->name);
	check_text(a->media_type);
	check_text(a->content_id);
	check_text(a->reason);
	assert(a->name.len > 0 && a->name.len <= 255 && str_chr(a->name, '/') == STR_NONE);
	if (a->state == ATTACHMENT_SKIPPED)
		assert(a->reason.len > 0 && a->body.len == 0);
	else
		assert(a->state == ATTACHMENT_STORED && a->size == (int64_t)a->body.len);
}

static void check(const struct interaction *it)
{
	const struct str texts[] = { it->external_id, it->discriminator, it->thread, it->about,
				     it->subject, it->text, it->text_full, it->details, it->why };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check_text(texts[i]);
	assert(it->channel == CHANNEL_EMAIL && it->direction == DIRECTION_NONE);
	assert(it->kind != KIND_NONE && it->external_id.len > 0 && it->thread.len > 0);
	assert(it->discriminator.len == 64 && it->why.len > 0);
	assert(it->occurred_us > 0 && it->occurred_us <= received_us);
	assert(it->key_us == it->claimed_us && it->claimed_us >= 0);
	assert(it->text.len <= 1 << 20 && it->text_full.len <= 4 << 20);
	assert(it->n_attachments <= 500 && it->n_parties <= 1000);
	for (size_t i = 0; i < it->n_parties; i++)
		check_party(&it->parties[i]);
	for (size_t i = 0; i < it->n_attachments; i++)
		check_attachment(&it->attachments[i]);
}

/* What a parser may say of a mail has a limit: its attachments are not much larger than itself. */
static void check_original(struct raw raw)
{
	struct interactions out = { .arena = arena_create(64 << 20), .max_items = 1 };
	struct err err = { 0 };
	size_t n = 0;

	raw.content_type = STR(MAIL_WANT_HTML);
	if (mail_normalize(NULL, &raw, &out, &err)) {
		for (size_t i = 0; i < out.items[0].n_attachments; i++) {
			check_attachment(&out.items[0].attachments[i]);
			check_text(out.items[0].attachments[i].body);
			n += out.items[0].attachments[i].body.len;
		}
		assert(n <= raw.body.len + (1 << 20));
	}
	arena_destroy(out.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct interactions out = { .arena = arena_create(64 << 20), .max_items = 1 };
	struct raw raw = { .body = { (const char *)data, size }, .received_us = received_us };
	struct err err = { 0 };

	mime_warm_up();
	if (mail_normalize(NULL, &raw, &out, &err)) {
		assert(out.n_items == 1);
		check(&out.items[0]);
		check_original(raw);
	} else {
		assert(out.n_items == 0);
		assert(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
		assert(err.msg[0] != '\0');
	}
	arena_destroy(out.arena);
	return 0;
}
