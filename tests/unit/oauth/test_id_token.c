/* ID tokens: a good one of each kind, and each way in which one does not hold. The keys are made here. */
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "oauth/id_token.h"
#include "oauth/jwk.h"

#include "../check_main.h"

enum { NOW = 1800000000, COORDINATE = 32 };

#define ISSUER "https://id.example.com"
#define CLAIMS "\"iss\":\"" ISSUER "\",\"sub\":\"u-1\",\"nonce\":\"n-1\",\"email\":\"ana@acme.example\",\"email_verified\":true"
#define TIMES "\"iat\":1799999990,\"exp\":1800000600"
#define GOOD "{" CLAIMS ",\"aud\":\"daybook\"," TIMES "}"

static EVP_PKEY *rsa, *other_rsa, *small_rsa, *ec;
static struct arena *arena;
static struct id_claims claims;
static struct err err;

static void set_up(void)
{
	if (rsa != NULL)
		return;
	rsa = EVP_RSA_gen(2048);
	other_rsa = EVP_RSA_gen(2048);
	small_rsa = EVP_RSA_gen(1024);
	ec = EVP_EC_gen("P-256");
	arena = arena_create(8 << 20);
}

static void tear_down(void)
{
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other_rsa);
	EVP_PKEY_free(small_rsa);
	EVP_PKEY_free(ec);
	arena_destroy(arena);
	rsa = NULL;
}

/* ---- what a provider does ---- */

static struct str coded(struct str bytes)
{
	struct str text;
	struct buf out;

	buf_init(&out, 1 << 20);
	base64url_put(&out, bytes);
	text = arena_str(arena, buf_str(&out));
	buf_finish(&out);
	return text;
}

static struct str number_of(EVP_PKEY *key, const char *name, int n)
{
	unsigned char bytes[1024];
	BIGNUM *bn = NULL;

	ck_assert(EVP_PKEY_get_bn_param(key, name, &bn));
	n = n > 0 ? BN_bn2binpad(bn, bytes, n) : BN_bn2bin(bn, bytes);
	BN_free(bn);
	return coded((struct str){ (const char *)bytes, (size_t)n });
}

static struct str jwk_of(EVP_PKEY *key, const char *more)
{
	if (EVP_PKEY_is_a(key, "EC"))
		return arena_strf(arena, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" STR_FMT "\",\"y\":\"" STR_FMT "\"%s}",
				  STR_ARG(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE)),
				  STR_ARG(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE)), more);
	return arena_strf(arena, "{\"kty\":\"RSA\",\"n\":\"" STR_FMT "\",\"e\":\"" STR_FMT "\"%s}",
			  STR_ARG(number_of(key, OSSL_PKEY_PARAM_RSA_N, 0)), STR_ARG(number_of(key, OSSL_PKEY_PARAM_RSA_E, 0)), more);
}

static struct str set_of(struct str key)
{
	return arena_strf(arena, "{\"keys\":[" STR_FMT "]}", STR_ARG(key));
}

static size_t plain_numbers(unsigned char *sig, size_t n)
{
	const unsigned char *p = sig;
	ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &p, (long)n);

	BN_bn2binpad(ECDSA_SIG_get0_r(both), sig, COORDINATE);
	BN_bn2binpad(ECDSA_SIG_get0_s(both), sig + COORDINATE, COORDINATE);
	ECDSA_SIG_free(both);
	return 2 * COORDINATE;
}

static struct str sign(EVP_PKEY *key, const char *alg, struct str text)
{
	unsigned char sig[1024];
	size_t n = sizeof(sig);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *c;

	ck_assert(EVP_DigestSignInit(md, &c, EVP_sha256(), NULL, key) == 1);
	if (alg[0] == 'P')
		ck_assert(EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
			  EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1);
	ck_assert(EVP_DigestSign(md, sig, &n, (const unsigned char *)text.ptr, text.len) == 1);
	EVP_MD_CTX_free(md);
	if (EVP_PKEY_is_a(key, "EC"))
		n = plain_numbers(sig, n);
	return coded((struct str){ (const char *)sig, n });
}

