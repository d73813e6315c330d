#include <string.h>

#include "model/email.h"

#include "../check_main.h"

static struct arena *arena;
static struct err err;

static const char *read_text(struct str text)
{
	struct str out = STR("untouched");

	if (arena == NULL)
		arena = arena_create(1 << 20);
	if (!email_canonical(text, arena, &out, &err)) {
		ck_assert(str_eq(out, STR("untouched")));
		return err.msg;
	}
	return out.ptr;
}

#define IS(text, want) ck_assert_str_eq(read_text(STR(text)), want)
#define IS_NOT(text, why) \
	ck_assert_str_eq(read_text(STR(text)), "\"" text "\" is not an e-mail address: " why)

START_TEST(an_address_is_lower_case_and_bare)
{
	IS("ana@acme.com.br", "ana@acme.com.br");
	IS("  Ana.Lima@ACME.com.BR\r\n", "ana.lima@acme.com.br");
	IS("<Ana@acme.com>", "ana@acme.com");
	IS("Ana Lima <ana@acme.com>", "ana@acme.com");
	IS("mailto:ana@acme.com", "ana@acme.com");
	IS("ana@acme.com.", "ana@acme.com");
	IS("ana+loja@acme.com", "ana+loja@acme.com");
	IS("\xe2\x80\x8b" "ana@acme.com\xc2\xa0", "ana@acme.com");	/* pasted */
	IS("root@localhost", "root@localhost");
	IS("o'neil_x=y/z@x-1.example", "o'neil_x=y/z@x-1.example");
	IS("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp");
	IS("bounce@[192.0.2.1]", "bounce@[192.0.2.1]");
	IS("Bounce@[IPv6:2001:DB8::1]", "bounce@[ipv6:2001:db8::1]");
	IS("x@_dmarc.acme.com", "x@_dmarc.acme.com");
}
END_TEST

START_TEST(an_international_domain_becomes_ascii)
{
	IS("ana@b\xc3\xbc" "cher.example", "ana@xn--bcher-kva.example");
	IS("ana@B\xc3\x9c" "CHER.example", "ana@xn--bcher-kva.example");
	IS("ana@bu\xcc\x88" "cher.example", "ana@xn--bcher-kva.example");	/* decomposed */
	IS("ana@XN--BCHER-KVA.example", "ana@xn--bcher-kva.example");
	IS("ana@fa\xc3\x9f.de", "ana@xn--fa-hia.de");		/* non-transitional: ß stays ß */
	IS("ana@a\xc3\xa7\xc3\xa3o.com.br", "ana@xn--ao-siap.com.br");
	IS("ana@\xef\xbd\x81" "cme\xe3\x80\x82" "com", "ana@acme.com");	/* full width */
}
END_TEST

START_TEST(a_local_part_beyond_ascii_is_folded_and_composed)
{
	IS("JOS\xc3\x89@acme.com", "jos\xc3\xa9@acme.com");
	IS("jose\xcc\x81@acme.com", "jos\xc3\xa9@acme.com");
	IS("\xe2\x84\xaa@acme.com", "k@acme.com");		/* the Kelvin sign is a K */
}
END_TEST

START_TEST(a_quoted_local_part_loses_needless_quotes)
{
	IS("\"Ana\"@acme.com", "ana@acme.com");
	IS("\"a\\na\"@acme.com", "ana@acme.com");
	IS("\"Ana Lima\"@acme.com", "\"ana lima\"@acme.com");
	IS("\"a@b\"@acme.com", "\"a@b\"@acme.com");
	IS("\"a\xcd\xbe" "b\"@acme.com", "\"a;b\"@acme.com");	/* a Greek question mark is a ";" by NFC */
	IS("\"a\\\"b\\\\\"@acme.com", "\"a\\\"b\\\\\"@acme.com");
}
END_TEST

