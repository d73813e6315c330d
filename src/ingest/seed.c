#include "ingest/seed.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "ingest/touch.h"
#include "store/owner.h"

enum { MAX_JSON = 4 << 20, MAX_DEPTH = 6, MAX_NODES = 200000, ROOM = 16 << 20 };

/* ---- as JSON ---- */

static void put_handle(struct json_writer *w, const struct seed_handle *h)
{
	char id[ID_TEXT_SIZE];

	json_open(w, '{');
	json_member(w, "scheme", str_from(scheme_name(h->identity.scheme)));
	json_member(w, "value", h->identity.value);
	if (h->identity.scope.len > 0)
		json_member(w, "scope", h->identity.scope);
	if (h->contact != 0)
		json_member(w, "contact", str_from(id_format(h->contact, "con_", id)));
	json_member_or_null(w, "why", h->why);
	json_close(w, '}');
}

void seed_json(const struct seed *seed, struct buf *out)
{
	struct json_writer w;
	char id[ID_TEXT_SIZE];

	json_begin(&w, out);
	json_open(&w, '{');
	json_name(&w, "contacts");
	json_open(&w, '[');
	for (size_t i = 0; i < seed->n_contacts; i++) {
		json_open(&w, '{');
		json_member(&w, "id", str_from(id_format(seed->contacts[i].id, "con_", id)));
		json_member_or_null(&w, "company", seed->contacts[i].company);
		if (seed->contacts[i].owner.len > 0)
			json_member(&w, "owner", seed->contacts[i].owner);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	json_name(&w, "handles");
	json_open(&w, '[');
	for (size_t i = 0; i < seed->n_handles; i++)
		put_handle(&w, &seed->handles[i]);
	json_close(&w, ']');
	json_close(&w, '}');
}

static bool parse_contacts(struct json_object *list, struct arena *arena, struct seed *seed)
{
	seed->contacts = arena_alloc(arena, (json_count(list) + 1) * sizeof(*seed->contacts));
	for (size_t i = 0; seed->contacts != NULL && i < json_count(list); i++) {
		struct json_object *value = json_at(list, i);
		struct seed_contact *c = &seed->contacts[seed->n_contacts++];

		c->company = arena_str(arena, json_str(value, "company"));
		c->owner = arena_str(arena, json_str(value, "owner"));
		if (!id_parse(json_str(value, "id"), "con_", &c->id))
			return false;
	}
	return seed->contacts != NULL;
}

static bool parse_handles(struct json_object *list, struct arena *arena, struct seed *seed)
{
	seed->handles = arena_alloc(arena, (json_count(list) + 1) * sizeof(*seed->handles));
	for (size_t i = 0; seed->handles != NULL && i < json_count(list); i++) {
		struct json_object *value = json_at(list, i);
		struct seed_handle *h = &seed->handles[seed->n_handles++];

		h->identity.scheme = scheme_from(json_str(value, "scheme"));
		h->identity.value = arena_str(arena, json_str(value, "value"));
		h->identity.scope = arena_str(arena, json_str(value, "scope"));
		h->why = arena_str(arena, json_str(value, "why"));
		id_parse(json_str(value, "contact"), "con_", &h->contact);
	}
	return seed->handles != NULL;
}

bool seed_parse(struct str json, struct arena *arena, struct seed *seed, struct err *err)
{
	auto_json struct json_object *value = json_parse(json, MAX_DEPTH, MAX_NODES, err);

	*seed = (struct seed){ 0 };
	if (value == NULL)
		return err_prefixf(err, "seed");
	return (parse_contacts(json_get(value, "contacts"), arena, seed) &&
		parse_handles(json_get(value, "handles"), arena, seed)) ||
	       err_setf(err, ERR_INPUT, "seed: it makes no sense");
}

/* ---- into the journal ---- */

static bool put_row(int64_t id, struct str body, struct store *st, struct err *err)
{
	struct journal_row row = { .id = id, .base_id = id, .kind = JOURNAL_SEED, .content_type = STR("application/json"),
				   .received_us = id_wall_us(id), .body = body, .size = (int64_t)body.len,
				   .outcome = OUTCOME_STORED };

	return store_connector(st, STR("people"), STR("people"), &row.connector, err) && store_put_journal(st, &row, err);
}

bool seed_plant(const struct seed *seed, int64_t id, struct store *st, struct err *err)
{
	struct buf body;
	bool ok;

	if (seed->n_handles == 0 && seed->n_contacts == 0)
		return true;
	buf_init(&body, MAX_JSON);
	seed_json(seed, &body);
	ok = buf_is_exceeded(&body) ? err_setf(err, ERR_LIMIT, "a seed of more than %d MiB", MAX_JSON >> 20)
				    : put_row(id, buf_str(&body), st, err);
	buf_finish(&body);
	return ok;
}

/* ---- a rebuild comes past it ---- */

/* Until anybody says a name, the first handle is one. */
static struct str name_of(const struct seed *seed, int64_t contact)
{
	for (size_t i = 0; i < seed->n_handles; i++)
		if (seed->handles[i].contact == contact)
			return seed->handles[i].identity.value;
	return (struct str){ NULL, 0 };
}

static bool has_contact(struct store *st, int64_t id, struct arena *arena, bool *has, struct err *err)
{
	struct contact_row row;
	struct err why;

	*has = store_get_contact(st, id, arena, &row, &why);
	if (*has || why.kind == ERR_MISSING)
		return true;
	*err = why;
	return false;
}

static bool grow_contact(const struct seed *seed, const struct seed_contact *c, struct store *st, struct arena *arena,
			 struct err *err)
{
	const struct contact_touch first = { .name = name_of(seed, c->id) };
	int64_t company = 0;
	bool has;

	if (!has_contact(st, c->id, arena, &has, err))
		return false;
	if (has)
		return true;
	return (c->company.len == 0 || store_company(st, c->company, &company, err)) &&
	       store_put_contact(st, c->id, company, &first, err) &&
	       (c->owner.len == 0 || store_put_made_owner(st, c->id, c->owner, 0, err));
}

static bool take(const struct seed_handle *h, int64_t id, int64_t identity, struct store *st, struct arena *arena, struct err *err)
{
	struct contact_touch past;

	return touch_of_the_past(st, identity, &h->identity, arena, &past, err) &&
	       store_link_identity(st, identity, h->contact, h->why, id, err) &&
	       (past.first_us == 0 || store_touch_contact(st, h->contact, &past, err));
}

static bool grow_handle(const struct seed_handle *h, int64_t id, struct store *st, struct arena *arena, struct err *err)
{
	int64_t identity, contact;
	bool has = false;

	if (!store_find_identity(st, &h->identity, &identity, &contact, err) ||
	    (h->contact != 0 && !has_contact(st, h->contact, arena, &has, err)))
		return false;
	if (identity == 0)
		return store_put_identity(st, &h->identity, has ? h->contact : 0, h->why, id, &identity, err);
	return contact != 0 || !has || take(h, id, identity, st, arena, err);
}

static bool grow(const struct seed *seed, int64_t id, struct store *st, struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < seed->n_contacts; i++)
		if (!grow_contact(seed, &seed->contacts[i], st, arena, err))
			return false;
	for (size_t i = 0; i < seed->n_handles; i++)
		if (!grow_handle(&seed->handles[i], id, st, arena, err))
			return false;
	return true;
}

bool seed_grow(const struct journal_row *row, struct store *st, struct err *err)
{
	struct arena *arena = arena_create(ROOM);
	struct seed seed;
	bool ok;

	store_set_last_id(st, row->id);
	ok = seed_parse(row->body, arena, &seed, err) && grow(&seed, row->id, st, arena, err) && put_row(row->id, row->body, st, err);
	arena_destroy(arena);
	return ok;
}
