/* What remains of a message whose bytes had to go. */
#include "../check_main.h"
#include "ingest/compact.h"

static struct arena *arena;
static struct buf text;

static void setup(void)
{
	arena = arena_create(1 << 20);
	buf_init(&text, 1 << 20);
}

static void teardown(void)
{
	buf_finish(&text);
	arena_destroy(arena);
}

static struct interactions fresh(size_t max_items)
{
	return (struct interactions){ .arena = arena, .max_items = max_items };
}

static struct interaction *add_mail(struct interactions *items)
{
	struct interaction *it = interactions_add(items);
	struct party *from, *to;
	struct attachment *a;

	*it = (struct interaction){
		.channel = CHANNEL_EMAIL, .direction = DIRECTION_IN, .kind = KIND_MESSAGE, .external_id = STR("<a@b>"),
		.account = STR("x"), .discriminator = STR("9f"), .key_us = 17, .about = STR("<z@b>"), .thread = STR("t"),
		.occurred_us = 1795409755219598, .claimed_us = -5, .subject = STR("Olá \"tudo\"\n\x01"), .text = STR("text"),
		.text_full = STR("text and more"), .details = STR("{\"list\":[1,2.50]}"), .why = STR("because"),
	};
	from = interaction_add_party(it, arena, ROLE_FROM, STR("erased"));
	to = interaction_add_party(it, arena, ROLE_TO, STR(""));
	ck_assert_ptr_nonnull(from);
	party_add_identity(to, arena, SCHEME_EMAIL, STR("ze@b.example"), STR(""));
	party_add_identity(to, arena, SCHEME_EXT, STR("17"), STR("loja"));
	a = interaction_add_attachment(it, arena);
	*a = (struct attachment){ .name = STR("../a.pdf"), .media_type = STR("application/pdf"), .size = -1,
				  .state = ATTACHMENT_SKIPPED, .reason = STR("too large"), .content_id = STR("c1") };
	return it;
}

START_TEST(what_remains_comes_back_as_it_was)
{
	struct interactions in, out;
	struct buf again;
	struct err err;

	setup();
	in = fresh(10);
	out = fresh(10);
	add_mail(&in);
	interactions_add(&in)->filter = STR(COMPACT_ERASED);
	add_mail(&in)->filter = STR("kept in the journal only");
	compact_put(&text, &in);
	ck_assert(compact_parse(buf_str(&text), &out, &err));
	ck_assert_uint_eq(out.n_items, 3);
	ck_assert_int_eq(out.items[0].claimed_us, -5);
	ck_assert_int_eq(out.items[0].attachments[0].size, -1);
	ck_assert_uint_eq(out.items[0].parties[0].n_ids, 0);
	ck_assert(str_eq(out.items[0].parties[1].ids[1].scope, STR("loja")));
	ck_assert(str_eq(out.items[0].details, STR("{\"list\":[1,2.50]}")));
	ck_assert_int_eq(out.items[1].channel, CHANNEL_NONE);
	buf_init(&again, 1 << 20);
	compact_put(&again, &out);
	ck_assert(str_eq(buf_str(&again), buf_str(&text)));
	buf_finish(&again);
	teardown();
}
END_TEST

START_TEST(of_what_is_erased_a_reason_is_left)
{
	struct interactions out;
	struct err err;

	setup();
	out = fresh(10);
	compact_put_gone(&text, 2, STR(COMPACT_ERASED));
	ck_assert(str_eq(buf_str(&text), STR("[{\"filter\":\"erased\"},{\"filter\":\"erased\"}]")));
	ck_assert(compact_parse(buf_str(&text), &out, &err));
	ck_assert_uint_eq(out.n_items, 2);
	ck_assert(str_eq(out.items[1].filter, STR(COMPACT_ERASED)));
	teardown();
}
END_TEST

START_TEST(what_is_no_such_list_is_said)
{
	struct interactions out;
	struct err err;

	setup();
	out = fresh(1);
	ck_assert(!compact_parse(STR("[{]"), &out, &err));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert(str_starts(str_from(err.msg), STR("what remained of it: ")));
	compact_put_gone(&text, 2, STR(COMPACT_ERASED));
	ck_assert(!compact_parse(buf_str(&text), &out, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	teardown();
}
END_TEST

RUN("compact", what_remains_comes_back_as_it_was, of_what_is_erased_a_reason_is_left, what_is_no_such_list_is_said)
