/* Mail that one of us left at a drop address to be recorded: by Bcc, then it is their mail to a customer; or by passing
 * a mail on to that address alone, then the mail that was passed on is meant. Whether who left it is one of us is not
 * known here: the pipeline decides whether it is believed. */
#include "base/json.h"
#include "mime/address.h"
#include "mime/mail_reading.h"
#include "mime/utf8.h"

enum { ADDRESSES = 200 };

/* "log+118@us.example" is "log@us.example", too. */
static bool is_address(struct str addr, struct str drop)
{
	size_t at = str_rchr(addr, '@'), plus = str_chr(addr, '+'), drop_at = str_rchr(drop, '@');

	if (str_ieq(addr, drop))
		return true;
	return at != STR_NONE && drop_at != STR_NONE && plus != STR_NONE && plus < at &&
	       str_ieq(str_sub(addr, 0, plus), str_sub(drop, 0, drop_at)) &&
	       str_ieq(str_sub(addr, at, addr.len), str_sub(drop, drop_at, drop.len));
}

static bool is_drop(const struct mail *m, struct str addr)
{
	for (size_t i = 0; i < m->opt.drop_addresses.n_items; i++)
		if (is_address(addr, str_from(m->opt.drop_addresses.items[i])))
			return true;
	return false;
}

static bool is_recipient(const struct party *p)
{
	return p->role == ROLE_TO || p->role == ROLE_CC || p->role == ROLE_BCC;
}

/* The headers of delivery agents: the only trace of a Bcc. */
static struct str find_delivered(struct mail *m)
{
	static const char *const names[] = { "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To" };

	for (size_t i = 0; i < m->head.n_fields; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			struct addresses list;

			if (!str_ieq(m->head.fields[i].name, str_from(names[k])))
				continue;
			list = address_parse(&m->dec, m->head.fields[i].value, 1);
			if (list.n_items > 0 && is_drop(m, list.items[0].addr))
				return list.items[0].addr;
		}
	return (struct str){ NULL, 0 };
}

/* Nobody's address: it is no participant. */
static struct str take_out(struct mail *m)
{
	struct str found = { NULL, 0 };
	size_t kept = 0;

	for (size_t i = 0; i < m->it.n_parties; i++) {
		const struct party *p = &m->it.parties[i];

		if (is_recipient(p) && p->n_ids > 0 && is_drop(m, p->ids[0].value))
			found = p->ids[0].value;
		else
			m->it.parties[kept++] = *p;
	}
	m->it.n_parties = kept;
	return found;
}

/* Who answers for it: the one address that stands in From, for which the servers vouched. Not an author found elsewhere, behind
 * a list or in Sender, and not one of several: anybody may write one of us there. Nobody: {NULL, 0}. */
static struct address find_by(struct mail *m)
{
	struct address by = { .addr = { NULL, 0 } };
	size_t n = 0;

	for (size_t i = 0; i < m->head.n_fields; i++) {
		struct addresses list;

		if (!str_ieq(m->head.fields[i].name, STR("From")))
			continue;
		list = address_parse_quietly(&m->dec, m->head.fields[i].value, 1);
		n += list.n_found;
		if (list.n_items > 0)
			by = list.items[0];
	}
	return n == 1 ? by : (struct address){ .addr = { NULL, 0 } };
}

void drop_read(struct mail *m)
{
	struct str delivered, named;
	struct address by;

	if (m->opt.drop_addresses.n_items == 0)
		return;
	delivered = find_delivered(m);
	named = take_out(m);
	if (delivered.len == 0 && named.len == 0)
		return;
	by = find_by(m);
	m->drop = (struct drop){
		.how = "copied", .address = named.len > 0 ? named : delivered,
		.by = by.addr, .by_name = utf8_cut(by.name, 256),
		.at_us = m->it.occurred_us, .message_id = m->it.external_id, .head = m->head,
	};
}

/* ---- what was passed on ---- */

static bool has_recipient(const struct mail *m)
{
	for (size_t i = 0; i < m->it.n_parties; i++)
		if (is_recipient(&m->it.parties[i]))
			return true;
	return false;
}

/* Of one that was not fetched with the mail there is a header alone. */
static bool is_attached_here(struct mail *m)
{
	struct left_out ignored;

	return !part_is_left_out(m, &m->tree.parts[m->forwarded.part], &ignored);
}

/* The whole mail is there: it is read as if it had come by itself, so that it is the same one wherever else it is. */
static void unwrap_attached(struct mail *m)
{
	struct str bytes = part_bytes(m, &m->tree.parts[m->forwarded.part], SIZE_MAX);
	struct raw raw = *m->raw;
	struct err ignored;
	struct mail inner;

	raw.body = bytes;
	if (str_eq(raw.content_type, STR(MAIL_SOME_PARTS)))
		raw.content_type = STR("message/rfc822");	/* marks in it are its sender's */
	raw.meta = (struct str){ NULL, 0 };
	if (!mail_read(&m->opt, &raw, m->dec.arena, &m->drop, &inner, &ignored))
		return;
	inner.raw = m->raw;
	inner.drop.how = "attached";
	*m = inner;
}

static void add_all(struct mail *m, enum role role, struct str field)
{
	struct addresses list = address_parse_quietly(&m->dec, field, ADDRESSES);

	for (size_t i = 0; i < list.n_items; i++) {
		struct party *p;

		if (list.items[i].addr.len == 0)
			continue;
		p = interaction_add_party(&m->it, m->dec.arena, role, utf8_cut(list.items[i].name, 256));
		party_add_identity(p, m->dec.arena, SCHEME_EMAIL, list.items[i].addr, (struct str){ NULL, 0 });
	}
}

/* Only what its forwarder's program wrote down of it is left. It keeps the key of the mail that brought it. */
static void unwrap_inline(struct mail *m)
{
	const struct forwarded *f = &m->forwarded;
	struct party *from;

	m->drop.how = "inline";
	m->it.parties = NULL;
	m->it.n_parties = 0;
	from = interaction_add_party(&m->it, m->dec.arena, ROLE_FROM, f->name);
	party_add_identity(from, m->dec.arena, SCHEME_EMAIL, f->address, (struct str){ NULL, 0 });
	add_all(m, ROLE_TO, f->to);
	if (m->it.text_full.len == 0)
		m->it.text_full = m->it.text;
	m->it.text = f->text.len > 0 ? f->text : m->it.text;
	m->it.subject = f->subject.len > 0 ? f->subject : m->it.subject;
	if (f->date_us != 0 && f->date_us < m->it.occurred_us)
		m->it.occurred_us = f->date_us;
}

void drop_unwrap(struct mail *m)
{
	if (m->drop.how == NULL || m->forwarded.how == NULL || m->forwarded.address.len == 0 || has_recipient(m))
		return;
	if (!str_eq(str_from(m->forwarded.how), STR("attached")))
		unwrap_inline(m);
	else if (is_attached_here(m))
		unwrap_attached(m);
}

void drop_write(struct mail *m, struct json_writer *w)
{
	const struct drop *d = &m->drop;

	if (d->how == NULL)
		return;
	json_name(w, "dropped");
	json_open(w, '{');
	json_member(w, "how", str_from(d->how));
	json_member(w, "address", d->address);
	json_member_or_null(w, "by", d->by);
	json_member_or_null(w, "name", d->by_name);
	json_member_int(w, "at_us", d->at_us);
	json_member_or_null(w, "message_id", d->message_id);
	authentication_write(m, &d->head, w);
	json_close(w, '}');
}
