#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "golden.h"
#include "host_double.h"
#include "whatsapp.h"

#include "../check_main.h"

static const int64_t received_us = INT64_C(1789399800) * 1000000;

static struct whatsapp_conf conf;
static struct interactions out;
static struct err err;

static void conf_reset(void)
{
	static struct secret app, token;

	app = (struct secret){ STR("test_meta_app_secret_0123456789abcdef") };
	token = (struct secret){ STR("daybook-verify-7421") };
	conf = (struct whatsapp_conf){ .app_secret = &app, .verify_token = &token };
}

static bool normalize(const char *json)
{
	struct raw raw = { .body = str_from(json), .received_us = received_us };

	if (conf.app_secret == NULL)
		conf_reset();
	arena_destroy(out.arena);
	err = (struct err){ 0 };
	out = (struct interactions){
		.arena = arena_create(1 << 20), .max_items = out.max_items ? out.max_items : 100,
	};
	return whatsapp_normalize(&conf, &raw, &out, &err);
}

/* One change of field "messages" around these members of its value. */
static bool normalize_value(const char *members)
{
	char json[16384];

	snprintf(json, sizeof(json),
		 "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":["
		 "{\"field\":\"messages\",\"value\":{\"metadata\":{\"display_phone_number\":"
		 "\"+1 202-555-0100\",\"phone_number_id\":\"200\"},%s}}]}]}", members);
	return normalize(json);
}

static bool normalize_message(const char *members)
{
	char json[8192];

	snprintf(json, sizeof(json), "\"messages\":[{\"from\":\"12025550143\",\"id\":\"wamid.A\","
		 "\"timestamp\":\"1789398000\",%s}]", members);
	return normalize_value(json);
}

static bool has(struct str s, const char *piece)
{
	return str_find(s, str_from(piece)) != STR_NONE;
}

static void load_text(struct http_file *file)
{
	http_file_load(file, FIXTURES "/whatsapp/text.http");
	conf_reset();
}

/* ---- messages ---- */

START_TEST(every_sample_becomes_what_was_reviewed)
{
	conf_reset();
	ck_assert_int_eq(golden_run(&connector_whatsapp, &conf, FIXTURES "/whatsapp"), 49);
}
END_TEST

START_TEST(a_batch_gives_every_message_and_status_of_every_change)
{
	ck_assert(normalize(
		"{\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":{\"messages\":["
		"{\"id\":\"1\",\"type\":\"text\",\"text\":{\"body\":\"a\"}},"
		"{\"id\":\"2\",\"type\":\"text\",\"text\":{\"body\":\"b\"}}]}},"
		"{\"field\":\"messages\",\"value\":{\"statuses\":["
		"{\"id\":\"3\",\"status\":\"sent\"},{\"id\":\"3\",\"status\":\"read\"}]}}]},"
		"{\"changes\":[{\"field\":\"account_update\",\"value\":{}},"
		"{\"field\":\"messages\",\"value\":{\"messages\":["
		"{\"id\":\"4\",\"type\":\"text\",\"text\":{\"body\":\"c\"}}]}}]}]}"));
	ck_assert_uint_eq(out.n_items, 6);
	ck_assert_text(out.items[1].text, "b");
	ck_assert_text(out.items[2].external_id, "3:sent");
	ck_assert_text(out.items[3].external_id, "3:read");
	ck_assert_text(out.items[4].filter, "field \"account_update\" is not about a customer");
	ck_assert_text(out.items[5].text, "c");
}
END_TEST

START_TEST(contacts_are_paired_by_id_and_never_by_place)
{
	ck_assert(normalize_value(
		"\"contacts\":[{\"profile\":{\"name\":\"Bia\"},\"wa_id\":\"22\"},"
		"{\"profile\":{\"name\":\"Ana\",\"username\":\"ana.l\"},\"user_id\":\"BR.1\"},"
		"{\"profile\":{\"name\":\"Eva\"},\"wa_id\":\"33\",\"user_id\":\"BR.3\"}],"
		"\"messages\":["
		"{\"from_user_id\":\"BR.1\",\"id\":\"a\",\"type\":\"text\",\"text\":{\"body\":\"x\"}},"
		"{\"from\":\"22\",\"id\":\"b\",\"type\":\"text\",\"text\":{\"body\":\"x\"}},"
		"{\"from\":\"44\",\"id\":\"c\",\"type\":\"text\",\"text\":{\"body\":\"x\"}},"
		"{\"from_user_id\":\"BR.3\",\"id\":\"d\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}]"));
	ck_assert_text(out.items[0].parties[0].name, "Ana");
	ck_assert(has(out.items[0].details, "\"username\":\"ana.l\""));
	ck_assert_text(out.items[1].parties[0].name, "Bia");
	ck_assert_text(out.items[2].parties[0].name, "");
	ck_assert_text(out.items[3].parties[0].name, "Eva");
	ck_assert_text(out.items[3].parties[0].ids[0].value, "33");
	ck_assert_text(out.items[3].thread, "200:BR.3");
}
END_TEST

START_TEST(a_sender_has_the_raw_number_then_the_phone_then_the_scoped_ids)
{
	const struct party *from;

	ck_assert(normalize_message("\"from_user_id\":\"US.1\",\"from_parent_user_id\":\"US.ENT.9\","
				    "\"type\":\"text\",\"text\":{\"body\":\"x\"}"));
	from = &out.items[0].parties[0];
	ck_assert_int_eq(from->role, ROLE_FROM);
	ck_assert_uint_eq(from->n_ids, 4);
	ck_assert_int_eq(from->ids[0].scheme, SCHEME_WA);
	ck_assert_text(from->ids[0].value, "12025550143");
	ck_assert_int_eq(from->ids[1].scheme, SCHEME_PHONE);
	ck_assert_text(from->ids[1].value, "+12025550143");
	ck_assert_int_eq(from->ids[2].scheme, SCHEME_WA_BSUID);
	ck_assert_text(from->ids[2].value, "US.1");
	ck_assert_text(from->ids[3].value, "US.ENT.9");
	ck_assert_int_eq(out.items[0].parties[1].role, ROLE_TO);
	ck_assert_int_eq(out.items[0].parties[1].ids[0].scheme, SCHEME_PHONE);
	ck_assert_text(out.items[0].parties[1].ids[0].value, "+12025550100");
}
END_TEST

START_TEST(a_sender_without_a_number_has_the_scoped_id_alone)
{
	ck_assert(normalize_value("\"messages\":[{\"from\":\"BR.77\",\"id\":\"a\",\"type\":\"text\","
				  "\"text\":{\"body\":\"x\"}}]"));
	ck_assert_uint_eq(out.items[0].parties[0].n_ids, 1);
	ck_assert_int_eq(out.items[0].parties[0].ids[0].scheme, SCHEME_WA_BSUID);
	ck_assert_text(out.items[0].parties[0].ids[0].value, "BR.77");
	ck_assert(normalize_value("\"messages\":[{\"id\":\"a\",\"type\":\"text\","
				  "\"text\":{\"body\":\"x\"}}]"));
	ck_assert_uint_eq(out.items[0].parties[0].n_ids, 0);
	ck_assert_text(out.items[0].text, "x");
}
END_TEST

START_TEST(our_side_is_named_by_its_id_when_the_number_is_unreadable)
{
	ck_assert(normalize("{\"entry\":[{\"changes\":[{\"value\":{\"metadata\":{"
			    "\"display_phone_number\":\"Loja\",\"phone_number_id\":200},"
			    "\"messages\":[{\"id\":\"a\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}]"
			    "}}]}]}"));
	ck_assert_text(out.items[0].account, "200");
	ck_assert_int_eq(out.items[0].parties[1].ids[0].scheme, SCHEME_EXT);
	ck_assert_text(out.items[0].parties[1].ids[0].value, "200");
	ck_assert_text(out.items[0].parties[1].ids[0].scope, "whatsapp");
}
END_TEST

START_TEST(one_bad_message_among_good_ones_becomes_unsupported_and_nothing_is_lost)
{
	ck_assert(normalize_value(
		"\"messages\":[{\"id\":\"1\",\"type\":\"text\",\"text\":{\"body\":\"a\"}},"
		"{\"id\":\"2\",\"type\":\"text\",\"text\":null},"
		"null,\"garbage\",{\"id\":\"3\",\"type\":\"image\"},{\"type\":5,\"id\":{\"x\":1}},"
		"{\"id\":\"4\",\"type\":\"text\",\"text\":{\"body\":\"b\"}}]"));
	ck_assert_uint_eq(out.n_items, 7);
	ck_assert_text(out.items[0].text, "a");
	ck_assert_text(out.items[6].text, "b");
	for (size_t i = 1; i < 6; i++) {
		ck_assert_int_eq(out.items[i].kind, KIND_UNSUPPORTED);
		ck_assert_int_eq(out.items[i].direction, DIRECTION_IN);
		ck_assert_uint_gt(out.items[i].external_id.len, 0);
		ck_assert_uint_eq(out.items[i].n_attachments, 0);
	}
	ck_assert(has(out.items[1].details, "\"error\":\"text.body is missing\""));
	ck_assert(has(out.items[2].details, "\"error\":\"type is missing\""));
	ck_assert(has(out.items[4].details, "\"error\":\"the member with the media is missing\""));
	/* What has no id is told apart by what it says. */
	ck_assert(str_starts(out.items[2].external_id, STR("sha256:")));
	ck_assert(!str_eq(out.items[2].external_id, out.items[3].external_id));
}
END_TEST

static void assert_unsupported(const char *members, const char *why)
{
	ck_assert(normalize_message(members));
	ck_assert_uint_eq(out.n_items, 1);
	ck_assert_int_eq(out.items[0].kind, KIND_UNSUPPORTED);
	ck_assert_text(out.items[0].text, "");
	ck_assert_text(out.items[0].why, why);
	ck_assert_text(out.items[0].external_id, "wamid.A");
}

START_TEST(what_cannot_be_read_says_why)
{
	assert_unsupported("\"type\":\"hologram\",\"hologram\":{}",
			   "message type \"hologram\" is not known");
	ck_assert(has(out.items[0].details, "\"type\":\"hologram\""));
	assert_unsupported("\"x\":1", "type is missing");
	assert_unsupported("\"type\":\"text\",\"text\":{\"body\":[]}", "text.body is missing");
	assert_unsupported("\"type\":\"button\",\"button\":{}", "button.text is missing");
	assert_unsupported("\"type\":\"audio\"", "the member with the media is missing");
	assert_unsupported("\"type\":\"document\"", "the member with the media is missing");
	assert_unsupported("\"type\":\"location\",\"location\":7", "location is missing");
	assert_unsupported("\"type\":\"contacts\",\"contacts\":{}", "contacts is missing");
	assert_unsupported("\"type\":\"order\"", "order is missing");
	assert_unsupported("\"type\":\"interactive\"", "interactive.type is missing");
	assert_unsupported("\"type\":\"interactive\",\"interactive\":{\"type\":\"list_reply\"}",
			   "interactive.list_reply is missing");
	assert_unsupported("\"type\":\"reaction\",\"reaction\":{}",
			   "reaction.message_id is missing");
	assert_unsupported("\"type\":\"revoke\"", "revoke.original_message_id is missing");
	assert_unsupported("\"type\":\"edit\"", "edit.original_message_id is missing");
	assert_unsupported("\"type\":\"edit\",\"edit\":{\"original_message_id\":\"m\","
			   "\"message\":{\"type\":\"edit\"}}",
			   "edit.message is missing or of an unknown type");
	assert_unsupported("\"type\":\"edit\",\"edit\":{\"original_message_id\":\"m\","
			   "\"message\":{\"type\":\"text\"}}", "edit.message: text.body is missing");
	assert_unsupported("\"type\":\"system\"", "system is missing");
	assert_unsupported("\"type\":\"unsupported\",\"errors\":[{\"code\":131051}]",
			   "the provider says that it cannot pass this type on");
	ck_assert(has(out.items[0].details, "\"error_code\":131051"));
}
END_TEST

START_TEST(json_types_that_changed_are_read_all_the_same)
{
	ck_assert(normalize_value(
		"\"contacts\":null,\"errors\":null,\"statuses\":null,\"messages\":[{\"from\":12025550143,"
		"\"id\":\"a\",\"timestamp\":1789398000,\"type\":\"text\",\"text\":{\"body\":12.50},"
		"\"context\":null,\"referral\":null,\"errors\":null}]"));
	ck_assert_uint_eq(out.n_items, 1);
	ck_assert_int_eq(out.items[0].kind, KIND_MESSAGE);
	ck_assert_text(out.items[0].text, "12.50");
	ck_assert_text(out.items[0].parties[0].ids[0].value, "12025550143");
	ck_assert_int_eq(out.items[0].key_us, INT64_C(1789398000) * 1000000);
	ck_assert_text(out.items[0].details, "{\"type\":\"text\"}");
}
END_TEST

START_TEST(a_lone_surrogate_and_a_nul_become_replacement_characters)
{
	ck_assert(normalize_message("\"type\":\"text\",\"text\":{\"body\":\"a\\ud83d b\\u0000c\"}"));
	ck_assert_text(out.items[0].text, "a\xef\xbf\xbd b\xef\xbf\xbd" "c");
}
END_TEST

static void assert_times(const char *timestamp, int64_t key_us, int64_t occurred_us)
{
	char json[512];

	snprintf(json, sizeof(json), "\"messages\":[{\"id\":\"a\",\"type\":\"text\",\"text\":{"
		 "\"body\":\"x\"},\"timestamp\":%s}]", timestamp);
	ck_assert(normalize_value(json));
	ck_assert_int_eq(out.items[0].key_us, key_us);
	ck_assert_int_eq(out.items[0].claimed_us, key_us);
	ck_assert_int_eq(out.items[0].occurred_us, occurred_us);
}

START_TEST(absurd_times_keep_their_claim_and_happened_at_the_receipt)
{
	assert_times("\"1789398000\"", INT64_C(1789398000) * US_PER_S,
		     INT64_C(1789398000) * US_PER_S);
	assert_times("1789398000.75", INT64_C(1789398000) * US_PER_S,
		     INT64_C(1789398000) * US_PER_S);
	assert_times("\"4102444800\"", INT64_C(4102444800) * US_PER_S, received_us);
	assert_times("\"-5\"", -5 * US_PER_S, received_us);
	assert_times("\"0\"", 0, received_us);
	assert_times("\"yesterday\"", 0, received_us);
	assert_times("\"99999999999999999999\"", 0, received_us);
	assert_times("\"9223372036854775807\"", 0, received_us);
	assert_times("[]", 0, received_us);
	assert_times("null", 0, received_us);
	assert_times("\"\"", 0, received_us);
	assert_times("\"-\"", 0, received_us);
}
END_TEST

START_TEST(a_reaction_and_its_removal_are_two_events_about_one_message)
{
	ck_assert(normalize_value(
		"\"messages\":[{\"id\":\"a\",\"timestamp\":\"5\",\"type\":\"reaction\",\"reaction\":{"
		"\"message_id\":\"m\",\"emoji\":\"x\"}},{\"id\":\"a\",\"timestamp\":\"5\",\"type\":"
		"\"reaction\",\"reaction\":{\"message_id\":\"m\",\"emoji\":\"\"}}]"));
	ck_assert_int_eq(out.items[0].kind, KIND_REACTION);
	ck_assert_text(out.items[0].about, "m");
	ck_assert_text(out.items[0].discriminator, "x");
	ck_assert_text(out.items[1].about, "m");
	ck_assert_text(out.items[1].text, "");
	ck_assert_text(out.items[1].discriminator, "");
}
END_TEST

START_TEST(two_edits_of_one_second_are_two_events)
{
	struct str first;

	ck_assert(normalize_value(
		"\"messages\":[{\"id\":\"a\",\"timestamp\":\"5\",\"type\":\"edit\",\"edit\":{"
		"\"original_message_id\":\"m\",\"message\":{\"type\":\"text\",\"text\":{\"body\":\"1\"}}}},"
		"{\"id\":\"a\",\"timestamp\":\"5\",\"type\":\"edit\",\"edit\":{"
		"\"original_message_id\":\"m\",\"message\":{\"type\":\"image\",\"image\":{\"id\":\"9\","
		"\"caption\":\"2\"}}}}]"));
	ck_assert_int_eq(out.items[0].kind, KIND_EDIT);
	ck_assert_text(out.items[0].about, "m");
	ck_assert_text(out.items[1].text, "2");
	ck_assert_uint_eq(out.items[1].n_attachments, 1);
	first = out.items[0].discriminator;
	ck_assert_uint_eq(first.len, 16);
	ck_assert(!str_eq(first, out.items[1].discriminator));
}
END_TEST

START_TEST(a_status_to_a_group_is_told_apart_by_its_participant)
{
	ck_assert(normalize_value(
		"\"statuses\":[{\"id\":\"m\",\"status\":\"read\",\"timestamp\":\"5\",\"recipient_id\":\"G\","
		"\"recipient_type\":\"group\",\"recipient_participant_id\":\"12025550143\"},"
		"{\"id\":\"m\",\"status\":\"read\",\"timestamp\":\"5\",\"recipient_id\":\"G\","
		"\"recipient_type\":\"group\",\"recipient_participant_user_id\":\"US.2\"}]"));
	ck_assert_text(out.items[0].discriminator, "read|12025550143");
	ck_assert_text(out.items[0].thread, "G");
	ck_assert_text(out.items[0].about, "m");
	ck_assert_int_eq(out.items[0].direction, DIRECTION_OUT);
	ck_assert_int_eq(out.items[0].parties[1].role, ROLE_TO);
	ck_assert_text(out.items[0].parties[1].ids[0].value, "12025550143");
	ck_assert_text(out.items[1].discriminator, "read|US.2");
}
END_TEST

START_TEST(a_status_without_id_or_name_is_unsupported)
{
	ck_assert(normalize_value("\"statuses\":[{\"status\":\"read\"},{\"id\":\"m\"},null]"));
	ck_assert_uint_eq(out.n_items, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(out.items[i].kind, KIND_UNSUPPORTED);
	ck_assert_text(out.items[0].why, "id is missing");
	ck_assert_text(out.items[1].why, "status is missing");
	ck_assert(has(out.items[1].details, "\"error\":\"status is missing\""));
}
END_TEST

START_TEST(a_flow_that_answers_no_json_keeps_its_text)
{
	ck_assert(normalize_message("\"type\":\"interactive\",\"interactive\":{\"type\":\"nfm_reply\","
				    "\"nfm_reply\":{\"response_json\":\"{broken\"}}"));
	ck_assert_int_eq(out.items[0].kind, KIND_FORM);
	ck_assert_text(out.items[0].text, "{broken");
	ck_assert(normalize_message("\"type\":\"interactive\",\"interactive\":{\"type\":\"nfm_reply\","
				    "\"nfm_reply\":{\"response_json\":{\"a \\\"q\\\"\":[1,{\"b\":2}],"
				    "\"flow_token\":\"secret\",\"n\":null}}}"));
	ck_assert_text(out.items[0].text, "a \"q\": 1, {\"b\":2}\nn: ");
	ck_assert(has(out.items[0].details, "\"fields\":{\"a \\\"q\\\"\":[1,{\"b\":2}],\"n\":null}"));
	ck_assert(!has(out.items[0].details, "secret"));
}
END_TEST

START_TEST(media_are_named_for_fetching_and_skipped_only_with_a_reason)
{
	const struct attachment *a;

	ck_assert(normalize_message("\"type\":\"document\",\"document\":{\"id\":77,\"filename\":\"a.pdf\","
				    "\"mime_type\":\"application/pdf\",\"file_size\":\"12\",\"sha256\":"
				    "\"Jh+2ij6PzUvJ2y+grrtegrZMzRxkEPwc24Oyib4s03w=\"}"));
	a = &out.items[0].attachments[0];
	ck_assert_int_eq(a->state, ATTACHMENT_PENDING);
	ck_assert_text(a->remote_id, "77");
	ck_assert_text(a->name, "a.pdf");
	ck_assert_text(out.items[0].text, "a.pdf");
	ck_assert_int_eq(a->size, 12);
	/* base64 -d | xxd -p of the above */
	ck_assert_text(a->sha256, "261fb68a3e8fcd4bc9db2fa0aebb5e82b64ccd1c6410fc1cdb83b289be2cd37c");
	ck_assert(normalize_message("\"type\":\"image\",\"image\":{\"sha256\":\"?\",\"caption\":\"c\"}"));
	a = &out.items[0].attachments[0];
	ck_assert_int_eq(a->state, ATTACHMENT_SKIPPED);
	ck_assert_text(a->reason, "the webhook names no media id");
	ck_assert_text(a->sha256, "");
	ck_assert_int_eq(a->size, -1);
	conf.media = WHATSAPP_MEDIA_IGNORE;
	ck_assert(normalize_message("\"type\":\"image\",\"image\":{\"id\":\"1\"}"));
	a = &out.items[0].attachments[0];
	ck_assert_int_eq(a->state, ATTACHMENT_SKIPPED);
	ck_assert_text(a->reason, "media: ignore");
}
END_TEST

START_TEST(a_change_of_number_names_both_and_stands_with_the_old)
{
	ck_assert(normalize_message(
		"\"type\":\"system\",\"system\":{\"type\":\"user_changed_number\",\"wa_id\":\"12025550188\","
		"\"user_id\":\"US.9\",\"previous_user_id\":\"US.1\",\"body\":\"changed\"}"));
	ck_assert_int_eq(out.items[0].kind, KIND_IDENTITY);
	ck_assert_int_eq(out.items[0].direction, DIRECTION_SYSTEM);
	ck_assert_text(out.items[0].parties[0].ids[0].value, "12025550143");
	ck_assert_text(out.items[0].parties[0].ids[2].value, "US.1");
	ck_assert_text(out.items[0].thread, "200:US.1");
	ck_assert(has(out.items[0].details, "\"old\":{\"wa\":\"12025550143\",\"wa_bsuid\":\"US.1\"}"));
	ck_assert(has(out.items[0].details, "\"new\":{\"wa\":\"12025550188\",\"wa_bsuid\":\"US.9\"}"));
}
END_TEST

/* ---- what is kept in the journal only ---- */

START_TEST(fields_of_later_versions_are_one_filtered_event_each)
{
	static const char *const fields[] = {
		"smb_message_echoes", "history", "smb_app_state_sync", "calls", "user_preferences",
		"standby", "messaging_handovers", "never_heard_of",
	};
	char json[512], want[256];

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		snprintf(json, sizeof(json), "{\"entry\":[{\"changes\":[{\"field\":\"%s\",\"value\":{"
			 "\"messages\":[{},{}]}}]}]}", fields[i]);
		snprintf(want, sizeof(want), "field \"%s\" is not read by this version; kept in the "
			 "journal", fields[i]);
		ck_assert(normalize(json));
		ck_assert_uint_eq(out.n_items, 1);
		ck_assert_text(out.items[0].filter, want);
	}
}
END_TEST

static void assert_filtered(const char *json, const char *reason)
{
	ck_assert_msg(normalize(json), "%s", err.msg);
	ck_assert_uint_eq(out.n_items, 1);
	ck_assert_text(out.items[0].filter, reason);
	ck_assert_uint_gt(out.items[0].external_id.len, 0);
}

START_TEST(a_post_with_nothing_in_it_is_one_filtered_event)
{
	assert_filtered("{}", "no entry with a change in it");
	assert_filtered("[1,2]", "no entry with a change in it");
	assert_filtered("7", "no entry with a change in it");
	assert_filtered("{\"entry\":{}}", "no entry with a change in it");
	assert_filtered("{\"object\":\"instagram\",\"entry\":[]}",
			"object \"instagram\" is not WhatsApp's");
	assert_filtered("{\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":{}}]}]}",
			"no message, status or error in it");
	assert_filtered("{\"entry\":[{\"changes\":[null]}]}", "no message, status or error in it");
	assert_filtered("{\"entry\":[{\"changes\":[{\"field\":\"phone_number_quality_update\"}]}]}",
			"field \"phone_number_quality_update\" is not about a customer");
	assert_filtered("{\"entry\":[{\"changes\":[{\"value\":{\"errors\":[{\"code\":131000,"
			"\"title\":\"Something went wrong\"}]}}]}]}",
			"WhatsApp reports error 131000: Something went wrong");
}
END_TEST

