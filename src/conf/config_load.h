/* Shared by config.c, config_files.c and config_connectors.c. */
#pragma once

#include "conf/config.h"
#include "conf/table.h"

struct yaml_doc;
struct yaml_node;

/* A connector as it was found, before its type is known. */
struct connector_entry {
	struct yaml_node *node;		/* its value; node->key is the name */
	size_t order;
};

struct loader {
	struct config *config;
	const struct connector *const *known;
	struct conf_env env;
	const char *only;		/* the one connector whose secrets are read; NULL: as env says */
	struct yaml_doc **docs;		/* the main file first */
	size_t n_docs;
	struct connector_entry *entries;
	size_t n_entries;
};

void loader_add_doc(struct loader *l, struct yaml_doc *doc);
/* connectors.d/ *.yaml beside the main file, in the order of their names. */
void loader_read_folder(struct loader *l, const char *main_path);
/* Notes what stands under "connectors:". */
void loader_note_connectors(struct loader *l, struct yaml_node *map);
/* Makes the connectors of all that was noted. */
void loader_make_connectors(struct loader *l);
void config_connector_finish(struct config_connector *connector);
