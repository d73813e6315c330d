/* Who is erased is found as a word of its own, and what is left of the JSON is JSON. */
#include "base/buf.h"
#include "ingest/erase_words.h"

#include "../check_main.h"

static void blanks(const char *json, const char *word, const char *expected)
{
	struct err err;
	struct buf out;

	buf_init(&out, 1 << 20);
	ck_assert_msg(erase_words_blank(str_from(json), str_from(word), STR("erased"), &out, &err), "%s", err.msg);
	buf_addc(&out, '\0');
	ck_assert_str_eq(out.ptr, expected);
	buf_finish(&out);
}

START_TEST(a_word_is_found_as_a_whole)
{
	ck_assert(erase_words_has(STR("from ana@x.example, today"), STR("ana@x.example")));
	ck_assert(!erase_words_has(STR("from joana@x.example"), STR("ana@x.example")));
	ck_assert(erase_words_has(STR("%3Cana@x.example%3E and \\nana@x.example"), STR("ana@x.example")));
	ck_assert(erase_words_has(STR("joana@x.example ana@x.example"), STR("ana@x.example")));
	ck_assert(!erase_words_has(STR("55119876543210"), STR("5511987654321")));
	ck_assert(erase_words_has(STR("005511987654321"), STR("5511987654321")));
	ck_assert(!erase_words_has(STR(""), STR("ana")) && !erase_words_has(STR("ana"), STR("")));
}
END_TEST

START_TEST(a_word_is_taken_out_of_what_strings_say)
{
	blanks("{\"a\":\"Ana, ana and Joana\",\"b\":[1,true,null,{\"c\":\"Ana\"}],\"n\":1.50}", "Ana",
	       "{\"a\":\"erased, erased and Joana\",\"b\":[1,true,null,{\"c\":\"erased\"}],\"n\":1.50}");
	blanks("{\"x\":\"nothing of it\"}", "Ana", "{\"x\":\"nothing of it\"}");
}
END_TEST

START_TEST(a_name_may_be_anything)
{
	blanks("{\"true\":true,\"a\":\"so true\"}", "true", "{\"true\":true,\"a\":\"so erased\"}");
	blanks("{\"reply_to\":\"x reply_to\",\"b\":\"c\"}", "reply_to", "{\"reply_to\":\"x erased\",\"b\":\"c\"}");
	blanks("{\"a\":\"b\",\"c\":\"x , y\"}", ",", "{\"a\":\"b\",\"c\":\"x erased y\"}");
	blanks("{\"a\":\"Maria \\\"Mia\\\" Souza\\n\"}", "Maria \"Mia\" Souza", "{\"a\":\"erased\\n\"}");
	blanks("{\"a\":\"Jos\\u00e9 wrote\"}", "José", "{\"a\":\"erased wrote\"}");
}
END_TEST

START_TEST(what_is_no_json_is_said_to_be_none)
{
	struct err err;
	struct buf out;

	buf_init(&out, 1 << 20);
	ck_assert(!erase_words_blank(STR("{\"a\":"), STR("Ana"), STR("erased"), &out, &err));
	buf_finish(&out);
}
END_TEST

RUN("erase_words", a_word_is_found_as_a_whole, a_word_is_taken_out_of_what_strings_say, a_name_may_be_anything,
    what_is_no_json_is_said_to_be_none)
