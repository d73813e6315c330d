/* From a configuration to what the pipeline needs of it. */
#pragma once

#include "conf/config.h"
#include "ingest/source.h"

struct store;

/* Takes a reference on config. NULL with ERR_CONF: "staff.Ana Lima: …". */
struct rules *rules_create(const struct config *config, struct err *err);

/* One connector of it, by its number in the store (ingest_number). NULL on a store's error. */
struct source *source_from_config(const struct config_connector *conf, struct rules *rules,
				  struct store *st, struct err *err);
/* Sources that no file names: imports, and what people enter. */
struct source *source_reserved(const struct connector *type, const char *name,
			       const struct config *config, struct rules *rules, struct store *st,
			       struct err *err);
