#include "sandbox/answer.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_ERROR_BYTES = sizeof(((struct err *)NULL)->msg) - 1, SLICE_PIECE = 32 << 10 };

void answer_begin(struct answer *r, uint64_t serial, struct str raw, uint64_t max_body_bytes,
		  const struct interactions *out, const struct sandbox_sink *sink)
{
	*r = (struct answer){
		.serial = serial, .raw = raw, .max_body_bytes = max_body_bytes, .sink = sink,
		.made = { .arena = out->arena, .max_items = out->max_items },
	};
}

bool answer_is_done(const struct answer *r)
{
	return r->state == ANSWER_DONE;
}

static bool fail(struct answer *r, enum answer_fault fault)
{
	r->fault = fault;
	return false;
}

/* ---- the head ---- */

static bool check_head(const struct answer *r, struct err *err)
{
	const struct wire_reply *is = &r->is;

	if (is->magic != WIRE_REPLY)
		return err_setf(err, ERR_INPUT, "no head");
	if (is->serial != r->serial)
		return err_setf(err, ERR_INPUT, "the answer to another message");
	if (is->verdict != ERR_NONE && is->verdict != ERR_INPUT && is->verdict != ERR_LIMIT)
		return err_setf(err, ERR_INPUT, "verdict %" PRIu32 " does not exist", is->verdict);
	if (is->block_bytes > (is->verdict == ERR_NONE ? WIRE_MAX_BLOCK : MAX_ERROR_BYTES))
		return err_setf(err, ERR_INPUT, "a reply of %" PRIu32 " bytes", is->block_bytes);
	if (is->body_bytes > r->max_body_bytes)
		return err_setf(err, ERR_INPUT, "attachments of %" PRIu64 " bytes", is->body_bytes);
	if (is->verdict != ERR_NONE && (is->n_bodies > 0 || is->body_bytes > 0))
		return err_setf(err, ERR_INPUT, "an error with attachments");
	return true;
}

static bool end_head(struct answer *r, struct err *err)
{
	memcpy(&r->is, r->head, sizeof(r->is));
	if (!check_head(r, err))
		return fail(r, ANSWER_NONSENSE);
	r->verdict = (enum err_kind)r->is.verdict;
	r->bodies_left = r->is.body_bytes;
	r->block = arena_alloc(r->made.arena, (size_t)r->is.block_bytes + 1);
	if (r->block == NULL) {
		err_setf(err, ERR_LIMIT, "no room for a reply of %" PRIu32 " bytes",
			 r->is.block_bytes);
		return fail(r, ANSWER_NO_ROOM);
	}
	r->state = ANSWER_BLOCK;
	return true;
}

/* ---- the block ---- */

/* An error's text may quote the message, and be cut in the middle of a character. */
static struct str cleaned(char *text, size_t len)
{
	bool is_utf8 = str_is_utf8((struct str){ text, len });

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !is_utf8))
			text[i] = '?';
	}
	return (struct str){ text, len };
}

static bool end_block(struct answer *r, struct err *err)
{
	if (r->verdict != ERR_NONE) {
		r->text = cleaned(r->block, r->block_len);
		r->state = ANSWER_DONE;
		return true;
	}
	if (!wire_get((struct str){ r->block, r->block_len }, &r->made, err))
		return fail(r, err->kind == ERR_LIMIT ? ANSWER_NO_ROOM : ANSWER_NONSENSE);
	if (r->is.n_bodies == 0 && r->is.body_bytes > 0) {
		err_setf(err, ERR_INPUT, "%" PRIu64 " bytes of no attachment", r->is.body_bytes);
		return fail(r, ANSWER_NONSENSE);
	}
	r->state = r->is.n_bodies > 0 ? ANSWER_BODY_HEAD : ANSWER_DONE;
	return true;
}

/* ---- the bodies ---- */

static bool is_later(const struct wire_body *b, const struct wire_body *than)
{
	return b->item > than->item || (b->item == than->item && b->attachment > than->attachment);
}

static bool check_slice(const struct answer *r, const struct wire_body *next, struct err *err)
{
	if (next->len == 0 || next->at > r->raw.len || next->len > r->raw.len - next->at)
		return err_setf(err, ERR_INPUT, "an attachment outside of the message");
	if (next->at < r->raw_done)
		return err_setf(err, ERR_INPUT, "attachments that overlap");
	return true;
}

static bool check_body(const struct answer *r, const struct wire_body *next, struct err *err)
{
	if (next->item >= r->made.n_items ||
	    next->attachment >= r->made.items[next->item].n_attachments)
		return err_setf(err, ERR_INPUT, "bytes of an attachment that does not exist");
	if (r->n_bodies > 0 && !is_later(next, &r->body))
		return err_setf(err, ERR_INPUT, "attachments out of order");
	if (next->bytes > r->bodies_left)
		return err_setf(err, ERR_INPUT, "more bytes of attachments than announced");
	if (r->n_bodies + 1 == r->is.n_bodies && next->bytes != r->bodies_left)
		return err_setf(err, ERR_INPUT, "fewer bytes of attachments than announced");
	if (next->form >= WIRE_FORMS)
		return err_setf(err, ERR_INPUT, "form %" PRIu32 " of an attachment does not exist", next->form);
	return next->form == WIRE_SENT || check_slice(r, next, err);
}

