/* What the rows say about themselves. */
#include "base/json.h"
#include "conf/config_rows.h"
#include "conf/describe.h"
#include "conf_test.h"

static struct buf out;

static void begin(void)
{
	buf_init(&out, 1 << 20);
}

#define holds(part_) \
	ck_assert_msg(strstr(out.ptr, (part_)) != NULL, "\"%s\" is not in:\n%s", (part_), out.ptr)

START_TEST(the_schema_is_json_and_knows_every_option)
{
	struct err err;

	begin();
	describe_schema(known, &out);
	auto_json struct json_object *schema = json_parse(buf_str(&out), 32, 20000, &err);
	ck_assert_msg(schema != NULL, "%s", err.msg);
	struct json_object *properties = json_get(schema, "properties");

	ck_assert(str_eq(json_str(schema, "$schema"), STR("https://json-schema.org/draft/2020-12/schema")));
	for (const struct conf_key *key = config_top_keys; key->name != NULL; key++)
		ck_assert_msg(json_get(properties, key->name) != NULL, "%s", key->name);
	for (const struct config_section *s = config_sections; s->name != NULL; s++)
		for (const struct conf_key *key = s->keys; key->name != NULL; key++)
			ck_assert_msg(json_get(json_get(json_get(properties, s->name), "properties"), key->name) != NULL,
				      "%s.%s", s->name, key->name);
	holds("{\"if\":{\"required\":[\"type\"],\"properties\":{\"type\":{\"const\":\"mailbox\"}}},\"then\":{\"properties\":{\"type\":{\"const\":\"mailbox\"},\"host\":");
	holds("\"required\":[\"host\",\"user\",\"password\"],\"additionalProperties\":false}}");
	holds("\"minimum\":1,\"maximum\":65535,\"default\":993}");
	holds("\"login\":{\"description\":\"how to log in\",\"type\":[\"object\",\"null\"],\"properties\":{\"client\":");
	holds("\"enum\":[\"shared\",\"personal\"],\"default\":\"shared\"}");
	buf_finish(&out);
}
END_TEST

START_TEST(the_example_loads_as_it_is)
{
	struct config *c;

	begin();
	describe_example(known, &out);
	c = parse_text(out.ptr);
	ck_assert_msg(c != NULL, "%s", report);
	ck_assert_str_eq(report, "");
	config_unref(c);
	buf_finish(&out);
}
END_TEST

/* Takes away each # that hides an option, as its head tells the reader. */
static void uncover(char *text)
{
	char *to = text;
	bool at_start = true;

	for (const char *from = text; *from != '\0'; from++) {
		if (at_start && *from == '#' && from[1] != ' ' && from[1] != '\n')
			continue;
		at_start = *from == '\n' || (at_start && *from == ' ');
		*to++ = *from;
	}
	*to = '\0';
}

START_TEST(the_example_loads_with_every_option_uncovered)
{
	struct diags *diags = diags_create();
	struct config *c;

	begin();
	describe_example(known, &out);
	uncover(out.ptr);
	holds("\n  max_body: 4MiB\n");
	holds("\n  my-mailbox:\n    type: mailbox\n");
	c = config_parse("t.yaml", str_from(out.ptr), known, CONFIG_NO_SECRETS, diags);
	ck_assert_msg(c != NULL, "%s", print_report(diags));
	ck_assert_uint_eq(c->n_connectors, 2);
	ck_assert_uint_eq(diags_n_warnings(diags), 0);
	config_unref(c);
	diags_destroy(diags);
	buf_finish(&out);
}
END_TEST

START_TEST(the_manual_has_every_option_with_its_default)
{
	begin();
	describe_manual(known, &out);
	holds("daybook.yaml(5)\n\n# NAME\n");
	holds("*http.max\\_body*\n\tLargest request body; Meta sends up to 3 MB.\n\n"
	      "\tType: size, such as 512KiB, 4MiB, 100; 1KiB to 256MiB. Default: 4MiB.\n");
	holds("## type: mailbox\n");
	holds("*tls\\_ca*\n");
	holds("my-mailbox:\n    type: mailbox\n    host: text\n    user: text\n    password: !credential NAME\n");
	for (const struct config_section *s = config_sections; s->name != NULL; s++) {
		auto_free char *head = xasprintf("## %s\n", s->name);

		holds(head);
	}
	buf_finish(&out);
}
END_TEST

