#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "mime/address.h"
#include "mime/charset.h"
#include "mime/header.h"
#include "mime/msgid.h"
#include "mime/param.h"
#include "mime/mail.h"
#include "mime/transfer.h"
#include "mime/tree.h"
#include "mime/utf8.h"
#include "mime/words.h"

#include "../check_main.h"

static struct decode dec;

static void begin(void)
{
	mime_warm_up();
	arena_destroy(dec.arena);
	dec = (struct decode){ .arena = arena_create(16 << 20), .legacy = STR("windows-1252") };
}

static const char *cstr(struct str s)
{
	return s.len ? arena_str(dec.arena, s).ptr : "";
}

static const char *words(const char *value)
{
	begin();
	return cstr(words_decode(&dec, str_from(value)));
}

START_TEST(encoded_words_are_decoded)
{
	ck_assert_str_eq(words("=?UTF-8?Q?Or=C3=A7amento_1?= x"), "Orçamento 1 x");
	ck_assert_str_eq(words("=?utf-8?B?YQ==?= =?utf-8?B?Yg==?= c"), "ab c");
	ck_assert_str_eq(words("=?utf-8?Q?=F0=9F?=\r\n =?utf-8?Q?=98=80?="), "😀");
	ck_assert_str_eq(words("=?iso-8859-1*pt?q?=E7?= =?utf-8?q?=C3=A7?="), "çç");
	ck_assert_str_eq(words("a =?utf-8?q?b?= c =?utf-8?q?d?="), "a b c d");
	ck_assert_str_eq(words("=?utf-8?q?tudo_bem?" "?="), "tudo bem?");
	ck_assert_str_eq(words("x=?utf-8?q?y?=z"), "xyz");
}
END_TEST

START_TEST(what_is_no_encoded_word_stays)
{
	ck_assert_str_eq(words("=?utf-8?x?y?="), "=?utf-8?x?y?=");
	ck_assert_str_eq(words("=?utf-8?q?open"), "=?utf-8?q?open");
	ck_assert_str_eq(words("a =? b ?="), "a =? b ?=");
	ck_assert_str_eq(words("=?nothing?q?plain?="), "plain");
	ck_assert_str_eq(words("Pre\xe7o"), "Preço");
	ck_assert_str_eq(words("a\r\n\tb\x01" "c"), "a bc");
	ck_assert_str_eq(words("=?utf-8?q?a=00b=0A=07c?="), "ab c");
}
END_TEST

START_TEST(decoded_text_is_composed)
{
	ck_assert_str_eq(words("=?utf-8?q?c=CC=A7a?="), "ça");
	ck_assert_str_eq(words("e\xcc\x81"), "é");
}
END_TEST

static const char *decoded(const char *bytes, const char *charset)
{
	struct buf out;
	const char *text;

	begin();
	charset_warm_up();
	buf_init(&out, 4096);
	charset_decode(&dec, str_from(bytes), str_from(charset), &out);
	ck_assert(str_is_utf8(buf_str(&out)));
	text = cstr(buf_str(&out));
	buf_finish(&out);
	return text;
}

START_TEST(charsets_are_believed_if_the_bytes_allow_it)
{
	ck_assert_str_eq(decoded("\xe7\x80", "iso-8859-1"), "ç€");
	ck_assert_str_eq(decoded("\xcf\xf0\xe8", "windows-1251"), "При");
	ck_assert_str_eq(decoded("\xf0\xd2\xc9", "KOI8-R"), "При");
	ck_assert_str_eq(decoded("+AOc-", "utf-7"), "ç");
	ck_assert_str_eq(decoded("\xf9\xec", "windows-1255"), "של");
	ck_assert_uint_eq(dec.n_warnings, 0);
	ck_assert_str_eq(decoded("\xef\xbb\xbf" "a", "utf-8"), "a");
}
END_TEST

