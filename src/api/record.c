/* POST /interactions: the canonical record, from a program that knows of something that no connector brings. */
#include <stdlib.h>

#include "api/call.h"
#include "api/handlers.h"
#include "ingest/parse.h"
#include "ingest/record.h"

static struct source *api_source(struct call *c)
{
	for (size_t i = 0; i < c->sources.n; i++)
		if (c->sources.items[i]->type == &connector_api)
			return c->sources.items[i];
	return NULL;
}

/* Counts and ids alone: the answer is kept for a repeat. */
static void put_outcome(struct call *c, const struct intake *in)
{
	char id[ID_TEXT_SIZE];
	struct json_writer w;
	struct str path;

	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "outcome", str_from(outcome_name(in->outcome)));
	if (in->entry == 0) {
		json_member_null(&w, "id");
	} else {
		json_member(&w, "id", str_from(id_format(in->entry, "int_", id)));
		path = arena_strf(c->arena, "/api/v1/interactions/%s", id);
		json_name(&w, "links");
		json_open(&w, '{');
		json_member(&w, "self", path);
		json_close(&w, '}');
		if (in->outcome == OUTCOME_STORED)
			call_created(c, path);
	}
	json_close(&w, '}');
}

/* What cannot be read was never received: its sender is told, and has it still. The reader's words begin with the place:
 * "/channel: it is …". */
static void refuse(struct call *c, struct str words)
{
	size_t colon = str_find(words, STR(": "));
	struct str place = str_starts(words, STR("/")) ? str_sub(words, 0, colon) : STR("");

	problem_body(c, arena_str(c->arena, place).ptr, "not_a_record", STR_FMT, STR_ARG(words));
}

static bool apply(struct call *c, struct err *err)
{
	struct intake *in = c->intake;

	if (!in->job.apply(&in->job, c->st, err))
		return false;
	put_outcome(c, in);
	return true;
}

static bool parse(struct call *c, struct err *err)
{
	c->intake = record_create(api_source(c), c->body, call_by(c));
	if (!intake_parse(c->intake, c->api->parts.parsers, c->api->parts.dir, err))
		return false;
	/* Whatever kills a reader is kept, as a dead letter, for a reader that can bear it. */
	if (c->intake->verdict.kind != ERR_NONE && !c->intake->killed_reader)
		refuse(c, str_from(c->intake->verdict.msg));
	return true;
}

bool api_record(struct call *c, struct err *err)
{
	(void)err;
	if (!params_end(c))
		return true;
	if (c->viewer.sees != SEES_ALL)
		return problem(c, 403, "missing-right", "a record may be anybody's, so whoever sends one has to see everybody: use a token "
			       "of a role with `sees: all`");
	c->work = parse;
	c->deed = apply;
	return true;
}
