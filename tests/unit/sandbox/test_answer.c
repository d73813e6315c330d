/* The daemon's reading of what a parser says, byte by byte and without a process. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "sandbox/answer.h"
#include "sandbox/details.h"

#include "../check_main.h"
#include "connectors.h"

static struct arena *arena;
static struct buf reply;	/* as a parser would send it */
static struct answer answer;
static struct err err;
static struct str raw;

static void add(const void *bytes, size_t n)
{
	buf_add(&reply, (struct str){ bytes, n });
}

/* The reply of the good connector to "hello", with its two bodies. */
static void make_reply(void)
{
	struct interactions made = { .max_items = 10 };
	struct wire_reply head = { .magic = WIRE_REPLY, .serial = 7, .n_bodies = 2, .body_bytes = 5 };
	const struct wire_body first = { 0, 0, 5 }, last = { 0, 2, 0 };
	struct buf block;

	arena = made.arena = arena_create(16 << 20);
	ck_assert(connector_good.normalize("conf",
					   &(struct raw){ .body = STR("hello"), .id = STR("id") },
					   &made, &err));
	buf_init(&block, WIRE_MAX_BLOCK);
	ck_assert(wire_put(&block, &made, &err));
	head.block_bytes = (uint32_t)block.len;
	buf_init(&reply, 10 << 20);
	add(&head, sizeof(head));
	buf_add(&reply, buf_str(&block));
	add(&first, sizeof(first));
	buf_add(&reply, STR("hello"));
	add(&last, sizeof(last));
	buf_finish(&block);
}

static void finish(void)
{
	buf_finish(&reply);
	arena_destroy(arena);
}

static bool feed(size_t step, const struct sandbox_sink *sink)
{
	const struct interactions out = { .arena = arena, .max_items = 10 };

	answer_begin(&answer, 7, raw, 100, &out, sink);
	for (size_t i = 0; i < reply.len; i += step)
		if (!answer_feed(&answer, str_sub(buf_str(&reply), i, step), &err))
			return false;
	return true;
}

static struct wire_reply *head(void)
{
	return (struct wire_reply *)reply.ptr;
}

static void refuses(const char *text)
{
	ck_assert(!feed(reply.len, NULL));
	ck_assert_str_eq(err.msg, text);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_int_eq(answer.fault, ANSWER_NONSENSE);
}

static bool collect(void *arg, size_t item, size_t attachment, struct str piece)
{
	buf_addf(arg, "%zu/%zu:" STR_FMT ";", item, attachment, STR_ARG(piece));
	return true;
}

START_TEST(pieces_of_any_size_make_the_same_answer)
{
	struct buf got;
	const struct sandbox_sink sink = { .chunk = collect, .arg = &got };

	make_reply();
	buf_init(&got, 1000);
	for (size_t step = 1; step < reply.len + 2; step++) {
		buf_clear(&got);
		ck_assert(feed(step, &sink));
		ck_assert(answer_is_done(&answer));
		ck_assert_uint_eq(answer.made.n_items, 1);
		ck_assert(str_eq(answer.made.items[0].parties[0].ids[1].value, STR("42")));
		ck_assert_int_eq(answer.made.items[0].attachments[0].size, 5);
		if (step >= 5)
			ck_assert(str_ends(buf_str(&got), STR(";0/2:;")));
	}
	ck_assert_str_eq(got.ptr, "0/0:hello;0/2:;");
	buf_finish(&got);
	finish();
}
END_TEST

START_TEST(texts_have_a_terminator_behind_them)
{
	make_reply();
	ck_assert(feed(reply.len, NULL));
	ck_assert_str_eq(answer.made.items[0].external_id.ptr, "id");
	ck_assert_str_eq(answer.made.items[0].attachments[1].remote_id.ptr, "media/1");
	finish();
}
END_TEST

START_TEST(a_reply_that_is_cut_is_not_done)
{
	size_t whole;

	make_reply();
	whole = reply.len;
	for (size_t n = whole - 1; n > 0; n--) {
		buf_truncate(&reply, n);
		ck_assert(feed(n, NULL));
		ck_assert(!answer_is_done(&answer));
	}
	finish();
}
END_TEST

