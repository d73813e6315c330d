/* The option rows of the file's own sections: for loading and for describing. */
#pragma once

#include <daybook/conf.h>

struct config_section {
	const char *name;
	const struct conf_key *keys;
	size_t offset;			/* into struct config */
	const char *help;
};

extern const struct config_section config_sections[];	/* ends with name NULL */
extern const struct conf_key config_top_keys[];		/* block: struct config */
extern const struct conf_key config_staff_keys[];	/* block: struct config_staff */
extern const struct conf_key config_role_keys[];		/* block: struct config_role */
extern const struct conf_key config_host_keys[];	/* block: struct config_host */
extern const char *const config_asking_keys[];	/* of those: no use where nobody is asked; ends with NULL */

#define CONFIG_STAFF_HELP \
	"who works here: a map from name to addresses; their mail is ours, and they are never contacts"
#define CONFIG_ROLES_HELP \
	"who may do what over HTTP: a map from role to rights; admin, manager, seller, viewer and ops are there without it"
#define CONFIG_CONNECTORS_HELP "a map from name to connector; may also stand in connectors.d/*.yaml"
#define CONFIG_TYPE_HELP "what kind of connector it is"
