#include "base/base64.h"

#include <string.h>

#include "base/buf.h"

static const char ordinary[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char for_urls[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

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
	put(out, bytes, ordinary, true);
}

void base64url_put(struct buf *out, struct str bytes)
{
	put(out, bytes, for_urls, false);
}

bool base64_read(struct buf *out, struct str text)
{
	unsigned v = 0, n_bits = 0;

	while (str_ends(text, STR("=")))
		text.len--;
	for (size_t i = 0; i < text.len; i++) {
		const char *at = text.ptr[i] ? strchr(ordinary, text.ptr[i]) : NULL;

		if (at == NULL)
			return false;
		v = (v << 6 | (unsigned)(at - ordinary)) & 0xffff;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			buf_addc(out, (char)(v >> n_bits & 0xff));
		}
	}
	return text.len % 4 != 1;
}
