#include "cli/dry.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/seen.h"
#include "ingest/intake.h"
#include "ingest/link.h"
#include "ingest/policy.h"
#include "ingest/rules.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "table.h"

enum { MAX_MAPPED = 4000, ROW_ARENA = 64 << 10 };

struct dry {
	struct cli *cli;
	struct sandbox *sandbox;
	struct parsers *parsers;
	struct rules *rules;
	struct source *source;
	struct store *store;		/* NULL: there is none yet */
	struct seen seen;
};

/* ---- parts ---- */

struct dry *dry_create(struct cli *cli, int *code)
{
	struct dry *d = xnew(struct dry);
	struct err err;

	*code = CLI_OK;
	d->cli = cli;
	d->sandbox = sandbox_launch(&err);
	if (d->sandbox != NULL)
		return d;
	*code = cli_fail(&err, NULL);
	dry_destroy(d);
	return NULL;
}

void dry_destroy(struct dry *d)
{
	if (d == NULL)
		return;
	store_close(d->store);
	source_unref(d->source);
	rules_unref(d->rules);
	parsers_destroy(d->parsers);
	sandbox_stop(d->sandbox);
	seen_finish(&d->seen);
	free(d);
}

/* A store that is not there yet holds nothing. */
static bool open_store(struct dry *d, struct err *err)
{
	const char *folder = d->cli->config->storage.path;
	auto_free char *path = xasprintf("%s/daybook.db", folder);

	return access(path, F_OK) != 0 || store_open(folder, STORE_READER, &d->store, err);
}

static bool make_parts(struct dry *d, struct err *err)
{
	d->rules = rules_create(d->cli->config, err);
	if (d->rules == NULL || !open_store(d, err))
		return false;
	d->parsers = parsers_create(d->sandbox, 1, d->cli->config->ingest.parse_timeout, 0);
	return true;
}

bool dry_begin(struct dry *d, const struct config_connector *conf, struct err *err)
{
	if (d->rules == NULL && !make_parts(d, err))
		return false;
	source_unref(d->source);
	d->source = source_from_config(conf, d->rules, NULL, err);
	return d->source != NULL;
}

bool dry_begin_import(struct dry *d, struct err *err)
{
	if (!make_parts(d, err))
		return false;
	d->source = source_reserved(&connector_import, "import", d->cli->config, d->rules, NULL, err);
	return d->source != NULL;
}

/* ---- one message ---- */

static bool parse(struct dry *d, struct intake *in, struct err *err)
{
	struct parse_verdict verdict;

	in->verdict.kind = ERR_NONE;
	if (parsers_normalize(d->parsers, in->source->type, in->source->packed, &in->raw, &in->items, NULL,
			      &verdict, &in->verdict))
		in->verdict.kind = ERR_NONE;
	if (in->verdict.kind == ERR_AGAIN) {
		*err = in->verdict;
		return false;
	}
	intake_settle(in);
	return true;
}

bool dry_read(struct dry *d, const struct raw *raw, const struct err *why, struct intake **out, struct err *err)
{
	struct intake *in = intake_create(d->source, policy_arena_bytes(raw->body.len));

	in->raw = (struct raw){
		.id = arena_str(in->arena, raw->id), .content_type = arena_str(in->arena, raw->content_type),
		.meta = arena_str(in->arena, raw->meta), .body = raw->body, .received_us = raw->received_us,
	};
	if (why != NULL)
		intake_condemn(in, why);
	else if (!parse(d, in, err)) {
		intake_destroy(in);
		return false;
	}
	*out = in;
	return true;
}

bool dry_read_mapping(struct dry *d, const struct raw *raw, struct buf *out, struct err *err)
{
	const struct connector reader = { .name = d->source->type->mapping };
	struct arena *arena = arena_create(policy_arena_bytes(raw->body.len));
	struct interactions items = { .arena = arena, .max_items = MAX_MAPPED };
	struct parse_verdict verdict;
	bool ok = parsers_normalize(d->parsers, &reader, d->source->packed, raw, &items, NULL, &verdict, err);

	if (ok && items.n_items > 0)
		buf_add(out, items.items[0].details);
	arena_destroy(arena);
	return ok;
}

/* What bears no name of its own is named by its delivery, so that it is never the same as another. */
bool dry_decide(struct dry *d, const struct interaction *it, enum outcome *outcome, struct err *err)
{
	int64_t existing = 0;

	*outcome = OUTCOME_STORED;
	if (it->filter.len > 0)
		*outcome = OUTCOME_FILTERED;
	if (it->filter.len > 0 || it->external_id.len == 0)
		return true;
	if (d->store != NULL && !store_find_interaction(d->store, it, &existing, err))
		return false;
	if (existing != 0 || !seen_add(&d->seen, it))
		*outcome = OUTCOME_DUPLICATE;
	return true;
}

/* ---- whose it is ---- */

static void put(char out[DRY_WHOSE_SIZE], struct str s)
{
	snprintf(out, DRY_WHOSE_SIZE, STR_FMT, STR_ARG(str_sub(s, 0, DRY_WHOSE_SIZE - 1)));
}

static bool name_contact(struct dry *d, struct dry_whose *out, struct err *err)
{
	struct arena *arena = arena_create(ROW_ARENA);
	struct contact_row row;
	bool ok = store_get_contact(d->store, out->contact, arena, &row, err);

	if (ok)
		put(out->name, row.name);
	arena_destroy(arena);
	return ok;
}

/* The one who wrote, where he is not one of us; else the first of the others. */
static const struct link *first_link(const struct links *links)
{
	for (size_t i = 0; i < links->n_items; i++)
		if (links->items[i].party->role == ROLE_FROM)
			return &links->items[i];
	return links->n_items > 0 ? &links->items[0] : NULL;
}

static struct str handle_of(const struct party *party)
{
	return party->name.len > 0 ? party->name : party->ids[0].value;
}

enum { NO_ENTRY = -1 };

bool dry_whose(struct dry *d, struct intake *in, const struct interaction *it, struct dry_whose *out,
	       struct err *err)
{
	const struct link *link;
	const char *why = "";
	struct links links;

	*out = (struct dry_whose){ .contact = 0 };
	if (!links_find(&links, in, d->store, NO_ENTRY, it, err))
		return false;
	link = first_link(&links);
	if (link == NULL) {
		put(out->why, it->direction == DIRECTION_INTERNAL ? STR("among ourselves") : STR("it names nobody"));
		return true;
	}
	put(out->why, str_from(link->decision.why));
	out->contact = link->decision.contact;
	if (out->contact != 0)
		return name_contact(d, out, err);
	if (link->decision.is_ambiguous)
		return true;
	out->is_new = link_may_create(link, in, it, &why);
	if (out->is_new)
		put(out->name, handle_of(link->party));
	put(out->why, str_from(why));
	return true;
}
