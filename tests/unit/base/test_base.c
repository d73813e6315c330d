#include <pthread.h>
#include <string.h>

#include <daybook/arena.h>
#include <daybook/err.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/seal.h"

#include "../check_main.h"

START_TEST(an_error_grows_outward)
{
	struct err err;

	ck_assert(!err_setf(&err, ERR_INPUT, "field \"%s\" is empty", "email"));
	ck_assert(!err_prefixf(&err, "form \"%s\"", "contato"));
	ck_assert_str_eq(err.msg, "form \"contato\": field \"email\" is empty");
	ck_assert_int_eq(err.kind, ERR_INPUT);
}
END_TEST

START_TEST(an_arena_remembers_that_its_cap_was_reached)
{
	struct arena *a = arena_create(100);

	ck_assert_uint_eq(arena_str(a, STR("hello")).len, 5);
	ck_assert(!arena_is_exceeded(a));
	ck_assert_ptr_null(arena_alloc(a, 200));
	ck_assert(arena_is_exceeded(a));
	arena_destroy(a);
}
END_TEST

START_TEST(an_array_in_an_arena_grows_and_keeps_its_items)
{
	struct arena *a = arena_create(1 << 20);
	int *items = NULL;

	for (int i = 0; i < 1000; i++) {
		items = arena_grow(a, items, (size_t)i, sizeof(*items));
		items[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(items[i], i);
	arena_destroy(a);
}
END_TEST

START_TEST(utf8_is_checked_strictly)
{
	ck_assert(str_is_utf8(STR("plain, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x99\x82")));
	ck_assert(!str_is_utf8(STR("\xc0\xaf")));		/* overlong */
	ck_assert(!str_is_utf8(STR("\xed\xa0\x80")));		/* surrogate */
	ck_assert(!str_is_utf8(STR("\xf4\x90\x80\x80")));	/* above U+10FFFF */
	ck_assert(!str_is_utf8(STR("cut \xe2\x82")));
	ck_assert(!str_is_utf8(STR("nul \0 inside")));
}
END_TEST

START_TEST(pieces_end_where_the_separator_says)
{
	struct str rest = STR("a,,b"), piece;

	ck_assert(str_next(&rest, ',', &piece) && str_eq(piece, STR("a")));
	ck_assert(str_next(&rest, ',', &piece) && piece.len == 0);
	ck_assert(str_next(&rest, ',', &piece) && str_eq(piece, STR("b")));
	ck_assert(!str_next(&rest, ',', &piece));
}
END_TEST

static size_t find_slowly(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (str_ieq(str_sub(s, i, needle.len), needle))
			return i;
	return STR_NONE;
}

START_TEST(words_are_found_in_either_case)
{
	static const char letters[] = "abAB-[";
	char text[24], word[4];
	unsigned seed = 1;

	ck_assert_uint_eq(str_ifind(STR("abc"), STR("")), 0);
	ck_assert_uint_eq(str_ifind(STR(""), STR("a")), STR_NONE);
	for (unsigned round = 0; round < 200000 / sample(); round++) {
		struct str s = { text, round % (sizeof(text) + 1) }, needle = { word, round / 7 % (sizeof(word) + 1) };

		for (size_t i = 0; i < sizeof(text) + sizeof(word); i++) {
			seed = seed * 1103515245 + 12345;
			(i < sizeof(text) ? text : word)[i % sizeof(text)] = letters[(seed >> 16) % (sizeof(letters) - 1)];
		}
		ck_assert_uint_eq(str_ifind(s, needle), find_slowly(s, needle));
	}
}
END_TEST

START_TEST(ids_only_rise)
{
	int64_t now = INT64_C(1795324000000000), id = id_next(0, now, 5), before;
	char text[ID_TEXT_SIZE];
	int64_t back;

	ck_assert_int_eq(id_wall_us(id) / 1000, now / 1000);
	for (int i = 0; i < 10000; i++) {
		before = id;
		id = id_next(id, now - i * 1000, 5);	/* the clock runs backwards */
		ck_assert_int_gt(id, before);
		ck_assert_int_eq(id >> 12 & 1023, 5);
	}
	id_format(id, "int_", text);
	ck_assert_uint_eq(strlen(text), 17);
	ck_assert(id_parse(str_from(text), "int_", &back));
	ck_assert_int_eq(back, id);
	ck_assert(!id_parse(str_from(text), "con_", &back));
}
END_TEST

START_TEST(times_are_read_and_written)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t t;

	ck_assert(clock_parse(STR("2026-09-14T12:00:00-03:00"), &t));
	ck_assert_str_eq(clock_format(t, text), "2026-09-14T15:00:00.000Z");
	ck_assert(clock_parse(STR("1969-12-31T23:59:59.999Z"), &t));
	ck_assert_int_eq(t, -1000);
	ck_assert_str_eq(clock_format(t, text), "1969-12-31T23:59:59.999Z");
	ck_assert(!clock_parse(STR("2026-13-01T00:00:00Z"), &t));
	ck_assert(!clock_parse(STR("yesterday"), &t));
}
END_TEST

START_TEST(known_answers_of_the_hashes)
{
	unsigned char md[SHA256_SIZE], key[16], input[15];
	char hex[SHA256_HEX_SIZE];

	crypto_sha256(STR("abc"), md);
	ck_assert_str_eq(crypto_hex(md, sizeof(md), hex),
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), md);
	ck_assert_str_eq(crypto_hex(md, sizeof(md), hex),
			 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	for (unsigned char i = 0; i < 16; i++)
		key[i] = i;
	for (unsigned char i = 0; i < 15; i++)
		input[i] = i;
	ck_assert_uint_eq(crypto_siphash(key, input, 15), UINT64_C(0xa129ca6149be45e5));
}
END_TEST

START_TEST(json_is_strict_and_bounded)
{
	struct err err;

	ck_assert_ptr_null(json_parse(STR("{\"a\":1} x"), 8, 100, &err));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_ptr_null(json_parse(STR("[[[[[[[[[[1]]]]]]]]]]"), 8, 100, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.msg, "JSON is nested deeper than 8 (byte 8)");
	ck_assert_ptr_null(json_parse(STR("[1,2,3,4,5]"), 8, 3, &err));
	ck_assert_str_eq(err.msg, "JSON has more than 3 values");
	ck_assert_ptr_null(json_parse(STR("{\"a\":\"\xff\"}"), 8, 100, &err));
	ck_assert_str_eq(err.msg, "not JSON: it is not UTF-8 at byte 6");
	ck_assert_ptr_null(json_parse(STR("{\"a\":\"\xc1\xa9\"}"), 8, 100, &err));		/* overlong */
	ck_assert_ptr_null(json_parse(STR("{\"a\":\"\xed\xa0\x80\"}"), 8, 100, &err));	/* a surrogate */
	ck_assert_ptr_null(json_parse((struct str){ "{\"a\":\"\0\"}", 9 }, 8, 100, &err));
	ck_assert_ptr_null(json_parse(STR(""), 8, 100, &err));
	ck_assert_ptr_null(json_parse(STR("{\"a\""), 8, 100, &err));
	ck_assert_ptr_null(json_parse(STR("{\"a\":NaN}"), 8, 100, &err));
	ck_assert_str_eq(err.msg, "not JSON: \"N\" at byte 5");
	ck_assert_ptr_null(json_parse(STR("[-Infinity]"), 8, 100, &err));
	ck_assert_ptr_null(json_parse(STR("{'a':1}"), 8, 100, &err));
	ck_assert_ptr_null(json_parse(STR("[1] // x"), 8, 100, &err));
}
END_TEST

START_TEST(what_json_does_not_have_is_no_json)
{
	static const char *const bad[] = {
		"[1,]", "{\"a\":1 , }", "[TRUE]", "[Null]", "[nan]", "[01]", "[-01]", "[00]", "[1.]", "[.5]", "[+1]",
		"[1e]", "[1e+]", "[-]", "[--1]", "[0x10]", "[1]x", "[1]]", "[1 2]", "[,1]", "{a:1}", "[tru]", "tru", "-",
	};
	static const char *const good[] = {
		"[1.5e3,1E3,1e-2,-0,0,0.5,10]", "[true,false,null]", "{ \"a\" : [ ] , \"b\" : { } }", "-12",
		"[\"\xc3\xa9 \xf0\x9f\x99\x82\"]", "{\"\xc3\xa9\":\"TRUE, 'x' // 01,]\"}",
	};
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(json_parse(str_from(bad[i]), 8, 100, &err) == NULL, "%s", bad[i]);
		ck_assert_int_eq(err.kind, ERR_INPUT);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		auto_json struct json_object *v = json_parse(str_from(good[i]), 8, 100, &err);

		ck_assert_msg(v != NULL, "%s: %s", good[i], err.msg);
	}
}
END_TEST

static bool is_clear(const char *text)
{
	struct err err;
	auto_json struct json_object *v = json_parse(str_from(text), 8, 100, &err);

	ck_assert_msg(v != NULL, "%s: %s", text, err.msg);
	return json_is_clear(str_from(text), v);
}

START_TEST(a_name_that_stands_twice_is_noticed)
{
	static const char *const twice[] = { "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "[0,{\"b\":{\"a\":1,\"b\":[],\"a\":null}}]",
		"{\"a\":1,\"a\\u0000b\":2,\"a\":3}", "{\"a\" : {\"b\":1}, \"a\":{\"c\":2}}" };
	static const char *const once[] = { "{}", "[1,2]", "\"a:a\"", "{\"a\":{\"a\":\"a\"},\"b\":[{\"a\":\":\\\":\"},{\"a\":1}]}" };

	for (size_t i = 0; i < countof(twice); i++)
		ck_assert_msg(!is_clear(twice[i]), "%s", twice[i]);
	for (size_t i = 0; i < countof(once); i++)
		ck_assert_msg(is_clear(once[i]), "%s", once[i]);
}
END_TEST

START_TEST(a_json_that_failed_leaves_nothing_to_the_next)
{
	struct err err;
	auto_json struct json_object *v = NULL;

	/* Cut off behind half a surrogate pair: json-c keeps that half through its reset. */
	ck_assert_ptr_null(json_parse(STR("{\"a\":\"\\ud83d\\u"), 8, 100, &err));
	v = json_parse(STR("{\"a\":\"\\u0041\"}"), 8, 100, &err);
	ck_assert(str_eq(json_str(v, "a"), STR("A")));
}
END_TEST

START_TEST(json_goes_in_and_out)
{
	struct err err;
	auto_json struct json_object *v =
		json_parse(STR("{\"s\":\"a\\u0000b\\ud83d\",\"n\":12,\"b\":true,\"l\":[1,\"x\"]}"), 8, 100, &err);
	struct json_writer w;
	struct buf out;
	int64_t n;

	ck_assert_ptr_nonnull(v);
	ck_assert_uint_eq(json_str(v, "s").len, 6);	/* a NUL b and U+FFFD */
	ck_assert(json_int(json_get(v, "n"), &n) && n == 12);
	ck_assert_uint_eq(json_count(json_get(v, "l")), 2);
	ck_assert_uint_eq(json_str(v, "missing").len, 0);
	buf_init(&out, 1000);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "t", STR("q\" \\ \n \x01 \xff \xc3\xa9"));
	json_member_or_null(&w, "e", STR(""));
	json_member_int(&w, "n", -5);
	json_close(&w, '}');
	ck_assert_str_eq(out.ptr, "{\"t\":\"q\\\" \\\\ \\n \\u0001 \xef\xbf\xbd \xc3\xa9\",\"e\":null,\"n\":-5}");
	buf_finish(&out);
}
END_TEST

static void *push_all(void *arg)
{
	for (intptr_t i = 1; i <= 10000; i++)
		queue_push_wait(arg, (void *)i);
	queue_close(arg);
	return NULL;
}

START_TEST(a_queue_hands_over_everything_in_order)
{
	struct queue *q = queue_create(7, false);
	pthread_t thread;
	void *items[5];
	intptr_t want = 1;
	size_t n;

	pthread_create(&thread, NULL, push_all, q);
	while ((n = queue_pop(q, items, 5, -1)) > 0)
		for (size_t i = 0; i < n; i++)
			ck_assert_int_eq((intptr_t)items[i], want++);
	ck_assert_int_eq(want, 10001);
	pthread_join(thread, NULL);
	queue_destroy(q);
}
END_TEST

START_TEST(a_full_queue_refuses)
{
	struct queue *q = queue_create(1, true);
	void *item;

	ck_assert(queue_push(q, q));
	ck_assert(!queue_push(q, q));
	ck_assert_uint_eq(queue_pop_now(q, &item, 1), 1);
	ck_assert_uint_eq(queue_pop_now(q, &item, 1), 0);
	queue_destroy(q);
}
END_TEST

START_TEST(base64_goes_out_and_comes_in)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe", "//4=" },
	};
	struct buf out;

	buf_init(&out, 100);
	for (size_t i = 0; i < countof(pairs); i++) {
		buf_clear(&out);
		base64_put(&out, str_from(pairs[i][0]));
		ck_assert(str_eq(buf_str(&out), str_from(pairs[i][1])));
		buf_clear(&out);
		ck_assert(base64_read(&out, str_from(pairs[i][1])));
		ck_assert(str_eq(buf_str(&out), str_from(pairs[i][0])));
	}
	buf_clear(&out);
	base64url_put(&out, STR("\xff\xfe"));
	ck_assert(str_eq(buf_str(&out), STR("__4")));
	buf_clear(&out);
	ck_assert(base64url_read(&out, STR("-_4")) && str_eq(buf_str(&out), STR("\xfb\xfe")));
	ck_assert(!base64url_read(&out, STR("+_4")) && !base64url_read(&out, STR("//4")) && !base64url_read(&out, STR("_w==")));
	ck_assert(!base64_read(&out, STR("a b")) && !base64_read(&out, STR("abcde")));
	buf_finish(&out);
}
END_TEST

