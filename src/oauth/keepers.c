#include "oauth/keepers.h"

#include <string.h>

#include "base/mem.h"
#include "oauth/vault.h"

struct held {
	char *name;
	struct keeper *keeper;
	unsigned n_holders;
	struct held *next;
};

struct keepers {
	struct vault *vault;
	post_fn *post;
	struct held *first;
};

struct keepers *keepers_create(struct vault *vault, post_fn *post)
{
	struct keepers *all = xnew(struct keepers);

	all->vault = vault_ref(vault);
	all->post = post;
	return all;
}

void keepers_destroy(struct keepers *all)
{
	if (all == NULL)
		return;
	vault_unref(all->vault);
	free(all);
}

struct keeper *keepers_take(struct keepers *all, const char *name)
{
	struct held *held = all->first;

	while (held != NULL && strcmp(held->name, name) != 0)
		held = held->next;
	if (held == NULL) {
		held = xnew(struct held);
		held->name = xstrdup(name);
		held->keeper = keeper_create(name, all->vault, all->post);
		held->next = all->first;
		all->first = held;
	}
	held->n_holders++;
	return held->keeper;
}

void keepers_release(struct keepers *all, struct keeper *k)
{
	for (struct held **at = &all->first, *held; k != NULL && (held = *at) != NULL; at = &held->next) {
		if (held->keeper != k)
			continue;
		if (--held->n_holders > 0)
			return;
		*at = held->next;
		keeper_destroy(held->keeper);
		free(held->name);
		free(held);
		return;
	}
}
