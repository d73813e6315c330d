/* /stream: what a client asks for. */
#include "api/stream.h"

#include <string.h>

#include "api/call.h"
#include "api/handlers.h"

static const struct {
	const char *name;
	enum change_kind first, last;
} classes[] = {
	{ "interactions", CHANGE_ENTRY_CREATED, CHANGE_ENTRY_ERASED },
	{ "contacts", CHANGE_CONTACT_CREATED, CHANGE_CONTACT_ERASED },
	{ "review", CHANGE_REVIEW_CREATED, CHANGE_REVIEW_CLOSED },
	{ "dead_letters", CHANGE_DEAD_CREATED, CHANGE_DEAD_CLOSED },
	{ "connectors", CHANGE_CONNECTOR_STATE, CHANGE_CONNECTOR_STATE },
};

static bool add_class(struct topics *t, struct str name)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (!str_eq(name, str_from(classes[i].name)))
			continue;
		t->kinds |= VIEW_CHANGE(classes[i].last + 1) - VIEW_CHANGE(classes[i].first);
		return true;
	}
	return false;
}

/* A contact that is not there, or not seen, is no error: it would tell which. Nothing is heard of it. */
static bool add_contact(struct topics *t, struct str topic)
{
	int64_t id;

	if (!str_starts(topic, STR("contact:")) || t->n_contacts == STREAM_TOPICS ||
	    !id_parse(str_sub(topic, 8, STR_NONE), "con_", &id))
		return false;
	t->contacts[t->n_contacts++] = id;
	return true;
}

static bool read_topics(struct call *c, struct topics *t)
{
	struct str rest = param_str(c, "topics"), topic;

	*t = (struct topics){ .kinds = rest.len > 0 ? VIEW_CHANGES_FOR_ALL : INT64_MAX };
	while (str_next(&rest, ',', &topic))
		if (!add_class(t, topic) && !add_contact(t, topic))
			return !problem_field(c, "topics", "unknown_value", "\"" STR_FMT "\" is not a topic; there are interactions, contacts, "
					      "review, dead_letters, connectors, and contact:ID, %d of these at most",
					      STR_ARG(str_sub(topic, 0, 40)), STREAM_TOPICS);
	return true;
}

/* The header is what a browser sends by itself when it comes back, so it knows more than the address. */
static bool read_from(struct call *c, int64_t *from)
{
	struct str text = param_str(c, "after");
	struct change_span span;
	struct err err;

	if (c->last_event_id.len > 0)
		text = c->last_event_id;
	if (text.len > 0)
		return str_int64(text, from) ||
		       !problem_field(c, "after", "not_a_number", "after and Last-Event-ID are the id of an event of this stream");
	if (!store_change_span(c->st, &span, &err)) {
		problem_of(c, &err);
		return false;
	}
	*from = span.last;
	return true;
}

bool api_stream(struct call *c, struct err *err)
{
	struct stream_wish wish;

	(void)err;
	if (!read_topics(c, &wish.topics) || !read_from(c, &wish.from) || !params_end(c))
		return true;
	c->reply.type = "text/event-stream";
	c->stream = arena_alloc(c->arena, sizeof(*c->stream));
	if (c->stream == NULL)
		return !problem(c, 503, "try-again", "no room for another stream");
	*c->stream = wish;
	return true;
}
