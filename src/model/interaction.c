#include <daybook/connector.h>
#include <daybook/interaction.h>

struct interaction *interactions_add(struct interactions *out)
{
	struct interaction *items;

	if (out->n_items >= out->max_items)
		return NULL;
	items = arena_grow(out->arena, out->items, out->n_items, sizeof(*items));
	if (items == NULL)
		return NULL;
	out->items = items;
	items[out->n_items] = (struct interaction){ 0 };
	return &items[out->n_items++];
}

struct party *interaction_add_party(struct interaction *it, struct arena *arena, enum role role,
				    struct str name)
{
	struct party *parties = arena_grow(arena, it->parties, it->n_parties, sizeof(*parties));

	if (parties == NULL)
		return NULL;
	it->parties = parties;
	parties[it->n_parties] = (struct party){ .role = role, .name = name };
	return &parties[it->n_parties++];
}

struct identity *party_add_identity(struct party *party, struct arena *arena, enum scheme scheme,
				    struct str value, struct str scope)
{
	struct identity *ids = arena_grow(arena, party->ids, party->n_ids, sizeof(*ids));

	if (ids == NULL)
		return NULL;
	party->ids = ids;
	ids[party->n_ids] = (struct identity){ .scheme = scheme, .value = value, .scope = scope };
	return &ids[party->n_ids++];
}

struct attachment *interaction_add_attachment(struct interaction *it, struct arena *arena)
{
	struct attachment *items = arena_grow(arena, it->attachments, it->n_attachments,
					      sizeof(*items));

	if (items == NULL)
		return NULL;
	it->attachments = items;
	items[it->n_attachments] = (struct attachment){ 0 };
	return &items[it->n_attachments++];
}

struct str raw_meta(const struct raw *raw, struct str name)
{
	struct str rest = raw->meta, line;

	while (str_next(&rest, '\n', &line)) {
		if (str_starts(line, name) && line.len > name.len && line.ptr[name.len] == ':')
			return str_trim(str_sub(line, name.len + 1, line.len));
	}
	return (struct str){ NULL, 0 };
}
