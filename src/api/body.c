/* What stands in the body of a request: a JSON object, each of whose fields some handler knows. */
#include <string.h>

#include "api/call.h"
#include "base/mem.h"
#include "conf/config.h"
#include "model/identity.h"

enum { MAX_BODY = 1 << 20, MAX_DEPTH = 8, MAX_NODES = 20000, MAX_IDENTITIES = 50, MAX_VALUE = 320 };

static bool is_json(struct str type)
{
	return str_ieq(str_trim(str_sub(type, 0, str_chr(type, ';'))), STR("application/json"));
}

bool body_take(struct call *c)
{
	struct str text = c->body.len > 0 ? c->body : STR("{}");
	struct err err;

	if (c->route->takes != BODY_JSON)
		return true;
	if (c->body.len > MAX_BODY)
		return !problem(c, 413, "body-too-large", "the body has more than %d MiB", MAX_BODY >> 20);
	if (c->body.len > 0 && !is_json(c->content_type))
		return !problem(c, 415, "media-type", "this address takes Content-Type: application/json");
	c->json = json_parse(text, MAX_DEPTH, MAX_NODES, &err);
	if (c->json == NULL)
		return !problem(c, 400, "bad-json", "%s", err.msg);
	/* Whatever checks requests on the way here may go by the first one; json-c goes by the last. */
	if (!json_is_clear(text, c->json))
		return !problem(c, 400, "bad-json", "a name stands twice in an object of the body: leave one of the two");
	return json_kind_of(c->json) == JSON_OBJECT || !problem(c, 400, "bad-json", "the body is a JSON object");
}

struct json_object *body_field(struct call *c, const char *name)
{
	if (c->n_fields < CALL_FIELDS)
		c->fields[c->n_fields++] = name;
	return json_get(c->json, name);
}

static const char *pointer_to(struct call *c, const char *name)
{
	return arena_strf(c->arena, "/%s", name).ptr;
}

/* Line breaks and tabs are text; what steers terminals is not. */
static bool has_control(struct str text, bool is_line)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char ch = (unsigned char)text.ptr[i];

		if ((ch < 0x20 && (is_line || (ch != '\n' && ch != '\t' && ch != '\r'))) || ch == 0x7f)
			return true;
	}
	return false;
}

static bool read_text(struct call *c, const char *name, size_t max_bytes, bool is_line, struct str *text)
{
	struct json_object *value = body_field(c, name);
	struct str got = json_text(value);

	*text = STR("");
	if (value == NULL)
		return true;
	if (json_kind_of(value) != JSON_STRING)
		return !problem_body(c, pointer_to(c, name), "not_a_text", "%s is a text", name);
	if (got.len > max_bytes)
		return !problem_body(c, pointer_to(c, name), "too_long", "%s has %zu bytes at most", name, max_bytes);
	if (has_control(got, is_line))
		return !problem_body(c, pointer_to(c, name), "control_characters", "%s holds control characters", name);
	*text = arena_str(c->arena, str_trim(got));
	return true;
}

bool body_text(struct call *c, const char *name, size_t max_bytes, struct str *text)
{
	return read_text(c, name, max_bytes, false, text);
}

bool body_line(struct call *c, const char *name, size_t max_bytes, struct str *text)
{
	return read_text(c, name, max_bytes, true, text);
}

bool body_id(struct call *c, const char *name, const char *prefix, int64_t *id)
{
	struct json_object *value = body_field(c, name);

	*id = 0;
	if (value == NULL)
		return true;
	if (!id_parse(json_text(value), prefix, id))
		return !problem_body(c, pointer_to(c, name), "not_an_id", "%s is %s and 13 characters", name, prefix);
	if (*id == 0)
		*id = -1;	/* given, and nobody's */
	return true;
}

bool body_flag(struct call *c, const char *name, bool *flag)
{
	struct json_object *value = body_field(c, name);

	*flag = json_true(value);
	return value == NULL || json_kind_of(value) == JSON_BOOL ||
	       !problem_body(c, pointer_to(c, name), "not_a_flag", "%s is true or false", name);
}

