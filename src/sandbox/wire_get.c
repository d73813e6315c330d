#include "sandbox/wire.h"

#include <inttypes.h>
#include <string.h>

#include "sandbox/details.h"
#include "sandbox/wire_fields.h"

/* The smallest record of each kind: a count that the bytes left cannot hold is a lie, and believing it
 * would let 4 bytes reserve megabytes. */
enum {
	LEAST_INTERACTION = 36 + 11 * 5 + 8,
	LEAST_PARTY = 8 + 5,
	LEAST_IDENTITY = 4 + 2 * 5,
	LEAST_ATTACHMENT = 12 + 6 * 5,
};

/* Year 9999: later arithmetic need not fear an overflow. */
static const int64_t time_max = INT64_C(253402300800) * 1000000;
static const int64_t time_min = INT64_C(-62167219200) * 1000000;

/* Fails once: what is wrong stands in err, and every later step is skipped. */
struct reader {
	struct str rest;
	struct arena *arena;
	struct err *err;
};

static bool take(struct reader *r, void *to, size_t n)
{
	if (r->rest.len < n) {	/* spelled out: the compiler cannot know that err_setf() is false */
		err_setf(r->err, ERR_INPUT, "the reply is cut short");
		return false;
	}
	memcpy(to, r->rest.ptr, n);
	r->rest = str_sub(r->rest, n, r->rest.len);
	return true;
}

static bool get_enum(struct reader *r, const char *what, uint32_t count, uint32_t *value)
{
	*value = 0;
	if (!take(r, value, sizeof(*value)))
		return false;
	if (*value >= count)
		return err_setf(r->err, ERR_INPUT, "%s %" PRIu32 " does not exist", what, *value);
	return true;
}

static bool get_time(struct reader *r, const char *what, int64_t *us)
{
	if (!take(r, us, sizeof(*us)))
		return false;
	if (*us < time_min || *us > time_max)
		return err_setf(r->err, ERR_INPUT, "%s is out of range", what);
	return true;
}

/* A number of records of at least `least` bytes each, and zeroed room for them. */
static bool get_array(struct reader *r, const char *what, size_t max, size_t least, size_t item_size,
		      void **items, size_t *n)
{
	uint32_t count;

	if (!take(r, &count, sizeof(count)))
		return false;
	if (count > max)
		return err_setf(r->err, ERR_INPUT, "%" PRIu32 " %s, more than %zu", count, what, max);
	if (count > r->rest.len / least)
		return err_setf(r->err, ERR_INPUT, "%" PRIu32 " %s in %zu bytes", count, what,
				r->rest.len);
	*n = count;
	*items = NULL;
	if (count == 0)
		return true;
	*items = arena_alloc(r->arena, count * item_size);
	if (*items == NULL)
		return err_setf(r->err, ERR_LIMIT, "no room for %" PRIu32 " %s", count, what);
	return true;
}

static bool is_digest(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	return s.len == 64;
}

static bool check_text(struct reader *r, const struct wire_field *field, struct str text)
{
	if (!str_is_utf8(text))
		return err_setf(r->err, ERR_INPUT, "%s is not UTF-8", field->name);
	if (field->rule == WIRE_JSON && text.len > 0 && !details_is_valid(text))
		return err_setf(r->err, ERR_INPUT, "%s is not a JSON object", field->name);
	if (field->rule == WIRE_DIGEST && text.len > 0 && !is_digest(text))
		return err_setf(r->err, ERR_INPUT, "%s is not a digest", field->name);
	return true;
}

static bool get_text(struct reader *r, const struct wire_field *field, struct str *text)
{
	uint32_t len;

	if (!take(r, &len, sizeof(len)))
		return false;
	if (len > field->max_bytes)
		return err_setf(r->err, ERR_INPUT, "%s has %" PRIu32 " bytes, more than %zu",
				field->name, len, field->max_bytes);
	if (r->rest.len <= len)
		return err_setf(r->err, ERR_INPUT, "the reply is cut short");
	*text = str_sub(r->rest, 0, len);
	if (r->rest.ptr[len] != '\0')
		return err_setf(r->err, ERR_INPUT, "%s does not end where it says", field->name);
	r->rest = str_sub(r->rest, (size_t)len + 1, r->rest.len);
	return check_text(r, field, *text);
}