static struct str token(EVP_PKEY *key, const char *alg, const char *more, const char *payload)
{
	struct str header = arena_strf(arena, "{\"alg\":\"%s\"%s}", alg, more);
	struct str text = arena_strf(arena, STR_FMT "." STR_FMT, STR_ARG(coded(header)), STR_ARG(coded(str_from(payload))));

	return arena_strf(arena, STR_FMT "." STR_FMT, STR_ARG(text), STR_ARG(sign(key, alg, text)));
}

static bool holds(struct str text, struct str jwks, struct str access_token)
{
	const struct id_wish wish = { .issuer = STR(ISSUER), .client_id = STR("daybook"), .nonce = STR("n-1"), .now_s = NOW,
				      .access_token = access_token };

	err = (struct err){ .kind = ERR_NONE };
	return id_token_read(text, jwks, &wish, arena, &claims, &err);
}

static bool payload_holds(const char *payload)
{
	return holds(token(rsa, "RS256", "", payload), set_of(jwk_of(rsa, "")), STR(""));
}

/* ---- cases ---- */

START_TEST(one_of_each_kind_holds)
{
	static const char *const algs[] = { "RS256", "PS256", "ES256" };

	set_up();
	for (size_t i = 0; i < countof(algs); i++) {
		EVP_PKEY *key = i == 2 ? ec : rsa;

		ck_assert_msg(holds(token(key, algs[i], ",\"kid\":\"k\",\"typ\":\"JWT\"", GOOD), set_of(jwk_of(key, ",\"kid\":\"k\",\"use\":\"sig\"")), STR("")),
			      "%s: %s", algs[i], err.msg);
		ck_assert(str_eq(claims.email, STR("ana@acme.example")) && claims.verified == ID_VERIFIED && str_eq(claims.subject, STR("u-1")));
	}
	/* Without a name for it, each key that fits is tried. */
	ck_assert(holds(token(rsa, "RS256", "", GOOD),
			arena_strf(arena, "{\"keys\":[" STR_FMT "," STR_FMT "," STR_FMT "]}", STR_ARG(jwk_of(ec, "")), STR_ARG(jwk_of(other_rsa, "")),
				   STR_ARG(jwk_of(rsa, ""))), STR("")));
	tear_down();
}
END_TEST

static const struct {
	const char *payload, *said;	/* NULL: it holds */
} payloads[] = {
	{ GOOD, NULL },
	{ "{" CLAIMS ",\"aud\":[\"daybook\"]," TIMES "}", NULL },
	{ "{" CLAIMS ",\"aud\":[\"daybook\",\"x\"],\"azp\":\"daybook\"," TIMES "}", NULL },
	{ "{" CLAIMS ",\"aud\":[\"daybook\",\"x\"]," TIMES "}", "azp" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"azp\":\"x\"," TIMES "}", "azp" },
	{ "{" CLAIMS ",\"aud\":\"daybook2\"," TIMES "}", "aud" },
	{ "{" CLAIMS ",\"aud\":[\"x\"]," TIMES "}", "aud" },
	{ "{" CLAIMS ",\"aud\":[]," TIMES "}", "aud" },
	{ "{" CLAIMS "," TIMES "}", "aud" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"iat\":1799990000,\"exp\":1799999940}", "expired" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"iat\":1799990000,\"exp\":1799999941}", NULL },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"iat\":1800000061,\"exp\":1800000600}", "future" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"nbf\":1800000061," TIMES "}", "future" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"nbf\":\"soon\"," TIMES "}", "until when" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"iat\":1799999990}", "until when" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"exp\":1800000600}", "until when" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"iat\":1799999990,\"exp\":\"1800000600\"}", "until when" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"iat\":1799999990,\"exp\":1e300}", "until when" },
	{ "{\"iss\":\"" ISSUER "/\",\"sub\":\"u\",\"nonce\":\"n-1\",\"aud\":\"daybook\"," TIMES "}", "issuer" },
	{ "{\"sub\":\"u\",\"nonce\":\"n-1\",\"aud\":\"daybook\"," TIMES "}", "issuer" },
	{ "{\"iss\":\"" ISSUER "\",\"sub\":\"u\",\"nonce\":\"n-2\",\"aud\":\"daybook\"," TIMES "}", "nonce" },
	{ "{\"iss\":\"" ISSUER "\",\"sub\":\"u\",\"aud\":\"daybook\"," TIMES "}", "nonce" },
	{ "{\"iss\":\"" ISSUER "\",\"nonce\":\"n-1\",\"aud\":\"daybook\"," TIMES "}", "sub" },
	{ "{\"iss\":\"https://evil.example\"," CLAIMS ",\"aud\":\"daybook\"," TIMES "}", "twice" },
	{ "{" CLAIMS ",\"aud\":\"daybook\",\"aud\":\"x\"," TIMES "}", "twice" },
	{ "[]", "no JSON object" },
	{ "{\"iss\":", "no JSON object" },
};

