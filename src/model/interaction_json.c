#include "model/interaction_json.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"

static const struct interaction_extra none;

static void put_time(struct json_writer *w, const char *name, int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	if (time_us == 0)
		json_member_null(w, name);
	else
		json_member(w, name, str_from(clock_format(time_us, text)));
}

static void put_id(struct json_writer *w, const char *name, int64_t id, const char *prefix)
{
	char text[ID_TEXT_SIZE];

	if (id == 0)
		json_member_null(w, name);
	else
		json_member(w, name, str_from(id_format(id, prefix, text)));
}

static void put_name(struct json_writer *w, const char *name, unsigned value, const char *text)
{
	json_member_or_null(w, name, value == 0 ? STR("") : str_from(text));
}

static void put_identity(struct json_writer *w, const struct identity *id)
{
	json_open(w, '{');
	json_member(w, "scheme", str_from(scheme_name(id->scheme)));
	json_member(w, "value", id->value);
	if (id->scope.len > 0)
		json_member(w, "scope", id->scope);
	json_close(w, '}');
}

static void put_party(struct json_writer *w, const struct party *p, const struct party_extra *extra)
{
	json_open(w, '{');
	put_name(w, "role", p->role, role_name(p->role));
	json_name(w, "identity");
	if (p->n_ids > 0)
		put_identity(w, &p->ids[0]);
	else
		json_null_value(w);
	if (p->n_ids > 1) {
		json_name(w, "identities");
		json_open(w, '[');
		for (size_t i = 0; i < p->n_ids; i++)
			put_identity(w, &p->ids[i]);
		json_close(w, ']');
	}
	json_member_or_null(w, "name", p->name);
	put_id(w, "contact", extra ? extra->contact : 0, "con_");
	json_member_or_null(w, "staff", extra ? extra->staff : STR(""));
	json_close(w, '}');
}

static void put_attachment(struct json_writer *w, const struct attachment *a)
{
	json_open(w, '{');
	json_member_or_null(w, "name", a->name);
	json_member_or_null(w, "media_type", a->media_type);
	if (a->size < 0)
		json_member_null(w, "size");
	else
		json_member_int(w, "size", a->size);
	json_member_or_null(w, "sha256", a->sha256);
	put_name(w, "state", a->state, attachment_state_name(a->state));
	json_member_or_null(w, "reason", a->reason);
	json_close(w, '}');
}

static void put_lists(struct json_writer *w, const struct interaction *it,
		      const struct interaction_extra *x)
{
	json_name(w, "participants");
	json_open(w, '[');
	for (size_t i = 0; i < it->n_parties; i++)
		put_party(w, &it->parties[i], x->parties ? &x->parties[i] : NULL);
	json_close(w, ']');
	json_member_or_null(w, "subject", it->subject);
	json_member_or_null(w, "text", it->text);
	json_member_or_null(w, "text_full", it->text_full);
	json_name(w, "attachments");
	json_open(w, '[');
	for (size_t i = 0; i < it->n_attachments; i++)
		put_attachment(w, &it->attachments[i]);
	json_close(w, ']');
}

static void put_provenance(struct json_writer *w, const struct interaction *it,
			   const struct interaction_extra *x)
{
	char id[ID_TEXT_SIZE];

	json_name(w, "provenance");
	json_open(w, '{');
	if (x->journal_id == 0)
		json_member_null(w, "journal");
	else
		json_member(w, "journal", str_from(id_format(x->journal_id, "jrn_", id)));
	json_member_or_null(w, "normalizer", x->normalizer);
	json_member_or_null(w, "why", it->why);
	json_member_or_null(w, "match", x->match);
	json_close(w, '}');
}

void interaction_json(struct buf *out, const struct interaction *it,
		      const struct interaction_extra *extra)
{
	const struct interaction_extra *x = extra ? extra : &none;
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	put_id(&w, "id", x->id, "int_");
	put_name(&w, "channel", it->channel, channel_name(it->channel));
	json_member_or_null(&w, "connector", x->connector);
	put_name(&w, "direction", it->direction, direction_name(it->direction));
	put_name(&w, "kind", it->kind, kind_name(it->kind));
	json_member_or_null(&w, "external_id", it->external_id);
	json_member_or_null(&w, "about", it->about);
	json_member_or_null(&w, "thread", it->thread);
	put_time(&w, "occurred_at", it->occurred_us);
	put_time(&w, "recorded_at", x->recorded_us);
	put_time(&w, "claimed_at", it->claimed_us);
	put_lists(&w, it, x);
	/* Checked JSON: interaction_validate() lets nothing else through. */
	json_name(&w, "details");
	json_raw_value(&w, it->details.len > 0 ? it->details : STR("{}"));
	put_provenance(&w, it, x);
	if (x->shared.len > 0)
		json_member(&w, "shared", x->shared);
	if (x->dead_letter.len > 0)
		json_member(&w, "dead_letter", x->dead_letter);
	json_close(&w, '}');
}
