#include "imap/mutf7.h"

#include <string.h>
#include <utf8proc.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int digit_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

static bool add_point(struct buf *out, int32_t point)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n;

	/* Control characters and lone surrogates have no business in a name. */
	if (point < 0x20 || point == 0x7f || (point >= 0xd800 && point < 0xe000))
		return false;
	n = utf8proc_encode_char(point, bytes);
	buf_add(out, (struct str){ (const char *)bytes, (size_t)n });
	return n > 0;
}

/* Between "&" and "-": base64 of UTF-16, big-endian. */
static bool decode_shifted(struct str text, struct buf *out)
{
	uint32_t bits = 0, high = 0;
	unsigned n_bits = 0;

	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of(text.ptr[i]);
		uint32_t unit;

		if (digit < 0)
			return false;
		bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
		n_bits += 6;
		if (n_bits < 16)
			continue;
		n_bits -= 16;
		unit = bits >> n_bits & 0xffff;
		if (high != 0) {
			if (unit < 0xdc00 || unit > 0xdfff ||
			    !add_point(out, (int32_t)(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00))))
				return false;
			high = 0;
		} else if (unit >= 0xd800 && unit < 0xdc00) {
			high = unit;
		} else if (!add_point(out, (int32_t)unit)) {
			return false;
		}
	}
	return high == 0 && n_bits < 6 && (bits & ((1u << n_bits) - 1)) == 0;
}

static bool decode(struct str name, struct buf *out)
{
	while (name.len > 0) {
		size_t end;

		if (name.ptr[0] != '&') {
			if (name.ptr[0] < 0x20 || name.ptr[0] > 0x7e)
				return false;
			buf_addc(out, name.ptr[0]);
			name = str_sub(name, 1, STR_NONE);
			continue;
		}
		end = str_chr(name, '-');
		if (end == STR_NONE)
			return false;
		if (end == 1)
			buf_addc(out, '&');
		else if (!decode_shifted(str_sub(name, 1, end - 1), out))
			return false;
		name = str_sub(name, end + 1, STR_NONE);
	}
	return true;
}

bool mutf7_decode(struct str name, struct buf *out)
{
	size_t start = out->len;

	if (decode(name, out))
		return true;
	buf_truncate(out, start);
	buf_add(out, name);
	return false;
}

struct shift {
	struct buf *out;
	uint32_t bits;
	unsigned n_bits;
	bool is_open;
};

static void shift_unit(struct shift *sh, uint32_t unit)
{
	if (!sh->is_open)
		buf_addc(sh->out, '&');
	sh->is_open = true;
	sh->bits = sh->bits << 16 | unit;
	for (sh->n_bits += 16; sh->n_bits >= 6; sh->n_bits -= 6)
		buf_addc(sh->out, alphabet[sh->bits >> (sh->n_bits - 6) & 63]);
}

static void shift_close(struct shift *sh)
{
	if (!sh->is_open)
		return;
	if (sh->n_bits > 0)
		buf_addc(sh->out, alphabet[sh->bits << (6 - sh->n_bits) & 63]);
	buf_addc(sh->out, '-');
	*sh = (struct shift){ .out = sh->out };
}

bool mutf7_encode(struct str utf8, struct buf *out)
{
	struct shift sh = { .out = out };

	while (utf8.len > 0) {
		utf8proc_int32_t point;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)utf8.ptr,
						      (utf8proc_ssize_t)utf8.len, &point);

		if (n <= 0)
			return false;
		utf8 = str_sub(utf8, (size_t)n, STR_NONE);
		if (point >= 0x20 && point < 0x7f) {
			shift_close(&sh);
			buf_addc(out, (char)point);
			if (point == '&')
				buf_addc(out, '-');
		} else if (point < 0x10000) {
			shift_unit(&sh, (uint32_t)point);
		} else {
			shift_unit(&sh, 0xd800 + ((uint32_t)(point - 0x10000) >> 10));
			shift_unit(&sh, 0xdc00 + ((uint32_t)(point - 0x10000) & 0x3ff));
		}
	}
	shift_close(&sh);
	return true;
}
