#include "model/own.h"

#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "model/email.h"
#include "model/identity.h"

/* One value of ours: an address, a number, or (SCHEME_NONE) a domain. */
struct entry {
	enum scheme scheme;
	struct str value;		/* NULL ptr: free */
	struct own_hit hit;
};

struct own {
	struct arena *arena;
	struct str *staff, *servers;
	size_t n_staff, n_servers;
	struct entry *table;		/* open addressing, a power of two, at most half full */
	size_t room, n_entries;
};

enum { OWN_MAX_BYTES = 64 << 20, FIRST_ROOM = 64 };

/* The table holds the operator's words only: nobody outside can choose what collides. */
static size_t slot_of(enum scheme scheme, struct str value)
{
	static const unsigned char key[16] = "daybook own tabl";

	return (size_t)crypto_siphash(key, value.ptr, value.len) + (size_t)scheme;
}

static struct entry *find_slot(struct entry *table, size_t room, enum scheme scheme,
			       struct str value)
{
	size_t i = slot_of(scheme, value) & (room - 1);

	while (table[i].value.ptr != NULL &&
	       (table[i].scheme != scheme || !str_eq(table[i].value, value)))
		i = (i + 1) & (room - 1);
	return &table[i];
}

static void make_room(struct own *own)
{
	size_t room = own->room ? own->room * 2 : FIRST_ROOM;
	struct entry *table;

	if (own->n_entries * 2 < own->room)
		return;
	table = xcalloc(room, sizeof(*table));
	for (size_t i = 0; i < own->room; i++)
		if (own->table[i].value.ptr != NULL)
			*find_slot(table, room, own->table[i].scheme, own->table[i].value) =
				own->table[i];
	free(own->table);
	own->table = table;
	own->room = room;
}

static const struct entry *find(const struct own *own, enum scheme scheme, struct str value)
{
	const struct entry *e;

	if (own->room == 0)
		return NULL;
	e = find_slot(own->table, own->room, scheme, value);
	return e->value.ptr ? e : NULL;
}

/* A person's entry is worth more than the organization's: an address may stand in both lists. */
static bool add(struct own *own, enum scheme scheme, struct str value, struct own_hit hit,
		struct err *err)
{
	struct entry *e;

	make_room(own);
	e = find_slot(own->table, own->room, scheme, value);
	if (e->value.ptr != NULL && e->hit.kind == OWN_STAFF && hit.kind == OWN_STAFF &&
	    e->hit.staff != hit.staff)
		return err_setf(err, ERR_CONF, STR_FMT " belongs to two people: " STR_FMT
				" and " STR_FMT, STR_ARG(value), STR_ARG(own->staff[e->hit.staff]),
				STR_ARG(own->staff[hit.staff]));
	if (e->value.ptr == NULL) {
		*e = (struct entry){ scheme, arena_str(own->arena, value), hit };
		own->n_entries++;
	} else if (hit.kind == OWN_STAFF) {
		e->hit = hit;
	}
	return true;
}

/* A number is ours in every form in which WhatsApp may spell it. */
static bool add_number(struct own *own, const struct identity *phone, struct own_hit hit,
		       struct err *err)
{
	struct identity_variant others[IDENTITY_MAX_VARIANTS];
	struct identity wa = *phone;
	size_t n;

	if (!add(own, phone->scheme, phone->value, hit, err))
		return false;
	n = identity_variants(phone, own->arena, others);
	for (size_t i = 0; i < n; i++)
		if (!add(own, others[i].id.scheme, others[i].id.value, hit, err))
			return false;
	/* Argentina's forms are told between WhatsApp ids only. */
	if (!identity_wa_of_phone(phone, own->arena, &wa))
		return true;
	n = identity_variants(&wa, own->arena, others);
	for (size_t i = 0; i < n; i++)
		if (!add(own, others[i].id.scheme, others[i].id.value, hit, err))
			return false;
	return true;
}

static bool add_list(struct own *own, enum scheme scheme, const struct conf_list *list,
		     struct own_hit hit, const char *region, struct err *err)
{
	for (size_t i = 0; i < list->n_items; i++) {
		struct identity id = { .scheme = scheme, .value = str_from(list->items[i]) };
		bool is_added;

		if (!identity_canonical(&id, own->arena, region, err)) {
			err->kind = ERR_CONF;
			return false;
		}
		is_added = scheme == SCHEME_PHONE ? add_number(own, &id, hit, err)
						  : add(own, scheme, id.value, hit, err);
		if (!is_added)
			return false;
	}
	return true;
}

/* By way of an address, so that an IDN domain is read as in one. */
static bool add_domains(struct own *own, const struct conf_list *list, struct err *err)
{
	for (size_t i = 0; i < list->n_items; i++) {
		struct str domain = str_trim(str_from(list->items[i])), address;

		if (str_starts(domain, STR("@")))
			domain = str_sub(domain, 1, domain.len);
		address = arena_strf(own->arena, "a@" STR_FMT, STR_ARG(domain));
		if (str_chr(domain, '@') != STR_NONE ||
		    !email_canonical(address, own->arena, &address, err))
			return err_setf(err, ERR_CONF, "\"%.80s\" is not a domain (try acme.com)",
					list->items[i]);
		if (!add(own, SCHEME_NONE, email_domain(address),
			 (struct own_hit){ .kind = OWN_ORGANIZATION }, err))
			return false;
	}
	return true;
}