static bool hand_over(struct answer *r, struct str piece, struct err *err)
{
	if (r->sink == NULL || r->sink->chunk == NULL)
		return true;
	r->has_chunks = true;
	if (r->sink->chunk(r->sink->arg, r->body.item, r->body.attachment, piece))
		return true;
	err_setf(err, ERR_AGAIN, "the attachments cannot be kept");
	return fail(r, ANSWER_REFUSED);
}

/* Its bytes as the raw ones say them, at most body.bytes. False: no sink, or the fault is set. */
static bool hand_over_base64(struct answer *r, struct base64_lines *lines, struct err *err)
{
	char bytes[SLICE_PIECE];
	size_t n;

	while ((n = base64_lines_next(lines, bytes, sizeof(bytes))) > 0) {
		if (n > r->body_left)
			break;
		r->body_left -= n;
		if (!hand_over(r, (struct str){ bytes, n }, err))
			return false;
	}
	if (!lines->is_broken && lines->rest.len == 0 && r->body_left == 0)
		return true;
	err_setf(err, ERR_INPUT, "an attachment that is not the base64 it is called");
	return fail(r, ANSWER_NONSENSE);
}

static bool hand_over_as_it_is(struct answer *r, struct str slice, struct err *err)
{
	if (slice.len == r->body_left)
		return hand_over(r, slice, err);
	err_setf(err, ERR_INPUT, "an attachment of another length than it has");
	return fail(r, ANSWER_NONSENSE);
}

/* A body that stands in the raw bytes is read there, so that what is kept of it needs no faith in the parser. */
static bool take_slice(struct answer *r, struct err *err)
{
	const struct str slice = str_sub(r->raw, (size_t)r->body.at, (size_t)r->body.len);
	const bool is_base64 = r->body.form == WIRE_BASE64;
	struct base64_lines lines;

	r->raw_done = r->body.at + r->body.len;
	base64_lines_begin(&lines, slice);
	if (is_base64 ? !hand_over_base64(r, &lines, err) : !hand_over_as_it_is(r, slice, err))
		return false;
	if (r->sink != NULL && r->sink->slice != NULL)
		r->sink->slice(r->sink->arg, slice, is_base64 ? &lines.shape : NULL);
	return true;
}

static void end_body(struct answer *r)
{
	r->n_bodies++;
	r->state = r->n_bodies == r->is.n_bodies ? ANSWER_DONE : ANSWER_BODY_HEAD;
}

static bool end_body_head(struct answer *r, struct err *err)
{
	struct wire_body next;

	memcpy(&next, r->head, sizeof(next));
	if (!check_body(r, &next, err))
		return fail(r, ANSWER_NONSENSE);
	r->body = next;
	r->body_left = next.bytes;
	r->bodies_left -= next.bytes;
	r->made.items[next.item].attachments[next.attachment].size = (int64_t)next.bytes;
	r->head_len = 0;
	r->state = ANSWER_BODY;
	if (next.form != WIRE_SENT) {
		if (!take_slice(r, err))
			return false;
		end_body(r);
		return true;
	}
	if (next.bytes > 0)
		return true;
	if (!hand_over(r, (struct str){ "", 0 }, err))
		return false;
	end_body(r);
	return true;
}

/* ---- pieces ---- */

static struct str take(struct str *rest, uint64_t at_most)
{
	struct str piece = str_sub(*rest, 0, at_most < rest->len ? (size_t)at_most : rest->len);

	*rest = str_sub(*rest, piece.len, rest->len);
	return piece;
}

/* True when the head has all its n bytes. */
static bool gather_head(struct answer *r, struct str *rest, size_t n)
{
	struct str piece = take(rest, n - r->head_len);

	memcpy(r->head + r->head_len, piece.ptr, piece.len);
	r->head_len += piece.len;
	return r->head_len == n;
}

static bool feed_head(struct answer *r, struct str *rest, struct err *err)
{
	if (!gather_head(r, rest, sizeof(struct wire_reply)))
		return true;
	r->head_len = 0;
	return end_head(r, err) && (r->is.block_bytes > 0 || end_block(r, err));
}

static bool feed_block(struct answer *r, struct str *rest, struct err *err)
{
	struct str piece = take(rest, r->is.block_bytes - r->block_len);

	memcpy(r->block + r->block_len, piece.ptr, piece.len);
	r->block_len += piece.len;
	return r->block_len < r->is.block_bytes || end_block(r, err);
}

static bool feed_body(struct answer *r, struct str *rest, struct err *err)
{
	struct str piece = take(rest, r->body_left);

	r->body_left -= piece.len;
	if (!hand_over(r, piece, err))
		return false;
	if (r->body_left == 0)
		end_body(r);
	return true;
}

static bool feed_some(struct answer *r, struct str *rest, struct err *err)
{
	switch (r->state) {
	case ANSWER_HEAD: return feed_head(r, rest, err);
	case ANSWER_BLOCK: return feed_block(r, rest, err);
	case ANSWER_BODY_HEAD:
		return !gather_head(r, rest, sizeof(struct wire_body)) || end_body_head(r, err);
	case ANSWER_BODY: return feed_body(r, rest, err);
	case ANSWER_DONE: break;
	}
	err_setf(err, ERR_INPUT, "more after the end");
	return fail(r, ANSWER_NONSENSE);
}

bool answer_feed(struct answer *r, struct str piece, struct err *err)
{
	while (piece.len > 0)
		if (!feed_some(r, &piece, err))
			return false;
	return true;
}
