/* From a configuration to what the pipeline needs of it. */
#pragma once

#include "conf/config.h"
#include "ingest/source.h"

struct store;

/* Takes a reference on config. NULL with ERR_CONF: "staff.Ana Lima: …". */
struct rules *rules_create(const struct config *config, struct err *err);

/* One connector of it, by its number in the store (ingest_number). NULL on a store's error. For a dry run: st NULL,
 * and the number is 0. */
struct source *source_from_config(const struct config_connector *conf, struct rules *rules,
				  struct store *st, struct err *err);
/* One that is configured no more, from what the store kept of it. `known` ends with NULL. NULL with ERR_CONF
 * when no such type is known. Its conf is freed with conf_free_unpacked() by the caller, at the end. */
struct source *source_from_store(int64_t id, const struct connector *const *known, struct rules *rules,
				 struct store *st, void **conf, struct err *err);
/* Keeps what source_from_store() needs. Writer handle, in a transaction. */
bool source_keep(const struct config_connector *conf, int64_t id, struct store *st, struct err *err);
/* Sources that no file names: imports, and what people enter. */
struct source *source_reserved(const struct connector *type, const char *name,
			       const struct config *config, struct rules *rules, struct store *st,
			       struct err *err);
