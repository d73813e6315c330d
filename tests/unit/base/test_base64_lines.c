/* What base64_lines reads it writes back byte for byte; whatever it could not write back it does not read. */
#include <string.h>

#include "base/base64_lines.h"
#include "base/mem.h"

#include "../check_main.h"

enum { MAX = 4000 };

static char bytes[MAX];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 131 + (i >> 3) * 7);
}

static size_t encode(struct base64_shape shape, size_t n, char *out)
{
	base64_lines_write(shape, (struct str){ bytes, n }, out);
	return base64_lines_size(shape, n);
}

/* Through pieces of this size; SIZE_MAX when it is broken. */
static size_t decode(struct str text, size_t room, char *out, struct base64_shape *shape)
{
	struct base64_lines lines;
	size_t n = 0, got;

	base64_lines_begin(&lines, text);
	while ((got = base64_lines_next(&lines, out + n, room)) > 0)
		n += got;
	*shape = lines.shape;
	return lines.is_broken || lines.rest.len > 0 ? SIZE_MAX : n;
}

static bool is_read(const char *text)
{
	char out[MAX];
	struct base64_shape shape;

	return decode(str_from(text), sizeof(out), out, &shape) != SIZE_MAX;
}

START_TEST(every_length_of_line_and_of_bytes_comes_back)
{
	static char text[3 * MAX], out[MAX + 8], again[3 * MAX];
	struct base64_shape shape;

	fill();
	for (uint32_t line = 0; line <= 120; line += 4)
		for (uint32_t eol = line ? 1 : 0; eol <= (line ? 2 : 0); eol++)
			for (size_t n = 1; n < 150; n++) {
				size_t len = encode((struct base64_shape){ line, eol }, n, text);

				ck_assert_uint_eq(decode((struct str){ text, len }, 4 + n % 50, out, &shape), n);
				ck_assert_mem_eq(out, bytes, n);
				ck_assert_uint_eq(base64_lines_size(shape, n), len);
				base64_lines_write(shape, (struct str){ out, n }, again);
				ck_assert_mem_eq(again, text, len);
			}
}
END_TEST

START_TEST(what_could_not_be_written_back_is_not_read)
{
	ck_assert(is_read("Zm9v"));
	ck_assert(is_read("Zm9v\nYg=="));
	ck_assert(is_read("Zm9v\r\nYmE="));
	ck_assert(!is_read("Zm9"));			/* no padding */
	ck_assert(!is_read("Zm9vYg="));
	ck_assert(!is_read("Yh=="));			/* bits that no byte needs */
	ck_assert(!is_read("Ym9="));
	ck_assert(!is_read("Yg==Zm9v"));		/* padding in the middle */
	ck_assert(!is_read("Y==="));
	ck_assert(!is_read("===="));
	ck_assert(!is_read("Zm9v\n"));			/* ends of lines are trimmed before */
	ck_assert(!is_read("\nZm9v"));
	ck_assert(!is_read("Zm9v\n\nZm9v"));
	ck_assert(!is_read("Zm9v\r\nZm9v\nZm9v"));	/* two kinds of line end */
	ck_assert(!is_read("Zm9v\nZm9v\r\nZm9v"));
	ck_assert(!is_read("Zm9vZm9v\nZm9v\nZm9v"));	/* two lengths of line */
	ck_assert(!is_read("Zm9v\nZm9vZm9v"));
	ck_assert(!is_read("Zm9vZm\n9v"));		/* no whole fours */
	ck_assert(!is_read("Zm 9v"));
	ck_assert(!is_read("Zm9v\rZm9v"));
	ck_assert(!is_read("Zm-_"));			/* the alphabet for URLs */
	ck_assert(!is_read("Zm9\xc3"));
}
END_TEST

START_TEST(one_wrong_byte_anywhere_is_noticed_or_makes_other_bytes)
{
	static char text[3 * MAX], out[MAX + 8], again[3 * MAX];
	const size_t n = 200;
	size_t len = encode((struct base64_shape){ 76, 2 }, n, text), got;
	struct base64_shape shape;

	for (size_t at = 0; at < len; at++)
		for (int c = 0; c < 256; c += 3) {
			char was = text[at];

			text[at] = (char)c;
			got = decode((struct str){ text, len }, sizeof(out), out, &shape);
			if (got != SIZE_MAX) {
				ck_assert_uint_eq(base64_lines_size(shape, got), len);
				base64_lines_write(shape, (struct str){ out, got }, again);
				ck_assert_mem_eq(again, text, len);
			}
			text[at] = was;
		}
}
END_TEST

START_TEST(line_ends_around_it_are_trimmed)
{
	ck_assert(str_eq(base64_lines_trim(STR("\r\n\nZm9v\r\nYg==\n\r\n")), STR("Zm9v\r\nYg==")));
	ck_assert_uint_eq(base64_lines_trim(STR("\r\n\r\n")).len, 0);
	ck_assert_uint_eq(base64_lines_trim(STR("")).len, 0);
}
END_TEST

RUN("base64_lines", every_length_of_line_and_of_bytes_comes_back, what_could_not_be_written_back_is_not_read,
    one_wrong_byte_anywhere_is_noticed_or_makes_other_bytes, line_ends_around_it_are_trimmed)
