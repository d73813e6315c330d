/* Options of connectors: every type, every complaint. */
#include "conf/value.h"
#include "conf_test.h"

/* The lines of one mailbox, each indented by four, behind what it needs. */
static const char *mailbox_complaints(const char *lines)
{
	auto_free char *text = xasprintf("connectors:\n  m:\n    type: mailbox\n    host: h\n"
					 "    user: u\n    password: !env T_SECRET\n%s", lines);

	setenv("T_SECRET", "hunter2", 1);
	return complaints(text);
}

static struct config *config;

static const struct mailbox_conf *load_mailbox(const char *lines)
{
	auto_free char *text = xasprintf("config_version: 1\nconnectors:\n  m:\n    type: mailbox\n"
					 "    password: !env T_SECRET\n%s", lines);

	setenv("T_SECRET", "hunter2", 1);
	config = parse_text(text);
	ck_assert_msg(config != NULL, "%s", report);
	return config->connectors[0].conf;
}

START_TEST(every_type_is_set)
{
	const struct mailbox_conf *m = load_mailbox(
		"    host: no\n    user: 'x y'\n    port: 143\n    since: 2024-01-01\n    limit: 1M\n"
		"    privacy: personal\n    idle: off\n    tls_ca: ca/x.pem\n    folders: [A, '', 'B C']\n");
	auto_free char *cwd = getcwd(NULL, 0);

	ck_assert_str_eq(m->host, "no");
	ck_assert_str_eq(m->user, "x y");
	ck_assert_int_eq(m->port, 143);
	ck_assert_int_eq(m->since, INT64_C(1704067200000000));
	ck_assert_int_eq(m->limit, 1 << 20);
	ck_assert_int_eq(m->privacy, MAILBOX_PERSONAL);
	ck_assert(!m->idle);
	ck_assert_str_eq(m->tls_ca + strlen(cwd), "/ca/x.pem");
	ck_assert_uint_eq(m->folders.n_items, 3);
	ck_assert_str_eq(m->folders.items[1], "");
	ck_assert(secret_is(m->password, STR("hunter2")));
	config_unref(config);
}
END_TEST

START_TEST(a_block_inside_is_read_like_any_other)
{
	const struct mailbox_conf *m = load_mailbox("    host: h\n    user: u\n"
						    "    login: {client: abc, key: !env T_SECRET, wait: 5s}\n");

	ck_assert_str_eq(m->login.client, "abc");
	ck_assert(secret_is(m->login.key, STR("hunter2")));
	ck_assert_int_eq(m->login.wait, 5000000);
	config_unref(config);
	m = load_mailbox("    host: h\n    user: u\n");
	ck_assert_ptr_null(m->login.client);
	ck_assert_int_eq(m->login.wait, 30000000);
	config_unref(config);
}
END_TEST

START_TEST(mistakes_in_a_block_inside_are_named_with_their_full_path)
{
	mailbox_complaints("    login: {client: abc, key: hunter2, wait: 2m, clinet: x}\n");
	says("connectors.m.login.key: a secret cannot stand in the file (use !credential NAME)\n");
	says("connectors.m.login.wait: \"2m\" is too large (1s to 1m)\n");
	says("connectors.m.login: \"clinet\" is not an option here\n");
	ck_assert_ptr_null(strstr(report, "hunter2"));
	mailbox_complaints("    login: yes\n");
	says("connectors.m.login: options are expected here, each as \"name: value\"\n");
}
END_TEST

START_TEST(defaults_are_what_the_rows_say)
{
	const struct mailbox_conf *m = load_mailbox("    host: h\n    user: u\n");

	ck_assert_int_eq(m->port, 993);
	ck_assert_int_eq(m->since, -INT64_C(90) * 86400 * 1000000);
	ck_assert_int_eq(m->privacy, MAILBOX_SHARED);
	ck_assert(m->idle);
	ck_assert_ptr_null(m->tls_ca);
	ck_assert_uint_eq(m->folders.n_items, 2);
	ck_assert_str_eq(m->folders.items[1], "\\Sent");
	config_unref(config);
}
END_TEST

START_TEST(one_value_is_a_list_of_one_and_nothing_an_empty_one)
{
	const struct mailbox_conf *m = load_mailbox("    host: h\n    user: u\n    folders: X\n");

	ck_assert_uint_eq(m->folders.n_items, 1);
	ck_assert_str_eq(m->folders.items[0], "X");
	config_unref(config);
	m = load_mailbox("    host: h\n    user: u\n    folders:\n");
	ck_assert_uint_eq(m->folders.n_items, 0);
	config_unref(config);
	m = load_mailbox("    host: h\n    user: u\n    folders: []\n");
	ck_assert_uint_eq(m->folders.n_items, 0);
	config_unref(config);
}
END_TEST

