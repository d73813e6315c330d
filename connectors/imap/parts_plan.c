/* Which pieces of a mail are asked for. What the parser reads (texts, calendars, reports, winmail.dat) is always one of
 * them; the rest is policy. */
#include "imap/parts.h"

#include <string.h>

#include "base/mem.h"

enum {
	NAMED_TEXT = 64 << 10,		/* a text with a name may be the mail's text, and is cheap up to here */
	ODD_NAME = 512 << 10,		/* what may be a calendar, whose name we cannot read */
	LEAST_GAIN = 8,			/* one part in so many of the mail must be spared, or it is not worth it */
};

static bool is_type(const struct node *node, const char *type)
{
	return strcmp(node->type, type) == 0;
}

static bool is_message(const struct node *node)
{
	return is_type(node, "message/rfc822") || is_type(node, "message/global");
}

static bool is_identity(const struct node *node)
{
	return node->encoding[0] == '\0' || strcmp(node->encoding, "7bit") == 0 || strcmp(node->encoding, "8bit") == 0 ||
	       strcmp(node->encoding, "binary") == 0;
}

/* Text that people may read as the mail itself. */
static bool is_readable(const struct node *node)
{
	return !node->is_multipart && strcmp(node->disposition, "attachment") != 0 &&
	       (is_type(node, "text/plain") || is_type(node, "text/html"));
}

/* Made for programs, ours among them. */
static bool is_for_programs(const struct node *node)
{
	static const char *const types[] = {
		"text/calendar", "application/ics", "text/rfc822-headers", "text/x-amp-html",
		"message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
		"message/feedback-report", "application/ms-tnef", "application/vnd.ms-tnef",
	};

	for (size_t i = 0; i < countof(types); i++)
		if (is_type(node, types[i]))
			return true;
	if (!is_type(node, "application/octet-stream"))
		return false;
	return strstr(node->names, ".ics") != NULL || strstr(node->names, "winmail.dat") != NULL ||
	       (node->has_odd_name && node->octets <= ODD_NAME);
}

static bool has_plain_text(const struct structure *s)
{
	for (size_t i = 0; i < s->n_nodes; i++)
		if (is_readable(&s->nodes[i]) && is_type(&s->nodes[i], "text/plain") && !s->nodes[i].has_name &&
		    s->nodes[i].octets > 0)
			return true;
	return false;
}

static bool is_always_taken(const struct structure *s, const struct node *node, const struct parts_policy *policy)
{
	if (is_for_programs(node) || node->octets == 0 || (policy->wants_messages && is_message(node)))
		return true;
	return is_readable(node) && (!node->has_name || node->octets <= NAMED_TEXT || !has_plain_text(s));
}

static enum left_out judge(const struct node *node, const struct parts_policy *policy, int64_t room)
{
	if (policy->attachments == ATTACHMENTS_NONE)
		return LEFT_UNWANTED;
	if (policy->attachments == ATTACHMENTS_SMALL && structure_decoded_size(node) > policy->max_attachment)
		return LEFT_LARGE;
	return node->octets > room ? LEFT_NO_ROOM : LEFT_NOTHING;
}

static void add_piece(struct parts_plan *plan, size_t node, enum piece_kind kind)
{
	plan->pieces = xrealloc(plan->pieces, plan->n_pieces + 1, sizeof(*plan->pieces));
	plan->pieces[plan->n_pieces++] = (struct piece){ .node = node, .kind = kind };
}

static bool is_sound(const struct structure *s, struct err *err)
{
	if (s->is_unusable || s->n_nodes == 0)
		return err_setf(err, ERR_INPUT, "it has too many parts, or they are nested too deep");
	for (size_t i = 0; i < s->n_nodes; i++) {
		const struct node *node = &s->nodes[i];

		if (is_type(node, "multipart/digest"))
			return err_setf(err, ERR_INPUT, "it is a digest");
		if (node->is_multipart && (node->boundary == NULL || (i + 1 == s->n_nodes || s->nodes[i + 1].parent != i)))
			return err_setf(err, ERR_INPUT, "a multipart has no parts, or no boundary");
		if (!node->is_multipart && strncmp(node->type, "multipart/", 10) == 0)
			return err_setf(err, ERR_INPUT, "a multipart has no parts");
	}
	return true;
}

/* What is taken in any case; the room that is left for the rest. */
static bool take_needed(const struct structure *s, const struct parts_policy *policy, int64_t *room, struct err *err)
{
	for (size_t i = 0; i < s->n_nodes; i++)
		if (!s->nodes[i].is_multipart && is_always_taken(s, &s->nodes[i], policy))
			*room -= s->nodes[i].octets;
	return *room >= 0 || err_setf(err, ERR_LIMIT, "its text alone is too large");
}

static bool plan_leaf(const struct structure *s, size_t i, const struct parts_policy *policy, int64_t *room,
		      struct parts_plan *plan, struct err *err)
{
	const struct node *node = &s->nodes[i];

	if (!is_always_taken(s, node, policy)) {
		plan->left_out[i] = judge(node, policy, *room);
		if (plan->left_out[i] == LEFT_NOTHING)
			*room -= node->octets;
	}
	if (plan->left_out[i] == LEFT_NOTHING) {
		plan->bytes += node->octets;
		if (node->octets > 0)
			add_piece(plan, i, PIECE_BODY);
		return true;
	}
	plan->spared += node->octets;
	plan->has_left_text |= is_readable(node);
	if (!is_message(node))
		return true;
	/* Its name may be its subject, and a report tells of it. */
	if (!is_identity(node) || i == 0)
		return err_setf(err, ERR_INPUT, "a message in it is encoded");
	add_piece(plan, i, PIECE_HEADER);
	return true;
}

static bool plan_all(const struct structure *s, const struct parts_policy *policy, struct parts_plan *plan,
		     struct err *err)
{
	int64_t room = policy->max_message;

	if (!is_sound(s, err) || !take_needed(s, policy, &room, err))
		return false;
	plan->left_out = xcalloc(s->n_nodes, sizeof(*plan->left_out));
	for (size_t i = 0; i < s->n_nodes; i++) {
		if (i > 0)
			add_piece(plan, i, PIECE_MIME);
		if (!s->nodes[i].is_multipart && !plan_leaf(s, i, policy, &room, plan, err))
			return false;
	}
	return true;
}

bool parts_plan(const struct structure *s, const struct parts_policy *policy, int64_t size, struct parts_plan *plan,
		struct err *err)
{
	*plan = (struct parts_plan){ 0 };
	if (plan_all(s, policy, plan, err) &&
	    ((plan->spared > 0 && (plan->spared >= size / LEAST_GAIN || size > policy->max_message)) ||
	     err_setf(err, ERR_INPUT, "next to nothing would be spared")))
		return true;
	parts_plan_finish(plan);
	return false;
}

void parts_plan_finish(struct parts_plan *plan)
{
	free(plan->pieces);
	free(plan->left_out);
	*plan = (struct parts_plan){ 0 };
}
