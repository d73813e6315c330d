#include "form.h"
#include "holds.h"
#include "host_stub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is the content type, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *text[] = { "pedido", "Your Message" }, *name[] = { "b", "a[c]" };
	static struct conf_map_entry entries[] = { { "text", { text, 2 } }, { "name", { name, 2 } } };
	struct form_conf conf = { .honeypot = size % 3 ? NULL : "website" };
	struct raw raw = { .body = { (const char *)data, size }, .id = STR("k"),
			   .meta = STR("peer: 203.0.113.9\nreferer: https://x.example/?utm_term=%ff\n"),
			   .received_us = INT64_C(1789399800000000) };
	struct interactions first = { .arena = arena_create(8 << 20), .max_items = 4 };
	struct interactions again = { .arena = arena_create(8 << 20), .max_items = 4 };
	struct err err = { 0 };

	if (size % 2 == 1)
		conf.map = (struct conf_map){ entries, 2 };
	if (size % 5 == 0)
		raw.id.len = 0;
	if (!str_next(&raw.body, '\n', &raw.content_type))
		raw.content_type.len = 0;
	if (form_normalize(&conf, &raw, &first, &err)) {
		if (!arena_is_exceeded(first.arena)) {
			assert_interactions_hold(&first, raw.received_us);
			assert_mapping(&form_mapping, &conf, &raw);
			if (form_normalize(&conf, &raw, &again, &err))
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