START_TEST(maps_hold_lists_and_replace_the_default)
{
	const struct hook_conf *h;

	config = parse_text("config_version: 1\nconnectors: {h: {type: hook, rate_limit: 5/s, map: {a: [b, c], d: e}}}");
	ck_assert_ptr_nonnull(config);
	h = config->connectors[0].conf;
	ck_assert_uint_eq(h->map.n_entries, 2);
	ck_assert_str_eq(h->map.entries[0].name, "a");
	ck_assert_str_eq(h->map.entries[0].values.items[1], "c");
	ck_assert_str_eq(h->map.entries[1].values.items[0], "e");
	ck_assert_int_eq(h->rate_limit.count, 5);
	config_unref(config);
	config = parse_text("config_version: 1\nconnectors: {h: {type: hook}}");
	h = config->connectors[0].conf;
	ck_assert_str_eq(h->map.entries[0].name, "name");
	ck_assert_uint_eq(h->map.entries[0].values.n_items, 2);
	ck_assert_int_eq(h->rate_limit.per_us, 60000000);
	config_unref(config);
}
END_TEST

START_TEST(a_wrong_value_says_what_was_expected)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "    every: 5 parsecs\n",
		  "t.yaml:8:12: error: connectors.m.every: \"5 parsecs\" is not a duration (try 30s, 5m, 1h)\n"
		  "  8 |     every: 5 parsecs\n    |            ^^^^^^^^^\n" },
		{ "    port: many\n", "connectors.m.port: \"many\" is not a whole number\n" },
		{ "    port: 0\n", "connectors.m.port: \"0\" is too small (1 to 65535)\n" },
		{ "    port: 70000\n", "connectors.m.port: \"70000\" is too large (1 to 65535)\n" },
		{ "    since: yesterday\n", "connectors.m.since: \"yesterday\" is not a date (try 2024-01-01, or an age such as 90d)\n" },
		{ "    limit: big\n", "connectors.m.limit: \"big\" is not a size (try 512KiB, 4MiB, 100)\n" },
		{ "    limit: 1\n", "connectors.m.limit: \"1\" is too small (1KiB to 1GiB)\n" },
		{ "    idle: maybe\n", "connectors.m.idle: \"maybe\" is not yes or no\n" },
		{ "    privacy: public\n", "connectors.m.privacy: \"public\" is not one of shared, personal\n" },
		{ "    privacy: shard\n", "    = did you mean \"shared\"?\n" },
		{ "    every: 1s\n", "connectors.m.every: \"1s\" is too small (10s to 1d)\n" },
		{ "    every: 2d\n", "connectors.m.every: \"2d\" is too large (10s to 1d)\n" },
		{ "    port: [1]\n", "t.yaml:8:11: error: connectors.m.port: a whole number is expected here, not a list\n" },
		{ "    port: {a: 1}\n", "connectors.m.port: a whole number is expected here, not a map\n" },
		{ "    folders: {a: 1}\n", "connectors.m.folders: a list is expected here, not a map\n" },
		{ "    folders: [a, [b]]\n", "t.yaml:8:18: error: connectors.m.folders: an item of the list must be one value, not a list\n" },
		{ "    folders: [a, ]\n    port:\n", "t.yaml:9:5: error: connectors.m.port: has no value\n" },
		{ "    port:\n", "    = remove the line, or write \"\" for an empty text\n" },
		{ "    tls_ca: \"\"\n", "connectors.m.tls_ca: cannot be empty\n" },
		{ "    tls_ca: \"a\\0b\"\n", "connectors.m.tls_ca: a NUL byte cannot stand here\n" },
		{ "    port: !env PORT\n", "connectors.m.port: !env is for secrets, and this is none\n" },
		{ "    enabled: perhaps\n", "connectors.m.enabled: \"perhaps\" is not yes or no\n" },
		{ "    owner: [a]\n", "connectors.m.owner: text is expected here, not a list\n" },
		{ "    reconcile_at: 25:00\n",
		  "connectors.m.reconcile_at: \"25:00\" is not a time of the day (try 03:00; no: never)" },
		{ "    freshness: never\n", "connectors.m.freshness: \"never\" is not a duration" },
		{ "    create_contacts: outbound\n", "connectors.m.create_contacts: \"outbound\" is not one of inbound, both, never\n" },
	};

	for (size_t i = 0; i < countof(cases); i++) {
		mailbox_complaints(cases[i].line);
		ck_assert_msg(n_errors == 1, "%zu: %s", i, report);
		says(cases[i].want);
	}
}
END_TEST

