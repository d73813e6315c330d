/* Whom a mail names: its author, who sent it for them, its recipients, and who redirected it. */
#include "base/json.h"
#include "mime/address.h"
#include "mime/mail_reading.h"
#include "mime/utf8.h"

enum { NAME_MAX_BYTES = 256 };

static void add_party(struct mail *m, enum role role, const struct address *a)
{
	struct party *party = interaction_add_party(&m->it, m->dec.arena, role,
						    utf8_cut(a->name, NAME_MAX_BYTES));

	if (party != NULL && a->addr.len > 0)
		party_add_identity(party, m->dec.arena, SCHEME_EMAIL, a->addr,
				   (struct str){ NULL, 0 });
}

static struct addresses read_list(struct mail *m, struct str name)
{
	struct addresses list = address_parse(&m->dec, head_get(&m->head, name), m->opt.max_addresses);

	if (list.n_found > m->opt.max_addresses)
		decode_warn(&m->dec, "%.*s has %zu addresses, the first %zu are listed",
			    (int)name.len, name.ptr, list.n_found, m->opt.max_addresses);
	return list;
}

static void add_list(struct mail *m, enum role role, struct str name, const struct addresses *list)
{
	for (size_t i = 0; i < list->n_items; i++) {
		if (list->items[i].addr.len == 0)
			decode_warn(&m->dec, "%.*s has a name without an address: \"" STR_FMT "\"",
				    (int)name.len, name.ptr,
				    STR_ARG(utf8_cut(list->items[i].name, 60)));
		add_party(m, role, &list->items[i]);
	}
}

static void add_parties(struct mail *m, enum role role, struct str name)
{
	struct addresses list = read_list(m, name);

	add_list(m, role, name, &list);
}

static bool has_party(const struct mail *m, struct str addr)
{
	for (size_t i = 0; i < m->it.n_parties; i++)
		if (m->it.parties[i].n_ids > 0 && str_ieq(m->it.parties[i].ids[0].value, addr))
			return true;
	return false;
}

/* ---- who wrote it ---- */

/* The address of "<mailto:steel@lists.example>". */
static bool is_posted_to(struct mail *m, struct str addr)
{
	return addr.len > 0 && str_ifind(mail_header(m, STR("List-Post")), addr) != STR_NONE;
}

/* A list that must not send under the author's domain writes its own address ("Ana via Steel") and says elsewhere
 * who it was: Google in X-Original-From, Mailman in Reply-To. */
static const struct address *behind_list(struct mail *m, const struct address *from, struct addresses *list, const char **where)
{
	if ((str_ifind(from->name, STR(" via ")) == STR_NONE && !is_posted_to(m, from->addr)) ||
	    (!head_has(&m->head, STR("List-Id")) && !head_has(&m->head, STR("List-Post"))))
		return NULL;
	*where = head_has(&m->head, STR("X-Original-From")) ? "X-Original-From" : "Reply-To";
	*list = read_list(m, str_from(*where));
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].addr.len > 0 && !str_ieq(list->items[i].addr, from->addr) &&
		    !is_posted_to(m, list->items[i].addr))
			return &list->items[i];
	return NULL;
}

static void add_from(struct mail *m, const struct addresses *from)
{
	const struct address *author;
	struct addresses list;
	const char *where;

	author = from->n_items == 1 ? behind_list(m, &from->items[0], &list, &where) : NULL;
	if (author == NULL) {
		add_list(m, ROLE_FROM, STR("From"), from);
		return;
	}
	add_party(m, ROLE_FROM, author);
	add_party(m, ROLE_AGENT, &from->items[0]);
	m->author_in = where;
	m->written_from = from->items[0].addr;
	m->author_why = arena_strf(m->dec.arena, "the author is that of %s, the list " STR_FMT " wrote itself into From",
				   where, STR_ARG(from->items[0].addr));
}

/* In all headers of that name: which of two a server looked at nobody knows. */
static size_t count_from(struct mail *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->head.n_fields; i++) {
		struct addresses list;

		if (!str_ieq(m->head.fields[i].name, STR("From")))
			continue;
		list = address_parse_quietly(&m->dec, m->head.fields[i].value, m->opt.max_addresses);
		for (size_t k = 0; k < list.n_items; k++)
			n += list.items[k].addr.len > 0;
	}
	return n;
}

/* From wrote it; a Sender that is somebody else sent it for them. */
static void read_authors(struct mail *m)
{
	struct addresses from = read_list(m, STR("From")), sender;
	size_t n_from = count_from(m);

	if (n_from > 1)
		m->author_in = "a From of several";
	else if (n_from == 0 && head_has(&m->head, STR("Sender")))
		m->author_in = "Sender";
	add_from(m, &from);
	sender = read_list(m, STR("Sender"));
	if (m->it.n_parties == 0) {
		decode_warn(&m->dec, sender.n_items > 0 ? "no From, the Sender is taken for it" :
							  "no From");
		for (size_t i = 0; i < sender.n_items; i++)
			add_party(m, ROLE_FROM, &sender.items[i]);
		return;
	}
	for (size_t i = 0; i < sender.n_items; i++)
		if (sender.items[i].addr.len > 0 && !has_party(m, sender.items[i].addr))
			add_party(m, ROLE_AGENT, &sender.items[i]);
}

/* ---- redirected mail ---- */

static void add_new_parties(struct mail *m, enum role role, struct str name)
{
	struct addresses list = read_list(m, name);

	for (size_t i = 0; i < list.n_items; i++)
		if (list.items[i].addr.len > 0 && !has_party(m, list.items[i].addr))
			add_party(m, role, &list.items[i]);
}

/* Somebody passed it on as it was: the author stays, whom it went to then took part as well. */
static void read_resent(struct mail *m)
{
	add_new_parties(m, ROLE_AGENT, STR("Resent-From"));
	add_new_parties(m, ROLE_TO, STR("Resent-To"));
	add_new_parties(m, ROLE_CC, STR("Resent-Cc"));
}

void authors_read(struct mail *m)
{
	read_authors(m);
	add_parties(m, ROLE_TO, STR("To"));
	add_parties(m, ROLE_CC, STR("Cc"));
	add_parties(m, ROLE_BCC, STR("Bcc"));
	read_resent(m);
}

/* A server that vouches for a sender, or speaks against one, means the one address in From. */
void authors_write(struct mail *m, struct json_writer *w)
{
	if (m->author_in == NULL)
		return;
	json_name(w, "author");
	json_open(w, '{');
	json_member(w, "named_in", str_from(m->author_in));
	if (m->written_from.len > 0)
		json_member(w, "written_from", m->written_from);
	json_close(w, '}');
}
