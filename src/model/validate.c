#include "model/validate.h"

#include "base/json.h"
#include "base/mem.h"
#include "model/direction.h"

/* A piece of text and what may be in it. */
struct field {
	const char *name;
	struct str value;
	size_t max;
};

enum { MAX_DETAILS_NODES = 100000 };

static bool check_fields(const struct field *fields, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &fields[i];

		if (f->value.len > 0 && f->value.ptr == NULL)
			return err_setf(err, ERR_INPUT, "%s points nowhere", f->name);
		if (f->value.len > f->max)
			return err_setf(err, ERR_LIMIT, "%s has %zu bytes, at most %zu are kept",
					f->name, f->value.len, f->max);
		if (!str_is_utf8(f->value))
			return err_setf(err, ERR_INPUT, "%s is not UTF-8 text", f->name);
	}
	return true;
}

static bool check_enum(const char *name, unsigned value, unsigned first, unsigned end,
		       struct err *err)
{
	if (value >= first && value < end)
		return true;
	return err_setf(err, ERR_INPUT, "%s has the unknown value %u", name, value);
}

static bool check_count(const char *name, const void *items, size_t n, size_t max, struct err *err)
{
	if (n > max)
		return err_setf(err, ERR_LIMIT, "%zu %s, at most %zu are kept", n, name, max);
	if (n > 0 && items == NULL)
		return err_setf(err, ERR_INPUT, "%s point nowhere", name);
	return true;
}

static bool check_identity(const struct identity *id, struct err *err)
{
	const struct field fields[] = {
		{ "identity", id->value, VALIDATE_MAX_KEY },
		{ "scope", id->scope, VALIDATE_MAX_KEY },
	};

	return check_enum("scheme", id->scheme, 1, SCHEME_COUNT, err) &&
	       check_fields(fields, countof(fields), err);
}

static bool check_party(const struct party *p, struct err *err)
{
	const struct field name = { "name", p->name, VALIDATE_MAX_LINE };

	if (!check_enum("role", p->role, 1, ROLE_COUNT, err) || !check_fields(&name, 1, err) ||
	    !check_count("identities", p->ids, p->n_ids, VALIDATE_MAX_IDS, err))
		return false;
	for (size_t i = 0; i < p->n_ids; i++)
		if (!check_identity(&p->ids[i], err))
			return false;
	return true;
}

static bool is_sha256(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	return s.len == 0 || s.len == 64;
}

static bool check_attachment(const struct attachment *a, struct err *err)
{
	const struct field fields[] = {
		{ "name", a->name, VALIDATE_MAX_LINE },
		{ "media_type", a->media_type, VALIDATE_MAX_KEY },
		{ "reason", a->reason, VALIDATE_MAX_LINE },
		{ "sha256", a->sha256, VALIDATE_MAX_KEY },
		{ "remote_id", a->remote_id, VALIDATE_MAX_LINE },
		{ "content_id", a->content_id, VALIDATE_MAX_KEY },
	};

	if (!check_enum("state", a->state, 0, ATTACHMENT_STATE_COUNT, err) ||
	    !check_fields(fields, countof(fields), err))
		return false;
	if (a->size < -1)
		return err_setf(err, ERR_INPUT, "size is negative");
	if (!is_sha256(a->sha256))
		return err_setf(err, ERR_INPUT, "sha256 is not 64 hex digits in lower case");
	if (a->body.len > 0 && a->body.ptr == NULL)
		return err_setf(err, ERR_INPUT, "body points nowhere");
	return true;
}

static bool check_details(struct str details, struct err *err)
{
	auto_json struct json_object *value = NULL;

	if (details.len == 0)
		return true;
	value = json_parse(details, VALIDATE_MAX_DETAILS_DEPTH, MAX_DETAILS_NODES, err);
	if (value == NULL)
		return err_prefixf(err, "details");
	if (json_kind_of(value) != JSON_OBJECT)
		return err_setf(err, ERR_INPUT, "details is not a JSON object");
	return true;
}

static bool check_lists(const struct interaction *it, struct err *err)
{
	if (!check_count("participants", it->parties, it->n_parties, VALIDATE_MAX_PARTIES, err) ||
	    !check_count("attachments", it->attachments, it->n_attachments,
			 VALIDATE_MAX_ATTACHMENTS, err))
		return false;
	for (size_t i = 0; i < it->n_parties; i++)
		if (!check_party(&it->parties[i], err))
			return err_prefixf(err, "participant %zu", i + 1);
	for (size_t i = 0; i < it->n_attachments; i++)
		if (!check_attachment(&it->attachments[i], err))
			return err_prefixf(err, "attachment %zu", i + 1);
	return true;
}

static void clamp_times(struct interaction *it, int64_t received_us, struct arena *arena)
{
	if (it->claimed_us < 0)
		it->claimed_us = 0;
	if (it->key_us < 0)
		it->key_us = 0;
	if (it->occurred_us > received_us) {
		if (it->claimed_us == 0)
			it->claimed_us = it->occurred_us;
		it->occurred_us = received_us;
		interaction_add_why(it, arena, STR("the time claimed lies in the future, the time "
						   "of receipt stands for it"));
	} else if (it->occurred_us <= 0) {
		it->occurred_us = received_us;
		interaction_add_why(it, arena, STR("no usable time was given, the time of receipt "
						   "stands for it"));
	}
}

bool interaction_validate(struct interaction *it, int64_t received_us, struct arena *arena,
			  struct err *err)
{
	const struct field fields[] = {
		{ "account", it->account, VALIDATE_MAX_KEY },
		{ "external_id", it->external_id, VALIDATE_MAX_KEY },
		{ "discriminator", it->discriminator, VALIDATE_MAX_KEY },
		{ "about", it->about, VALIDATE_MAX_KEY },
		{ "thread", it->thread, VALIDATE_MAX_KEY },
		{ "subject", it->subject, VALIDATE_MAX_LINE },
		{ "text", it->text, VALIDATE_MAX_TEXT },
		{ "text_full", it->text_full, VALIDATE_MAX_TEXT },
		{ "details", it->details, VALIDATE_MAX_DETAILS },
		{ "why", it->why, VALIDATE_MAX_LINE },
		{ "filter", it->filter, VALIDATE_MAX_LINE },
	};

	if (!check_enum("channel", it->channel, 1, CHANNEL_COUNT, err) ||
	    !check_enum("direction", it->direction, 0, DIRECTION_COUNT, err) ||
	    !check_enum("kind", it->kind, 1, KIND_COUNT, err) ||
	    !check_fields(fields, countof(fields), err) || !check_details(it->details, err) ||
	    !check_lists(it, err))
		return false;
	clamp_times(it, received_us, arena);
	return true;
}