START_TEST(a_charset_that_lies_is_utf8_or_the_legacy_one_with_a_warning)
{
	ck_assert_str_eq(decoded("\xc3\xa7", "iso-8859-1"), "ç");
	ck_assert_str_eq(cstr(dec.warnings[0]),
			 "text is not in the declared charset \"iso-8859-1\", read as UTF-8");
	ck_assert_str_eq(decoded("\xe7", "utf-8"), "ç");
	ck_assert_str_eq(cstr(dec.warnings[0]),
			 "text is not in the declared charset \"utf-8\", read as the legacy charset");
	ck_assert_str_eq(decoded("\xc3\xa7\xc3\xa3 \xe7", "utf-8"), "çã \xef\xbf\xbd");
	ck_assert_str_eq(cstr(dec.warnings[0]), "UTF-8 text has broken characters");
	ck_assert_str_eq(decoded("\xe7", ""), "ç");
	ck_assert_str_eq(decoded("\xc3\xa7", "x-unknown"), "ç");
}
END_TEST

START_TEST(converters_with_holes_are_never_asked)
{
	ck_assert(!charset_is_known(STR("ISO-2022-CN-EXT")));
	ck_assert(!charset_is_known(STR("IBM1390")));
	ck_assert(!charset_is_known(STR("IBM1399")));
	ck_assert(!charset_is_known(STR("ISO-2022-JP-3")));
	ck_assert(!charset_is_known(STR("utf-8//TRANSLIT")));
	ck_assert(charset_is_known(STR("GB2312")));
}
END_TEST

static const char *param(const char *field, const char *name)
{
	begin();
	return cstr(param_text(&dec, str_from(field), str_from(name)));
}

START_TEST(parameters_are_read_in_every_form)
{
	ck_assert_str_eq(param("a; name=\"x y.pdf\"", "name"), "x y.pdf");
	ck_assert_str_eq(param("a; name=x y.pdf; b=c", "NAME"), "x y.pdf");
	ck_assert_str_eq(param("a; filename*=utf-8''%C3%A7.pdf; filename=c.pdf", "filename"), "ç.pdf");
	ck_assert_str_eq(param("a; n*0*=utf-8'pt'%C3; n*1*=%A7; n*2=\"%41\"", "n"), "ç%41");
	ck_assert_str_eq(param("a; n*1=b; n*0=a", "n"), "ab");
	ck_assert_str_eq(param("a; name=\"=?utf-8?q?=C3=A7?=\"", "name"), "ç");
	ck_assert_str_eq(param("a; name=\"open; b=c", "name"), "open");
	ck_assert_str_eq(param("a; name=\"a\\\"b\\\\c\\d\"", "name"), "a\"b\\c\\d");
	ck_assert_str_eq(param("a; n=x; n*=utf-8'it''s'; n*=no", "n"), "'s'");
	ck_assert_str_eq(param("a; n=50%25.pdf; b", "n"), "50%25.pdf");
	ck_assert_str_eq(param("a; n*=iso-8859-1''%E7%20; b", "n"), "ç");
	ck_assert_str_eq(param("a; names=x", "name"), "");
	ck_assert_str_eq(param("", "name"), "");
	begin();
	ck_assert_str_eq(cstr(param_get(STR("a; b=c (comment)"), STR("b"), dec.arena)), "c");
	ck_assert_str_eq(cstr(param_get(STR("a; boundary=\"\\\"\""), STR("boundary"), dec.arena)), "\"");
	ck_assert_str_eq(cstr(param_value(STR(" Text/PLAIN (x) ; a=b"), dec.arena)), "text/plain");
}
END_TEST

START_TEST(message_ids_have_one_form)
{
	begin();
	ck_assert_str_eq(cstr(msgid_first(&dec, STR(" <a.b@c> "))), "a.b@c");
	ck_assert_str_eq(cstr(msgid_first(&dec, STR("<a@b>>"))), "a@b");
	ck_assert_str_eq(cstr(msgid_first(&dec, STR("<<a@b>"))), "a@b");
	ck_assert_str_eq(cstr(msgid_first(&dec, STR("a@b (comment)"))), "a@b");
	ck_assert_str_eq(cstr(msgid_first(&dec, STR("(<no@x>) <a\r\n @b> <c@d>"))), "a@b");
	ck_assert_str_eq(cstr(msgid_first(&dec, STR("your message of Monday"))), "");
	ck_assert_str_eq(cstr(msgid_first(&dec, STR("ABC123"))), "ABC123");
	ck_assert_str_eq(cstr(msgid_first(&dec, STR("<>"))), "");
	ck_assert_str_eq(cstr(msgid_first(&dec, STR(""))), "");
}
END_TEST

