/* Everybody who sees the same is one pair of eyes, for which the log is read once. */
#include <stdlib.h>

#include "api/streams_inside.h"
#include "base/mem.h"

enum { MAX_EYES = 1 << 20 };

bool eyes_are(const struct eyes *e, const struct powers *powers, const struct viewer *v)
{
	return e->powers.rights == powers->rights && e->viewer.sees == v->sees && str_eq(e->viewer.me, v->me) &&
	       str_eq(e->viewer.team, v->team);
}

struct eyes *eyes_ref(struct streams *s, const struct powers *powers, const struct viewer *v)
{
	struct eyes *e;

	LIST_FOREACH(e, &s->eyes, all) {
		if (!eyes_are(e, powers, v))
			continue;
		e->n_users++;
		return e;
	}
	e = xnew(struct eyes);
	e->n_users = 1;
	e->arena = arena_create(MAX_EYES);
	e->powers = *powers;
	e->viewer = (struct viewer){ v->sees, arena_str(e->arena, v->me), arena_str(e->arena, v->team) };
	LIST_INSERT_HEAD(&s->eyes, e, all);
	return e;
}

void eyes_unref(struct eyes *e)
{
	if (--e->n_users > 0)
		return;
	LIST_REMOVE(e, all);
	arena_destroy(e->arena);
	free(e);
}
