#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/perthread.h"

/* Fetching an algorithm costs more than a short hash; a context kept per thread does not fetch. */
static void *make_digest(void)
{
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	/* Initialised once with the digest, it keeps a reference of its own. */
	if (md == NULL || ctx == NULL || EVP_DigestInit_ex2(ctx, md, NULL) != 1)
		abort();
	EVP_MD_free(md);
	return ctx;
}

static void destroy_digest(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void *make_mac(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

	if (ctx == NULL)
		abort();
	EVP_MAC_free(mac);
	return ctx;
}

static void destroy_mac(void *ctx)
{
	EVP_MAC_CTX_free(ctx);
}

static struct perthread digest = PERTHREAD(make_digest, destroy_digest);
static struct perthread mac = PERTHREAD(make_mac, destroy_mac);

void crypto_sha256(struct str data, unsigned char out[SHA256_SIZE])
{
	EVP_MD_CTX *ctx = perthread_get(&digest);

	if (EVP_DigestInit_ex2(ctx, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, data.ptr, data.len) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		abort();
}

void crypto_hmac_sha256(struct str key, struct str data, unsigned char out[SHA256_SIZE])
{
	static const unsigned char no_key[1];
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("digest", (char *)"SHA256", 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = perthread_get(&mac);
	size_t n;

	if (EVP_MAC_init(ctx, key.len ? (const unsigned char *)key.ptr : no_key, key.len, params) != 1 ||
	    EVP_MAC_update(ctx, (const unsigned char *)data.ptr, data.len) != 1 ||
	    EVP_MAC_final(ctx, out, &n, SHA256_SIZE) != 1)
		abort();
}

const char *crypto_hex(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}

bool crypto_unhex(struct str hex, unsigned char *out, size_t n)
{
	if (hex.len != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = str_hex_digit(hex.ptr[2 * i]), low = str_hex_digit(hex.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void crypto_random(void *out, size_t n)
{
	if (RAND_bytes(out, (int)n) != 1)
		abort();
}

static uint64_t rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1]; v[1] = rotl(v[1], 13); v[1] ^= v[0]; v[0] = rotl(v[0], 32);
	v[2] += v[3]; v[3] = rotl(v[3], 16); v[3] ^= v[2];
	v[0] += v[3]; v[3] = rotl(v[3], 21); v[3] ^= v[0];
	v[2] += v[1]; v[1] = rotl(v[1], 17); v[1] ^= v[2]; v[2] = rotl(v[2], 32);
}

/* Little-endian by assembly of bytes, so that a store may move between machines. */
static uint64_t load64(const unsigned char *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

uint64_t crypto_siphash(const unsigned char key[16], const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t k0 = load64(key, 8), k1 = load64(key + 8, 8), m;
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
			  k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
	size_t left = n;

	for (; left >= 8; left -= 8, p += 8) {
		m = load64(p, 8);
		v[3] ^= m;
		sip_round(v);
		sip_round(v);
		v[0] ^= m;
	}
	m = load64(p, left) | (uint64_t)n << 56;
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct sha256 {
	EVP_MD_CTX *ctx;
};

struct sha256 *sha256_create(void)
{
	struct sha256 *h = xnew(struct sha256);

	h->ctx = EVP_MD_CTX_new();
	if (h->ctx == NULL || EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1)
		abort();
	return h;
}

void sha256_add(struct sha256 *h, struct str piece)
{
	if (EVP_DigestUpdate(h->ctx, piece.ptr, piece.len) != 1)
		abort();
}

void sha256_end(struct sha256 *h, unsigned char out[SHA256_SIZE])
{
	if (EVP_DigestFinal_ex(h->ctx, out, NULL) != 1)
		abort();
}

void sha256_destroy(struct sha256 *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}