START_TEST(a_message_id_that_is_too_long_becomes_its_digest)
{
	char id[1000];

	begin();
	memset(id, 'x', sizeof(id));
	id[500] = '@';
	ck_assert(str_starts(msgid_first(&dec, (struct str){ id, sizeof(id) }), STR("sha256:")));
	ck_assert_uint_eq(dec.n_warnings, 1);
}
END_TEST

static const char *list(const char *field)
{
	static char out[1024];
	struct addresses a;
	size_t n = 0;

	begin();
	a = address_parse(&dec, str_from(field), 5);
	out[0] = '\0';
	for (size_t i = 0; i < a.n_items; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s" STR_FMT "|" STR_FMT, i ? " / " : "",
				      STR_ARG(a.items[i].name), STR_ARG(a.items[i].addr));
	return out;
}

START_TEST(address_lists_are_read_as_a_person_would)
{
	ck_assert_str_eq(list("Ana <a@x>, b@x"), "Ana|a@x / |b@x");
	ck_assert_str_eq(list("a@x (Ana (B))"), "Ana (B)|a@x");
	ck_assert_str_eq(list("\"Silva, Ana\" <a@x>; b@x;"), "Silva, Ana|a@x / |b@x");
	ck_assert_str_eq(list("Silva, Ana <a@x>, b@x"), "Silva, Ana|a@x / |b@x");
	ck_assert_str_eq(list("Team: a@x, b@x;, c@x"), "|a@x / |b@x / |c@x");
	ck_assert_str_eq(list("undisclosed-recipients:;"), "");
	ck_assert_str_eq(list("=?utf-8?q?Re:_a,b?= <a@x>"), "Re: a,b|a@x");
	ck_assert_str_eq(list("<@relay,@two:a@x>"), "|a@x");
	ck_assert_str_eq(list("'Ana' <mailto:a@x>"), "Ana|a@x");
	ck_assert_str_eq(list("Ana Lima a@x"), "Ana Lima|a@x");
	ck_assert_str_eq(list("a @ x"), "|a@x");
	ck_assert_str_eq(list("root"), "root|");
	ck_assert_str_eq(list("MAILER-DAEMON <>"), "MAILER-DAEMON|");
	ck_assert_str_eq(list("\"open <a@x>, b@x"), "open|a@x / |b@x");
	ck_assert_str_eq(list("((((a@x, b@x"), "|a@x / |b@x");
	ck_assert_str_eq(list("<a@x, b@x"), "|a@x / |b@x");
	ck_assert_str_eq(list(", ,;,"), "");
	ck_assert_str_eq(list("Ana <a@x> b@y"), "Ana|a@x / |b@y");
	ck_assert_str_eq(list("<a@x> \"Bia\" <b@y>"), "|a@x / Bia|b@y");
	ck_assert_str_eq(list("a@x b@y c@z"), "|a@x / |b@y / |c@z");
}
END_TEST

START_TEST(more_addresses_than_the_cap_are_counted)
{
	struct addresses a;

	begin();
	a = address_parse(&dec, STR("a@x,b@x,c@x,d@x,e@x,f@x,g@x"), 5);
	ck_assert_uint_eq(a.n_items, 5);
	ck_assert_uint_eq(a.n_found, 7);
}
END_TEST

static struct head head;
static struct err err;

static bool parse(const char *text)
{
	const struct limits limits = { .max_header_bytes = 200, .max_field_bytes = 100, .max_fields = 5,
				       .max_depth = 20, .max_parts = 20 };
	struct str mail = str_from(text);
	struct tree tree;
	size_t n_junk = 0, at = prescan_start(mail, &n_junk);

	begin();
	if (!tree_parse(&dec, str_sub(mail, at, mail.len), &limits, &tree, &err))
		return false;
	head = tree.parts[0].head;
	head.n_junk += n_junk;
	head.body_at += at;
	return true;
}

