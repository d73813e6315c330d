#include "base/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/crypto.h"

enum { STEP_S = 30, MODULUS = 1000000 };

uint32_t totp_code(struct str key, int64_t step)
{
	unsigned char counter[8], md[EVP_MAX_MD_SIZE];
	unsigned n = 0, at;

	for (int i = 0; i < 8; i++)
		counter[i] = (unsigned char)((uint64_t)step >> (8 * (7 - i)));
	if (HMAC(EVP_sha1(), key.ptr, (int)key.len, counter, sizeof(counter), md, &n) == NULL || n < 20)
		abort();
	at = md[19] & 15;
	return ((uint32_t)(md[at] & 127) << 24 | (uint32_t)md[at + 1] << 16 | (uint32_t)md[at + 2] << 8 | md[at + 3]) % MODULUS;
}

int64_t totp_step(int64_t wall_us)
{
	return wall_us / US_PER_S / STEP_S;
}

int64_t totp_match(struct str key, struct str code, int64_t wall_us)
{
	int64_t now = totp_step(wall_us), found = 0, typed = 0;

	if (key.len == 0 || code.len != TOTP_DIGITS)
		return 0;
	for (size_t i = 0; i < code.len; i++) {
		if (code.ptr[i] < '0' || code.ptr[i] > '9')
			return 0;
		typed = typed * 10 + (code.ptr[i] - '0');
	}
	for (int64_t step = now - 1; step <= now + 1; step++)
		if (totp_code(key, step) == (uint32_t)typed)
			found = step;
	return found;
}

const char *base32(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char *p = out;

	for (size_t i = 0; i + 5 <= n; i += 5) {
		uint64_t five = 0;

		for (size_t k = 0; k < 5; k++)
			five = five << 8 | bytes[i + k];
		for (int k = 7; k >= 0; k--)
			*p++ = digits[five >> (5 * k) & 31];
	}
	*p = '\0';
	return out;
}
