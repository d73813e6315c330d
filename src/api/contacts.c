/* /contacts, /contacts/{id}, /contacts/{id}/timeline */
#include "api/call.h"
#include "api/cursor.h"
#include "api/filter.h"
#include "api/handlers.h"
#include "api/list.h"
#include "base/crypto.h"
#include "store/erase.h"

/* ---- contacts ---- */

static bool put_one(const struct view_contact *contact, void *arg)
{
	struct list *l = arg;

	if (list_is_full(l))
		return false;
	l->last = (struct cursor){ .at = contact->row.last_us, .id = contact->row.id,
				   .text = arena_str(l->c->arena, contact->row.name) };
	l->failed = !put_contact(l->c, &l->w, contact, false, l->err);
	return !l->failed;
}

static bool read_sort(struct call *c, struct view_contacts *q)
{
	struct str sort = param_str(c, "sort");

	if (sort.len == 0 || str_eq(sort, STR("-last_at")))
		return true;
	q->order = VIEW_BY_NAME;
	return str_eq(sort, STR("name")) || !problem_field(c, "sort", "unknown_value", "sort is -last_at or name");
}

static bool read_text(struct call *c, struct view_contacts *q)
{
	q->text = param_str(c, "query");
	q->company = param_str(c, "company");
	return q->text.len <= 256 || !problem_field(c, "query", "too_long", "query has 256 bytes at most");
}

/* A person is asked for by name; "me" is who asks. */
static bool read_owner(struct call *c, struct view_contacts *q)
{
	struct str owner = param_str(c, "owner");
	bool is_me = str_eq(owner, STR("me"));

	q->is_owned = owner.len > 0;
	if (is_me)
		q->owner = c->viewer.me;
	else if (!str_eq(owner, STR("nobody")))
		q->owner = owner;
	return !is_me || q->owner.len > 0 ||
	       !problem_field(c, "owner", "nobody_asks", "who asks is nobody of staff: name a person");
}

bool api_contacts(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	struct view_contacts q = { 0 };
	struct cursor from = { 0 };

	if (!param_limit(c, &l.limit) || !read_sort(c, &q) || !read_text(c, &q) || !read_owner(c, &q) ||
	    !param_cursor(c, &q.is_next, &from) ||
	    !params_end(c))
		return true;
	q.last_us = from.at;
	q.id = from.id;
	q.name = from.text;
	q.limit = l.limit + 1;
	list_begin(&l);
	return list_end(&l, view_each_contact(c->st, &c->viewer, &q, put_one, &l, err));
}

/* Which decisions it has behind it, for If-Match, and what it says, for If-None-Match: that saves the way, not the work. */
static void put_etag(struct call *c, const struct view_contact *contact)
{
	unsigned char md[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	struct str tag;

	crypto_sha256(buf_str(&c->reply.json), md);
	tag = arena_strf(c->arena, "\"v%lld.%.24s\"", (long long)contact->version, crypto_hex(md, sizeof(md), hex));
	call_header(c, "ETag", tag.ptr);
	call_header(c, "Cache-Control", "private, no-cache");
	if (str_find(c->if_none_match, tag) == STR_NONE)
		return;
	c->reply.status = 304;
	c->reply.type = NULL;
	buf_clear(&c->reply.json);
}

/* Its id is never given again, and tells nothing of who it was. */
static bool is_erased(struct call *c, struct err *err)
{
	int64_t id, erasure = 0;
	struct err why;

	if (err->kind != ERR_MISSING || !id_parse(c->parts[0], "con_", &id) ||
	    !store_find_erased_contact(c->st, id, &erasure, &why) || erasure == 0)
		return false;
	return problem(c, 410, "erased", "this contact was erased");
}

bool api_contact(struct call *c, struct err *err)
{
	struct view_contact contact;
	struct json_writer w;

	if (!params_end(c))
		return true;
	json_begin(&w, &c->reply.json);
	if (!seen_contact(c, c->parts[0], &contact, err) || !put_contact(c, &w, &contact, true, err))
		return is_erased(c, err);
	put_etag(c, &contact);
	return true;
}

/* ---- timeline ---- */

bool api_timeline(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	struct view_timeline q = { 0 };
	struct view_contact contact;
	struct cursor from = { 0 };

	if (!param_limit(c, &l.limit) || !filter_read(c, &q.filter) || !param_cursor(c, &q.is_next, &from) || !params_end(c))
		return true;
	if (!seen_contact(c, c->parts[0], &contact, err))
		return is_erased(c, err);
	q.contact = contact.row.id;
	q.occurred_us = from.at;
	q.id = from.id;
	q.limit = l.limit + 1;
	list_begin(&l);
	return list_end(&l, view_timeline(c->st, &c->viewer, &q, list_put_item, &l, err));
}
