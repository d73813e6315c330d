/* What a login rests on, without a store: passwords, codes, waits, and what a request says of its browser. */
#include <daybook/arena.h>
#include <string.h>

#include "api/browser.h"
#include "base/clock.h"
#include "base/password.h"
#include "base/totp.h"
#include "store/session.h"
#include "store/user.h"

#include "../check_main.h"

static struct err err;

START_TEST(a_password_is_known_again_and_another_one_is_not)
{
	char one[PASSWORD_HASH_SIZE], other[PASSWORD_HASH_SIZE];

	ck_assert(password_hash(STR("correct horse"), one, &err) && password_hash(STR("correct horse"), other, &err));
	ck_assert_str_ne(one, other);
	ck_assert(strncmp(one, "$y$", 3) == 0 && password_is_hash(str_from(one)));
	ck_assert(password_verify(STR("correct horse"), str_from(one)) && password_verify(STR("correct horse"), str_from(other)));
	ck_assert(!password_verify(STR("correct horsf"), str_from(one)) && !password_verify(STR(""), str_from(one)));
	ck_assert(!password_verify(STR("correct horse"), STR("")) && !password_verify(STR("correct horse"), STR("$1$x$y")));
}
END_TEST

START_TEST(a_password_that_cannot_be_is_refused_with_its_reason)
{
	char hash[PASSWORD_HASH_SIZE], longest[PASSWORD_MAX + 1];

	ck_assert(!password_hash(STR("seven77"), hash, &err));
	ck_assert_str_eq(err.msg, "a password has at least 8 bytes");
	memset(longest, 'a', sizeof(longest));
	ck_assert(!password_hash((struct str){ longest, sizeof(longest) }, hash, &err));
	ck_assert_str_eq(err.msg, "a password has at most 511 bytes");
	ck_assert(password_hash((struct str){ longest, PASSWORD_MAX }, hash, &err));
	longest[PASSWORD_MAX - 1] = 'b';
	ck_assert(!password_verify((struct str){ longest, PASSWORD_MAX }, str_from(hash)));
	ck_assert(!password_hash(STR("nul\0inside"), hash, &err));
}
END_TEST

/* Nobody learns from the time that it takes whether there is such an account. */
START_TEST(an_unknown_name_takes_as_long_as_a_wrong_password)
{
	char hash[PASSWORD_HASH_SIZE];
	int64_t begun, known = INT64_MAX, unknown = INT64_MAX;

	ck_assert(password_hash(STR("correct horse"), hash, &err));
	for (int i = 0; i < 5; i++) {
		begun = clock_mono_us();
		password_verify(STR("wrong horse"), str_from(hash));
		known = clock_mono_us() - begun < known ? clock_mono_us() - begun : known;
		begun = clock_mono_us();
		password_verify(STR("wrong horse"), STR(""));
		unknown = clock_mono_us() - begun < unknown ? clock_mono_us() - begun : unknown;
	}
	ck_assert_msg(unknown > known / 2 && unknown < known * 2, "%lld and %lld µs", (long long)known, (long long)unknown);
}
END_TEST

/* RFC 6238, appendix B, the last six digits. */
START_TEST(codes_are_those_of_the_standard)
{
	static const struct {
		int64_t at_s;
		uint32_t code;
	} table[] = { { 59, 287082 }, { 1111111109, 81804 }, { 1111111111, 50471 }, { 1234567890, 5924 }, { 2000000000, 279037 },
		      { 20000000000, 353130 } };
	struct str key = STR("12345678901234567890");

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		ck_assert_uint_eq(totp_code(key, totp_step(table[i].at_s * US_PER_S)), table[i].code);
	ck_assert_int_eq(totp_match(key, STR("081804"), 1111111109 * US_PER_S), 1111111109 / 30);
	ck_assert_int_eq(totp_match(key, STR("081804"), (1111111109 + 30) * US_PER_S), 1111111109 / 30);
	ck_assert_int_eq(totp_match(key, STR("081804"), (1111111109 + 61) * US_PER_S), 0);
	ck_assert_int_eq(totp_match(key, STR("81804"), 1111111109 * US_PER_S), 0);
	ck_assert_int_eq(totp_match(key, STR("08180a"), 1111111109 * US_PER_S), 0);
	ck_assert_int_eq(totp_match(STR(""), STR("081804"), 1111111109 * US_PER_S), 0);
}
END_TEST

START_TEST(a_key_is_written_as_apps_read_it)
{
	char text[33];

	ck_assert_str_eq(base32((const unsigned char *)"12345678901234567890", 20, text), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}
END_TEST

START_TEST(waits_double_to_a_quarter_of_an_hour)
{
	static const int64_t seconds[] = { 0, 0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900 };

	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++)
		ck_assert_int_eq(throttle_wait_us((int64_t)i), seconds[i] * US_PER_S);
	ck_assert_int_eq(throttle_wait_us(INT64_MAX), 900 * US_PER_S);
}
END_TEST

