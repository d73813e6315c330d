/* The seams between the pieces in which an attachment is decoded are not seen. */
#include "mime/transfer.h"

#include "../check_main.h"

/* The same numbers each time. */
static unsigned next_number(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32);
}

static char uu_digit(unsigned six)
{
	return six == 0 ? '`' : (char)(' ' + six);
}

static void add_uu_line(struct buf *out, const unsigned char *in, size_t n)
{
	buf_addc(out, uu_digit((unsigned)n));
	for (const unsigned char *p = in; p < in + n; p += 3) {
		buf_addc(out, uu_digit(p[0] >> 2));
		buf_addc(out, uu_digit((p[0] << 4 | p[1] >> 4) & 63));
		buf_addc(out, uu_digit((p[1] << 2 | p[2] >> 6) & 63));
		buf_addc(out, uu_digit(p[2] & 63));
	}
}

/* n bytes, a multiple of three, the first lines shorter than the others. */
static void uuencode(struct buf *out, const unsigned char *in, size_t n, size_t n_short, struct str line_end)
{
	buf_add(out, STR("begin 644 x"));
	buf_add(out, line_end);
	for (size_t done = 0, len; done < n; done += len) {
		len = done < 6 * n_short ? 6 : 45;
		if (len > n - done)
			len = n - done;
		add_uu_line(out, in + done, len);
		buf_add(out, line_end);
	}
	buf_addc(out, '`');
	buf_add(out, line_end);
	buf_add(out, STR("end"));
	buf_add(out, line_end);
}

START_TEST(uuencoded_attachments_come_out_whole)
{
	static unsigned char bytes[9000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)next_number();
	/* As many short lines as a long one has characters: the seams come to lie everywhere in a line. */
	for (size_t n_short = 0; n_short < 63; n_short++) {
		for (int cr = 0; cr < 2; cr++) {
			struct buf text, got;

			buf_init(&text, 4 * sizeof(bytes));
			uuencode(&text, bytes, sizeof(bytes), n_short, cr ? STR("\r\n") : STR("\n"));
			buf_init(&got, transfer_room(TRANSFER_UU, text.len));
			transfer_decode(TRANSFER_UU, buf_str(&text), &got);
			ck_assert_uint_eq(got.len, sizeof(bytes));
			ck_assert_mem_eq(got.ptr, bytes, sizeof(bytes));
			buf_finish(&got);
			buf_finish(&text);
		}
	}
}
END_TEST

RUN("mime-transfer", uuencoded_attachments_come_out_whole)