START_TEST(wrong_rates_and_maps_say_so_too)
{
	complaints("connectors: {h: {type: hook, rate_limit: often}}");
	says("connectors.h.rate_limit: \"often\" is not a rate (try 5/s, 10/min, 100/h)\n");
	complaints("connectors: {h: {type: hook, map: text}}");
	says("connectors.h.map: a map is expected here, not one value\n");
	complaints("connectors: {h: {type: hook, map: {a: {b: c}}}}");
	says("connectors.h.map: a map is expected here, not a map\n");
}
END_TEST

START_TEST(an_unknown_option_offers_the_nearest)
{
	mailbox_complaints("    fodlers: [a]\n    zebra: 1\n    tipe: x\n    evry: 1m\n    <<: x\n    a:b:\n");
	ck_assert_uint_eq(n_errors, 6);
	says("t.yaml:8:5: error: connectors.m: \"fodlers\" is not an option here\n"
	     "  8 |     fodlers: [a]\n    |     ^^^^^^^\n    = did you mean \"folders\"?\n");
	says("t.yaml:9:5: error: connectors.m: \"zebra\" is not an option here\n"
	     "  9 |     zebra: ••••\n    |     ^^^^^\n"
	     "t.yaml:10:5: error");
	says("= did you mean \"type\"?");
	says("= did you mean \"every\"?");
	says("= merge keys are not read; write the options out");
	says("= a space is missing after the colon");
}
END_TEST

START_TEST(what_is_required_and_missing_is_listed_at_the_block)
{
	complaints("connectors:\n  m: {type: mailbox}\n  n:\n    type: mailbox\n    host: ''\n"
		   "    user:\n    password: !env T\n");
	says("t.yaml:3:3: error: connectors.m: \"host\" is missing (server to read from)\n"
	     "  3 |   m: {type: mailbox}\n    |   ^\n");
	says("connectors.m: \"user\" is missing (name to log in with)\n");
	says("connectors.m: \"password\" is missing (its password)\n");
	says("t.yaml:6:11: error: connectors.n.host: cannot be empty\n");
	says("t.yaml:7:5: error: connectors.n.user: has no value\n");
	ck_assert_uint_eq(n_errors, 6);
}
END_TEST

START_TEST(all_mistakes_come_in_one_run_in_the_order_of_the_file)
{
	const char *at[5];

	complaints("storage: {backend: postgresql}\nhttp: {max_body: x, listn: y}\n"
		   "connectors:\n  a: {type: hook, zz: 1}\n  b: {type: hok}\nmatching: 5\n");
	at[0] = strstr(report, "t.yaml:2:20: error: storage.backend: this version has sqlite only");
	at[1] = strstr(report, "t.yaml:3:18: error: http.max_body: \"x\" is not a size");
	at[2] = strstr(report, "t.yaml:3:21: error: http: \"listn\" is not an option here");
	at[3] = strstr(report, "t.yaml:5:19: error: connectors.a: \"zz\" is not an option here");
	at[4] = strstr(report, "t.yaml:6:13: error: connectors.b.type: \"hok\" is not a type of connector (hook, mailbox)");
	for (int i = 0; i < 5; i++)
		ck_assert_msg(at[i] != NULL && (i == 0 || at[i] > at[i - 1]), "%d: %s", i, report);
	says("t.yaml:7:11: error: matching: options are expected here, each as \"name: value\"\n");
	ck_assert_uint_eq(n_errors, 6);
}
END_TEST

START_TEST(what_a_later_version_uses_is_accepted_in_any_shape)
{
	const char *const shapes[] = { "x", "[1, [2]]", "{a: {b: [c]}}", "" };

	for (size_t i = 0; i < countof(shapes); i++) {
		auto_free char *line = xasprintf("    host: h\n    user: u\n    oauth: %s\n", shapes[i]);

		load_mailbox(line);
		ck_assert_uint_eq(n_warnings, 1);
		says("connectors.m.oauth: this version does not use it");
		config_unref(config);
	}
}
END_TEST