static bool is_one_address(const char *a, const char *b)
{
	unsigned char one[LOGIN_HASH_SIZE], other[LOGIN_HASH_SIZE];

	throttle_address(str_from(a), one);
	throttle_address(str_from(b), other);
	return memcmp(one, other, sizeof(one)) == 0;
}

START_TEST(tries_are_counted_by_network_where_one_has_many_addresses)
{
	ck_assert(is_one_address("2001:db8:1:2::3", "2001:db8:1:2:ffff::1"));
	ck_assert(!is_one_address("2001:db8:1:2::3", "2001:db8:1:3::3"));
	ck_assert(!is_one_address("192.0.2.1", "192.0.2.2") && !is_one_address("::ffff:192.0.2.1", "::ffff:192.0.2.2"));
	ck_assert(is_one_address("unix", "unix") && !is_one_address("", "::"));
}
END_TEST

START_TEST(a_session_ends_by_itself)
{
	struct session_row row = { .created_us = US_PER_S, .used_us = US_PER_S, .expires_us = US_PER_S * (1 + SESSION_LIFE_S) };

	ck_assert(session_is_good(&row, US_PER_S * SESSION_IDLE_S) && !session_is_good(&row, US_PER_S * (1 + SESSION_IDLE_S)));
	row.used_us = US_PER_S * SESSION_LIFE_S;
	ck_assert(session_is_good(&row, US_PER_S * SESSION_LIFE_S) && !session_is_good(&row, US_PER_S * (1 + SESSION_LIFE_S)));
	row.ended_us = 1;
	ck_assert(!session_is_good(&row, US_PER_S * 2));
}
END_TEST

START_TEST(a_cookie_is_found_by_its_whole_name_and_once)
{
	ck_assert(str_eq(cookie_find(STR("a=1; b=2"), STR("b")), STR("2")));
	ck_assert(str_eq(cookie_find(STR(" b = 2 ;a=1"), STR("b")), STR("2")));
	ck_assert_uint_eq(cookie_find(STR("bb=2; cb=3; b"), STR("b")).len, 0);
	ck_assert_uint_eq(cookie_find(STR("b=2; b=3"), STR("b")).len, 0);
	ck_assert(str_eq(cookie_find(STR("b=a=b"), STR("b")), STR("a=b")));
	ck_assert_uint_eq(cookie_find(STR(""), STR("b")).len, 0);
}
END_TEST

START_TEST(only_names_of_this_machine_are_loopback)
{
	static const char *const good[] = { "localhost", "LOCALHOST:8480", "127.0.0.1", "127.0.0.1:80", "127.1.2.3:65535", "[::1]",
					    "[::1]:8480" };
	static const char *const bad[] = { "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]", "[::1",
					   "[::1]x", "localhost:", "localhost:0", "localhost:65536", "localhost:8x", "128.0.0.1",
					   "xlocalhost", "127.0.0.1@evil.example", "::1" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(host_is_loopback(str_from(good[i])), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!host_is_loopback(str_from(bad[i])), "%s", bad[i]);
}
END_TEST

START_TEST(a_request_of_our_own_pages_has_both_origin_and_word)
{
	struct arena *arena = arena_create(1 << 16);
	struct browser b = { .is_secure = true, .own_origin = STR("https://crm.example"), .origin = STR("https://crm.example"),
			     .session = STR("dbs_x") };

	ck_assert(!browser_is_ours(&b, arena));
	b.csrf = browser_csrf(STR("dbs_y"), arena);
	ck_assert(!browser_is_ours(&b, arena));
	b.csrf = browser_csrf(b.session, arena);
	ck_assert(browser_is_ours(&b, arena));
	b.origin = STR("https://crm.example.evil");
	ck_assert(!browser_is_ours(&b, arena));
	b.origin = STR("");
	ck_assert(!browser_is_ours(&b, arena));
	b.own_origin = STR("");
	ck_assert(!browser_is_ours(&b, arena));
	arena_destroy(arena);
}
END_TEST

START_TEST(cookies_say_what_a_browser_has_to_know)
{
	struct arena *arena = arena_create(1 << 16);
	struct browser b = { .is_secure = true };

	ck_assert_str_eq(browser_cookie(&b, STR("dbs_x"), arena).ptr,
			 "__Host-daybook=dbs_x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=604800");
	b.is_secure = false;
	ck_assert_str_eq(browser_cookie(&b, STR(""), arena).ptr, "daybook-local=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
	arena_destroy(arena);
}
END_TEST

RUN("login", a_password_is_known_again_and_another_one_is_not, a_password_that_cannot_be_is_refused_with_its_reason,
    an_unknown_name_takes_as_long_as_a_wrong_password, codes_are_those_of_the_standard, a_key_is_written_as_apps_read_it,
    waits_double_to_a_quarter_of_an_hour, tries_are_counted_by_network_where_one_has_many_addresses,
    a_session_ends_by_itself, a_cookie_is_found_by_its_whole_name_and_once,
    only_names_of_this_machine_are_loopback, a_request_of_our_own_pages_has_both_origin_and_word,
    cookies_say_what_a_browser_has_to_know)
