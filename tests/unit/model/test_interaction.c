#include <string.h>

#include <daybook/connector.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/direction.h"
#include "model/interaction_json.h"
#include "model/validate.h"

#include "../check_main.h"

enum { RECEIVED_S = 1795324000 };
static const int64_t received_us = INT64_C(1000000) * RECEIVED_S;

static struct arena *arena;
static struct err err;

static void setup(void)
{
	if (arena == NULL)
		arena = arena_create(64 << 20);
}

START_TEST(every_name_goes_both_ways)
{
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		ck_assert_uint_eq(channel_from(str_from(channel_name(i))), i);
	for (unsigned i = 0; i < DIRECTION_COUNT; i++)
		ck_assert_uint_eq(direction_from(str_from(direction_name(i))), i);
	for (unsigned i = 0; i < KIND_COUNT; i++)
		ck_assert_uint_eq(kind_from(str_from(kind_name(i))), i);
	for (unsigned i = 0; i < SCHEME_COUNT; i++)
		ck_assert_uint_eq(scheme_from(str_from(scheme_name(i))), i);
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		ck_assert_uint_eq(role_from(str_from(role_name(i))), i);
	for (unsigned i = 0; i < ATTACHMENT_STATE_COUNT; i++)
		ck_assert_uint_eq(attachment_state_from(str_from(attachment_state_name(i))), i);
	ck_assert_str_eq(kind_name(KIND_AUTO_REPLY), "auto_reply");
	ck_assert_str_eq(scheme_name(SCHEME_WA_BSUID), "wa_bsuid");
	ck_assert_str_eq(kind_name(KIND_COUNT), "unknown");
	ck_assert_uint_eq(kind_from(STR("nonsense")), KIND_NONE);
	ck_assert_uint_eq(kind_from(STR("")), KIND_NONE);
}
END_TEST

START_TEST(a_batch_grows_to_its_maximum_and_no_further)
{
	struct interactions out = { .arena = arena_create(1 << 20), .max_items = 3 };

	for (int i = 0; i < 3; i++) {
		struct interaction *it = interactions_add(&out);

		ck_assert_ptr_nonnull(it);
		ck_assert_int_eq(it->kind, KIND_NONE);
		it->kind = KIND_FORM;
	}
	ck_assert_ptr_null(interactions_add(&out));
	ck_assert_uint_eq(out.n_items, 3);
	arena_destroy(out.arena);
}
END_TEST

START_TEST(lists_grow_and_keep_what_they_have)
{
	struct interaction it = { 0 };

	setup();
	for (size_t i = 0; i < 100; i++) {
		struct party *p = interaction_add_party(&it, arena, ROLE_TO, STR("x"));

		for (size_t k = 0; k < i; k++)
			party_add_identity(p, arena, SCHEME_EMAIL, STR("a@b"), STR(""));
		ck_assert_int_eq(interaction_add_attachment(&it, arena)->size, -1);
	}
	ck_assert_uint_eq(it.n_parties, 100);
	ck_assert_uint_eq(it.n_attachments, 100);
	for (size_t i = 0; i < 100; i++) {
		ck_assert_uint_eq(it.parties[i].n_ids, i);
		ck_assert_int_eq(it.parties[i].role, ROLE_TO);
	}
}
END_TEST

START_TEST(a_used_up_arena_gives_null)
{
	struct arena *tiny = arena_create(8);
	struct interactions out = { .arena = tiny, .max_items = 9 };
	struct interaction it = { 0 };
	struct party p = { 0 };

	ck_assert_ptr_null(interactions_add(&out));
	ck_assert_ptr_null(interaction_add_party(&it, tiny, ROLE_TO, STR("")));
	ck_assert_ptr_null(party_add_identity(&p, tiny, SCHEME_WA, STR("1"), STR("")));
	ck_assert_ptr_null(interaction_add_attachment(&it, tiny));
	ck_assert_uint_eq(out.n_items + it.n_parties + p.n_ids + it.n_attachments, 0);
	arena_destroy(tiny);
}
END_TEST