START_TEST(headers_are_found_in_spite_of_noise)
{
	ck_assert(parse("From x\n>From y\nA: 1\n  2\nnoise\nB : 3\na: 4\n\nbody"));
	ck_assert_uint_eq(head.n_fields, 3);
	ck_assert_uint_eq(head.n_junk, 1);
	ck_assert_str_eq(cstr(field_unfold(head_get(&head, STR("a")), dec.arena)), "1  2");
	ck_assert_str_eq(cstr(field_unfold(head_get(&head, STR("B")), dec.arena)), "3");
	ck_assert_uint_eq(head_count(&head, STR("A")), 2);
	ck_assert(parse("A: 1\nText without a blank line\nmore"));
	ck_assert_uint_eq(head.body_at, 5);
	ck_assert(parse("A: 1\n--b\nB: 2\n"));
	ck_assert_uint_eq(head.body_at, 5);
	ck_assert(parse("A: 1"));
	ck_assert_uint_eq(head.body_at, 4);
}
END_TEST

START_TEST(header_limits_name_what_was_found)
{
	char big[400];

	ck_assert(!parse("A:1\nA:1\nA:1\nA:1\nA:1\nA:1\n\n"));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.msg, "mail has 6 header fields; the limit is 5");
	memset(big, 'x', sizeof(big));
	memcpy(big, "Foo:", 4);
	memcpy(big + 150, "\n\n", 3);
	ck_assert(!parse(big));
	ck_assert_str_eq(err.msg, "header \"Foo\" has 146 bytes; the limit is 100");
	memset(big, 'x', sizeof(big));
	memcpy(big, "A:", 2);
	memcpy(big + 90, "\nB:", 3);
	memcpy(big + 180, "\nC:", 3);
	memcpy(big + 240, "\n\n", 3);
	ck_assert(!parse(big));
	ck_assert_str_eq(err.msg, "header block has 242 bytes; the limit is 200");
}
END_TEST

static const char *transferred(enum transfer t, const char *in)
{
	struct buf b;
	const char *text;

	begin();
	buf_init(&b, transfer_room(t, strlen(in)));
	transfer_decode(t, str_from(in), &b);
	ck_assert(!buf_is_exceeded(&b));
	text = cstr(buf_str(&b));
	buf_finish(&b);
	return text;
}

START_TEST(transfer_encodings_are_undone_and_broken_ones_read_as_far_as_they_go)
{
	ck_assert_str_eq(transferred(TRANSFER_BASE64, "aGVs\r\nbG8="), "hello");
	ck_assert_str_eq(transferred(TRANSFER_BASE64, "aGVs*bG8=\n-- \nlist footer"), "hello");
	ck_assert_str_eq(transferred(TRANSFER_BASE64, "aGVsbG8"), "hello");
	ck_assert_str_eq(transferred(TRANSFER_BASE64, "a"), "");
	ck_assert_str_eq(transferred(TRANSFER_BASE64, "aGVsbA==\n-- \nlist footer"), "hell");
	ck_assert_str_eq(transferred(TRANSFER_BASE64, "aGVsbA"), "hell");
	ck_assert_str_eq(transferred(TRANSFER_BASE64, "=\naGVs"), "");
	ck_assert_str_eq(transferred(TRANSFER_QP, "=C3=A7 a=\r\nb = \n=ZZ="), "ç ab =ZZ");
	ck_assert_str_eq(transferred(TRANSFER_UU, "begin 644 f\n%:&5L;&\\`\n`\nend\nmore"), "hello");
	ck_assert_str_eq(transferred(TRANSFER_NONE, "=41"), "=41");
}
END_TEST

START_TEST(text_is_cut_between_characters)
{
	ck_assert_uint_eq(utf8_cut(STR("aç"), 2).len, 1);
	ck_assert_uint_eq(utf8_cut(STR("aç"), 3).len, 3);
	ck_assert_uint_eq(utf8_cut(STR("😀"), 3).len, 0);
	ck_assert_uint_eq(utf8_cut(STR(""), 3).len, 0);
}
END_TEST

