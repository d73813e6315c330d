#include "model/direction.h"

#include "model/own.h"

struct parties {
	const struct party *sender;	/* NULL: nobody named */
	size_t n_ours, n_foreign;	/* of those it went to */
};

void interaction_add_why(struct interaction *it, struct arena *arena, struct str reason)
{
	struct str joined = reason;

	if (it->why.len > 0)
		joined = arena_strf(arena, STR_FMT "; " STR_FMT, STR_ARG(it->why),
				    STR_ARG(reason));
	if (joined.len > 0)
		it->why = joined;
}

/* From decides who wrote; the agent (Sender, who typed it) speaks only where From is empty. */
const struct party *direction_sender(const struct interaction *it)
{
	const struct party *agent = NULL;

	for (size_t i = 0; i < it->n_parties; i++) {
		const struct party *p = &it->parties[i];

		if (p->n_ids == 0)
			continue;
		if (p->role == ROLE_FROM)
			return p;
		if (p->role == ROLE_AGENT && agent == NULL)
			agent = p;
	}
	return agent;
}

/* Whom a bounce or a receipt names beside its recipients did not get it: our mail is about them. */
static bool is_recipient(const struct interaction *it, const struct party *p)
{
	if (p->role == ROLE_ATTENDEE)
		return it->kind != KIND_BOUNCE && it->kind != KIND_RECEIPT;
	return p->role == ROLE_TO || p->role == ROLE_CC || p->role == ROLE_BCC;
}

static struct parties look(const struct interaction *it, const struct own *own)
{
	struct parties found = { .sender = direction_sender(it) };

	for (size_t i = 0; i < it->n_parties; i++) {
		const struct party *p = &it->parties[i];

		if (p->n_ids == 0 || !is_recipient(it, p))
			continue;
		if (own_party(own, p).kind != OWN_NONE)
			found.n_ours++;
		else
			found.n_foreign++;
	}
	return found;
}

static enum direction decide_unnamed(enum folder_hint hint, const char **why)
{
	if (hint == FOLDER_SENT) {
		*why = "no sender is named; it lay in a Sent folder";
		return DIRECTION_OUT;
	}
	*why = hint == FOLDER_INBOX ? "no sender is named; it lay in an incoming folder"
				    : "no sender is named; taken as incoming";
	return DIRECTION_IN;
}

static enum direction decide_ours(const struct parties *p, enum folder_hint hint,
				  const char **why)
{
	if (p->n_foreign > 0) {
		*why = hint == FOLDER_INBOX
			       ? "the sender is ours, a recipient is not (although it lay in an "
				 "incoming folder: our own copy, or somebody uses our address)"
			       : "the sender is ours, a recipient is not";
		return DIRECTION_OUT;
	}
	if (p->n_ours > 0) {
		*why = "the sender and all recipients are ours";
		return DIRECTION_INTERNAL;
	}
	if (hint == FOLDER_INBOX) {
		*why = "the sender is ours, no recipient is named, and it came to us";
		return DIRECTION_INTERNAL;
	}
	*why = "the sender is ours, no recipient is named";
	return DIRECTION_OUT;
}

/* A foreign From in our Sent folder is either an alias nobody told us of or a stray copy: when none
 * of the recipients is us, we cannot have received it. */
static enum direction decide_foreign(const struct parties *p, enum folder_hint hint,
				     const char **why)
{
	if (hint == FOLDER_SENT && p->n_ours == 0 && p->n_foreign > 0) {
		*why = "it lay in a Sent folder and no recipient is ours, although the sender is "
		       "not known as ours (an alias missing in organization.addresses?)";
		return DIRECTION_OUT;
	}
	*why = hint == FOLDER_SENT
		       ? "the sender is not ours (although it lay in a Sent folder: an alias missing "
			 "in organization.addresses?)"
		       : "the sender is not ours";
	return DIRECTION_IN;
}

void direction_decide(struct interaction *it, const struct own *own, enum folder_hint hint,
		      struct arena *arena)
{
	struct parties found;
	const char *why;

	if (it->direction != DIRECTION_NONE)
		return;
	found = look(it, own);
	if (found.sender == NULL)
		it->direction = decide_unnamed(hint, &why);
	else if (own_party(own, found.sender).kind != OWN_NONE)
		it->direction = decide_ours(&found, hint, &why);
	else
		it->direction = decide_foreign(&found, hint, &why);
	interaction_add_why(it, arena, str_from(why));
}
