#include "ingest/complete.h"

struct listed {
	struct interaction it;		/* attachments alone */
	struct arena *arena;
};

static bool is_left_out(const struct attachment *a)
{
	return a->state == ATTACHMENT_SKIPPED && a->remote_id.len > 0;
}

static bool take(size_t n, const struct attachment *a, void *arg)
{
	struct listed *listed = arg;
	struct attachment *copy = interaction_add_attachment(&listed->it, listed->arena);

	(void)n;
	if (copy == NULL)
		return false;
	*copy = (struct attachment){
		.name = arena_str(listed->arena, a->name), .media_type = arena_str(listed->arena, a->media_type),
		.state = a->state, .sha256 = arena_str(listed->arena, a->sha256),
		.remote_id = arena_str(listed->arena, a->remote_id),
	};
	return true;
}

static bool has_left_out(const struct interaction *it)
{
	for (size_t i = 0; i < it->n_attachments; i++)
		if (is_left_out(&it->attachments[i]))
			return true;
	return false;
}

/* The same list: names and types in their order, and the same bytes where both have them. Whoever repeats a mail with
 * another file under the name of one that was left out is not told from its sender: nor is who repeats it first. */
static bool is_same_list(const struct interaction *a, const struct interaction *b)
{
	if (a->n_attachments != b->n_attachments)
		return false;
	for (size_t i = 0; i < a->n_attachments; i++) {
		const struct attachment *x = &a->attachments[i], *y = &b->attachments[i];

		if (!str_eq(x->name, y->name) || !str_eq(x->media_type, y->media_type))
			return false;
		if (x->sha256.len > 0 && y->sha256.len > 0 && !str_eq(x->sha256, y->sha256))
			return false;
	}
	return true;
}

bool complete_attachments(struct store *st, int64_t existing, const struct interaction *it, struct arena *arena,
			  struct err *err)
{
	struct listed listed = { .arena = arena };

	if (it->channel != CHANNEL_EMAIL || it->n_attachments == 0)
		return true;
	if (!store_each_attachment(st, existing, take, &listed, err))
		return false;
	if (!has_left_out(&listed.it) || !is_same_list(&listed.it, it))
		return true;
	for (size_t i = 0; i < it->n_attachments; i++)
		if (is_left_out(&listed.it.attachments[i]) && it->attachments[i].state == ATTACHMENT_STORED &&
		    !store_complete_attachment(st, existing, i, &it->attachments[i], err))
			return false;
	return true;
}