START_TEST(rows_that_are_broken_are_found)
{
	struct broken { int64_t n; const char *s; struct secret *secret; int e; };
	static const char *const none[] = { NULL };
	const struct conf_key bad_default[] = {
		CONF_KEY(CONF_T_DURATION, broken, n, "soon", 0, "x"), { 0 } };
	const struct conf_key out_of_range[] = {
		CONF_KEY_RANGE(CONF_T_INT, broken, n, "5", 0, 10, 20, "x"), { 0 } };
	const struct conf_key twice[] = {
		CONF_KEY(CONF_T_INT, broken, n, NULL, 0, "x"),
		CONF_KEY(CONF_T_INT, broken, n, NULL, 0, "x"), { 0 } };
	const struct conf_key packed_secret[] = {
		CONF_KEY(CONF_T_SECRET, broken, secret, NULL, CONF_NORMALIZE, "x"), { 0 } };
	const struct conf_key no_choice[] = {
		CONF_KEY_ENUM(broken, e, NULL, 0, none, "x"), { 0 } };
	const struct conf_key no_instead[] = {
		{ .name = "s", .type = CONF_T_STRING, .flags = CONF_USUAL, .instead = "t", .help = "x" }, { 0 } };
	const struct conf_key no_help[] = { CONF_KEY(CONF_T_STRING, broken, s, NULL, 0, ""), { 0 } };
	struct err err;

	ck_assert(!conf_check_rows(bad_default, &err));
	ck_assert_int_eq(err.kind, ERR_BUG);
	ck_assert_str_eq(err.msg, "option \"n\": the default soon is not a value of its type: "
				  "\"soon\" is not a duration (try 30s, 5m, 1h)");
	ck_assert(!conf_check_rows(out_of_range, &err));
	ck_assert(!conf_check_rows(twice, &err));
	ck_assert_str_eq(err.msg, "option \"n\": the name stands twice");
	ck_assert(!conf_check_rows(packed_secret, &err));
	ck_assert_str_eq(err.msg, "option \"secret\": a secret cannot go to the parser process");
	ck_assert(!conf_check_rows(no_choice, &err));
	ck_assert(!conf_check_rows(no_instead, &err));
	ck_assert_str_eq(err.msg, "option \"s\": what may stand instead is no option");
	ck_assert(!conf_check_rows(no_help, &err));
	ck_assert(conf_check_rows(mailbox_keys, &err));
	ck_assert(conf_check_rows(hook_keys, &err));
}
END_TEST

START_TEST(json_reports_are_one_object_a_line)
{
	struct diags *diags = diags_create();
	struct buf out;

	ck_assert_ptr_null(config_parse("t.yaml", STR("config_version: 1\nhttp: {max_body: \"x\\\"\", cntrol: y}\n"),
					known, 0, diags));
	buf_init(&out, 4096);
	diags_print_json(diags, &out);
	ck_assert_str_eq(out.ptr,
			 "{\"file\":\"t.yaml\",\"line\":2,\"column\":18,\"end_line\":2,\"end_column\":23,"
			 "\"severity\":\"error\",\"path\":\"http.max_body\",\"message\":\"\\\"x\\\"\\\" is not a size "
			 "(try 512KiB, 4MiB, 100)\",\"label\":null,\"hint\":null}\n"
			 "{\"file\":\"t.yaml\",\"line\":2,\"column\":25,\"end_line\":2,\"end_column\":31,"
			 "\"severity\":\"error\",\"path\":\"http\",\"message\":\"\\\"cntrol\\\" is not an option here\","
			 "\"label\":null,\"hint\":\"did you mean \\\"control\\\"?\"}\n");
	buf_clear(&out);
	diag_print_line(diags_at(diags, 1), &out);
	ck_assert_str_eq(out.ptr, "t.yaml:2:25: error: http: \"cntrol\" is not an option here\n");
	buf_finish(&out);
	diags_destroy(diags);
}
END_TEST

RUN("conf/table", every_type_is_set, a_block_inside_is_read_like_any_other,
    mistakes_in_a_block_inside_are_named_with_their_full_path, defaults_are_what_the_rows_say,
    one_value_is_a_list_of_one_and_nothing_an_empty_one, maps_hold_lists_and_replace_the_default,
    a_wrong_value_says_what_was_expected, wrong_rates_and_maps_say_so_too,
    an_unknown_option_offers_the_nearest, what_is_required_and_missing_is_listed_at_the_block,
    all_mistakes_come_in_one_run_in_the_order_of_the_file,
    what_a_later_version_uses_is_accepted_in_any_shape, rows_that_are_broken_are_found,
    json_reports_are_one_object_a_line)