START_TEST(a_head_that_lies_is_refused)
{
	make_reply();
	head()->magic++;
	refuses("no head");
	head()->magic--;
	head()->serial = 8;
	refuses("the answer to another message");
	head()->serial = 7;
	head()->verdict = ERR_AGAIN;
	refuses("verdict 3 does not exist");
	head()->verdict = ERR_INPUT;
	head()->block_bytes = 512;
	refuses("a reply of 512 bytes");	/* an error has 511 at most */
	head()->block_bytes = 3;
	refuses("an error with attachments");
	head()->verdict = ERR_NONE;
	head()->block_bytes = UINT32_MAX;
	refuses("a reply of 4294967295 bytes");
	head()->body_bytes = 101;
	head()->block_bytes = 1;
	refuses("attachments of 101 bytes");
	finish();
}
END_TEST

/* The head of a body, which stands at no particular alignment. */
static void set_body(bool is_first, uint32_t item, uint32_t attachment, uint64_t bytes)
{
	const struct wire_body body = { item, attachment, bytes };
	char *at = reply.ptr + sizeof(struct wire_reply) + head()->block_bytes;

	memcpy(is_first ? at : at + sizeof(body) + 5, &body, sizeof(body));
}

START_TEST(announcements_that_lie_are_refused)
{
	make_reply();
	head()->body_bytes = 4;
	refuses("more bytes of attachments than announced");
	head()->body_bytes = 6;
	refuses("fewer bytes of attachments than announced");
	head()->n_bodies = 0;
	refuses("6 bytes of no attachment");
	head()->body_bytes = 0;
	refuses("more after the end");
	finish();
}
END_TEST

START_TEST(bodies_that_lie_are_refused)
{
	make_reply();
	set_body(true, 1, 0, 5);
	refuses("bytes of an attachment that does not exist");
	set_body(true, 0, 3, 5);
	refuses("bytes of an attachment that does not exist");
	set_body(true, 0, 2, 5);
	refuses("attachments out of order");
	set_body(true, 0, 0, 5);
	set_body(false, 0, 2, UINT64_MAX);
	refuses("more bytes of attachments than announced");
	set_body(false, 0, 2, 0);
	ck_assert(feed(reply.len, NULL));
	buf_addc(&reply, 'x');
	refuses("more after the end");
	finish();
}
END_TEST

/* ---- bodies that stand in the raw bytes ---- */

static void on_slice(void *arg, struct str slice, const struct base64_shape *shape)
{
	buf_addf(arg, "[%zu+%zu %d/%d]", (size_t)(slice.ptr - raw.ptr), slice.len, shape ? (int)shape->line : -1,
		 shape ? (int)shape->eol : -1);
}

/* The two bodies of the reply, which now are slices of `raw`. */
static void set_slices(const struct wire_body *first, const struct wire_body *last)
{
	buf_truncate(&reply, sizeof(struct wire_reply) + head()->block_bytes);
	head()->body_bytes = first->bytes + last->bytes;
	add(first, sizeof(*first));
	add(last, sizeof(*last));
}

START_TEST(a_body_that_stands_in_the_message_is_read_there)
{
	struct buf got;
	const struct sandbox_sink sink = { .chunk = collect, .slice = on_slice, .arg = &got };

	make_reply();
	raw = STR("xx Zm9v\r\nYmFy\r\nYg== hello");
	buf_init(&got, 1000);
	set_slices(&(struct wire_body){ 0, 0, 7, 3, 16, WIRE_BASE64, 0 }, &(struct wire_body){ 0, 2, 5, 20, 5, WIRE_AS_IT_IS, 0 });
	for (size_t step = 1; step < reply.len + 2; step++) {
		buf_clear(&got);
		ck_assert_msg(feed(step, &sink), "%s", err.msg);
		ck_assert(answer_is_done(&answer));
		ck_assert_str_eq(got.ptr, "0/0:foobarb;[3+16 4/2]0/2:hello;[20+5 -1/-1]");
		ck_assert_int_eq(answer.made.items[0].attachments[0].size, 7);
	}
	buf_finish(&got);
	finish();
}
END_TEST

static void slice_is_refused(struct wire_body first, const char *text)
{
	set_slices(&first, &(struct wire_body){ 0, 2, 5, 20, 5, WIRE_AS_IT_IS, 0 });
	refuses(text);
}

