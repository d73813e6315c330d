#include "ingest/rules.h"

#include "base/mem.h"
#include "conf/pack.h"
#include "model/own.h"
#include "store/store.h"

static void release_config(void *owner)
{
	config_unref(owner);
}

static struct own *make_own(const struct config *config, struct err *err)
{
	struct own_person *staff = xcalloc(config->n_staff, sizeof(*staff));
	struct own_conf conf = {
		.domains = config->organization.domains,
		.addresses = config->organization.addresses,
		.numbers = config->organization.numbers,
		.servers = config->organization.mail_servers,
		.staff = staff, .n_staff = config->n_staff,
		.default_region = config->organization.default_region,
	};
	struct own *own;

	for (size_t i = 0; i < config->n_staff; i++)
		staff[i] = (struct own_person){
			.name = config->staff[i].name, .emails = config->staff[i].email,
			.phones = config->staff[i].phone, .whatsapp = config->staff[i].whatsapp,
		};
	own = own_create(&conf, err);
	free(staff);
	return own;
}

struct rules *rules_create(const struct config *config, struct err *err)
{
	struct own *own = make_own(config, err);
	struct rules *rules;

	if (own == NULL)
		return NULL;
	rules = xnew(struct rules);
	*rules = (struct rules){
		.own = own, .default_region = config->organization.default_region,
		.owner = (void *)config_ref(config), .release = release_config, .refs = 1,
	};
	return rules;
}

static enum match_create create_from(int create_contacts)
{
	switch (create_contacts) {
	case CONFIG_CREATE_BOTH: return MATCH_CREATE_BOTH;
	case CONFIG_CREATE_NEVER: return MATCH_CREATE_NEVER;
	default: return MATCH_CREATE_INBOUND;
	}
}

static struct source *make_source(const struct connector *type, const char *name, const void *conf,
				  const struct match_policy *policy, struct rules *rules,
				  struct store *st, struct err *err)
{
	struct source *source = NULL;
	struct buf packed;
	int64_t id = 0;

	buf_init(&packed, PACK_MAX_BYTES);
	if (type->keys != NULL && conf != NULL && !conf_pack(type->keys, conf, &packed))
		err_setf(err, ERR_CONF, "connectors.%s: its options are too large", name);
	else if (st == NULL || store_find_connector(st, str_from(name), &id, err))
		source = source_create(id, str_from(name), type, conf, buf_str(&packed), policy, rules);
	buf_finish(&packed);
	return source;
}

struct source *source_from_config(const struct config_connector *conf, struct rules *rules,
				  struct store *st, struct err *err)
{
	const struct config *config = rules->owner;
	const struct match_policy policy = { .create = create_from(conf->host.create_contacts),
					     .ignore = config->matching.ignore };

	struct source *source = make_source(conf->type, conf->name, conf->conf, &policy, rules, st, err);

	if (source != NULL)
		source_set_owner(source, str_from(conf->host.owner));
	return source;
}

static enum share share_from_config(int share)
{
	switch (share) {
	case CONFIG_SHARE_METADATA: return SHARE_METADATA;
	case CONFIG_SHARE_SUBJECT: return SHARE_SUBJECT;
	default: return SHARE_EVERYTHING;
	}
}

bool source_keep(const struct config_connector *conf, int64_t id, struct store *st, struct err *err)
{
	struct buf packed;
	bool ok = true;

	buf_init(&packed, PACK_MAX_BYTES);
	if (conf->type->keys != NULL && !conf_pack(conf->type->keys, conf->conf, &packed))
		ok = err_setf(err, ERR_CONF, "connectors.%s: its options are too large", conf->name);
	ok = ok && store_keep_options(st, id, buf_str(&packed), create_from(conf->host.create_contacts),
				      str_from(conf->host.owner), share_from_config(conf->host.share), err);
	buf_finish(&packed);
	return ok;
}

static const struct connector *find_type(const struct connector *const *known, struct str name)
{
	for (; *known != NULL; known++)
		if (str_eq(str_from((*known)->name), name))
			return *known;
	return NULL;
}

struct source *source_from_store(int64_t id, const struct connector *const *known, struct rules *rules,
				 struct store *st, void **conf, struct err *err)
{
	struct arena *arena = arena_create(2 * PACK_MAX_BYTES);
	struct match_policy policy = { 0 };
	struct source *source = NULL;
	const struct connector *type;
	struct kept_options kept;

	*conf = NULL;
	if (store_get_options(st, id, arena, &kept, err)) {
		type = find_type(known, kept.type);
		if (type != NULL && type->keys != NULL && kept.packed.len > 0)
			*conf = conf_unpack(type->keys, type->conf_size, kept.packed, err);
		policy.create = (enum match_create)kept.create_contacts;
		policy.ignore = ((const struct config *)rules->owner)->matching.ignore;
		if (type == NULL)
			err_setf(err, ERR_CONF, "connector \"" STR_FMT "\" is of type " STR_FMT
				 ", which this version does not know", STR_ARG(kept.name), STR_ARG(kept.type));
		else if (type->keys == NULL || *conf != NULL || kept.packed.len == 0)
			source = source_create(id, kept.name, type, *conf, kept.packed, &policy, rules);
		if (source != NULL)
			source_set_owner(source, kept.owner);
	}
	arena_destroy(arena);
	return source;
}

struct source *source_reserved(const struct connector *type, const char *name,
			       const struct config *config, struct rules *rules, struct store *st,
			       struct err *err)
{
	const struct match_policy policy = { .create = create_from(config->matching.create_contacts),
					     .ignore = config->matching.ignore };

	return make_source(type, name, NULL, &policy, rules, st, err);
}