START_TEST(the_manual_passes_the_tools_when_they_are_there)
{
	auto_free char *command = NULL;

	if (system("command -v scdoc mandoc >/dev/null 2>&1") != 0)
		return;
	make_folder();
	begin();
	describe_manual(known, &out);
	put_file("daybook.yaml.5.scd", out.ptr);
	command = xasprintf("cd %s && scdoc <daybook.yaml.5.scd >daybook.yaml.5 && "
			    "mandoc -T lint -W error daybook.yaml.5", folder);
	ck_assert_int_eq(system(command), 0);
	buf_finish(&out);
	remove_folder();
}
END_TEST

static bool explain(const char *path, struct err *err)
{
	begin();
	return describe_explain(known, str_from(path), &out, err);
}

START_TEST(options_are_explained_by_path)
{
	struct err err;

	ck_assert(explain("connector.mailbox.port", &err));
	ck_assert_str_eq(out.ptr, "connector.mailbox.port\n  TCP port\n\n"
				  "  type      whole number\n  default   993\n  range     1 to 65535\n"
				  "  reload    yes\n  example   port: 993\n");
	buf_finish(&out);
	ck_assert(explain("connectors.mailbox.every", &err));
	holds("connector.mailbox.every\n  how often to look");
	holds("  range     10s to 1d\n");
	buf_finish(&out);
	ck_assert(explain("http.listen", &err));
	holds("  reload    no, daybookd must be restarted\n");
	buf_finish(&out);
	ck_assert(explain("connector.mailbox.password", &err));
	holds("  default   none: it is required\n");
	holds("  example   password: !credential NAME\n");
	buf_finish(&out);
	ck_assert(explain("connectors.mailbox.login", &err));
	holds("connector.mailbox.login\n  how to log in\n\n  client  ");
	buf_finish(&out);
	ck_assert(explain("connectors.mailbox.login.wait", &err));
	holds("connector.mailbox.login.wait\n  how long\n");
	holds("  range     1s to 1m\n  reload    yes\n  example   wait: 30s\n");
	buf_finish(&out);
	ck_assert(explain("config_version", &err));
	buf_finish(&out);
	ck_assert(explain("staff.email", &err));
	buf_finish(&out);
}
END_TEST

START_TEST(sections_are_listed)
{
	struct err err;

	ck_assert(explain("http", &err));
	holds("http\n  the HTTP server: webhooks, API and pages\n\n  listen ");
	buf_finish(&out);
	ck_assert(explain("", &err));
	holds("  connector.hook               a webhook for the tests\n");
	holds("  storage                      where everything is kept\n");
	buf_finish(&out);
	ck_assert(explain("connectors", &err));
	holds("  freshness ");
	buf_finish(&out);
}
END_TEST

START_TEST(an_unknown_path_offers_the_nearest)
{
	struct err err;

	ck_assert(!explain("http.lissen", &err));
	ck_assert_int_eq(err.kind, ERR_MISSING);
	ck_assert_str_eq(err.msg, "\"http.lissen\" is not an option (did you mean http.listen?)");
	buf_finish(&out);
	ck_assert(!explain("connector.mailbox.sicne", &err));
	ck_assert_str_eq(err.msg, "\"connector.mailbox.sicne\" is not an option (did you mean connector.mailbox.since?)");
	buf_finish(&out);
	ck_assert(!explain("zzzzzzzzzzzzzzzzzzzzz", &err));
	ck_assert_str_eq(err.msg, "\"zzzzzzzzzzzzzzzzzzzzz\" is not an option (without a name, all are listed)");
	buf_finish(&out);
}
END_TEST

RUN("conf/describe", the_schema_is_json_and_knows_every_option, the_example_loads_as_it_is,
    the_example_loads_with_every_option_uncovered, the_manual_has_every_option_with_its_default,
    the_manual_passes_the_tools_when_they_are_there, options_are_explained_by_path,
    sections_are_listed, an_unknown_path_offers_the_nearest)
