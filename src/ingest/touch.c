#include "ingest/touch.h"

#include <daybook/arena.h>

#include "model/identity.h"
#include "model/parties_json.h"
#include "store/forget.h"
#include "store/merge.h"
#include "store/owner.h"

enum { SCRATCH = 1 << 20, SETTLE_ROOM = 16 << 20 };

/* What a customer did or we did to him; noise and receipts are kept, but are no contact. */
static bool is_contact(enum kind kind)
{
	switch (kind) {
	case KIND_STATUS:
	case KIND_AUTO_REPLY:
	case KIND_BULK:
	case KIND_BOUNCE:
	case KIND_RECEIPT:
	case KIND_IDENTITY:
	case KIND_NOTE:
		return false;
	default:
		return true;
	}
}

static enum name_rank rank_of(const struct interaction *it, const struct party *party)
{
	if (party->name.len == 0)
		return NAME_NONE;
	if (party->role != ROLE_FROM)
		return NAME_HANDLE;	/* what somebody else's address book calls him */
	return it->channel == CHANNEL_FORM ? NAME_GIVEN : NAME_PROFILE;
}

/* Noise is kept on the timeline but is no contact: it moves the first and the last time, and neither of the two
 * that the indicators read. */
static int64_t time_in(const struct interaction *it, enum direction direction)
{
	return is_contact(it->kind) && it->direction == direction ? it->occurred_us : 0;
}

/* Whoever writes to us may name anybody in To and Cc: that is no word of theirs. */
static int64_t time_of_word(const struct interaction *it, const struct party *party)
{
	return party->role == ROLE_FROM ? time_in(it, DIRECTION_IN) : 0;
}

struct contact_touch touch_of(const struct interaction *it, const struct party *party)
{
	/* A receipt says when it came, and a mail that is passed on when a colleague wrote: no news of the customer. */
	if (it->kind == KIND_STATUS || party->role == ROLE_ORIGINAL)
		return (struct contact_touch){ .name = party->name, .rank = rank_of(it, party) };
	return (struct contact_touch){
		.first_us = it->occurred_us, .last_us = it->occurred_us,
		.last_in_us = time_of_word(it, party), .last_out_us = time_in(it, DIRECTION_OUT),
		.name = party->name, .rank = rank_of(it, party), .named_us = it->occurred_us,
	};
}

/* ---- the past ---- */

struct past {
	const struct identity *who;
	size_t n_who;
	struct arena *arena;
	struct contact_touch *sum;
	struct err *err;
	bool ok;
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void add(struct past *p, const struct contact_touch *one)
{
	struct contact_touch *sum = p->sum;

	if (one->first_us == 0)
		return;
	sum->first_us = sum->first_us == 0 || one->first_us < sum->first_us ? one->first_us : sum->first_us;
	sum->last_us = later(sum->last_us, one->last_us);
	sum->last_in_us = later(sum->last_in_us, one->last_in_us);
	sum->last_out_us = later(sum->last_out_us, one->last_out_us);
	if (!store_is_better_name(one, sum))
		return;
	sum->name = arena_str(p->arena, one->name);
	sum->rank = one->rank;
	sum->named_us = one->named_us;
}

static bool is_meant(const struct past *p, const struct party *party)
{
	for (size_t i = 0; party->n_ids > 0 && i < p->n_who; i++)
		if (identity_eq(&party->ids[0], &p->who[i]))
			return true;
	return false;
}

static bool add_entry(const struct interaction_row *row, void *arg)
{
	struct past *p = arg;
	struct arena *scratch = arena_create(SCRATCH);
	struct interaction it = row->it;

	p->ok = parties_json_parse(row->parties, &it, scratch, p->err);
	for (size_t i = 0; p->ok && i < it.n_parties; i++) {
		const struct contact_touch one = touch_of(&it, &it.parties[i]);

		if (is_meant(p, &it.parties[i]))
			add(p, &one);
	}
	arena_destroy(scratch);
	return p->ok;
}

bool touch_of_the_past(struct store *st, int64_t identity, const struct identity *who, struct arena *arena,
		       struct contact_touch *sum, struct err *err)
{
	struct past p = { .who = who, .n_who = 1, .arena = arena, .sum = sum, .err = err, .ok = true };

	*sum = (struct contact_touch){ 0 };
	return store_each_unlinked(st, identity, add_entry, &p, err) && p.ok;
}

static bool is_named(const struct party *party, const struct identity *who)
{
	for (size_t i = 0; i < party->n_ids; i++)
		if (identity_eq(&party->ids[i], who))
			return true;
	return false;
}

/* An entry that a person put here tells when, and nothing of names: those are of the handle it came by. */
static bool add_part(const struct interaction_row *row, const struct part *part, void *arg)
{
	const struct party nameless = { .role = part->role };
	struct past *p = arg;
	struct arena *scratch = arena_create(SCRATCH);
	struct interaction it = row->it;

	p->ok = parties_json_parse(row->parties, &it, scratch, p->err);
	if (p->ok && part->is_moved) {
		const struct contact_touch one = touch_of(&it, &nameless);

		add(p, &one);
	}
	for (size_t i = 0; p->ok && !part->is_moved && i < it.n_parties; i++) {
		const struct contact_touch one = touch_of(&it, &it.parties[i]);

		if (it.parties[i].role == part->role && is_named(&it.parties[i], &part->who))
			add(p, &one);
	}
	arena_destroy(scratch);
	return p->ok;
}

static bool first_value(const struct identity_row *row, void *arg)
{
	struct past *p = arg;

	p->sum->name = arena_str(p->arena, row->identity.value);
	return false;
}

bool touch_of_contact(struct store *st, int64_t contact, struct arena *arena, struct contact_touch *sum, struct err *err)
{
	struct past p = { .arena = arena, .sum = sum, .err = err, .ok = true };
	struct contact_touch typed = { .rank = NAME_TYPED };

	*sum = (struct contact_touch){ 0 };
	if (!store_each_part(st, contact, add_part, &p, err) || !p.ok ||
	    !store_get_typed_name(st, contact, arena, &typed.name, &typed.named_us, err))
		return false;
	if (typed.name.len > 0) {
		sum->name = typed.name;
		sum->rank = typed.rank;
		sum->named_us = typed.named_us;
	}
	return sum->rank != NAME_NONE || store_each_identity(st, contact, first_value, &p, err);
}

bool touch_settle(struct store *st, int64_t contact, struct err *err)
{
	struct arena *arena = arena_create(SETTLE_ROOM);
	struct contact_touch sum;
	bool ok = touch_of_contact(st, contact, arena, &sum, err) && store_set_contact(st, contact, &sum, err) &&
		  store_settle_owner(st, contact, err);

	arena_destroy(arena);
	return ok;
}
