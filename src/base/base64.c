#include "base/base64.h"

#include "base/buf.h"

const char base64_alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char for_urls[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { X = BASE64_NONE };
const unsigned char base64_values[256] = {
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, 62, X, X, X, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X,
	X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, X,
	X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X,
	[128 ... 255] = X,
};

static void put(struct buf *out, struct str bytes, const char *alphabet, bool is_padded)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		unsigned v = (unsigned)p[i] << 16 | (n > 1 ? (unsigned)p[i + 1] << 8 : 0) | (n > 2 ? p[i + 2] : 0);

		for (size_t k = 0; k <= n; k++)
			buf_addc(out, alphabet[v >> (18 - 6 * k) & 63]);
		for (size_t k = n; is_padded && k < 3; k++)
			buf_addc(out, '=');
	}
}

void base64_put(struct buf *out, struct str bytes)
{
	put(out, bytes, base64_alphabet, true);
}

void base64url_put(struct buf *out, struct str bytes)
{
	put(out, bytes, for_urls, false);
}

static bool read_values(struct buf *out, struct str text, unsigned char (*value_of)(char c))
{
	unsigned v = 0, n_bits = 0;

	for (size_t i = 0; i < text.len; i++) {
		const unsigned value = value_of(text.ptr[i]);

		if (value == BASE64_NONE)
			return false;
		v = (v << 6 | value) & 0xffff;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			buf_addc(out, (char)(v >> n_bits & 0xff));
		}
	}
	return text.len % 4 != 1;
}

static unsigned char ordinary(char c)
{
	return base64_values[(unsigned char)c];
}

static unsigned char of_urls(char c)
{
	return c == '-' ? 62 : c == '_' ? 63 : c == '+' || c == '/' ? BASE64_NONE : ordinary(c);
}

bool base64_read(struct buf *out, struct str text)
{
	while (str_ends(text, STR("=")))
		text.len--;
	return read_values(out, text, ordinary);
}

bool base64url_read(struct buf *out, struct str text)
{
	return read_values(out, text, of_urls);
}