START_TEST(numbers_that_are_not_wanted_are_filtered_message_by_message)
{
	static const char *wanted[] = { "201", "202" };

	conf_reset();
	conf.phone_number_ids = (struct conf_list){ wanted, 2 };
	ck_assert(normalize_value("\"messages\":[{\"id\":\"a\",\"type\":\"text\",\"text\":{\"body\":\"x\"}},"
				  "{\"id\":\"b\",\"type\":\"text\",\"text\":{\"body\":\"y\"}}]"));
	ck_assert_uint_eq(out.n_items, 2);
	ck_assert_text(out.items[1].filter, "phone number id \"200\" is not one of phone_number_ids");
	wanted[1] = "200";
	ck_assert(normalize_value("\"messages\":[{\"id\":\"a\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}]"));
	ck_assert_text(out.items[0].filter, "");
}
END_TEST

START_TEST(what_is_no_json_is_an_input_error_and_gives_nothing)
{
	ck_assert(!normalize("{\"entry\":["));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert(strstr(err.msg, "not JSON: ") == err.msg);
	ck_assert(!normalize(""));
	ck_assert_str_eq(err.msg, "JSON is empty");
	ck_assert(!normalize("null"));
	ck_assert_str_eq(err.msg, "JSON is null");
	ck_assert(!normalize("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.msg, "JSON is nested deeper than 32 (byte 32)");
	ck_assert_uint_eq(out.n_items, 0);
}
END_TEST

START_TEST(more_events_than_may_be_are_a_limit_and_leave_nothing_behind)
{
	out.max_items = 2;
	ck_assert(!normalize_value("\"messages\":[{},{},{}]"));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.msg, "more than 2 events in one webhook");
	ck_assert_uint_eq(out.n_items, 0);
}
END_TEST

START_TEST(too_little_memory_is_a_limit_or_seen_by_the_arena)
{
	for (size_t room = 0; room < 6000; room += 97) {
		struct raw raw = { .received_us = received_us };
		struct http_file file;

		load_text(&file);
		raw.body = file.request.body;
		arena_destroy(out.arena);
		out = (struct interactions){ .arena = arena_create(room), .max_items = 10 };
		if (!whatsapp_normalize(&conf, &raw, &out, &err)) {
			ck_assert_int_eq(err.kind, ERR_LIMIT);
			ck_assert_str_eq(err.msg, "the events of this webhook need too much memory");
		} else {
			ck_assert(arena_is_exceeded(out.arena) ||
				  str_ends(out.items[0].text, STR("\xf0\x9f\x99\x82")));
		}
		http_file_finish(&file);
	}
}
END_TEST

START_TEST(a_second_delivery_has_the_same_keys)
{
	struct http_file file;
	struct interactions first;

	load_text(&file);
	first = (struct interactions){ .arena = arena_create(1 << 20), .max_items = 9 };
	ck_assert(whatsapp_normalize(&conf, &file.raw, &first, &err));
	file.raw.received_us += INT64_C(86400) * US_PER_S;
	arena_destroy(out.arena);
	out = (struct interactions){ .arena = arena_create(1 << 20), .max_items = 9 };
	ck_assert(whatsapp_normalize(&conf, &file.raw, &out, &err));
	ck_assert(str_eq(first.items[0].account, out.items[0].account));
	ck_assert(str_eq(first.items[0].external_id, out.items[0].external_id));
	ck_assert(str_eq(first.items[0].discriminator, out.items[0].discriminator));
	ck_assert_int_eq(first.items[0].key_us, out.items[0].key_us);
	arena_destroy(first.arena);
	http_file_finish(&file);
}
END_TEST

RUN("whatsapp",
    every_sample_becomes_what_was_reviewed,
    a_batch_gives_every_message_and_status_of_every_change,
    contacts_are_paired_by_id_and_never_by_place,
    a_sender_has_the_raw_number_then_the_phone_then_the_scoped_ids,
    a_sender_without_a_number_has_the_scoped_id_alone,
    our_side_is_named_by_its_id_when_the_number_is_unreadable,
    one_bad_message_among_good_ones_becomes_unsupported_and_nothing_is_lost,
    what_cannot_be_read_says_why,
    json_types_that_changed_are_read_all_the_same,
    a_lone_surrogate_and_a_nul_become_replacement_characters,
    absurd_times_keep_their_claim_and_happened_at_the_receipt,
    a_reaction_and_its_removal_are_two_events_about_one_message,
    two_edits_of_one_second_are_two_events,
    a_status_to_a_group_is_told_apart_by_its_participant,
    a_status_without_id_or_name_is_unsupported,
    a_flow_that_answers_no_json_keeps_its_text,
    media_are_named_for_fetching_and_skipped_only_with_a_reason,
    a_change_of_number_names_both_and_stands_with_the_old,
    fields_of_later_versions_are_one_filtered_event_each,
    a_post_with_nothing_in_it_is_one_filtered_event,
    numbers_that_are_not_wanted_are_filtered_message_by_message,
    what_is_no_json_is_an_input_error_and_gives_nothing,
    more_events_than_may_be_are_a_limit_and_leave_nothing_behind,
    too_little_memory_is_a_limit_or_seen_by_the_arena,
    a_second_delivery_has_the_same_keys)