START_TEST(what_it_says_has_to_be_of_this_sign_in)
{
	set_up();
	for (size_t i = 0; i < countof(payloads); i++) {
		bool is_good = payload_holds(payloads[i].payload);

		ck_assert_msg(is_good == (payloads[i].said == NULL), "%s: %s", payloads[i].payload, err.msg);
		ck_assert_msg(is_good || (err.kind == ERR_INPUT && strstr(err.msg, payloads[i].said) != NULL), "%s: %s", payloads[i].payload, err.msg);
	}
	tear_down();
}
END_TEST

START_TEST(an_address_is_verified_when_the_provider_says_so)
{
	static const struct {
		const char *said;
		enum id_verified is;
	} ways[] = {
		{ "\"email\":\"a@b.example\"", ID_UNSAID }, { "\"email_verified\":null", ID_UNSAID }, { "\"email_verified\":true", ID_VERIFIED },
		{ "\"email_verified\":\"true\"", ID_VERIFIED }, { "\"email_verified\":false", ID_NOT_VERIFIED },
		{ "\"email_verified\":\"false\"", ID_NOT_VERIFIED }, { "\"email_verified\":1", ID_NOT_VERIFIED },
	};

	set_up();
	for (size_t i = 0; i < countof(ways); i++) {
		ck_assert(payload_holds(arena_strf(arena, "{\"iss\":\"" ISSUER "\",\"sub\":\"u\",\"nonce\":\"n-1\",\"aud\":\"daybook\",%s," TIMES "}",
						   ways[i].said).ptr));
		ck_assert_msg(claims.verified == ways[i].is, "%s", ways[i].said);
	}
	tear_down();
}
END_TEST

static void refused(struct str text, struct str jwks, const char *said)
{
	ck_assert_msg(!holds(text, jwks, STR("")) && strstr(err.msg, said) != NULL, "\"%s\", not \"%s\"", err.msg, said);
}

START_TEST(who_signed_it_has_to_be_the_provider)
{
	struct str good, set, none, broken;

	set_up();
	good = token(rsa, "RS256", ",\"kid\":\"k\"", GOOD);
	set = set_of(jwk_of(rsa, ",\"kid\":\"k\""));
	none = arena_strf(arena, STR_FMT "." STR_FMT ".", STR_ARG(coded(STR("{\"alg\":\"none\"}"))), STR_ARG(coded(STR(GOOD))));
	refused(none, set, "base64url");
	refused(arena_strf(arena, STR_FMT "AA", STR_ARG(none)), set, "in a way that is not taken");
	refused(token(rsa, "HS256", "", GOOD), set, "in a way that is not taken");
	refused(token(rsa, "rs256", "", GOOD), set, "in a way that is not taken");
	refused(token(other_rsa, "RS256", ",\"kid\":\"k\"", GOOD), set, "not signed by its key");
	ck_assert_int_eq(err.kind, ERR_MISSING);
	refused(token(rsa, "PS256", ",\"kid\":\"k\"", GOOD), set_of(jwk_of(rsa, ",\"kid\":\"k\",\"alg\":\"RS256\"")), "does not publish");
	refused(token(ec, "ES256", ",\"kid\":\"k\"", GOOD), set, "does not publish");
	refused(good, set_of(jwk_of(rsa, ",\"kid\":\"k\",\"use\":\"enc\"")), "does not publish");
	refused(good, set_of(jwk_of(rsa, ",\"kid\":\"k\",\"key_ops\":[\"encrypt\"]")), "does not publish");
	refused(token(rsa, "RS256", ",\"kid\":\"l\"", GOOD), set, "does not publish");
	ck_assert_int_eq(err.kind, ERR_MISSING);
	refused(token(rsa, "RS256", ",\"kid\":7", GOOD), set, "no text");
	refused(token(rsa, "RS256", ",\"crit\":[\"b64\"],\"b64\":false", GOOD), set, "extension");
	refused(token(rsa, "RS256", ",\"alg\":\"none\"", GOOD), set, "twice");
	refused(token(small_rsa, "RS256", "", GOOD), set_of(jwk_of(small_rsa, "")), "not signed by its key");
	broken = arena_str(arena, good);
	((char *)(uintptr_t)broken.ptr)[str_chr(broken, '.') + 20] ^= 1;
	refused(broken, set, "not signed by its key");
	tear_down();
}
END_TEST

