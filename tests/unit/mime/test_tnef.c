/* winmail.dat and what is in it, cut at every byte and with numbers that lie. */
#include "mime/tnef.h"

#include <stdlib.h>
#include <string.h>

#include "mime/charset.h"
#include "mime/rtf.h"
#include "mime/uu.h"

#include "../check_main.h"

static char bytes[8192];
static size_t n_bytes;

static void put(const void *data, size_t n)
{
	memcpy(bytes + n_bytes, data, n);
	n_bytes += n;
}

static void put_number(uint32_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[n_bytes++] = (char)(value >> (8 * i));
}

static void begin(void)
{
	n_bytes = 0;
	put_number(0x223e9f78, 4);
	put_number(1, 2);
}

static void put_attribute(uint32_t level, uint32_t id, const void *data, size_t n)
{
	put_number(level, 1);
	put_number(id, 4);
	put_number((uint32_t)n, 4);
	put(data, n);
	put_number(0, 2);
}

static void put_file(const char *name, const char *data)
{
	put_attribute(2, 0x00069002, "", 0);
	put_attribute(2, 0x00018010, name, strlen(name) + 1);
	put_attribute(2, 0x0006800f, data, strlen(data));
}

static struct str written(void)
{
	return (struct str){ bytes, n_bytes };
}

static struct tnef t;

static bool is(struct str s, const char *text)
{
	return str_eq(s, str_from(text));
}

START_TEST(files_and_text_are_found)
{
	begin();
	put_attribute(1, 0x0002800c, "the body", 9);
	put_file("a.txt", "first");
	put_file("b.txt", "second");
	ck_assert(tnef_read(written(), &t));
	ck_assert(!t.is_damaged && t.n_files == 2);
	ck_assert(is(t.body, "the body"));
	ck_assert(is(t.files[0].name, "a.txt") && is(t.files[0].bytes, "first"));
	ck_assert(is(t.files[1].name, "b.txt") && is(t.files[1].bytes, "second"));
	ck_assert(!tnef_read(STR("nothing of the kind"), &t));
}
END_TEST

/* Each length is a copy of its own, so that ASan sees one byte too far. */
START_TEST(it_may_end_at_every_byte)
{
	static const char props[] = "\2\0\0\0" "\x1e\0\7\x37" "\1\0\0\0" "\5\0\0\0" "b.pdf\0\0\0"
				    "\2\1\1\x37" "\1\0\0\0" "\3\0\0\0" "pdf\0";

	begin();
	put_file("a.txt", "first");
	put_attribute(2, 0x00069002, "", 0);
	put_attribute(2, 0x00069005, props, sizeof(props) - 1);
	ck_assert(tnef_read(written(), &t));
	ck_assert(is(t.files[1].long_name, "b.pdf") && is(t.files[1].bytes, "pdf"));
	for (size_t n = 6; n < n_bytes; n++) {
		char *copy = malloc(n);

		memcpy(copy, bytes, n);
		ck_assert(tnef_read((struct str){ copy, n }, &t));
		ck_assert_uint_le(t.n_files, 2);
		free(copy);
	}
}
END_TEST

START_TEST(more_files_than_are_listed_are_counted)
{
	begin();
	for (int i = 0; i < TNEF_FILES_MAX + 7; i++)
		put_file("a", "b");
	ck_assert(tnef_read(written(), &t));
	ck_assert_uint_eq(t.n_files, TNEF_FILES_MAX);
	ck_assert_uint_eq(t.n_unlisted, 7);
}
END_TEST

/* Numbers of values and lengths far beyond the file: it ends there and at once. */
START_TEST(counts_that_lie_cost_nothing)
{
	static const char props[] = "\xff\xff\xff\xff" "\x1e\x10\0\x10" "\xff\xff\xff\xff" "\0\0\0\0" "\0\0\0\0";

	begin();
	put_attribute(1, 0x00069003, props, sizeof(props) - 1);
	ck_assert(tnef_read(written(), &t));
	ck_assert(t.is_damaged);
}
END_TEST

/* The example of MS-OXRTFCP. */
static const char hello[] = "\x2d\0\0\0\x2b\0\0\0\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32"
			    "\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0";

