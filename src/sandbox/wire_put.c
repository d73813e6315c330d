#include "sandbox/wire.h"

#include "sandbox/wire_fields.h"

static void put_u32(struct buf *b, uint32_t n)
{
	buf_add(b, (struct str){ (const char *)&n, sizeof(n) });
}

static void put_i64(struct buf *b, int64_t n)
{
	buf_add(b, (struct str){ (const char *)&n, sizeof(n) });
}

static bool put_texts(struct buf *b, const struct wire_fields *fields, const void *record,
		      struct err *err)
{
	for (size_t i = 0; i < fields->n; i++) {
		const struct wire_field *field = &fields->rows[i];
		const struct str text = *wire_text((void *)record, field);

		if (text.len > field->max_bytes)
			return err_setf(err, ERR_LIMIT, "%s has %zu bytes, more than %zu",
					field->name, text.len, field->max_bytes);
		put_u32(b, (uint32_t)text.len);
		buf_add(b, text);
		buf_addc(b, '\0');
	}
	return true;
}

static bool put_count(struct buf *b, const char *what, size_t n, size_t max, struct err *err)
{
	if (n > max)
		return err_setf(err, ERR_LIMIT, "%zu %s, more than %zu", n, what, max);
	put_u32(b, (uint32_t)n);
	return true;
}

static bool put_party(struct buf *b, const struct party *party, struct err *err)
{
	put_u32(b, (uint32_t)party->role);
	if (!put_count(b, "identities of one person", party->n_ids, WIRE_MAX_IDS, err) ||
	    !put_texts(b, &wire_party, party, err))
		return false;
	for (size_t i = 0; i < party->n_ids; i++) {
		put_u32(b, (uint32_t)party->ids[i].scheme);
		if (!put_texts(b, &wire_identity, &party->ids[i], err))
			return false;
	}
	return true;
}

static bool put_interaction(struct buf *b, const struct interaction *it, struct err *err)
{
	put_u32(b, (uint32_t)it->channel);
	put_u32(b, (uint32_t)it->direction);
	put_u32(b, (uint32_t)it->kind);
	put_i64(b, it->key_us);
	put_i64(b, it->occurred_us);
	put_i64(b, it->claimed_us);
	if (!put_texts(b, &wire_interaction, it, err) ||
	    !put_count(b, "participants", it->n_parties, WIRE_MAX_PARTIES, err))
		return false;
	for (size_t i = 0; i < it->n_parties; i++)
		if (!put_party(b, &it->parties[i], err))
			return false;
	if (!put_count(b, "attachments", it->n_attachments, WIRE_MAX_ATTACHMENTS, err))
		return false;
	for (size_t i = 0; i < it->n_attachments; i++) {
		put_u32(b, (uint32_t)it->attachments[i].state);
		put_i64(b, it->attachments[i].size);
		if (!put_texts(b, &wire_attachment, &it->attachments[i], err))
			return false;
	}
	return true;
}

bool wire_put(struct buf *block, const struct interactions *in, struct err *err)
{
	if (!put_count(block, "interactions", in->n_items, in->max_items, err))
		return false;
	for (size_t i = 0; i < in->n_items; i++)
		if (!put_interaction(block, &in->items[i], err))
			return false;
	if (buf_is_exceeded(block))
		return err_setf(err, ERR_LIMIT, "its texts are larger than %d MiB together",
				WIRE_MAX_BLOCK >> 20);
	return true;
}