START_TEST(keys_that_are_none_are_refused)
{
	static const char *const sets[] = { "", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[7,null,{}]}", "{\"keys\":[{\"kty\":\"RSA\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}]}", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}]}" };
	struct str good, x, on_no_curve;

	set_up();
	good = token(rsa, "RS256", "", GOOD);
	for (size_t i = 0; i < countof(sets); i++)
		ck_assert_msg(!holds(good, str_from(sets[i]), STR("")), "%s", sets[i]);
	x = number_of(ec, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE);
	on_no_curve = arena_strf(arena, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" STR_FMT "\",\"y\":\"" STR_FMT "\"}", STR_ARG(x), STR_ARG(x));
	refused(token(ec, "ES256", "", GOOD), set_of(on_no_curve), "not signed by its key");
	tear_down();
}
END_TEST

START_TEST(it_belongs_to_its_access_token)
{
	unsigned char md[SHA256_SIZE];
	struct str hash, payload;

	set_up();
	crypto_sha256(STR("at-1"), md);
	hash = coded((struct str){ (const char *)md, SHA256_SIZE / 2 });
	payload = arena_strf(arena, "{" CLAIMS ",\"aud\":\"daybook\",\"at_hash\":\"" STR_FMT "\"," TIMES "}", STR_ARG(hash));
	ck_assert(holds(token(rsa, "RS256", "", payload.ptr), set_of(jwk_of(rsa, "")), STR("at-1")));
	ck_assert(!holds(token(rsa, "RS256", "", payload.ptr), set_of(jwk_of(rsa, "")), STR("at-2")) && strstr(err.msg, "at_hash") != NULL);
	tear_down();
}
END_TEST

START_TEST(what_is_no_token_is_refused)
{
	static const char *const texts[] = { "", ".", "..", "...", "a", "a.b", "a.b.c", "e30.e30.e30", "e30.e30.e30.e30", "e30=.e30.e30", "e3 0.e30.e30" };
	struct str set, huge;
	char *bytes;

	set_up();
	set = set_of(jwk_of(rsa, ""));
	for (size_t i = 0; i < countof(texts); i++)
		ck_assert_msg(!holds(str_from(texts[i]), set, STR("")), "%s", texts[i]);
	bytes = arena_bytes(arena, ID_TOKEN_MAX + 10);
	memset(bytes, 'A', ID_TOKEN_MAX + 10);
	bytes[10] = bytes[20] = '.';
	huge = (struct str){ bytes, ID_TOKEN_MAX + 10 };
	refused(huge, set, "too large");
	tear_down();
}
END_TEST

RUN("id_token", one_of_each_kind_holds, what_it_says_has_to_be_of_this_sign_in, an_address_is_verified_when_the_provider_says_so,
    who_signed_it_has_to_be_the_provider, keys_that_are_none_are_refused, it_belongs_to_its_access_token, what_is_no_token_is_refused)
