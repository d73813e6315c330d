#include "oauth/id_token.h"

#include "base/base64.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "oauth/jwk.h"

enum { MAX_DEPTH = 6, MAX_NODES = 1000, MAX_KEYS = 50, MAX_SUBJECT = 255, AT_HASH = SHA256_SIZE / 2 };

static bool fail(struct err *err, const char *why)
{
	return err_setf(err, ERR_INPUT, "the ID token %s", why);
}

/* ---- the three parts ---- */

struct parts {
	struct str header, payload, signature, signed_text;
};

static bool decode(struct str text, struct arena *arena, struct str *out)
{
	struct buf bytes;
	bool ok;

	buf_init(&bytes, ID_TOKEN_MAX);
	ok = base64url_read(&bytes, text) && bytes.len > 0;
	*out = ok ? arena_str(arena, buf_str(&bytes)) : (struct str){ NULL, 0 };
	buf_finish(&bytes);
	return ok;
}

static bool take_apart(struct str token, struct arena *arena, struct parts *p, struct err *err)
{
	size_t first = str_chr(token, '.'), last = str_rchr(token, '.');

	if (token.len > ID_TOKEN_MAX)
		return fail(err, "is too large");
	if (first == STR_NONE || first == last || str_chr(str_sub(token, first + 1, last - first - 1), '.') != STR_NONE)
		return fail(err, "does not have three parts");
	p->signed_text = str_sub(token, 0, last);
	return (decode(str_sub(token, 0, first), arena, &p->header) && decode(str_sub(token, first + 1, last - first - 1), arena, &p->payload) &&
		decode(str_sub(token, last + 1, STR_NONE), arena, &p->signature)) ||
	       fail(err, "is not base64url");
}

/* What stands twice could be read in two ways. */
static struct json_object *object_of(struct str text, const char *what, struct err *err)
{
	struct err why;
	struct json_object *value = json_parse(text, MAX_DEPTH, MAX_NODES, &why);

	if (value != NULL && json_kind_of(value) == JSON_OBJECT && json_is_clear(text, value))
		return value;
	json_free(value);
	err_setf(err, ERR_INPUT, "the ID token has a %s that is no JSON object, or has a name twice", what);
	return NULL;
}

/* ---- who signed it ---- */

static bool find_key(struct json_object *keys, enum jwk_alg alg, struct str kid, const struct parts *p, struct err *err)
{
	bool fits = false;

	for (size_t i = 0; i < json_count(keys) && i < MAX_KEYS; i++) {
		if (!jwk_fits(json_at(keys, i), alg, kid))
			continue;
		fits = true;
		if (jwk_verify(json_at(keys, i), alg, p->signed_text, p->signature))
			return true;
	}
	/* A key that fits may be one that another has taken the place of: not every provider gives them ids. */
	return err_setf(err, ERR_MISSING, "the ID token is %s", fits ? "not signed by its key" : "signed by a key that the provider does not publish");
}

static bool check_signature(const struct parts *p, struct str jwks, struct err *err)
{
	auto_json struct json_object *header = object_of(p->header, "header", err);
	struct err why;
	auto_json struct json_object *set = json_parse(jwks, MAX_DEPTH, 20 * MAX_NODES, &why);
	enum jwk_alg alg = jwk_alg(json_str(header, "alg"));

	if (header == NULL)
		return false;
	if (alg == JWK_NONE)
		return fail(err, "is signed in a way that is not taken (RS256, PS256 and ES256 are)");
	if (json_has(header, "crit"))
		return fail(err, "demands an extension that is not known here");
	if (json_has(header, "kid") && json_str(header, "kid").len == 0)
		return fail(err, "names its key by what is no text");
	return find_key(json_get(set, "keys"), alg, json_str(header, "kid"), p, err);
}

/* ---- what it says ---- */