START_TEST(compressed_text_is_undone)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(rtf_decompress((struct str){ hello, sizeof(hello) - 1 }, &out));
	ck_assert_str_eq(out.ptr, "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
	buf_clear(&out);
	ck_assert(!rtf_decompress(STR("LZFu"), &out));
	buf_finish(&out);
	buf_init(&out, 10);
	ck_assert(rtf_decompress((struct str){ hello, sizeof(hello) - 1 }, &out));
	ck_assert(out.len == 10 && !buf_is_exceeded(&out));
	buf_finish(&out);
}
END_TEST

static void check_rtf(const char *rtf, const char *want, bool want_html)
{
	struct decode dec = { .arena = arena_create(1 << 20), .legacy = STR("windows-1252") };
	bool is_html;
	struct buf out;

	charset_warm_up();
	buf_init(&out, 4096);
	ck_assert(rtf_read(&dec, str_from(rtf), &out, &is_html));
	ck_assert_str_eq(out.len ? out.ptr : "", want);
	ck_assert_int_eq(is_html, want_html);
	buf_finish(&out);
	arena_destroy(dec.arena);
}

START_TEST(rich_text_is_read_without_its_tables)
{
	check_rtf("{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}Ol\\'e1\\par \\{b\\}\\tab c\\~d}", "Olá\n{b}\tc d", false);
	check_rtf("{\\rtf1 a\\u8211\\'96b{\\uc2 \\u233 ??x}{\\uc0\\u233 y}}", "a–béxéy", false);
	check_rtf("{\\rtf1{\\*\\unknown x}{\\pict 00ff}{\\*\\htmltag <p>}z}", "z", false);
	check_rtf("{\\rtf1\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf \\par \\htmlrtf0 a &amp; b{\\*\\htmltag72 </p>}}",
		  "<p>a &amp; b</p>", true);
	check_rtf("{\\rtf1 \\ansicpg1251 \\'ef", "п", false);
	check_rtf("{\\rtf1 a}}}}\\", "a", false);
}
END_TEST

START_TEST(groups_nested_deeper_than_any_program_writes_are_passed_over)
{
	char rtf[2000] = "{\\rtf1 a";
	size_t n = strlen(rtf);

	memset(rtf + n, '{', 500);
	rtf[n + 500] = 'x';
	memset(rtf + n + 501, '}', 500);
	strncpy(rtf + n + 1001, "b}", 3);
	check_rtf(rtf, "ab", false);
}
END_TEST

static void check_uu(const char *text, const char *name)
{
	struct uu_block block;
	bool is_found = uu_find(str_from(text), 0, &block);

	ck_assert_int_eq(is_found, name != NULL);
	ck_assert(!is_found || is(block.name, name));
}

START_TEST(a_file_in_a_text_has_a_begin_lines_and_an_end)
{
	check_uu("Hi\nbegin 644 a b.txt\n#86)C\n`\nend\nBye", "a b.txt");
	check_uu("begin 0644 a\r\n#86)C\r\n \r\nend\r\n", "a");
	check_uu("begin 644 a\n#86)C\nend\n", "a");
	check_uu("begin 644 a\nbegin 644 b\n#86)C\n`\nend\n", "b");
	check_uu("begin 644 a\n#86)C\n`\n", NULL);
	check_uu("begin 644 a\n#86)Cxyz\n`\nend\n", NULL);
	check_uu("begin 644 a\n#8\n`\nend\n", NULL);
	check_uu("begin 644 a\nend\n", NULL);
	check_uu("begin again 644\n#86)C\n`\nend\n", NULL);
	check_uu("begin 644 \n#86)C\n`\nend\n", NULL);
}
END_TEST

RUN("mime-tnef", files_and_text_are_found, it_may_end_at_every_byte, more_files_than_are_listed_are_counted,
	   counts_that_lie_cost_nothing, compressed_text_is_undone, rich_text_is_read_without_its_tables,
	   groups_nested_deeper_than_any_program_writes_are_passed_over,
	   a_file_in_a_text_has_a_begin_lines_and_an_end)
