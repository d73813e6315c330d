/* Whatever a provider sends as its keys (first line) and as an ID token (what follows): it is refused with a reason, or holds. */
#include <assert.h>
#include <stdint.h>

#include "oauth/id_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str token = { (const char *)data, size }, keys;
	const struct id_wish wish = { .issuer = STR("https://id.example.com"), .client_id = STR("daybook"), .nonce = STR("n-1"), .now_s = 1800000000 };
	struct arena *arena = arena_create(1 << 20);
	struct err err = { .kind = ERR_NONE };
	struct id_claims claims;

	str_next(&token, '\n', &keys);
	if (id_token_read(token, keys, &wish, arena, &claims, &err))
		assert(claims.subject.len > 0);
	else
		assert((err.kind == ERR_INPUT || err.kind == ERR_MISSING) && err.msg[0] != '\0');
	arena_destroy(arena);
	return 0;
}
