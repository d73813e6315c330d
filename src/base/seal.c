#include "base/seal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"

/* More is no token; it also keeps every length below an int. */
enum { MAX_PLAIN = 1 << 20 };

static EVP_CIPHER_CTX *begin(const unsigned char *key, const unsigned char *nonce, struct str name, int is_closing)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	/* Nothing here depends on what comes in: a failure is a broken library. */
	if (ctx == NULL || EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, is_closing) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, (const unsigned char *)name.ptr, (int)name.len) != 1)
		abort();
	return ctx;
}

void seal_close(const unsigned char key[SEAL_KEY_SIZE], struct str name, struct str plain, struct buf *out)
{
	unsigned char nonce[SEAL_NONCE_SIZE], tag[SEAL_TAG_SIZE];
	unsigned char *secret = xcalloc(plain.len + 1, 1);
	EVP_CIPHER_CTX *ctx;
	int n = 0, rest = 0;

	if (plain.len > MAX_PLAIN)
		abort();
	crypto_random(nonce, sizeof(nonce));
	ctx = begin(key, nonce, name, 1);
	if (EVP_CipherUpdate(ctx, secret, &n, (const unsigned char *)plain.ptr, (int)plain.len) != 1 ||
	    EVP_CipherFinal_ex(ctx, secret + n, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, sizeof(tag), tag) != 1)
		abort();
	EVP_CIPHER_CTX_free(ctx);
	buf_add(out, (struct str){ (const char *)nonce, sizeof(nonce) });
	buf_add(out, (struct str){ (const char *)secret, (size_t)(n + rest) });
	buf_add(out, (struct str){ (const char *)tag, sizeof(tag) });
	free(secret);
}

bool seal_open(const unsigned char key[SEAL_KEY_SIZE], struct str name, struct str sealed, struct buf *out)
{
	const unsigned char *in = (const unsigned char *)sealed.ptr;
	size_t len = sealed.len - SEAL_NONCE_SIZE - SEAL_TAG_SIZE;
	unsigned char *plain;
	EVP_CIPHER_CTX *ctx;
	int n = 0, rest = 0;
	bool is_good;

	if (sealed.len < SEAL_NONCE_SIZE + SEAL_TAG_SIZE || len > MAX_PLAIN)
		return false;
	plain = xcalloc(len + 1, 1);
	ctx = begin(key, in, name, 0);
	is_good = EVP_CipherUpdate(ctx, plain, &n, in + SEAL_NONCE_SIZE, (int)len) == 1 &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SEAL_TAG_SIZE,
				      (void *)(in + SEAL_NONCE_SIZE + len)) == 1 &&
		  EVP_CipherFinal_ex(ctx, plain + n, &rest) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (is_good)
		buf_add(out, (struct str){ (const char *)plain, len });
	explicit_bzero(plain, len);
	free(plain);
	return is_good;
}
