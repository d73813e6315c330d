/* Composed text: the short way must never differ from the long one. */
#include <stdlib.h>
#include <utf8proc.h>

#include "model/text.h"

#include "../check_main.h"

static struct arena *arena;

static struct str composed_by_the_library(struct str s)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &out,
					  UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	struct str kept = n < 0 ? s : arena_str(arena, (struct str){ (char *)out, (size_t)n });

	free(out);
	return kept;
}

static void check_both_ways(const char *before, utf8proc_int32_t c, const char *after)
{
	utf8proc_uint8_t encoded[4];
	utf8proc_ssize_t n = utf8proc_encode_char(c, encoded);
	struct str s = arena_strf(arena, "%s%.*s%s", before, (int)n, (char *)encoded, after);

	ck_assert_msg(str_eq(text_nfc(s, arena), composed_by_the_library(s)), "\"%s\" U+%04X \"%s\"", before,
		      (unsigned)c, after);
}

START_TEST(every_character_is_composed_as_the_library_does)
{
	arena = arena_create(16 << 20);
	for (utf8proc_int32_t c = 1; c <= 0x2ffff; c += (utf8proc_int32_t)sample()) {
		if (c % 0x1000 == 0) {
			arena_destroy(arena);
			arena = arena_create(16 << 20);
		}
		if (c == 0x3400)
			c = 0xf900;	/* past the ideographs and syllables: tens of thousands alike */
		if (utf8proc_category(c) == UTF8PROC_CATEGORY_CN || utf8proc_category(c) == UTF8PROC_CATEGORY_CO)
			continue;	/* nobody's, or private */
		check_both_ways("a", c, "e");
		check_both_ways("\xe2\x80\x94", c, "\xf0\x9f\x98\x80");
	}
	arena_destroy(arena);
}
END_TEST

START_TEST(what_is_composed_is_not_copied)
{
	const struct str texts[] = { STR("plain"), STR("a\xc3\xa7\xc3\xa3o"), STR("\xe2\x80\x9cs\xc3\xad\xe2\x80\x9d"),
				     STR("\xf0\x9f\x91\x8d"), STR("") };

	arena = arena_create(1 << 16);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_ptr_eq(text_nfc(texts[i], arena).ptr, texts[i].ptr);
	arena_destroy(arena);
}
END_TEST

START_TEST(what_is_no_utf8_stays_as_it_is)
{
	const struct str texts[] = { STR("\xcc"), STR("a\xe2\x80"), STR("\xf0\x9f"), STR("\xff\xfe\xcc\x81") };

	arena = arena_create(1 << 16);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert(str_eq(text_nfc(texts[i], arena), texts[i]));
	arena_destroy(arena);
}
END_TEST

START_TEST(letter_and_accent_become_one)
{
	arena = arena_create(1 << 16);
	ck_assert(str_eq(text_nfc(STR("Jose\xcc\x81"), arena), STR("Jos\xc3\xa9")));
	ck_assert(str_eq(text_nfc(STR("\xe2\x84\xab"), arena), STR("\xc3\x85")));
	ck_assert(str_eq(text_nfc(STR("\xe1\x84\x80\xe1\x85\xa1"), arena), STR("\xea\xb0\x80")));
	arena_destroy(arena);
}
END_TEST

RUN("text", every_character_is_composed_as_the_library_does, what_is_composed_is_not_copied,
    what_is_no_utf8_stays_as_it_is, letter_and_accent_become_one)