START_TEST(long_text_is_composed_as_short_text_is)
{
	struct buf in, out;

	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	for (int i = 0; i < 3000; i++)
		buf_add(&in, STR("e\xcc\x81\xe3\x81\x8b\xe3\x82\x99"));	/* é and が, decomposed */
	utf8_clean(buf_str(&in), &out);
	ck_assert_uint_eq(out.len, 3000 * 5);
	buf_finish(&in);
	buf_finish(&out);
}
END_TEST

static void put_neighbours(uint32_t code, struct buf *in)
{
	static const uint32_t others[] = { 'a', 0xe9, 0x301, 0x327, 0x3099, 0x1100, 0x1161, 0x11a8, 0xac00, 0x0c56, 0x2014 };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		utf8_put(in, code);
		utf8_put(in, others[i]);
	}
	utf8_put(in, code);
}

/* What is taken over without a look must be what the library would have made of it. */
static void check_composed(uint32_t code)
{
	utf8proc_uint8_t *composed;
	struct buf in, out;

	buf_init(&in, 1 << 10);
	buf_init(&out, 1 << 10);
	put_neighbours(code, &in);
	utf8_clean(buf_str(&in), &out);
	ck_assert_int_ge(utf8proc_map((const utf8proc_uint8_t *)in.ptr, (utf8proc_ssize_t)in.len, &composed,
				      UTF8PROC_STABLE | UTF8PROC_COMPOSE), 0);
	ck_assert_msg(str_eq(buf_str(&out), str_from((const char *)composed)), "U+%04X", code);
	free(composed);
	buf_finish(&in);
	buf_finish(&out);
}

START_TEST(characters_are_composed_with_any_neighbour)
{
	for (uint32_t code = 0xa0; code < 0xd800; code += sample() * (code < 0x3400 ? 1 : 13))
		check_composed(code);
	for (uint32_t code = 0xf900; code < 0x1f000; code += sample())
		check_composed(code);
	for (uint32_t code = 0x2f800; code < 0x2fa20; code++)
		check_composed(code);
}
END_TEST

START_TEST(bad_bytes_are_counted_and_replaced_wherever_they_stand)
{
	static const char text[] = "abcdefgh\xff" "ab\xc3\xa9\xe2\x82" "abcdefghij\xf0\x9f\x98\x80\xc3";
	size_t n_multibyte, n_bad;
	struct buf out;

	utf8_count(STR(text), &n_multibyte, &n_bad);
	ck_assert_uint_eq(n_multibyte, 2);
	ck_assert_uint_eq(n_bad, 4);
	buf_init(&out, 1 << 10);
	utf8_repair(STR(text), &out);
	ck_assert_str_eq(out.ptr, "abcdefgh\xef\xbf\xbd" "ab\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd" "abcdefghij\xf0\x9f\x98\x80\xef\xbf\xbd");
	buf_clear(&out);
	utf8_repair((struct str){ "\0a\0\xff\0", 5 }, &out);
	ck_assert(str_eq(buf_str(&out), (struct str){ "\0a\0\xef\xbf\xbd\0", 7 }));
	buf_finish(&out);
}
END_TEST

RUN("mime-header", encoded_words_are_decoded, what_is_no_encoded_word_stays,
    decoded_text_is_composed, charsets_are_believed_if_the_bytes_allow_it,
    a_charset_that_lies_is_utf8_or_the_legacy_one_with_a_warning,
    converters_with_holes_are_never_asked, parameters_are_read_in_every_form,
    message_ids_have_one_form, a_message_id_that_is_too_long_becomes_its_digest,
    address_lists_are_read_as_a_person_would, more_addresses_than_the_cap_are_counted,
    headers_are_found_in_spite_of_noise, header_limits_name_what_was_found,
    transfer_encodings_are_undone_and_broken_ones_read_as_far_as_they_go,
    text_is_cut_between_characters, long_text_is_composed_as_short_text_is, characters_are_composed_with_any_neighbour,
    bad_bytes_are_counted_and_replaced_wherever_they_stand)