START_TEST(what_is_no_address_says_why)
{
	IS_NOT("", "it is empty");
	IS_NOT("undisclosed-recipients:;", "it has no @");
	IS_NOT("ana", "it has no @");
	IS_NOT("@acme.com", "nothing stands before the @");
	IS_NOT("ana@", "what follows the @ is no domain");
	IS_NOT("ana@acme..com", "what follows the @ is no domain");
	IS_NOT("ana@.com", "what follows the @ is no domain");
	IS_NOT("ana@acme.com..", "what follows the @ is no domain");
	IS_NOT("ana@ac me.com", "what follows the @ is no domain");
	IS_NOT("ana@acme,com", "what follows the @ is no domain");
	IS_NOT("ana@[acme", "what follows the @ is no domain");
	IS_NOT("ana lima@acme.com",
	       "a space or another character before the @ cannot be there");
	IS_NOT("a\xcd\xbe" "b@acme.com", "a space or another character before the @ cannot be there");
	IS_NOT("a@b@acme.com", "a space or another character before the @ cannot be there");
	IS_NOT("a@x.com, b@y.com", "a space or another character before the @ cannot be there");
	IS_NOT("\xc2\xab" "a\xe2\x80\x8b" "b@acme.com",
	       "a space or another character before the @ cannot be there");
	ck_assert_str_eq(read_text(STR("a\x01@acme.com")),
			 "\"a?@acme.com\" is not an e-mail address: a space or another character "
			 "before the @ cannot be there");
	ck_assert_str_eq(read_text(STR("a\0b@acme.com")),
			 "\"a?b@acme.com\" is not an e-mail address: it is not UTF-8 text");
	ck_assert_str_eq(read_text(STR("ana@acme\xff.com")),
			 "\"ana@acme?.com\" is not an e-mail address: it is not UTF-8 text");
	ck_assert_int_eq(err.kind, ERR_INPUT);
}
END_TEST

START_TEST(an_address_has_320_bytes_at_most)
{
	char text[400];

	memset(text, 'a', sizeof(text));
	memcpy(text + 310, "@acme.com1", 10);
	ck_assert_uint_eq(strlen(read_text((struct str){ text, 320 })), 320);
	memcpy(text + 310, "a@acme.com1", 11);
	ck_assert_ptr_nonnull(strstr(read_text((struct str){ text, 321 }),
				     "…\" is not an e-mail address: it is longer than 320 bytes"));
}
END_TEST

START_TEST(a_used_up_arena_is_a_limit)
{
	struct arena *tiny = arena_create(4);
	struct str out;

	ck_assert(!email_canonical(STR("ana@acme.com"), tiny, &out, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	arena_destroy(tiny);
}
END_TEST

START_TEST(a_plus_tag_folds_away)
{
	arena = arena ? arena : arena_create(1 << 20);
	ck_assert(str_eq(email_fold_plus(STR("ana+loja+x@acme.com"), arena), STR("ana@acme.com")));
	ck_assert(str_eq(email_fold_plus(STR("ana@acme.com"), arena), STR("ana@acme.com")));
	ck_assert(str_eq(email_fold_plus(STR("+tag@acme.com"), arena), STR("+tag@acme.com")));
	ck_assert(str_eq(email_fold_plus(STR("\"a +b\"@acme.com"), arena),
			 STR("\"a +b\"@acme.com")));
	ck_assert(str_eq(email_local(STR("\"a@b\"@acme.com")), STR("\"a@b\"")));
	ck_assert(str_eq(email_domain(STR("ana@acme.com")), STR("acme.com")));
}
END_TEST

RUN("email", an_address_is_lower_case_and_bare, an_international_domain_becomes_ascii,
    a_local_part_beyond_ascii_is_folded_and_composed,
    a_quoted_local_part_loses_needless_quotes, what_is_no_address_says_why,
    an_address_has_320_bytes_at_most, a_used_up_arena_is_a_limit, a_plus_tag_folds_away)