static bool get_texts(struct reader *r, const struct wire_fields *fields, void *record)
{
	for (size_t i = 0; i < fields->n; i++)
		if (!get_text(r, &fields->rows[i], wire_text(record, &fields->rows[i])))
			return false;
	return true;
}

static bool get_identity(struct reader *r, struct identity *id)
{
	uint32_t scheme;

	if (!get_enum(r, "scheme", SCHEME_COUNT, &scheme))
		return false;
	id->scheme = (enum scheme)scheme;
	return get_texts(r, &wire_identity, id);
}

static bool get_party(struct reader *r, struct party *party)
{
	void *ids;
	uint32_t role;

	if (!get_enum(r, "role", ROLE_COUNT, &role) ||
	    !get_array(r, "identities of one person", WIRE_MAX_IDS, LEAST_IDENTITY,
		       sizeof(*party->ids), &ids, &party->n_ids) ||
	    !get_texts(r, &wire_party, party))
		return false;
	party->role = (enum role)role;
	party->ids = ids;
	for (size_t i = 0; i < party->n_ids; i++)
		if (!get_identity(r, &party->ids[i]))
			return false;
	return true;
}

static bool get_attachment(struct reader *r, struct attachment *a)
{
	uint32_t state;

	if (!get_enum(r, "attachment state", ATTACHMENT_STATE_COUNT, &state) ||
	    !take(r, &a->size, sizeof(a->size)))
		return false;
	if (a->size < -1)
		return err_setf(r->err, ERR_INPUT, "an attachment of %" PRId64 " bytes", a->size);
	a->state = (enum attachment_state)state;
	return get_texts(r, &wire_attachment, a);
}

static bool get_parties(struct reader *r, struct interaction *it)
{
	void *parties;

	if (!get_array(r, "participants", WIRE_MAX_PARTIES, LEAST_PARTY, sizeof(*it->parties),
		       &parties, &it->n_parties))
		return false;
	it->parties = parties;
	for (size_t i = 0; i < it->n_parties; i++)
		if (!get_party(r, &it->parties[i]))
			return false;
	return true;
}

static bool get_attachments(struct reader *r, struct interaction *it)
{
	void *attachments;

	if (!get_array(r, "attachments", WIRE_MAX_ATTACHMENTS, LEAST_ATTACHMENT,
		       sizeof(*it->attachments), &attachments, &it->n_attachments))
		return false;
	it->attachments = attachments;
	for (size_t i = 0; i < it->n_attachments; i++)
		if (!get_attachment(r, &it->attachments[i]))
			return false;
	return true;
}

static bool get_interaction(struct reader *r, struct interaction *it)
{
	uint32_t channel, direction, kind;

	if (!get_enum(r, "channel", CHANNEL_COUNT, &channel) ||
	    !get_enum(r, "direction", DIRECTION_COUNT, &direction) ||
	    !get_enum(r, "kind", KIND_COUNT, &kind) ||
	    !get_time(r, "key_us", &it->key_us) || !get_time(r, "occurred_us", &it->occurred_us) ||
	    !get_time(r, "claimed_us", &it->claimed_us))
		return false;
	it->channel = (enum channel)channel;
	it->direction = (enum direction)direction;
	it->kind = (enum kind)kind;
	return get_texts(r, &wire_interaction, it) && get_parties(r, it) && get_attachments(r, it);
}

bool wire_get(struct str block, struct interactions *out, struct err *err)
{
	struct reader r = { block, out->arena, err };
	struct interaction *it;
	void *items;
	size_t n;

	if (!get_array(&r, "interactions", out->max_items, LEAST_INTERACTION, sizeof(*it), &items, &n))
		return false;
	it = items;
	for (size_t i = 0; i < n; i++)
		if (!get_interaction(&r, &it[i]))
			return false;
	if (r.rest.len > 0)
		return err_setf(err, ERR_INPUT, "%zu bytes too many", r.rest.len);
	out->items = it;
	out->n_items = n;
	return true;
}
