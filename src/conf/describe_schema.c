#include "base/json.h"
#include "base/mem.h"
#include "conf/config_rows.h"
#include "conf/describe.h"
#include "conf/describe_row.h"
#include "conf/table.h"
#include "conf/value.h"

#define SCALAR "\"type\":[\"string\",\"number\",\"boolean\"]"

/* What a value of the type looks like; a pattern holds for texts only, bounds for numbers only. */
static const char *const shapes[CONF_T_LATER + 1] = {
	[CONF_T_BOOL] = "\"enum\":[true,false,\"yes\",\"no\",\"on\",\"off\",\"true\",\"false\"]",
	[CONF_T_INT] = "\"type\":[\"integer\",\"string\"],\"pattern\":\"^-?[0-9]+$\"",
	[CONF_T_SIZE] = "\"type\":[\"integer\",\"string\"],"
			"\"pattern\":\"^[0-9]+([KMGTkmgt]([Ii][Bb])?|[Bb])?$\"",
	[CONF_T_DURATION] = "\"type\":[\"integer\",\"string\"],"
			    "\"pattern\":\"^(0|([0-9]+(ms|s|m|min|h|d|w|y))+)$\"",
	[CONF_T_RATE] = "\"type\":[\"integer\",\"string\"],"
			"\"pattern\":\"^(0|[0-9]+/(s|sec|second|m|min|minute|h|hour|d|day))$\"",
	[CONF_T_DATE] = "\"type\":\"string\",\"pattern\":\"^([0-9]{4}-[0-9]{2}-[0-9]{2}|"
			"([0-9]+(ms|s|m|min|h|d|w|y))+)$\"",
	[CONF_T_STRING] = SCALAR, [CONF_T_PATH] = SCALAR,
	[CONF_T_SECRET] = "\"type\":\"string\"",
	[CONF_T_LIST] = "\"type\":[\"array\",\"string\",\"number\",\"boolean\",\"null\"],"
			"\"items\":{" SCALAR "}",
	[CONF_T_MAP] = "\"type\":[\"object\",\"null\"],\"additionalProperties\":{"
		       "\"type\":[\"array\",\"string\",\"number\",\"boolean\",\"null\"],"
		       "\"items\":{" SCALAR "}}",
};

static void put_bounds(struct json_writer *w, const struct conf_key *key)
{
	if (key->type != CONF_T_INT || (key->min == 0 && key->max == 0))
		return;
	json_member_int(w, "minimum", key->min);
	if (key->max != 0 && key->max != INT64_MAX)
		json_member_int(w, "maximum", key->max);
}

static void put_default(struct json_writer *w, const struct conf_key *key)
{
	int64_t number;
	bool is_on;

	if (key->fallback == NULL || key->type == CONF_T_LIST || key->type == CONF_T_MAP)
		return;
	if (key->type == CONF_T_INT && value_int(str_from(key->fallback), &number))
		json_member_int(w, "default", number);
	else if (key->type == CONF_T_BOOL && value_bool(str_from(key->fallback), &is_on))
		json_member_bool(w, "default", is_on);
	else
		json_member(w, "default", str_from(key->fallback));
}

static void put_description(struct json_writer *w, const struct conf_key *key)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_addf(&text, "%s (", key->help);
	describe_type(&text, key);
	if (key->fallback != NULL)
		buf_addf(&text, "; default %s", key->fallback);
	buf_addc(&text, ')');
	json_member(w, "description", buf_str(&text));
	buf_finish(&text);
}

static void put_section(struct json_writer *w, const char *name, const char *help,
			const struct conf_key *keys);

static void put_row(struct json_writer *w, const struct conf_key *key)
{
	if (key->type == CONF_T_BLOCK) {
		put_section(w, key->name, key->help, key->rows);
		return;
	}
	json_name(w, key->name);
	json_open(w, '{');
	put_description(w, key);
	if (key->type == CONF_T_ENUM) {
		json_name(w, "enum");
		json_open(w, '[');
		for (int i = 0; key->choices[i] != NULL; i++)
			json_str_value(w, str_from(key->choices[i]));
		json_close(w, ']');
	} else if (shapes[key->type] != NULL) {
		/* The shape stands as members of the row's own object. */
		buf_addf(w->out, ",%s", shapes[key->type]);
	}
	put_bounds(w, key);
	put_default(w, key);
	json_close(w, '}');
}

static void put_rows(struct json_writer *w, const struct conf_key *keys)
{
	for (; keys->name != NULL; keys++)
		put_row(w, keys);
}

