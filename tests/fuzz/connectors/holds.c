#include "holds.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static void texts_hold(const struct interaction *it)
{
	must(str_is_utf8(it->text), "text is UTF-8 without NUL");
	must(str_is_utf8(it->subject), "subject is UTF-8 without NUL");
	must(str_is_utf8(it->filter), "filter is UTF-8");
	must(str_is_utf8(it->why), "why is UTF-8");
	must(it->why.len > 0, "why is said");
	must(str_is_utf8(it->thread), "thread is UTF-8");
	must(str_is_utf8(it->external_id), "external_id is UTF-8");
	must(str_is_utf8(it->discriminator), "discriminator is UTF-8");
	must(str_is_utf8(it->about), "about is UTF-8");
}

static void details_hold(struct str details)
{
	struct json_object *value;
	struct err err = { 0 };

	if (details.len == 0)
		return;
	must(str_is_utf8(details), "details are UTF-8");
	value = json_parse(details, 64, SIZE_MAX, &err);
	must(json_kind_of(value) == JSON_OBJECT, err.msg[0] ? err.msg : "details are an object");
	json_free(value);
}

static void one_holds(const struct interaction *it, int64_t received_us)
{
	must(it->channel != CHANNEL_NONE && it->channel < CHANNEL_COUNT, "channel");
	must(it->kind != KIND_NONE && it->kind < KIND_COUNT, "kind");
	must(it->direction != DIRECTION_NONE && it->direction < DIRECTION_COUNT, "direction");
	must(it->occurred_us <= received_us, "occurred not later than received");
	texts_hold(it);
	details_hold(it->details);
	for (size_t i = 0; i < it->n_parties; i++) {
		must(str_is_utf8(it->parties[i].name), "name is UTF-8 without NUL");
		for (size_t k = 0; k < it->parties[i].n_ids; k++) {
			must(it->parties[i].ids[k].value.len > 0, "identity has a value");
			must(str_is_utf8(it->parties[i].ids[k].value), "identity is UTF-8");
			must(it->parties[i].ids[k].scheme != SCHEME_NONE, "identity has a scheme");
		}
	}
	for (size_t i = 0; i < it->n_attachments; i++) {
		const struct attachment *a = &it->attachments[i];

		must(a->state != ATTACHMENT_NONE, "attachment has a state");
		must(a->state != ATTACHMENT_SKIPPED || a->reason.len > 0, "skipped has a reason");
		must(str_is_utf8(a->name), "file name is UTF-8");
		must(a->state != ATTACHMENT_STORED || a->size == (int64_t)a->body.len, "size of body");
	}
}

void assert_interactions_hold(const struct interactions *list, int64_t received_us)
{
	must(list->n_items > 0, "at least one event");
	must(list->n_items <= list->max_items, "not more events than allowed");
	for (size_t i = 0; i < list->n_items; i++)
		one_holds(&list->items[i], received_us);
}

void assert_same(const struct interactions *a, const struct interactions *b)
{
	must(a->n_items == b->n_items, "two runs give as many events");
	for (size_t i = 0; i < a->n_items; i++) {
		must(str_eq(a->items[i].external_id, b->items[i].external_id), "same id");
		must(str_eq(a->items[i].discriminator, b->items[i].discriminator), "same discriminator");
		must(str_eq(a->items[i].text, b->items[i].text), "same text");
		must(str_eq(a->items[i].details, b->items[i].details), "same details");
		must(a->items[i].key_us == b->items[i].key_us, "same key time");
	}
}

void assert_mapping(const struct connector *mapping, const void *conf, const struct raw *raw)
{
	struct interactions out = { .arena = arena_create(64 << 20), .max_items = 200 };
	struct err err = { 0 };
	auto_json struct json_object *fields = NULL;

	if (!mapping->normalize(conf, raw, &out, &err))
		__builtin_trap();
	if (!arena_is_exceeded(out.arena)) {
		if (out.n_items != 1)
			__builtin_trap();
		fields = json_parse(out.items[0].details, 8, 100000, &err);
		if (json_kind_of(json_get(fields, "fields")) != JSON_ARRAY)
			__builtin_trap();
	}
	arena_destroy(out.arena);
}