bool body_number(struct call *c, const char *name, int64_t *n)
{
	struct json_object *value = body_field(c, name);

	*n = 0;
	return value == NULL || (json_kind_of(value) == JSON_NUMBER && json_int(value, n)) ||
	       !problem_body(c, pointer_to(c, name), "not_a_number", "%s is a whole number", name);
}

bool body_needs(struct call *c, const char *name, bool is_given)
{
	return is_given || !problem_body(c, pointer_to(c, name), "missing", "%s is missing", name);
}

bool identity_read(struct call *c, const char *pointer, struct str scheme, struct str value, struct identity *id)
{
	struct err err;

	*id = (struct identity){ .scheme = scheme_from(scheme), .value = arena_str(c->arena, value) };
	if (id->scheme == SCHEME_NONE || id->scheme == SCHEME_EXT)
		return !problem_body(c, arena_strf(c->arena, "%s/scheme", pointer).ptr, "unknown_value",
				     "scheme is email, phone, wa, wa_bsuid, igsid, psid, tg or slack");
	if (value.len == 0 || value.len > MAX_VALUE || has_control(value, true))
		return !problem_body(c, arena_strf(c->arena, "%s/value", pointer).ptr, "not_a_value",
				     "value has 1 to %d bytes without control characters", MAX_VALUE);
	return identity_canonical(id, c->arena, c->config->organization.default_region, &err) ||
	       !problem_body(c, arena_strf(c->arena, "%s/value", pointer).ptr, "not_a_value", "%s", err.msg);
}

static void find_unknown(struct str name, struct json_object *value, void *arg)
{
	struct str *unknown = arg;

	(void)value;
	if (!str_eq(name, STR("scheme")) && !str_eq(name, STR("value")) && unknown->ptr == NULL)
		*unknown = name;
}

static bool read_one(struct call *c, const char *pointer, struct json_object *value, struct identity *id)
{
	struct str unknown = { NULL, 0 };

	json_each(value, find_unknown, &unknown);
	if (json_kind_of(value) != JSON_OBJECT || unknown.ptr != NULL)
		return !problem_body(c, pointer, "not_an_identity", "an identity is {\"scheme\", \"value\"} and nothing else");
	return identity_read(c, pointer, json_str(value, "scheme"), json_str(value, "value"), id);
}

bool body_identities(struct call *c, const char *name, struct identity **ids, size_t *n)
{
	struct json_object *list = body_field(c, name);

	*n = 0;
	if (list == NULL)
		return true;
	if (json_kind_of(list) != JSON_ARRAY || json_count(list) > MAX_IDENTITIES)
		return !problem_body(c, pointer_to(c, name), "not_a_list", "%s is a list of %d at most", name, MAX_IDENTITIES);
	*ids = arena_alloc(c->arena, (json_count(list) + 1) * sizeof(**ids));
	for (size_t i = 0; *ids != NULL && i < json_count(list); i++)
		if (!read_one(c, arena_strf(c->arena, "/%s/%zu", name, i).ptr, json_at(list, i), &(*ids)[(*n)++]))
			return false;
	return true;
}

/* ---- what nobody asked for ---- */

static void check_known(struct str name, struct json_object *value, void *arg)
{
	struct call *c = arg;

	(void)value;
	for (size_t i = 0; i < c->n_fields; i++)
		if (str_eq(name, str_from(c->fields[i])))
			return;
	name = str_sub(name, 0, 40);
	name.len = str_utf8_length(name);
	if (c->reply.status == 200)
		problem_body(c, arena_strf(c->arena, "/" STR_FMT, STR_ARG(name)).ptr, "unknown_field",
			     "\"" STR_FMT "\" is not a field here", STR_ARG(name));
}

bool body_end(struct call *c)
{
	json_each(c->json, check_known, c);
	return c->reply.status == 200 && params_end(c);
}
