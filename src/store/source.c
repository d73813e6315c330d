#include "store/source.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/decides.h"
#include "store/inside.h"

const char *field_rule_name(enum field_rule rule)
{
	static const char *const names[] = { "empty", "handle", "others", "profile", "form", "domain", "connector", "person" };

	return (size_t)rule < countof(names) ? names[rule] : "unknown";
}

static bool get_name(struct store *st, int64_t contact, struct field_source *out, struct err *err)
{
	static const enum field_rule rules[] = { FIELD_HANDLE, FIELD_OTHERS, FIELD_PROFILE, FIELD_FORM, FIELD_PERSON };
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT name_rank, named_at FROM contact WHERE id = ? AND coalesce(name, '') <> ''", err))
		return false;
	bind_int(&q, contact);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		size_t rank = (size_t)column_int(&q);

		*out = (struct field_source){ .rule = rules[rank < countof(rules) ? rank : 0], .at_us = column_int(&q) };
	}
	query_close(&q);
	return true;
}

/* Of a field that follows from words and rules of all who are merged: the row that decided, as settling orders them (owner.c). */
static bool get_settled(struct store *st, const char *sql, int64_t contact, enum field_rule unsaid, struct field_source *out, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, contact);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		int64_t at_us = column_int(&q);

		*out = (struct field_source){ .rule = at_us != 0 ? FIELD_PERSON : unsaid, .at_us = at_us };
	}
	query_close(&q);
	return true;
}

bool store_get_sources(struct store *st, int64_t contact, struct contact_sources *out, struct err *err)
{
	*out = (struct contact_sources){ .name = { FIELD_EMPTY, 0 } };
	return get_name(st, contact, &out->name, err) &&
	       get_settled(st, DECIDES_COMPANY("s.company_at"), contact, FIELD_DOMAIN, &out->company, err) &&
	       get_settled(st, DECIDES_OWNER("s.assigned_at"), contact, FIELD_CONNECTOR, &out->owner, err);
}

static void put_source(struct json_writer *w, const char *field, const struct field_source *source)
{
	char text[CLOCK_TEXT_SIZE];

	if (source->rule == FIELD_EMPTY) {
		json_member_null(w, field);
		return;
	}
	json_name(w, field);
	json_open(w, '{');
	json_member(w, "by", str_from(field_rule_name(source->rule)));
	json_member_or_null(w, "at", source->at_us != 0 ? str_from(clock_format(source->at_us, text)) : STR(""));
	json_close(w, '}');
}

bool store_put_sources(struct store *st, int64_t contact, struct json_writer *w, struct err *err)
{
	struct contact_sources sources;

	if (!store_get_sources(st, contact, &sources, err))
		return false;
	json_name(w, "sources");
	json_open(w, '{');
	put_source(w, "name", &sources.name);
	put_source(w, "company", &sources.company);
	put_source(w, "owner", &sources.owner);
	json_close(w, '}');
	return true;
}
