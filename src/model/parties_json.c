#include "model/parties_json.h"

#include "base/json.h"

enum { MAX_DEPTH = 6, MAX_NODES = 200000 };

static void put_identity(struct json_writer *w, const struct identity *id)
{
	json_open(w, '[');
	json_str_value(w, str_from(scheme_name(id->scheme)));
	json_str_value(w, id->value);
	if (id->scope.len > 0)
		json_str_value(w, id->scope);
	json_close(w, ']');
}

void parties_json_put(struct buf *out, const struct interaction *it)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '[');
	for (size_t i = 0; i < it->n_parties; i++) {
		const struct party *party = &it->parties[i];

		json_open(&w, '{');
		json_member(&w, "r", str_from(role_name(party->role)));
		if (party->name.len > 0)
			json_member(&w, "n", party->name);
		json_name(&w, "i");
		json_open(&w, '[');
		for (size_t k = 0; k < party->n_ids; k++)
			put_identity(&w, &party->ids[k]);
		json_close(&w, ']');
		json_close(&w, '}');
	}
	json_close(&w, ']');
}

static bool add_party(struct json_object *value, struct interaction *it, struct arena *arena)
{
	struct json_object *ids = json_get(value, "i");
	struct party *party = interaction_add_party(it, arena, role_from(json_str(value, "r")),
						    arena_str(arena, json_str(value, "n")));

	for (size_t i = 0; party != NULL && i < json_count(ids); i++) {
		struct json_object *id = json_at(ids, i);
		enum scheme scheme = scheme_from(json_text(json_at(id, 0)));

		if (party_add_identity(party, arena, scheme, arena_str(arena, json_text(json_at(id, 1))),
				       arena_str(arena, json_text(json_at(id, 2)))) == NULL)
			return false;
	}
	return party != NULL;
}

bool parties_json_parse(struct str json, struct interaction *it, struct arena *arena, struct err *err)
{
	auto_json struct json_object *list = NULL;

	it->parties = NULL;
	it->n_parties = 0;
	if (json.len == 0)
		return true;
	list = json_parse(json, MAX_DEPTH, MAX_NODES, err);
	if (list == NULL)
		return err_prefixf(err, "participants");
	for (size_t i = 0; i < json_count(list); i++)
		if (!add_party(json_at(list, i), it, arena))
			return err_setf(err, ERR_LIMIT, "participants: no room");
	return true;
}
