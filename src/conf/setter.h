/* One option: text to slot. For table.c. */
#pragma once

#include <daybook/conf.h>

struct conf_env;
struct yaml_node;

struct setting {
	const struct conf_key *key;
	void *slot;
	const struct yaml_node *node;
	const char *path;
	const struct conf_env *env;
};

/* Replaces what the slot holds; on failure reports and leaves it. */
bool setter_apply(const struct setting *s);
/* The row's fallback; ERR_BUG when it is not a value of the row's type. */
bool setter_default(const struct conf_key *key, void *slot, struct err *err);
void setter_clear(const struct conf_key *key, void *slot);
