/* Public keys as a provider publishes them (RFC 7517), and signatures by them (RFC 7518: RS256, PS256, ES256). Pure. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct json_object;

enum jwk_alg { JWK_NONE, JWK_RS256, JWK_PS256, JWK_ES256 };

/* JWK_NONE: none of these, above all not "none" or HS256, whose key would be what everybody may read. */
enum jwk_alg jwk_alg(struct str name);
/* Is it a key for this: of its kind, not for something else by use, alg or key_ops, and by that name where kid is not empty. */
bool jwk_fits(struct json_object *key, enum jwk_alg alg, struct str kid);
/* False: the signature is not of this key, or the key is none: RSA of 2048 to 8192 bits, or a point of P-256. */
bool jwk_verify(struct json_object *key, enum jwk_alg alg, struct str signed_text, struct str signature);