static void put_required(struct json_writer *w, const struct conf_key *keys, const char *first)
{
	json_name(w, "required");
	json_open(w, '[');
	if (first != NULL)
		json_str_value(w, str_from(first));
	for (; keys->name != NULL; keys++)
		if (keys->flags & CONF_REQUIRED)
			json_str_value(w, str_from(keys->name));
	json_close(w, ']');
}

static void put_nullable_object(struct json_writer *w)
{
	json_name(w, "type");
	json_raw_value(w, STR("[\"object\",\"null\"]"));
}

static void put_section(struct json_writer *w, const char *name, const char *help,
			const struct conf_key *keys)
{
	json_name(w, name);
	json_open(w, '{');
	json_member(w, "description", str_from(help));
	put_nullable_object(w);
	json_name(w, "properties");
	json_open(w, '{');
	put_rows(w, keys);
	json_close(w, '}');
	json_member_bool(w, "additionalProperties", false);
	json_close(w, '}');
}

/* if its type is this one, then these options and no others */
static void put_type(struct json_writer *w, const struct connector *type)
{
	json_open(w, '{');
	json_name(w, "if");
	json_raw_value(w, STR("{\"required\":[\"type\"],\"properties\":{\"type\":{\"const\":"));
	w->needs_comma = false;
	json_str_value(w, str_from(type->name));
	buf_add(w->out, STR("}}}"));
	json_name(w, "then");
	json_open(w, '{');
	json_name(w, "properties");
	json_open(w, '{');
	json_name(w, "type");
	json_open(w, '{');
	json_member(w, "const", str_from(type->name));
	json_close(w, '}');
	put_rows(w, describe_keys(type));
	for (const struct conf_key *key = config_host_keys; key->name != NULL; key++)
		if (conf_find_key(describe_keys(type), str_from(key->name)) == NULL)
			put_row(w, key);
	json_close(w, '}');
	put_required(w, describe_keys(type), NULL);
	json_member_bool(w, "additionalProperties", false);
	json_close(w, '}');
	json_close(w, '}');
}

static void put_connectors(struct json_writer *w, const struct connector *const *known)
{
	json_name(w, "connectors");
	json_open(w, '{');
	json_member(w, "description", STR(CONFIG_CONNECTORS_HELP));
	put_nullable_object(w);
	json_name(w, "propertyNames");
	json_raw_value(w, STR("{\"pattern\":\"^[a-z0-9_-]{1,40}$\","
			      "\"not\":{\"enum\":[\"import\",\"people\"]}}"));
	json_name(w, "additionalProperties");
	json_open(w, '{');
	json_member(w, "type", STR("object"));
	put_required(w, &(const struct conf_key){ 0 }, "type");
	json_name(w, "properties");
	json_open(w, '{');
	json_name(w, "type");
	json_open(w, '{');
	json_member(w, "description", STR(CONFIG_TYPE_HELP));
	json_name(w, "enum");
	json_open(w, '[');
	for (size_t i = 0; known[i] != NULL; i++)
		json_str_value(w, str_from(known[i]->name));
	json_close(w, ']');
	json_close(w, '}');
	json_close(w, '}');
	json_name(w, "allOf");
	json_open(w, '[');
	for (size_t i = 0; known[i] != NULL; i++)
		put_type(w, known[i]);
	json_close(w, ']');
	json_close(w, '}');
	json_close(w, '}');
}

/* A map from names of the operator's choice to blocks. */
static void put_named(struct json_writer *w, const char *name, const char *help, const struct conf_key *keys)
{
	json_name(w, name);
	json_open(w, '{');
	json_member(w, "description", str_from(help));
	put_nullable_object(w);
	json_name(w, "additionalProperties");
	json_open(w, '{');
	put_nullable_object(w);
	json_name(w, "properties");
	json_open(w, '{');
	put_rows(w, keys);
	json_close(w, '}');
	json_member_bool(w, "additionalProperties", false);
	json_close(w, '}');
	json_close(w, '}');
}

void describe_schema(const struct connector *const *known, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "$schema", STR("https://json-schema.org/draft/2020-12/schema"));
	json_member(&w, "title", STR("daybook.yaml"));
	put_nullable_object(&w);
	json_name(&w, "properties");
	json_open(&w, '{');
	put_rows(&w, config_top_keys);
	for (const struct config_section *s = config_sections; s->name != NULL; s++)
		put_section(&w, s->name, s->help, s->keys);
	put_named(&w, "staff", CONFIG_STAFF_HELP, config_staff_keys);
	put_named(&w, "roles", CONFIG_ROLES_HELP, config_role_keys);
	put_connectors(&w, known);
	json_close(&w, '}');
	json_member_bool(&w, "additionalProperties", false);
	json_close(&w, '}');
	buf_addc(out, '\n');
}