START_TEST(a_meta_line_is_found_by_its_whole_name)
{
	const struct raw raw = { .meta = STR("peer-port: 12\npeer: 192.0.2.1\nfolder:  \\Sent \nx:\n") };

	ck_assert(str_eq(raw_meta(&raw, STR("peer")), STR("192.0.2.1")));
	ck_assert(str_eq(raw_meta(&raw, STR("folder")), STR("\\Sent")));
	ck_assert_uint_eq(raw_meta(&raw, STR("x")).len, 0);
	ck_assert_uint_eq(raw_meta(&raw, STR("uid")).len, 0);
	ck_assert_uint_eq(raw_meta(&(struct raw){ 0 }, STR("uid")).len, 0);
}
END_TEST

/* ---- validation ---- */

static struct interaction sound(void)
{
	struct interaction it = {
		.channel = CHANNEL_EMAIL, .kind = KIND_MESSAGE, .external_id = STR("m1@x.com"),
		.occurred_us = INT64_C(1000000) * RECEIVED_S - 5000000, .text = STR("Bom dia, "
		"tudo bem?"),
		.details = STR("{\"utm\":{\"source\":\"ads\"}}"),
	};
	struct party *p;

	setup();
	p = interaction_add_party(&it, arena, ROLE_FROM, STR("Jo\xc3\xa3o"));
	party_add_identity(p, arena, SCHEME_EMAIL, STR("joao@x.com"), STR(""));
	return it;
}

static const char *verdict(struct interaction *it)
{
	return interaction_validate(it, received_us, arena, &err) ? "sound" : err.msg;
}

START_TEST(a_sound_record_passes_unchanged)
{
	struct interaction it = sound(), before = it;

	ck_assert_str_eq(verdict(&it), "sound");
	ck_assert_mem_eq(&it, &before, sizeof(it));
}
END_TEST

START_TEST(unknown_enum_values_are_refused)
{
	struct interaction it = sound();

	it.channel = CHANNEL_NONE;
	ck_assert_str_eq(verdict(&it), "channel has the unknown value 0");
	it = sound();
	it.kind = KIND_COUNT;
	ck_assert_str_eq(verdict(&it), "kind has the unknown value 29");
	it = sound();
	it.direction = 77;
	ck_assert_str_eq(verdict(&it), "direction has the unknown value 77");
	it = sound();
	it.parties[0].role = ROLE_NONE;
	ck_assert_str_eq(verdict(&it), "participant 1: role has the unknown value 0");
	it = sound();
	it.parties[0].ids[0].scheme = SCHEME_NONE;
	ck_assert_str_eq(verdict(&it), "participant 1: scheme has the unknown value 0");
	it = sound();
	interaction_add_attachment(&it, arena)->state = ATTACHMENT_STATE_COUNT;
	ck_assert_str_eq(verdict(&it), "attachment 1: state has the unknown value 5");
	ck_assert_int_eq(err.kind, ERR_INPUT);
}
END_TEST

START_TEST(text_that_is_not_utf8_is_refused)
{
	struct interaction it = sound();

	it.text = STR("cut \xe2\x82");
	ck_assert_str_eq(verdict(&it), "text is not UTF-8 text");
	it = sound();
	it.subject = STR("nul \0 inside");
	ck_assert_str_eq(verdict(&it), "subject is not UTF-8 text");
	it = sound();
	it.parties[0].name = STR("\xff");
	ck_assert_str_eq(verdict(&it), "participant 1: name is not UTF-8 text");
	it = sound();
	it.parties[0].ids[0].value = STR("\xff");
	ck_assert_str_eq(verdict(&it), "participant 1: identity is not UTF-8 text");
}
END_TEST