START_TEST(slices_that_lie_are_refused)
{
	make_reply();
	raw = STR("xx Zm9v\r\nYmFy\r\nYg== hello");
	slice_is_refused((struct wire_body){ 0, 0, 7, 3, 16, WIRE_FORMS, 0 }, "form 3 of an attachment does not exist");
	slice_is_refused((struct wire_body){ 0, 0, 7, 3, 23, WIRE_BASE64, 0 }, "an attachment outside of the message");
	slice_is_refused((struct wire_body){ 0, 0, 7, UINT64_MAX, 2, WIRE_BASE64, 0 }, "an attachment outside of the message");
	slice_is_refused((struct wire_body){ 0, 0, 7, 3, UINT64_MAX, WIRE_BASE64, 0 }, "an attachment outside of the message");
	slice_is_refused((struct wire_body){ 0, 0, 0, 3, 0, WIRE_BASE64, 0 }, "an attachment outside of the message");
	slice_is_refused((struct wire_body){ 0, 0, 7, 2, 16, WIRE_BASE64, 0 }, "an attachment that is not the base64 it is called");
	slice_is_refused((struct wire_body){ 0, 0, 7, 3, 15, WIRE_BASE64, 0 }, "an attachment that is not the base64 it is called");
	slice_is_refused((struct wire_body){ 0, 0, 6, 3, 16, WIRE_BASE64, 0 }, "an attachment that is not the base64 it is called");
	slice_is_refused((struct wire_body){ 0, 0, 8, 3, 16, WIRE_BASE64, 0 }, "an attachment that is not the base64 it is called");
	slice_is_refused((struct wire_body){ 0, 0, 4, 3, 5, WIRE_AS_IT_IS, 0 }, "an attachment of another length than it has");
	slice_is_refused((struct wire_body){ 0, 0, 20, 3, 20, WIRE_AS_IT_IS, 0 }, "attachments that overlap");
	finish();
}
END_TEST

/* ---- records ---- */

static struct interactions made;

static struct interaction *one(void)
{
	if (arena == NULL)
		arena = arena_create(64 << 20);
	made = (struct interactions){ .arena = arena, .max_items = 10 };
	return interactions_add(&made);
}

static bool there_and_back(struct interactions *out)
{
	struct buf block;
	bool ok;

	buf_init(&block, WIRE_MAX_BLOCK);
	*out = (struct interactions){ .arena = arena, .max_items = 10 };
	ok = wire_put(&block, &made, &err) &&
	     wire_get(arena_str(arena, buf_str(&block)), out, &err);
	buf_finish(&block);
	return ok;
}

static void is_refused(const char *text)
{
	struct interactions out;

	ck_assert(!there_and_back(&out));
	ck_assert_str_eq(err.msg, text);
	ck_assert_ptr_null(out.items);
}

START_TEST(enums_out_of_range_are_refused)
{
	one()->channel = CHANNEL_COUNT;
	is_refused("channel 19 does not exist");
	one()->direction = (enum direction)-1;
	is_refused("direction 4294967295 does not exist");
	one()->kind = KIND_COUNT;
	is_refused("kind 29 does not exist");
	interaction_add_party(one(), arena, ROLE_COUNT, STR(""));
	is_refused("role 8 does not exist");
	party_add_identity(interaction_add_party(one(), arena, ROLE_FROM, STR("")), arena,
			   SCHEME_COUNT, STR("x"), STR(""));
	is_refused("scheme 10 does not exist");
	interaction_add_attachment(one(), arena)->state = ATTACHMENT_STATE_COUNT;
	is_refused("attachment state 5 does not exist");
	interaction_add_attachment(one(), arena)->size = -2;
	is_refused("an attachment of -2 bytes");
}
END_TEST

START_TEST(times_out_of_range_are_refused)
{
	one()->occurred_us = INT64_MAX;
	is_refused("occurred_us is out of range");
	one()->claimed_us = INT64_MIN;
	is_refused("claimed_us is out of range");
	one()->key_us = INT64_C(253402300801) * 1000000;
	is_refused("key_us is out of range");
}
END_TEST

START_TEST(texts_that_are_none_are_refused)
{
	struct interactions out;

	one()->text = STR("caf\xe9");
	is_refused("text is not UTF-8");
	one()->thread = STR("a\0b");
	is_refused("thread is not UTF-8");
	interaction_add_attachment(one(), arena)->sha256 = STR("../../../etc/passwd");
	is_refused("sha256 is not a digest");
	one()->details = STR("[1]");
	is_refused("details is not a JSON object");
	one()->subject = STR("caf\xc3\xa9");
	ck_assert(there_and_back(&out));
}
END_TEST

