#include <daybook/connector.h>
#include <daybook/interaction.h>

struct interaction *interactions_add(struct interactions *out)
{
	void *items;

	if (out->n_items >= out->max_items)
		return NULL;
	items = arena_grow(out->arena, out->items, out->n_items, sizeof(*out->items));
	if (items == NULL)
		return NULL;
	out->items = items;
	return &out->items[out->n_items++];
}

struct party *interaction_add_party(struct interaction *it, struct arena *arena, enum role role,
				    struct str name)
{
	void *items = arena_grow(arena, it->parties, it->n_parties, sizeof(*it->parties));

	if (items == NULL)
		return NULL;
	it->parties = items;
	it->parties[it->n_parties] = (struct party){ .role = role, .name = name };
	return &it->parties[it->n_parties++];
}

struct identity *party_add_identity(struct party *party, struct arena *arena, enum scheme scheme,
				    struct str value, struct str scope)
{
	void *items = arena_grow(arena, party->ids, party->n_ids, sizeof(*party->ids));

	if (items == NULL)
		return NULL;
	party->ids = items;
	party->ids[party->n_ids] = (struct identity){ scheme, value, scope };
	return &party->ids[party->n_ids++];
}

struct attachment *interaction_add_attachment(struct interaction *it, struct arena *arena)
{
	void *items = arena_grow(arena, it->attachments, it->n_attachments, sizeof(*it->attachments));

	if (items == NULL)
		return NULL;
	it->attachments = items;
	it->attachments[it->n_attachments] = (struct attachment){ .size = -1 };
	return &it->attachments[it->n_attachments++];
}

struct str raw_meta(const struct raw *raw, struct str name)
{
	struct str rest = raw->meta, line;

	while (str_next(&rest, '\n', &line))
		if (str_starts(line, name) && line.len > name.len && line.ptr[name.len] == ':')
			return str_trim(str_sub(line, name.len + 1, line.len));
	return (struct str){ NULL, 0 };
}