static bool is_for(struct json_object *claims, struct str client_id, struct err *err)
{
	struct json_object *aud = json_get(claims, "aud");
	struct str azp = json_str(claims, "azp");
	size_t n = json_count(aud);
	bool is = str_eq(json_text(aud), client_id);

	for (size_t i = 0; i < n; i++)
		is |= str_eq(json_text(json_at(aud, i)), client_id);
	if (!is)
		return fail(err, "is for another client (aud)");
	if ((n > 1 || json_has(claims, "azp")) && !str_eq(azp, client_id))
		return fail(err, "was given to another client (azp)");
	return true;
}

static bool time_of(struct json_object *claims, const char *name, int64_t *s)
{
	struct json_object *value = json_get(claims, name);

	return json_kind_of(value) == JSON_NUMBER && json_int(value, s) && *s > 0 && *s < INT64_C(1) << 40;
}

static bool check_times(struct json_object *claims, int64_t now_s, struct err *err)
{
	int64_t exp, iat, nbf = 0;

	if (!time_of(claims, "exp", &exp) || !time_of(claims, "iat", &iat) || (json_has(claims, "nbf") && !time_of(claims, "nbf", &nbf)))
		return fail(err, "does not say from when and until when it is good");
	if (exp <= now_s - ID_TOKEN_LEEWAY_S)
		return fail(err, "has expired; look at the clock of this machine");
	if (iat > now_s + ID_TOKEN_LEEWAY_S || nbf > now_s + ID_TOKEN_LEEWAY_S)
		return fail(err, "is of the future; look at the clock of this machine");
	return true;
}

static bool is_hash_of(struct str at_hash, struct str access_token)
{
	unsigned char md[SHA256_SIZE];
	struct buf text;
	bool is;

	crypto_sha256(access_token, md);
	buf_init(&text, 2 * SHA256_SIZE);
	base64url_put(&text, (struct str){ (const char *)md, AT_HASH });
	is = str_eq(at_hash, buf_str(&text));
	buf_finish(&text);
	return is;
}

static bool check_claims(struct json_object *claims, const struct id_wish *w, struct err *err)
{
	struct str nonce = json_str(claims, "nonce"), subject = json_str(claims, "sub");

	if (!str_eq(json_str(claims, "iss"), w->issuer))
		return fail(err, "is of another issuer (iss)");
	if (!is_for(claims, w->client_id, err) || !check_times(claims, w->now_s, err))
		return false;
	if (nonce.len != w->nonce.len || nonce.len == 0 || !crypto_equal(nonce.ptr, w->nonce.ptr, nonce.len))
		return fail(err, "is not of this sign-in (nonce)");
	if (json_has(claims, "at_hash") && w->access_token.len > 0 && !is_hash_of(json_str(claims, "at_hash"), w->access_token))
		return fail(err, "is not of the access token that it came with (at_hash)");
	return (subject.len > 0 && subject.len <= MAX_SUBJECT) || fail(err, "does not say who it is of (sub)");
}

/* Some providers write the truth as a text. */
static enum id_verified verified_of(struct json_object *said)
{
	struct json_object *value = json_get(said, "email_verified");

	if (json_true(value) || str_eq(json_text(value), STR("true")))
		return ID_VERIFIED;
	return value != NULL ? ID_NOT_VERIFIED : ID_UNSAID;
}

bool id_token_read(struct str token, struct str jwks, const struct id_wish *wish, struct arena *arena, struct id_claims *claims,
		   struct err *err)
{
	struct parts p;
	struct json_object *said;
	bool ok;

	*claims = (struct id_claims){ .verified = ID_UNSAID };
	if (!take_apart(token, arena, &p, err) || !check_signature(&p, jwks, err))
		return false;
	said = object_of(p.payload, "payload", err);
	ok = said != NULL && check_claims(said, wish, err);
	if (ok)
		*claims = (struct id_claims){ .subject = arena_str(arena, json_str(said, "sub")), .email = arena_str(arena, json_str(said, "email")),
					      .verified = verified_of(said) };
	json_free(said);
	return ok;
}