START_TEST(what_is_sealed_opens_with_the_same_key_and_name_alone)
{
	unsigned char key[SEAL_KEY_SIZE] = { 1 }, other[SEAL_KEY_SIZE] = { 2 };
	struct buf sealed, twice, plain;

	buf_init(&sealed, 1000);
	buf_init(&twice, 1000);
	buf_init(&plain, 1000);
	seal_close(key, STR("name"), STR("secret"), &sealed);
	seal_close(key, STR("name"), STR("secret"), &twice);
	ck_assert_uint_eq(sealed.len, SEAL_NONCE_SIZE + 6 + SEAL_TAG_SIZE);
	ck_assert(!str_eq(buf_str(&sealed), buf_str(&twice)));		/* a nonce of its own each time */
	ck_assert(!seal_open(other, STR("name"), buf_str(&sealed), &plain));
	ck_assert(!seal_open(key, STR("eman"), buf_str(&sealed), &plain));
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.ptr[i] ^= 1;
		ck_assert(!seal_open(key, STR("name"), buf_str(&sealed), &plain));
		sealed.ptr[i] ^= 1;
		ck_assert(!seal_open(key, STR("name"), str_sub(buf_str(&sealed), 0, i), &plain));
	}
	ck_assert_uint_eq(plain.len, 0);
	ck_assert(seal_open(key, STR("name"), buf_str(&sealed), &plain));
	ck_assert(str_eq(buf_str(&plain), STR("secret")));
	buf_finish(&sealed);
	buf_finish(&twice);
	buf_finish(&plain);
}
END_TEST

RUN("base", base64_goes_out_and_comes_in, what_is_sealed_opens_with_the_same_key_and_name_alone, an_error_grows_outward, an_arena_remembers_that_its_cap_was_reached,
    an_array_in_an_arena_grows_and_keeps_its_items, utf8_is_checked_strictly,
    pieces_end_where_the_separator_says, words_are_found_in_either_case, ids_only_rise, times_are_read_and_written,
    known_answers_of_the_hashes, json_is_strict_and_bounded, what_json_does_not_have_is_no_json,
    a_name_that_stands_twice_is_noticed, a_json_that_failed_leaves_nothing_to_the_next, json_goes_in_and_out,
    a_queue_hands_over_everything_in_order, a_full_queue_refuses)
