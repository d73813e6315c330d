/* One keeper a name, however many hold it: a connector that a reload drops and another brings back must not renew one
 * token twice, or the provider takes the second for a theft. One thread; the keepers themselves are anybody's. */
#pragma once

#include "oauth/keeper.h"

struct keepers;

struct keepers *keepers_create(struct vault *vault, post_fn *post);	/* takes a reference on the vault */
void keepers_destroy(struct keepers *all);		/* all of them must have been released; NULL is fine */

struct keeper *keepers_take(struct keepers *all, const char *name);
void keepers_release(struct keepers *all, struct keeper *k);	/* nobody of this holder is in it; NULL is fine */