START_TEST(what_is_too_large_is_a_limit)
{
	struct interaction it = sound();
	char *big = xcalloc(1, VALIDATE_MAX_KEY + 1);

	memset(big, 'a', VALIDATE_MAX_KEY + 1);
	it.external_id = (struct str){ big, VALIDATE_MAX_KEY + 1 };
	ck_assert_str_eq(verdict(&it), "external_id has 2049 bytes, at most 2048 are kept");
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	it.external_id.len--;
	ck_assert_str_eq(verdict(&it), "sound");
	it.n_parties = 3000;
	ck_assert_str_eq(verdict(&it), "3000 participants, at most 2000 are kept");
	free(big);
}
END_TEST

START_TEST(pointers_to_nowhere_are_refused)
{
	struct interaction it = sound();

	it.text = (struct str){ NULL, 5 };
	ck_assert_str_eq(verdict(&it), "text points nowhere");
	it = sound();
	it.parties = NULL;
	ck_assert_str_eq(verdict(&it), "participants point nowhere");
}
END_TEST

START_TEST(details_must_be_a_json_object)
{
	struct interaction it = sound();

	it.details = STR("[1]");
	ck_assert_str_eq(verdict(&it), "details is not a JSON object");
	it.details = STR("{\"a\":");
	ck_assert(strncmp(verdict(&it), "details: ", 9) == 0);
	it.details = STR("{} {}");
	ck_assert(strncmp(verdict(&it), "details: ", 9) == 0);
	it.details = STR("");
	ck_assert_str_eq(verdict(&it), "sound");
}
END_TEST

START_TEST(attachments_are_checked)
{
	struct interaction it = sound();
	struct attachment *a = interaction_add_attachment(&it, arena);

	ck_assert_str_eq(verdict(&it), "sound");
	a->size = -2;
	ck_assert_str_eq(verdict(&it), "attachment 1: size is negative");
	a->size = 5;
	a->sha256 = STR("../../etc/passwd");
	ck_assert_str_eq(verdict(&it), "attachment 1: sha256 is not 64 hex digits in lower case");
}
END_TEST

START_TEST(a_time_in_the_future_is_clamped_with_a_note)
{
	struct interaction it = sound();

	it.occurred_us = received_us + 1;
	ck_assert_str_eq(verdict(&it), "sound");
	ck_assert_int_eq(it.occurred_us, received_us);
	ck_assert_int_eq(it.claimed_us, received_us + 1);
	ck_assert(str_eq(it.why, STR("the time claimed lies in the future, the time of receipt stands "
				     "for it")));
	it = sound();
	it.occurred_us = INT64_MIN;
	it.key_us = -1;
	it.claimed_us = -1;
	ck_assert_str_eq(verdict(&it), "sound");
	ck_assert_int_eq(it.occurred_us, received_us);
	ck_assert_int_eq(it.key_us, 0);
	ck_assert_int_eq(it.claimed_us, 0);
	ck_assert(str_eq(it.why, STR("no usable time was given, the time of receipt stands for it")));
}
END_TEST

/* ---- JSON ---- */

static const char *json_of(const struct interaction *it, const struct interaction_extra *extra)
{
	struct buf out;
	struct str text;

	buf_init(&out, 1 << 20);
	interaction_json(&out, it, extra);
	text = arena_str(arena, buf_str(&out));
	buf_finish(&out);
	return text.ptr;
}

START_TEST(an_empty_record_is_all_null)
{
	struct interaction it = { 0 };

	setup();
	ck_assert_str_eq(json_of(&it, NULL),
		"{\"id\":null,\"channel\":null,\"connector\":null,\"direction\":null,\"kind\":null,"
		"\"external_id\":null,\"about\":null,\"thread\":null,\"occurred_at\":null,"
		"\"recorded_at\":null,\"claimed_at\":null,\"participants\":[],\"subject\":null,"
		"\"text\":null,\"text_full\":null,\"attachments\":[],\"details\":{},"
		"\"provenance\":{\"journal\":null,\"normalizer\":null,\"why\":null,\"match\":null}}");
}
END_TEST

