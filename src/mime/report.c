#include "mime/report.h"

#include "mime/charset.h"
#include "mime/msgid.h"
#include "mime/param.h"
#include "mime/utf8.h"
#include "mime/words.h"

enum { REPORT_BYTES = 64 << 10, GROUPS_MAX = 100, SHOWN_MAX = 400 };

/* A report's fields are headers behind headers; encoded ones are seen. */
static struct str decoded(struct decode *dec, const struct part *p)
{
	struct str text;
	struct buf b;

	if (p->transfer == TRANSFER_NONE)
		return str_sub(p->body, 0, REPORT_BYTES);
	buf_init(&b, REPORT_BYTES);
	transfer_decode(p->transfer, p->body, &b);
	text = arena_str(dec->arena, buf_str(&b));
	buf_finish(&b);
	return text;
}

static struct str shown(struct decode *dec, struct str value)
{
	return utf8_cut(words_decode(dec, value), SHOWN_MAX);
}

/* "rfc822; nobody@example.com" → "nobody@example.com" */
static struct str behind_type(struct decode *dec, struct str value)
{
	size_t at = str_chr(value, ';');

	return shown(dec, at == STR_NONE ? value : str_sub(value, at + 1, value.len));
}

/* 0: no action that the standard knows. */
static int rank(struct str action)
{
	static const char *const order[] = { "relayed", "expanded", "delivered", "delayed", "failed" };

	for (int i = 0; i < 5; i++)
		if (str_ieq(action, str_from(order[i])))
			return i + 1;
	return 0;
}

static bool is_listed(const struct report *r, struct str address)
{
	for (size_t i = 0; i < r->n_failed; i++)
		if (str_ieq(r->failed[i].address, address))
			return true;
	return false;
}

void report_add(struct report *r, const struct report_recipient *who)
{
	if (rank(who->action) > rank(r->worst.action))
		r->worst = *who;
	if (!str_ieq(who->action, STR("failed")) || is_listed(r, who->address))
		return;
	if (r->n_failed < REPORT_RECIPIENTS_MAX)
		r->failed[r->n_failed++] = *who;
	else
		r->n_unlisted++;
}

/* The one we wrote to, where the report knows it; it may have been forwarded to another. */
static struct str recipient_of(struct decode *dec, const struct head *group)
{
	struct str original = behind_type(dec, head_get(group, STR("Original-Recipient")));

	return str_chr(original, '@') != STR_NONE ? original : behind_type(dec, head_get(group, STR("Final-Recipient")));
}

static void read_recipient(struct decode *dec, const struct head *group, struct report *r)
{
	struct str action = param_value(head_get(group, STR("Action")), dec->arena);
	struct report_recipient found;

	if (action.len == 0 || rank(action) == 0)
		return;
	found = (struct report_recipient){
		.action = shown(dec, action),
		.status = shown(dec, head_get(group, STR("Status"))),
		.diagnostic = behind_type(dec, head_get(group, STR("Diagnostic-Code"))),
		.address = recipient_of(dec, group),
	};
	report_add(r, &found);
}

static void read_delivery(struct decode *dec, const struct part *p, struct report *r)
{
	struct str text = decoded(dec, p);
	struct head group;
	struct err ignored;

	r->is_delivery = true;
	for (int i = 0; i < GROUPS_MAX && tree_parse_head(dec, text, &group, &ignored); i++) {
		read_recipient(dec, &group, r);
		text = str_sub(text, group.body_at, text.len);
	}
}

static void read_receipt(struct decode *dec, const struct part *p, struct report *r)
{
	struct str value;
	struct head head;
	struct err ignored;
	size_t at;

	r->is_receipt = true;
	if (!tree_parse_head(dec, decoded(dec, p), &head, &ignored))
		return;
	r->about = msgid_first(dec, head_get(&head, STR("Original-Message-ID")));
	value = head_get(&head, STR("Disposition"));
	at = str_rchr(value, ';');
	r->disposition = shown(dec, at == STR_NONE ? value : str_sub(value, at + 1, value.len));
}

/* The mail that came back, or its headers. */
static void read_returned(struct decode *dec, const struct part *p, struct report *r)
{
	struct head head;
	struct err ignored;

	if (r->about.len == 0 && tree_parse_head(dec, decoded(dec, p), &head, &ignored))
		r->about = msgid_first(dec, head_get(&head, STR("Message-ID")));
}

static bool is_returned(const struct part *p)
{
	return str_eq(p->type, STR("message/rfc822")) || str_eq(p->type, STR("message/global")) ||
	       str_eq(p->type, STR("text/rfc822-headers"));
}

void report_read(struct decode *dec, const struct tree *tree, bool is_notice, struct report *out)
{
	bool is_report = is_notice || str_eq(tree->parts[0].type, STR("multipart/report"));

	*out = (struct report){ 0 };
	for (size_t i = 0; i < tree->n_parts; i++) {
		const struct part *p = &tree->parts[i];

		/* Forwarded reports are in a message/rfc822 and not looked into. */
		if (str_eq(p->type, STR("message/delivery-status")) ||
		    str_eq(p->type, STR("message/global-delivery-status")))
			read_delivery(dec, p, out);
		else if (str_eq(p->type, STR("message/disposition-notification")))
			read_receipt(dec, p, out);
		else if (str_eq(p->type, STR("message/feedback-report")))
			out->is_abuse = true;
		else if (is_report && is_returned(p))
			read_returned(dec, p, out);
	}
}
