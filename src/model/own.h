/* Who is us: the organization's domains, addresses and numbers, and its staff. Immutable after
 * creation, so any thread may ask. */
#pragma once

#include <daybook/conf.h>
#include <daybook/interaction.h>

struct own_person {
	const char *name;
	struct conf_list emails, phones, whatsapp;
};

struct own_conf {
	struct conf_list domains;	/* with all their subdomains */
	struct conf_list addresses;	/* elsewhere: aliases at a freemail, forwarding addresses */
	struct conf_list numbers;	/* phone and WhatsApp */
	struct conf_list servers;	/* of ours, as they call themselves in Authentication-Results */
	const struct own_person *staff;
	size_t n_staff;
	const char *default_region;	/* may be NULL */
};

enum own_kind { OWN_NONE, OWN_ORGANIZATION, OWN_STAFF };

struct own_hit {
	enum own_kind kind;
	size_t staff;			/* index into staff[] with OWN_STAFF */
};

/* Copies what it needs. NULL with ERR_CONF and all that is wrong with the first bad value: an address
 * or number that cannot be read, or one that two people claim. */
struct own *own_create(const struct own_conf *conf, struct err *err);
void own_destroy(struct own *own);		/* NULL is fine */

/* A canonical identity. Plus tags are folded; a phone also hits by the forms in which WhatsApp may
 * give it. own may be NULL: nobody is ours. */
struct own_hit own_is(const struct own *own, const struct identity *id);
/* The first identity that is staff's, else the first that is the organization's. */
struct own_hit own_party(const struct own *own, const struct party *party);
bool own_has_server(const struct own *own, struct str name);
bool own_has_domain(const struct own *own, struct str domain);	/* it or a parent of it */

size_t own_n_staff(const struct own *own);
struct str own_staff_name(const struct own *own, size_t staff);
