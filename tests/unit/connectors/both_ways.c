#include "both_ways.h"

#include <stdio.h>
#include <string.h>

#include "../mime/dump.h"
#include "base/mem.h"
#include "mail_cutter.h"
#include "mime/mail.h"

/* Sun Nov 22 2026 12:00:00 UTC */
static const int64_t received_us = INT64_C(1795348800000000);

struct reading {
	struct interactions list;
	struct buf dump;
	struct err err;
	bool is_good;
};

static void read_mail(struct str mail, struct str type, struct reading *r)
{
	const struct raw raw = { .body = mail, .content_type = type, .received_us = received_us };
	struct interaction bare;

	*r = (struct reading){ .list = { .arena = arena_create(256 << 20), .max_items = 1 } };
	buf_init(&r->dump, 64 << 20);
	r->is_good = mail_normalize(NULL, &raw, &r->list, &r->err);
	if (!r->is_good) {
		buf_addf(&r->dump, "%s", r->err.msg);
		return;
	}
	bare = r->list.items[0];
	bare.n_attachments = 0;
	dump_interaction(&bare, &r->dump);
	buf_addf(&r->dump, "\n" STR_FMT "\n%lld", STR_ARG(bare.discriminator), (long long)bare.key_us);
}

static void reading_finish(struct reading *r)
{
	buf_finish(&r->dump);
	arena_destroy(r->list.arena);
}

static bool differ(struct both_ways *out, const char *what, struct str a, struct str b)
{
	size_t same = 0, from;

	if (str_eq(a, b))
		return false;
	while (same < a.len && same < b.len && a.ptr[same] == b.ptr[same])
		same++;
	from = same > 40 ? same - 40 : 0;
	out->is_different = true;
	a = str_sub(a, from, 300);
	b = str_sub(b, from, 300);
	snprintf(out->difference, sizeof(out->difference), "%s\n  whole: " STR_FMT "\n  parts: " STR_FMT, what, STR_ARG(a),
		 STR_ARG(b));
	return true;
}

static void compare_attachment(const struct attachment *whole, const struct attachment *part, struct both_ways *out)
{
	bool is_left_out = part->remote_id.len > 0;

	if (differ(out, "name", whole->name, part->name) || differ(out, "type", whole->media_type, part->media_type) ||
	    differ(out, "content id", whole->content_id, part->content_id))
		return;
	out->n_left_out += is_left_out;
	if (!is_left_out && !differ(out, "reason", whole->reason, part->reason))
		differ(out, "bytes", whole->body, part->body);
	else if (is_left_out && (part->state != ATTACHMENT_SKIPPED || part->reason.len == 0))
		differ(out, "state", STR("skipped for a reason"), STR("not"));
}

static void compare(struct str whole, struct str parts, struct both_ways *out)
{
	struct reading a, b;

	read_mail(whole, STR("message/rfc822"), &a);
	read_mail(parts, STR(MAIL_SOME_PARTS), &b);
	if (!differ(out, "interaction", buf_str(&a.dump), buf_str(&b.dump)) && a.is_good) {
		const struct interaction *x = &a.list.items[0], *y = &b.list.items[0];

		if (x->n_attachments != y->n_attachments)
			differ(out, "number of attachments", STR("one"), STR("another"));
		for (size_t i = 0; !out->is_different && i < x->n_attachments; i++)
			compare_attachment(&x->attachments[i], &y->attachments[i], out);
	}
	reading_finish(&a);
	reading_finish(&b);
}

void read_both_ways(struct str mail, struct both_ways *out)
{
	const struct parts_policy policy = { .attachments = ATTACHMENTS_NONE, .max_message = 50 << 20 };
	struct cut *cut = xnew(struct cut);
	struct parts_plan plan = { 0 };
	struct err err = { 0 };
	struct buf raw;

	*out = (struct both_ways){ 0 };
	buf_init(&raw, 64 << 20);
	cut_mail(mail, cut);
	/* As if it were small: whatever can be spared is. */
	out->is_refused = !parts_plan(&cut->structure, &policy, 0, &plan, &err);
	for (size_t i = 0; i < plan.n_pieces; i++) {
		plan.pieces[i].bytes = cut_piece(cut, &plan.pieces[i]);
		plan.pieces[i].is_here = true;
	}
	out->is_refused = out->is_refused || !parts_assemble(&cut->structure, &plan, &policy, cut->nodes[0].header,
							      (int64_t)mail.len, &raw, &err);
	snprintf(out->why, sizeof(out->why), "%s", err.msg);
	out->n_bytes = raw.len;
	if (!out->is_refused)
		compare(mail, buf_str(&raw), out);
	parts_plan_finish(&plan);
	cut_finish(cut);
	free(cut);
	buf_finish(&raw);
}
