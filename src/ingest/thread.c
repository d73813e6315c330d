#include "ingest/thread.h"

#include "base/json.h"
#include "base/mem.h"
#include "ingest/intake.h"
#include "model/company.h"
#include "model/own.h"
#include "store/store.h"

enum { DETAILS_DEPTH = 16, DETAILS_NODES = 20000 };

static bool has_ancestor(const struct mail_links *links, struct str id)
{
	for (size_t i = 0; i < links->n_ancestors; i++)
		if (str_eq(links->ancestors[i], id))
			return true;
	return false;
}

static void add_ancestor(struct mail_links *links, struct str id)
{
	if (id.len > 0 && links->n_ancestors < MAIL_ANCESTORS_MAX && !str_eq(id, links->id) && !has_ancestor(links, id))
		links->ancestors[links->n_ancestors++] = id;
}

/* The oldest, which names the thread, and the nearest; In-Reply-To is behind them where a program cut the list. */
static void read_ancestors(struct json_object *details, struct mail_links *links)
{
	struct json_object *references = json_get(details, "references");
	size_t n = json_count(references), room = MAIL_ANCESTORS_MAX - 1;

	if (n > 0)
		add_ancestor(links, json_text(json_at(references, 0)));
	for (size_t i = n > room ? n - room + 1 : 1; i < n; i++)
		add_ancestor(links, json_text(json_at(references, i)));
	add_ancestor(links, json_str(details, "in_reply_to"));
}

/* Who is on the other side: their company, else the address; two companies never share a conversation by this. */
static struct str other_side(const struct interaction *it, const struct own *own)
{
	for (size_t i = 0; i < it->n_parties; i++) {
		const struct party *p = &it->parties[i];
		struct str company;

		if (p->n_ids == 0 || p->ids[0].scheme != SCHEME_EMAIL || p->role == ROLE_ORIGINAL ||
		    own_party(own, p).kind != OWN_NONE)
			continue;
		company = company_domain(p->ids[0].value, own);
		return company.len > 0 ? company : p->ids[0].value;
	}
	return STR("us");
}

/* Gmail's conversation within one account, else Outlook's with one company. */
static struct str group_of(struct intake *in, const struct interaction *it, struct json_object *details)
{
	struct str gmail = raw_meta(&in->raw, STR("gm_thrid")), outlook = json_str(details, "thread_index");

	if (gmail.len > 0)
		return arena_strf(in->arena, "gmail/" STR_FMT "/" STR_FMT, STR_ARG(in->source->name), STR_ARG(gmail));
	if (outlook.len > 0)
		return arena_strf(in->arena, "outlook/" STR_FMT "/" STR_FMT, STR_ARG(other_side(it, in->source->rules->own)),
				  STR_ARG(outlook));
	return (struct str){ NULL, 0 };
}

/* They point into details. */
static void read_links(struct intake *in, const struct interaction *it, struct json_object *details, struct mail_links *links)
{
	*links = (struct mail_links){ .id = it->external_id, .at_us = it->key_us };
	read_ancestors(details, links);
	links->aliases[0] = json_str(details, "original_message_id");
	links->aliases[1] = json_str(details, "google_original_message_id");
	links->group = group_of(in, it, details);
}

static struct json_object *parse_details(const struct interaction *it)
{
	struct err ignored;

	return it->details.len > 0 ? json_parse(it->details, DETAILS_DEPTH, DETAILS_NODES, &ignored) : NULL;
}

void thread_links(struct intake *in, const struct interaction *it, struct mail_links *links)
{
	auto_json struct json_object *details = parse_details(it);

	read_links(in, it, details, links);
	for (size_t i = 0; i < links->n_ancestors; i++)
		links->ancestors[i] = arena_str(in->arena, links->ancestors[i]);
	for (size_t i = 0; i < countof(links->aliases); i++)
		links->aliases[i] = arena_str(in->arena, links->aliases[i]);
}

bool thread_find(struct intake *in, struct store *st, struct interaction *it, struct err *err)
{
	auto_json struct json_object *details = NULL;
	struct mail_links links;

	if (it->channel != CHANNEL_EMAIL || it->external_id.len == 0)
		return true;
	details = parse_details(it);
	read_links(in, it, details, &links);
	return store_put_mail_links(st, &links, in->arena, &it->thread, err);
}
