#include "oauth/jwk.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"

enum { MAX_NUMBER = 1024, COORDINATE = 32, MIN_RSA_BITS = 2048, MAX_RSA_BITS = 8192 };

enum jwk_alg jwk_alg(struct str name)
{
	if (str_eq(name, STR("RS256")))
		return JWK_RS256;
	if (str_eq(name, STR("PS256")))
		return JWK_PS256;
	return str_eq(name, STR("ES256")) ? JWK_ES256 : JWK_NONE;
}

static bool may_verify(struct json_object *key)
{
	struct json_object *ops = json_get(key, "key_ops");

	if (ops == NULL)
		return true;
	for (size_t i = 0; i < json_count(ops); i++)
		if (str_eq(json_text(json_at(ops, i)), STR("verify")))
			return true;
	return false;
}

bool jwk_fits(struct json_object *key, enum jwk_alg alg, struct str kid)
{
	struct str use = json_str(key, "use"), for_alg = json_str(key, "alg");

	if (kid.len > 0 && !str_eq(json_str(key, "kid"), kid))
		return false;
	if ((use.len > 0 && !str_eq(use, STR("sig"))) || (for_alg.len > 0 && jwk_alg(for_alg) != alg) || !may_verify(key))
		return false;
	if (alg == JWK_ES256)
		return str_eq(json_str(key, "kty"), STR("EC")) && str_eq(json_str(key, "crv"), STR("P-256"));
	return str_eq(json_str(key, "kty"), STR("RSA"));
}

/* ---- keys ---- */

static BIGNUM *number(struct json_object *key, const char *name)
{
	BIGNUM *n = NULL;
	struct buf bytes;

	buf_init(&bytes, MAX_NUMBER + 8);
	if (base64url_read(&bytes, json_str(key, name)) && bytes.len > 0 && !buf_is_exceeded(&bytes))
		n = BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);
	buf_finish(&bytes);
	return n;
}

static EVP_PKEY *make(const char *type, OSSL_PARAM_BLD *parts)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(parts);
	EVP_PKEY *pkey = NULL;

	if (c != NULL && params != NULL && EVP_PKEY_fromdata_init(c) == 1)
		EVP_PKEY_fromdata(c, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(c);
	return pkey;
}

static EVP_PKEY *rsa_key(struct json_object *key)
{
	BIGNUM *n = number(key, "n"), *e = number(key, "e");
	OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
	EVP_PKEY *pkey = NULL;

	if (n != NULL && e != NULL && parts != NULL && BN_num_bits(n) >= MIN_RSA_BITS && BN_num_bits(n) <= MAX_RSA_BITS && BN_is_odd(n) &&
	    BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= 64 && OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, e))
		pkey = make("RSA", parts);
	OSSL_PARAM_BLD_free(parts);
	BN_free(n);
	BN_free(e);
	return pkey;
}

static bool add_coordinate(struct buf *point, struct json_object *key, const char *name)
{
	size_t before = point->len;

	return base64url_read(point, json_str(key, name)) && point->len - before == COORDINATE;
}

static EVP_PKEY *ec_key(struct json_object *key)
{
	OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
	EVP_PKEY *pkey = NULL;
	struct buf point;

	buf_init(&point, MAX_NUMBER);
	buf_addc(&point, 4);		/* uncompressed */
	if (parts != NULL && add_coordinate(&point, key, "x") && add_coordinate(&point, key, "y") &&
	    OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
	    OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point.ptr, point.len))
		pkey = make("EC", parts);
	OSSL_PARAM_BLD_free(parts);
	buf_finish(&point);
	return pkey;
}

/* ---- signatures ---- */

/* Two numbers one behind the other (RFC 7518 §3.4), as OpenSSL wants them. NULL: they are none. */
static unsigned char *der_of(struct str signature, size_t *n)
{
	const unsigned char *bytes = (const unsigned char *)signature.ptr;
	ECDSA_SIG *sig = signature.len == 2 * COORDINATE ? ECDSA_SIG_new() : NULL;
	unsigned char *der = NULL;
	int len = -1;

	if (sig != NULL && ECDSA_SIG_set0(sig, BN_bin2bn(bytes, COORDINATE, NULL), BN_bin2bn(bytes + COORDINATE, COORDINATE, NULL)))
		len = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	*n = len > 0 ? (size_t)len : 0;
	return der;
}

static bool is_of(EVP_PKEY *pkey, enum jwk_alg alg, struct str text, const unsigned char *sig, size_t n)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *c = NULL;
	bool is = md != NULL && EVP_DigestVerifyInit(md, &c, EVP_sha256(), NULL, pkey) == 1;

	if (is && alg == JWK_PS256)
		is = EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1;
	is = is && EVP_DigestVerify(md, sig, n, (const unsigned char *)text.ptr, text.len) == 1;
	EVP_MD_CTX_free(md);
	return is;
}

bool jwk_verify(struct json_object *key, enum jwk_alg alg, struct str signed_text, struct str signature)
{
	EVP_PKEY *pkey = alg == JWK_ES256 ? ec_key(key) : rsa_key(key);
	unsigned char *der = NULL;
	bool is = false;
	size_t n;

	if (pkey != NULL && alg == JWK_ES256) {
		der = der_of(signature, &n);
		is = der != NULL && is_of(pkey, alg, signed_text, der, n);
	} else if (pkey != NULL) {
		is = is_of(pkey, alg, signed_text, (const unsigned char *)signature.ptr, signature.len);
	}
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
	return is;
}