START_TEST(a_full_record_has_every_field)
{
	struct interaction it = sound();
	const struct party_extra parties[] = { { 5 << 22, STR("") }, { 0, STR("Ana Lima") } };
	const struct interaction_extra extra = {
		.id = 1, .recorded_us = received_us, .connector = STR("vendas"), .journal_id = 12,
		.normalizer = STR("imap 1"), .match = STR("e-mail"), .dead_letter = STR("123"),
		.parties = parties,
	};
	struct party *p = interaction_add_party(&it, arena, ROLE_TO, STR(""));
	struct attachment *a = interaction_add_attachment(&it, arena);
	auto_json struct json_object *value = NULL;
	struct json_object *to, *from;
	char text[ID_TEXT_SIZE];

	it.direction = DIRECTION_IN;
	it.why = STR("the sender is not \"ours\"");
	party_add_identity(p, arena, SCHEME_WA_BSUID, STR("BR.1"), STR(""));
	party_add_identity(p, arena, SCHEME_EXT, STR("9"), STR("loja"));
	a->name = STR("proposta.pdf");
	a->state = ATTACHMENT_SKIPPED;
	a->reason = STR("larger than 25 MiB");

	value = json_parse(str_from(json_of(&it, &extra)), 10, 1000, &err);
	ck_assert_msg(value != NULL, "%s", err.msg);
	ck_assert(str_eq(json_str(value, "id"), str_from(id_format(1, "int_", text))));
	ck_assert(str_eq(json_str(value, "connector"), STR("vendas")));
	ck_assert(str_eq(json_str(value, "direction"), STR("in")));
	ck_assert(str_eq(json_str(value, "occurred_at"), STR("2026-11-22T05:06:35.000Z")));
	ck_assert(str_eq(json_str(value, "recorded_at"), STR("2026-11-22T05:06:40.000Z")));
	ck_assert(str_eq(json_str(json_get(json_get(value, "details"), "utm"), "source"),
			 STR("ads")));
	from = json_at(json_get(value, "participants"), 0);
	ck_assert(str_eq(json_str(from, "role"), STR("from")));
	ck_assert(str_eq(json_str(from, "name"), STR("Jo\xc3\xa3o")));
	ck_assert(str_eq(json_str(json_get(from, "identity"), "scheme"), STR("email")));
	ck_assert(str_eq(json_str(json_get(from, "identity"), "value"), STR("joao@x.com")));
	ck_assert(str_eq(json_str(from, "contact"), str_from(id_format(5 << 22, "con_", text))));
	ck_assert_ptr_null(json_get(from, "identities"));
	to = json_at(json_get(value, "participants"), 1);
	ck_assert(str_eq(json_str(to, "staff"), STR("Ana Lima")));
	ck_assert_uint_eq(json_count(json_get(to, "identities")), 2);
	ck_assert(str_eq(json_str(json_at(json_get(to, "identities"), 1), "scope"), STR("loja")));
	ck_assert(str_eq(json_str(json_at(json_get(value, "attachments"), 0), "state"),
			 STR("skipped")));
	ck_assert(str_eq(json_str(json_get(value, "provenance"), "why"),
			 STR("the sender is not \"ours\"")));
	ck_assert(str_eq(json_str(value, "dead_letter"), STR("123")));
}
END_TEST

RUN("interaction", every_name_goes_both_ways, a_batch_grows_to_its_maximum_and_no_further,
    lists_grow_and_keep_what_they_have, a_used_up_arena_gives_null,
    a_meta_line_is_found_by_its_whole_name, a_sound_record_passes_unchanged,
    unknown_enum_values_are_refused, text_that_is_not_utf8_is_refused,
    what_is_too_large_is_a_limit, pointers_to_nowhere_are_refused, details_must_be_a_json_object,
    attachments_are_checked, a_time_in_the_future_is_clamped_with_a_note,
    an_empty_record_is_all_null, a_full_record_has_every_field)