static bool add_person(struct own *own, const struct own_person *p, size_t index,
		       const char *region, struct err *err)
{
	struct own_hit hit = { OWN_STAFF, index };

	if (!add_list(own, SCHEME_EMAIL, &p->emails, hit, region, err) ||
	    !add_list(own, SCHEME_PHONE, &p->phones, hit, region, err) ||
	    !add_list(own, SCHEME_PHONE, &p->whatsapp, hit, region, err))
		return err_prefixf(err, "staff \"%.80s\"", p->name);
	return true;
}

static bool fill(struct own *own, const struct own_conf *conf, struct err *err)
{
	struct own_hit ours = { .kind = OWN_ORGANIZATION };

	own->staff = xcalloc(conf->n_staff + 1, sizeof(*own->staff));
	own->n_staff = conf->n_staff;
	for (size_t i = 0; i < conf->n_staff; i++)
		own->staff[i] = arena_str(own->arena, str_from(conf->staff[i].name));

	own->servers = xcalloc(conf->servers.n_items + 1, sizeof(*own->servers));
	own->n_servers = conf->servers.n_items;
	for (size_t i = 0; i < own->n_servers; i++)
		own->servers[i] = arena_str(own->arena, str_trim(str_from(conf->servers.items[i])));

	if (!add_domains(own, &conf->domains, err) ||
	    !add_list(own, SCHEME_EMAIL, &conf->addresses, ours, conf->default_region, err) ||
	    !add_list(own, SCHEME_PHONE, &conf->numbers, ours, conf->default_region, err))
		return err_prefixf(err, "organization");
	for (size_t i = 0; i < conf->n_staff; i++)
		if (!add_person(own, &conf->staff[i], i, conf->default_region, err))
			return false;
	if (arena_is_exceeded(own->arena))
		return err_setf(err, ERR_CONF, "organization and staff: more than 64 MiB of names");
	return true;
}

struct own *own_create(const struct own_conf *conf, struct err *err)
{
	struct own *own = xnew(struct own);

	own->arena = arena_create(OWN_MAX_BYTES);
	if (fill(own, conf, err))
		return own;
	own_destroy(own);
	return NULL;
}

void own_destroy(struct own *own)
{
	if (own == NULL)
		return;
	arena_destroy(own->arena);
	free(own->staff);
	free(own->servers);
	free(own->table);
	free(own);
}

bool own_has_server(const struct own *own, struct str name)
{
	for (size_t i = 0; own != NULL && i < own->n_servers; i++)
		if (name.len > 0 && str_ieq(own->servers[i], name))
			return true;
	return false;
}

bool own_has_domain(const struct own *own, struct str domain)
{
	size_t dot;

	if (own == NULL)
		return false;
	for (;;) {
		if (domain.len > 0 && find(own, SCHEME_NONE, domain) != NULL)
			return true;
		dot = str_chr(domain, '.');
		if (dot == STR_NONE)
			return false;
		domain = str_sub(domain, dot + 1, domain.len);
	}
}

static struct own_hit email_is(const struct own *own, struct str email)
{
	struct own_hit ours = { .kind = OWN_ORGANIZATION };
	struct str domain = email_domain(email), local = email_local(email);
	size_t plus = str_chr(local, '+');
	const struct entry *e = find(own, SCHEME_EMAIL, email);
	char folded[EMAIL_MAX];

	if (e == NULL && plus != STR_NONE && plus > 0 && email.len <= sizeof(folded)) {
		memcpy(folded, local.ptr, plus);
		memcpy(folded + plus, local.ptr + local.len, email.len - local.len);
		e = find(own, SCHEME_EMAIL,
			 (struct str){ folded, email.len - local.len + plus });
	}
	if (e != NULL)
		return e->hit;
	return own_has_domain(own, domain) ? ours : (struct own_hit){ 0 };
}

struct own_hit own_is(const struct own *own, const struct identity *id)
{
	const struct entry *e;

	if (own == NULL || id->value.len == 0)
		return (struct own_hit){ 0 };
	if (id->scheme == SCHEME_EMAIL)
		return email_is(own, id->value);
	if (id->scheme != SCHEME_PHONE && id->scheme != SCHEME_WA)
		return (struct own_hit){ 0 };
	e = find(own, id->scheme, id->value);
	return e ? e->hit : (struct own_hit){ 0 };
}

struct own_hit own_party(const struct own *own, const struct party *party)
{
	struct own_hit best = { 0 }, hit;

	for (size_t i = 0; i < party->n_ids; i++) {
		hit = own_is(own, &party->ids[i]);
		if (hit.kind == OWN_STAFF)
			return hit;
		if (best.kind == OWN_NONE)
			best = hit;
	}
	return best;
}

size_t own_n_staff(const struct own *own)
{
	return own ? own->n_staff : 0;
}

struct str own_staff_name(const struct own *own, size_t staff)
{
	return own && staff < own->n_staff ? own->staff[staff] : STR("");
}
