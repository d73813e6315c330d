#include "holds.h"
#include "host_stub.h"
#include "model/validate.h"
#include "record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct raw raw = { .body = { (const char *)data, size }, .received_us = INT64_C(1789399800000000) };
	struct interactions first = { .arena = arena_create(8 << 20), .max_items = 4 };
	struct interactions again = { .arena = arena_create(8 << 20), .max_items = 4 };
	struct err err = { 0 };

	if (api_reader.normalize(NULL, &raw, &first, &err)) {
		if (first.items[0].external_id.len == 0 || first.items[0].n_attachments > 0)
			__builtin_trap();
		if (!arena_is_exceeded(first.arena)) {
			if (api_reader.normalize(NULL, &raw, &again, &err))
				assert_same(&first, &again);
			/* The direction and the end of time are the host's. */
			if (first.items[0].direction == DIRECTION_NONE)
				first.items[0].direction = DIRECTION_IN;
			if (interaction_validate(&first.items[0], raw.received_us, first.arena, &err))
				assert_interactions_hold(&first, raw.received_us);
		}
	} else if (first.n_items != 0 || err.msg[0] == '\0' || (err.kind != ERR_INPUT && err.kind != ERR_LIMIT)) {
		__builtin_trap();
	}
	arena_destroy(first.arena);
	arena_destroy(again.arena);
	return 0;
}
