#include "cli/seen.h"

#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"

static bool put(struct seen *s, uint64_t hash)
{
	size_t at = hash & (s->room - 1);

	while (s->slots[at] != 0 && s->slots[at] != hash)
		at = (at + 1) & (s->room - 1);
	if (s->slots[at] == hash)
		return false;
	s->slots[at] = hash;
	s->n++;
	return true;
}

static void grow(struct seen *s)
{
	struct seen bigger = { .room = s->room ? s->room * 2 : 1024 };

	bigger.slots = xcalloc(bigger.room, sizeof(*bigger.slots));
	for (size_t i = 0; i < s->room; i++)
		if (s->slots[i] != 0)
			put(&bigger, s->slots[i]);
	free(s->slots);
	*s = bigger;
}

/* Over the parts of the dedupe key. */
bool seen_add(struct seen *s, const struct interaction *it)
{
	const struct str parts[] = { it->account, it->external_id, it->discriminator };
	struct sha256 *h = sha256_create();
	unsigned char md[SHA256_SIZE];
	uint64_t numbers[] = { it->channel, interaction_key_kind(it->channel, it->kind),
			       (uint64_t)it->key_us }, hash;

	sha256_add(h, (struct str){ (const char *)numbers, sizeof(numbers) });
	for (size_t i = 0; i < countof(parts); i++) {
		sha256_add(h, (struct str){ (const char *)&parts[i].len, sizeof(parts[i].len) });
		sha256_add(h, parts[i]);
	}
	sha256_end(h, md);
	sha256_destroy(h);
	memcpy(&hash, md, sizeof(hash));
	if (s->n * 2 >= s->room)
		grow(s);
	return put(s, hash ? hash : 1);
}

void seen_finish(struct seen *s)
{
	free(s->slots);
	*s = (struct seen){ 0 };
}
