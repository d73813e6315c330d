/* Two bytes of region, then the text. What is accepted must be a fixed point, everywhere, and have
 * variants that lead back. */
#include <assert.h>
#include <string.h>

#include "model/identity.h"
#include "model/phone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_variants(const struct phone *phone)
{
	struct arena *arena = arena_create(1 << 16);
	struct identity id = { .scheme = SCHEME_PHONE, .value = str_from(phone->e164) };
	struct identity_variant out[IDENTITY_MAX_VARIANTS], back[IDENTITY_MAX_VARIANTS];
	size_t n = identity_variants(&id, arena, out);

	assert(n >= 1 && out[0].variant == VARIANT_SAME_NUMBER);
	for (size_t i = 0; i < n; i++) {
		bool is_back = false;
		size_t n_back = identity_variants(&out[i].id, arena, back);

		for (size_t k = 0; k < n_back; k++)
			is_back = is_back || identity_eq(&back[k].id, &id);
		assert(is_back);
	}
	arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char region[3] = "";
	struct phone phone, again;
	struct err err = { 0 };

	if (size < 2)
		return 0;
	memcpy(region, data, 2);
	if (!phone_canonical((struct str){ (const char *)data + 2, size - 2 }, region, &phone,
			     &err)) {
		assert(err.kind == ERR_INPUT && str_is_utf8(str_from(err.msg)));
		return 0;
	}
	assert(phone.e164[0] == '+' && strlen(phone.e164) >= 5 && strlen(phone.e164) <= 16);
	assert(phone_is_e164_digits(str_from(phone.e164 + 1)));
	assert(phone_canonical(str_from(phone.e164), NULL, &again, &err));
	assert(strcmp(again.e164, phone.e164) == 0);
	assert(phone_canonical(str_from(phone.e164), region, &again, &err));
	assert(strcmp(again.e164, phone.e164) == 0);
	check_variants(&phone);
	return 0;
}
