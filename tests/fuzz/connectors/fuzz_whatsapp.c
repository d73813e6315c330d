#include "holds.h"
#include "host_stub.h"
#include "whatsapp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* received_us of the second run is later: a delivery repeated by the provider. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *wanted[] = { "200000000000201" };
	struct whatsapp_conf conf = { .media = size % 3 };
	struct raw raw = { .body = { (const char *)data, size },
			   .received_us = INT64_C(1789399800000000) };
	struct interactions first = { .arena = arena_create(8 << 20), .max_items = 200 };
	struct interactions again = { .arena = arena_create(8 << 20), .max_items = 200 };
	struct err err = { 0 };

	if (size % 2 == 1)
		conf.phone_number_ids = (struct conf_list){ wanted, 1 };
	if (whatsapp_normalize(&conf, &raw, &first, &err)) {
		if (!arena_is_exceeded(first.arena)) {
			assert_interactions_hold(&first, raw.received_us);
			assert_mapping(&whatsapp_mapping, &conf, &raw);
			raw.received_us += 1000000;
			if (whatsapp_normalize(&conf, &raw, &again, &err))
				assert_same(&first, &again);
		}
	} else if (first.n_items != 0 || err.msg[0] == '\0' ||
		   (err.kind != ERR_INPUT && err.kind != ERR_LIMIT)) {
		__builtin_trap();
	}
	arena_destroy(first.arena);
	arena_destroy(again.arena);
	return 0;
}
