/* Which mail does this one pass on, and whose was it? */
#include "mime/forwarded.h"

#include "mime/address.h"
#include "mime/date.h"
#include "mime/mail_reading.h"
#include "mime/msgid.h"
#include "mime/quote.h"
#include "mime/utf8.h"
#include "mime/words.h"

enum { SHOWN_MAX = 500 };

/* Several are a collection, of which none is the one that is meant. */
static const struct part *find_attached(struct mail *m)
{
	const struct part *found = NULL;

	if (m->report.is_delivery || m->report.is_receipt || m->report.is_abuse || m->it.kind == KIND_BOUNCE)
		return NULL;
	for (size_t i = 1; i < m->tree.n_parts; i++) {
		const struct part *p = &m->tree.parts[i];

		if (!str_eq(p->type, STR("message/rfc822")) && !str_eq(p->type, STR("message/global")))
			continue;
		if (found != NULL)
			return NULL;
		found = p;
	}
	return found;
}

/* What is wrong with that mail, or is UTF-8 because the text is, is not wrong with this one. */
static void set_author(struct mail *m, struct str field, struct forwarded *f)
{
	struct addresses list = address_parse_quietly(&m->dec, field, 1);

	if (list.n_items == 0)
		return;
	f->address = list.items[0].addr;
	f->name = utf8_cut(list.items[0].name, SHOWN_MAX);
}

static bool read_attached(struct mail *m, struct forwarded *f)
{
	const struct part *p = find_attached(m);
	struct str bytes = p != NULL ? part_bytes(m, p, 1 << 20) : (struct str){ NULL, 0 };
	struct err ignored;
	struct head head;

	if (p == NULL || !tree_parse_head(&m->dec, bytes, &head, &ignored))
		return false;
	f->how = "attached";
	f->part = (size_t)(p - m->tree.parts);
	set_author(m, head_get(&head, STR("From")), f);
	f->date = utf8_cut(field_unfold(head_get(&head, STR("Date")), m->dec.arena), SHOWN_MAX);
	date_parse(f->date, &f->date_us);
	f->subject = utf8_cut(words_decode(&m->dec, head_get(&head, STR("Subject"))), SHOWN_MAX);
	f->to = field_unfold(head_get(&head, STR("To")), m->dec.arena);
	f->message_id = msgid_first(&m->dec, field_unfold(head_get(&head, STR("Message-ID")), m->dec.arena));
	/* Bytes that say nothing of themselves are no mail. */
	if (f->address.len + f->date.len + f->subject.len + f->message_id.len > 0)
		return true;
	*f = (struct forwarded){ 0 };
	return false;
}

/* "Ana Souza [mailto:ana@x.example]" is Outlook's way in plain text; "Ana <ana@x.example<mailto:…>>" that of a page. */
static struct str plain_author(struct mail *m, struct str from)
{
	size_t open = str_ifind(from, STR("[mailto:")), close = str_chr(from, ']'), again = str_ifind(from, STR("<mailto:"));

	if (open != STR_NONE && close != STR_NONE && close > open)
		return arena_strf(m->dec.arena, STR_FMT "<" STR_FMT ">", STR_ARG(str_sub(from, 0, open)),
				  STR_ARG(str_sub(from, open + 8, close - open - 8)));
	if (again != STR_NONE && again > 0)
		return arena_strf(m->dec.arena, STR_FMT ">", STR_ARG(str_sub(from, 0, again)));
	return from;
}

static bool read_inline(struct mail *m, struct forwarded *f)
{
	struct str text = m->it.text_full.len > 0 ? m->it.text_full : m->it.text;
	struct forwarded_block b;

	if (m->it.kind != KIND_MESSAGE || !forwarded_find(text, quote_is_forward(m->it.subject, text), &b))
		return false;
	f->how = "inline";
	set_author(m, plain_author(m, b.from), f);
	f->date = utf8_cut(b.date, SHOWN_MAX);
	date_parse(f->date, &f->date_us);
	f->subject = utf8_cut(b.subject, SHOWN_MAX);
	f->to = b.to;
	f->text = b.text;
	return true;
}

void forwarded_read(struct mail *m)
{
	struct forwarded f = { 0 };

	if (read_attached(m, &f) || read_inline(m, &f))
		m->forwarded = f;
}

void forwarded_write(struct mail *m, struct json_writer *w)
{
	const struct forwarded *f = &m->forwarded;

	if (f->how == NULL)
		return;
	json_name(w, "forwarded");
	json_open(w, '{');
	json_member(w, "how", str_from(f->how));
	json_member_or_null(w, "from", f->address);
	json_member_or_null(w, "name", f->name);
	json_member_or_null(w, "date", f->date);
	json_member_or_null(w, "subject", f->subject);
	json_member_or_null(w, "message_id", f->message_id);
	json_close(w, '}');
}