START_TEST(caps_are_kept_on_both_sides)
{
	char *long_text = xcalloc(1, WIRE_MAX_VALUE + 2);
	struct interactions out;
	struct interaction *it;

	memset(long_text, 'x', WIRE_MAX_VALUE + 1);
	one()->external_id = str_from(long_text);
	is_refused("external_id has 65537 bytes, more than 65536");
	one()->external_id = (struct str){ long_text, WIRE_MAX_VALUE };
	ck_assert(there_and_back(&out));
	it = one();
	for (int i = 0; i < WIRE_MAX_PARTIES + 1; i++)
		interaction_add_party(it, arena, ROLE_TO, STR(""));
	is_refused("4097 participants, more than 4096");
	it->n_parties--;
	ck_assert(there_and_back(&out));
	made.max_items = 0;
	is_refused("1 interactions, more than 0");
	free(long_text);
}
END_TEST

START_TEST(a_count_that_the_bytes_cannot_hold_reserves_nothing)
{
	const uint32_t ten = 10;
	struct interactions out;
	size_t before;

	one();
	out = (struct interactions){ .arena = arena, .max_items = 10 };
	before = arena_used(arena);
	ck_assert(!wire_get((struct str){ (const char *)&ten, sizeof(ten) }, &out, &err));
	ck_assert_str_eq(err.msg, "10 interactions in 0 bytes");
	ck_assert_uint_eq(arena_used(arena), before);
}
END_TEST

START_TEST(any_byte_may_be_wrong)
{
	make_reply();
	for (size_t i = 0; i < reply.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			reply.ptr[i] ^= (char)(1 << bit);
			err = (struct err){ 0 };
			if (!feed(reply.len, NULL))
				ck_assert(err.kind != ERR_NONE && err.msg[0] != '\0');
			reply.ptr[i] ^= (char)(1 << bit);
			arena_destroy(arena);
			arena = arena_create(16 << 20);
		}
	finish();
}
END_TEST

/* ---- details ---- */

START_TEST(details_are_json_by_the_letter)
{
	static const char *const good[] = {
		"{}", " { } ", "{\"a\":1}", "{\"a\":[1,-0,0.5,1e9,-2.5E-3,true,false,null,\"\\u00e9\\n\"]}",
		"{\"a\":{\"b\":{}},\"c\":[]}", "{\"\":\"\xc3\xa9\"}",
	};
	static const char *const bad[] = {
		"", "null", "[]", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{'a':1}",
		"{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":-}", "{\"a\":+1}", "{\"a\":NaN}",
		"{\"a\":Infinity}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\n\"}",
		"{\"a\":\"}", "{} {}", "{\"a\":1}x", "{\"a\":[1,]}", "{\"a\" 1}", "{a:1}", "{\"a\":1e}",
		"{\"a\":tru}", "// no\n{}",
	};

	for (size_t i = 0; i < countof(good); i++)
		if (!details_is_valid(str_from(good[i])))
			ck_abort_msg("refused: %s", good[i]);
	for (size_t i = 0; i < countof(bad); i++)
		if (details_is_valid(str_from(bad[i])))
			ck_abort_msg("accepted: %s", bad[i]);
}
END_TEST

START_TEST(details_are_not_too_deep)
{
	struct buf deep;

	for (int depth = DETAILS_MAX_DEPTH - 1; depth <= DETAILS_MAX_DEPTH; depth++) {
		buf_init(&deep, 10000);
		buf_add(&deep, STR("{\"a\":"));
		for (int i = 0; i < depth; i++)
			buf_addc(&deep, '[');
		for (int i = 0; i < depth; i++)
			buf_addc(&deep, ']');
		buf_addc(&deep, '}');
		ck_assert(details_is_valid(buf_str(&deep)) == (depth < DETAILS_MAX_DEPTH));
		buf_finish(&deep);
	}
}
END_TEST

RUN("answer", pieces_of_any_size_make_the_same_answer, texts_have_a_terminator_behind_them,
    a_reply_that_is_cut_is_not_done, a_head_that_lies_is_refused,
    announcements_that_lie_are_refused, bodies_that_lie_are_refused, a_body_that_stands_in_the_message_is_read_there,
    slices_that_lie_are_refused,
    enums_out_of_range_are_refused, times_out_of_range_are_refused, texts_that_are_none_are_refused,
    caps_are_kept_on_both_sides, a_count_that_the_bytes_cannot_hold_reserves_nothing,
    any_byte_may_be_wrong, details_are_json_by_the_letter, details_are_not_too_deep)
