/* The snapshot of all files: sections, connectors, reload. */
#include <pthread.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "conf_test.h"

static const char whole_sample[] =
#include "sample.inc"
;

static void begin(void)
{
	make_folder();
	setenv("T_SECRET", "hunter2", 1);
}

#define MAILBOX(name_) name_ ": {type: mailbox, host: h, user: u, password: !env T_SECRET}"

START_TEST(the_sample_of_the_manual_loads_with_warnings_only)
{
	struct config *c = parse_text(whole_sample);

	ck_assert_msg(c != NULL, "%s", report);
	ck_assert_uint_eq(n_warnings, 4);
	says("t.yaml:27:3: warning: ingest.retry: this version does not use it\n");
	says("warning: pipeline: this version does not use it\n");
	says("warning: attention: this version does not use it\n");
	says("retention.audit_log: this version does not use it\n");
	ck_assert_uint_eq(c->n_roles, 5);
	ck_assert_str_eq(c->roles[2].name, "seller");
	ck_assert_int_eq(c->roles[2].sees, CONFIG_SEES_TEAM);
	ck_assert_uint_eq(c->roles[2].can.n_items, 3);
	ck_assert_str_eq(c->organization.name, "Acme Ltda");
	ck_assert_str_eq(c->organization.default_region, "BR");
	ck_assert_uint_eq(c->organization.domains.n_items, 2);
	ck_assert_str_eq(c->storage.path, "/var/lib/daybook");
	ck_assert_str_eq(c->http.public_url, "https://crm.acme.com.br");
	ck_assert_int_eq(c->http.max_connections, 1024);
	ck_assert_str_eq(c->http.control, "/var/lib/daybook/control.sock");
	ck_assert_uint_eq(c->trust_proxy.n_items, 1);
	ck_assert_uint_eq(c->trust_proxy.items[0].n_bits, 128);
	ck_assert_int_eq(c->matching.create_contacts, CONFIG_CREATE_INBOUND);
	ck_assert_uint_eq(c->matching.suggest_merge.n_items, 2);
	ck_assert_uint_eq(c->n_staff, 2);
	ck_assert_str_eq(c->staff[0].name, "Ana Lima");
	ck_assert_uint_eq(c->staff[0].email.n_items, 2);
	ck_assert_str_eq(c->staff[0].whatsapp.items[0], "+5511991112222");
	ck_assert_str_eq(c->staff[1].role, "manager");
	ck_assert(c->retention.raw_email == INT64_C(2) * 365 * 86400 * 1000000 && c->retention.attachments == 0 && c->n_connectors == 0);
	config_unref(c);
}
END_TEST

START_TEST(an_empty_file_is_all_defaults_and_one_warning)
{
	struct config *c = parse_text("");

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(report, "t.yaml:1:1: warning: config_version is missing, 1 is assumed\n"
				 "    = begin the file with:  config_version: 1\n");
	ck_assert_int_eq(c->config_version, 1);
	ck_assert_str_eq(c->storage.path, "/var/lib/daybook");
	ck_assert_int_eq(c->http.max_body, 4 << 20);
	ck_assert_int_eq(c->http.request_timeout, 15000000);
	ck_assert_int_eq(c->http.max_connections, 512);
	ck_assert_int_eq(c->http.max_connections_per_address, 32);
	ck_assert_uint_eq(c->n_listen, 1);
	ck_assert_str_eq(c->listen[0].text, "127.0.0.1:8480");
	ck_assert_int_eq(c->ingest.workers, 4);
	ck_assert_int_eq(c->ingest.parsers, 2);
	ck_assert_int_eq(c->ingest.parse_timeout, 2000000);
	ck_assert_int_eq(c->ingest.max_message, 50 << 20);
	ck_assert_str_eq(c->organization.timezone, "UTC");
	ck_assert_str_eq(c->organization.languages.items[0], "en");
	config_unref(c);
}
END_TEST

START_TEST(sections_with_nothing_in_them_are_fine)
{
	struct config *c = parse_text("config_version: 1\norganization:\nhttp: {}\nstaff:\nconnectors:\nnet_allow: []\n");

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(report, "");
	config_unref(c);
}
END_TEST

START_TEST(the_version_of_the_file_gates)
{
	ck_assert_ptr_null(parse_text("config_version: 2\n"));
	says("t.yaml:1:17: error: config_version: this version of Daybook reads 1, not 2\n");
	says("    = the file was written for a newer one\n");
	ck_assert_ptr_null(parse_text("config_version: 0\n"));
	says("config_version: \"0\" is too small (at least 1)\n");
	ck_assert_ptr_null(parse_text("config_version: one\n"));
	says("config_version: \"one\" is not a whole number\n");
}
END_TEST

START_TEST(every_rule_of_a_section_has_its_text)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "organization: {domains: ['@a.b']}", "organization.domains: \"@a.b\" is not a domain (write what follows the @)\n" },
		{ "organization: {domains: localhost}", "organization.domains: \"localhost\" is not a domain (try example.com)\n" },
		{ "organization: {addresses: [ana]}", "organization.addresses: \"ana\" is not a mail address (try ana@example.com)\n" },
		{ "organization: {numbers: ['12a']}", "organization.numbers: \"12a\" is not a phone number (try +5511987654321)\n" },
		{ "organization: {default_region: BRA}", "organization.default_region: \"BRA\" is not a country (two letters, e.g. BR, PT, US)\n" },
		{ "organization: {timezone: '../x y'}", "organization.timezone: \"../x y\" is not a time zone (try America/Sao_Paulo)\n" },
		{ "organization: {languages: [p]}", "organization.languages: \"p\" is not a language (try pt-BR, en)\n" },
		{ "storage: {backend: postgresql}", "storage.backend: this version has sqlite only\n" },
		{ "storage: {backend: mysql}", "storage.backend: \"mysql\" is not one of sqlite, postgresql\n" },
		{ "http: {listen: [8480]}", "http.listen: \"8480\" is neither address:port nor unix:PATH (try 127.0.0.1:8480)\n" },
		{ "http: {public_url: crm.acme.com}", "http.public_url: \"crm.acme.com\" is not a URL (try https://crm.example.com)\n" },
		{ "http: {trust_proxy: [proxy]}", "http.trust_proxy: \"proxy\" is not a network (try 10.0.0.0/8, 192.0.2.7, 2001:db8::/32)\n" },
		{ "http: {request_timeout: 0}", "http.request_timeout: \"0\" is too small (1s to 10m)\n" },
		{ "net_allow: [10.0.0.0/99]", "net_allow: \"10.0.0.0/99\" is not a network" },
		{ "matching: {ignore: ['a b']}", "matching.ignore: \"a b\" is not an address with * (try no-reply@*)\n" },
		{ "staff: {Ana: {email: [ana]}}", "staff.Ana.email: \"ana\" is not a mail address" },
		{ "staff: {Ana: {whatsapp: abc}}", "staff.Ana.whatsapp: \"abc\" is not a phone number" },
		{ "staff: [Ana]", "staff: a map from name to addresses is expected here\n" },
		{ "staff: {'': {}}", "staff: a name cannot be empty\n" },
		{ "staff: {Ana: x}", "staff.Ana: options are expected here" },
		{ "staff: {Ana: {mail: x}}", "staff.Ana: \"mail\" is not an option here\n" },
		{ "stafff: {}", "= did you mean \"staff\"?" },
		{ "connector: {}", "= did you mean \"connectors\"?" },
		{ "connectors: [a]", "connectors: a map from name to connector is expected here\n" },
	};

	for (size_t i = 0; i < countof(cases); i++) {
		complaints(cases[i].line);
		ck_assert_uint_eq(n_errors, 1);
		says(cases[i].want);
	}
}
END_TEST

START_TEST(a_name_cannot_steer_the_terminal)
{
	complaints("staff: {\"a\\e[31m\\n\\x9b\": {email: x}}\nconnectors: {\"b\\e\": {}}\n\"c\\e\": 1\n");
	ck_assert_uint_eq(n_errors, 3);
	ck_assert_ptr_null(strchr(report, '\x1b'));
	ck_assert_ptr_null(strstr(report, "\xc2\x9b"));
	says("staff.a?[31m???.email: \"x\" is not a mail address");
}
END_TEST

START_TEST(things_that_are_odd_are_warnings)
{
	struct config *c = parse_text("config_version: 1\norganization: {timezone: Mars/Olympus, default_region: no}\n"
				      "http: {trust_proxy: [0.0.0.0/0], public_url: https://x.y/}\n"
				      "connectors: {h: {type: hook, every: 1m, timeout: 1m, owner: Ana Lma}}\nstaff: {Ana Lima: {}}\n");

	ck_assert_ptr_nonnull(c);
	says("warning: organization.timezone: \"Mars/Olympus\" is not a time zone that this system knows; UTC is used\n");
	says("warning: http.trust_proxy: every client is believed when it says where it comes from\n");
	says("warning: connectors.h.every: has no effect: hook is not asked, it calls\n");
	says("warning: connectors.h.timeout: has no effect: hook is not asked, it calls\n");
	says("warning: connectors.h.owner: \"Ana Lma\" is not in staff\n");
	says("    = did you mean \"Ana Lima\"?\n");
	says("t.yaml:4:14: warning: connectors.h: without a token anyone may post\n");
	ck_assert_uint_eq(n_warnings, 6);
	ck_assert_str_eq(c->organization.default_region, "NO");
	ck_assert_str_eq(c->http.public_url, "https://x.y");
	config_unref(c);
}
END_TEST

START_TEST(names_of_connectors_are_checked)
{
	complaints("connectors:\n  Sales: {type: hook}\n  import: {type: hook}\n  people: {type: hook}\n"
		   "  'a b': {type: hook}\n  '': {type: hook}\n"
		   "  a23456789012345678901234567890123456789012: {type: hook}\n  ok_-1: {type: hook}\n");
	ck_assert_uint_eq(n_errors, 6);
	says("t.yaml:3:3: error: connectors: \"Sales\" cannot name a connector (a-z 0-9 _ -, at most 40)\n");
	says("connectors: the name \"import\" is reserved\n");
	says("connectors: the name \"people\" is reserved\n");
	says("    = imports, entries made by hand and what comes over the API are counted under these names\n");
}
END_TEST

START_TEST(the_type_of_a_connector_is_checked)
{
	complaints("connectors:\n  a: {host: x}\n  b: {type: mailbx}\n  c:\n  d: text\n  e: {type: [hook]}\n  f: *x\n");
	ck_assert_uint_eq(n_errors, 6);
	says("t.yaml:3:3: error: connectors.a: \"type\" is missing (hook, mailbox)\n");
	says("t.yaml:4:13: error: connectors.b.type: \"mailbx\" is not a type of connector (hook, mailbox)\n");
	says("    = did you mean \"mailbox\"?\n");
	says("t.yaml:5:3: error: connectors.c: \"type\" is missing (hook, mailbox)\n");
	says("t.yaml:6:6: error: connectors.d: options are expected here");
	says("t.yaml:7:13: error: connectors.e.type: one name is expected here\n");
}
END_TEST

START_TEST(the_check_of_a_connector_points_at_its_option)
{
	setenv("T_SECRET", "x", 1);
	complaints("connectors:\n  a: {type: mailbox, host: nowhere, user: u, password: !env T_SECRET}\n"
		   "  b: {type: mailbox, host: h, user: nobody, password: !env T_SECRET}\n");
	says("t.yaml:3:28: error: connectors.a.host: there is no such server as nowhere\n");
	says("t.yaml:4:3: error: connectors.b: nobody cannot log in\n");
}
END_TEST

START_TEST(host_options_have_defaults_and_are_inherited)
{
	struct config *c;

	setenv("T_SECRET", "x", 1);
	c = parse_text("config_version: 1\nmatching: {create_contacts: never}\nconnectors:\n"
		       "  b: {type: mailbox, host: h, user: u, password: !env T_SECRET, create_contacts: both, "
		       "every: 1h, timeout: 30s, freshness: 1d, reconcile_at: no, enabled: no}\n"
		       "  " MAILBOX("a") "\n");
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->n_connectors, 2);
	ck_assert_str_eq(c->connectors[0].name, "a");
	ck_assert_int_eq(c->connectors[0].host.create_contacts, CONFIG_CREATE_NEVER);
	ck_assert_int_eq(c->connectors[0].host.every, 300000000);
	ck_assert_int_eq(c->connectors[0].host.timeout, 600000000);
	ck_assert_int_eq(c->connectors[0].host.freshness, 0);
	ck_assert_str_eq(c->connectors[0].host.reconcile_at, "03:00");
	ck_assert_str_eq(c->connectors[1].host.reconcile_at, "no");
	ck_assert(c->connectors[0].host.enabled);
	ck_assert_str_eq(c->connectors[0].file, "t.yaml");
	ck_assert_int_eq(c->connectors[0].line, 5);
	ck_assert_int_eq(c->connectors[1].host.create_contacts, CONFIG_CREATE_BOTH);
	ck_assert_int_eq(c->connectors[1].host.every, INT64_C(3600000000));
	ck_assert(!c->connectors[1].host.enabled);
	ck_assert_ptr_eq(config_find_connector(c, STR("b")), &c->connectors[1]);
	ck_assert_ptr_null(config_find_connector(c, STR("c")));
	config_unref(c);
}
END_TEST

/* ---- files ---- */

START_TEST(connectors_come_from_all_files_in_order)
{
	struct config *c;

	begin();
	mkdir(in_folder("connectors.d"), 0755);
	put_file("daybook.yaml", "config_version: 1\nconnectors: {" MAILBOX("main") "}\n");
	put_file("connectors.d/b.yaml", "connectors: {" MAILBOX("two") "}\n");
	put_file("connectors.d/a.yaml", "connectors: {" MAILBOX("one") "}\n");
	put_file("connectors.d/.hidden.yaml", "}");
	put_file("connectors.d/a.yaml~", "}");
	put_file("connectors.d/README", "}");
	put_file("connectors.d/empty.yaml", "# nothing\n");
	put_file("connectors.d/other.yml", "}");
	c = load_with("daybook.yaml", 0);
	ck_assert_msg(c != NULL, "%s", report);
	ck_assert_uint_eq(c->n_connectors, 3);
	ck_assert_str_eq(c->connectors[2].name, "two");
	ck_assert_str_eq(report, "connectors.d/other.yml:1:1: warning: the file is not read\n"
				 "    = only *.yaml is; rename it\n");
	config_unref(c);
	remove_folder();
}
END_TEST

START_TEST(one_connector_s_secrets_can_be_read_without_the_others)
{
	struct diags *diags = diags_create();
	struct config *c;

	begin();
	put_file("daybook.yaml", "config_version: 1\nconnectors:\n"
				 "  one: {type: mailbox, host: h, user: u, password: !env DAYBOOK_TEST_ONE}\n"
				 "  two: {type: mailbox, host: h, user: u, password: !env DAYBOOK_TEST_TWO}\n");
	setenv("DAYBOOK_TEST_ONE", "hush", 1);
	unsetenv("DAYBOOK_TEST_TWO");
	c = config_load_one(in_folder("daybook.yaml"), known, "one", diags);
	ck_assert_ptr_nonnull(c);
	ck_assert(str_eq(secret_bytes(((const struct mailbox_conf *)c->connectors[0].conf)->password), STR("hush")));
	ck_assert_uint_eq(secret_bytes(((const struct mailbox_conf *)c->connectors[1].conf)->password).len, 0);
	config_unref(c);
	diags_destroy(diags);
	diags = diags_create();
	ck_assert_ptr_null(config_load_one(in_folder("daybook.yaml"), known, "two", diags));
	ck_assert_uint_eq(diags_n_errors(diags), 1);
	diags_destroy(diags);
	remove_folder();
}
END_TEST

START_TEST(the_same_name_in_two_files_names_the_first_place)
{
	begin();
	mkdir(in_folder("connectors.d"), 0755);
	put_file("daybook.yaml", "config_version: 1\nconnectors:\n  " MAILBOX("sales") "\n");
	put_file("connectors.d/a.yaml", "connectors:\n  " MAILBOX("sales") "\n");
	put_file("connectors.d/b.yaml", "\n\nconnectors:\n  " MAILBOX("sales") "\n");
	ck_assert_ptr_null(load_with("daybook.yaml", 0));
	ck_assert_uint_eq(n_errors, 2);
	says("connectors.d/a.yaml:2:3: error: connectors: a connector named \"sales\" exists already\n");
	says("connectors.d/b.yaml:4:3: error: connectors: a connector named \"sales\" exists already\n");
	says("    = the first is at daybook.yaml:3:3\n");
	remove_folder();
}
END_TEST

START_TEST(only_connectors_may_stand_in_connectors_d)
{
	begin();
	mkdir(in_folder("connectors.d"), 0755);
	put_file("daybook.yaml", "config_version: 1\n");
	put_file("connectors.d/a.yaml", "http: {}\nroles: {}\nsales: {type: hook}\nfoo: 1\nconnectors: {}\n");
	put_file("connectors.d/b.yaml", "- a\n");
	put_file("connectors.d/c.yaml", "a: [\n");
	ck_assert_ptr_null(load_with("daybook.yaml", 0));
	ck_assert_uint_eq(n_errors, 6);
	says("connectors.d/a.yaml:1:1: error: \"http\" belongs into daybook.yaml; here only \"connectors\" may stand\n");
	says("connectors.d/a.yaml:2:1: error: \"roles\" belongs into daybook.yaml");
	says("connectors.d/a.yaml:3:1: error: only \"connectors\" may stand here, not \"sales\"\n");
	says("    = put it under \"connectors:\", indented\n");
	says("connectors.d/a.yaml:4:1: error: only \"connectors\" may stand here, not \"foo\"\n");
	says("connectors.d/b.yaml:1:1: error: \"connectors:\" is expected here\n");
	says("connectors.d/c.yaml:");
	remove_folder();
}
END_TEST

START_TEST(a_main_file_that_cannot_be_read_says_why)
{
	begin();
	ck_assert_ptr_null(load_with("daybook.yaml", 0));
	ck_assert_str_eq(report, "daybook.yaml:1:1: error: cannot be read: No such file or directory\n");
	mkdir(in_folder("daybook.yaml"), 0755);
	ck_assert_ptr_null(load_with("daybook.yaml", 0));
	ck_assert_str_eq(report, "daybook.yaml:1:1: error: cannot be read: it is a directory\n");
	ck_assert_int_eq(mkfifo(in_folder("fifo.yaml"), 0644), 0);
	ck_assert_ptr_null(load_with("fifo.yaml", 0));
	ck_assert_str_eq(report, "fifo.yaml:1:1: error: cannot be read: it is not a regular file\n");
	remove_folder();
}
END_TEST

START_TEST(a_folder_that_cannot_be_read_is_an_error)
{
	struct config *c;

	begin();
	put_file("daybook.yaml", "config_version: 1\n");
	put_file("connectors.d", "not a folder");
	ck_assert_ptr_null(load_with("daybook.yaml", 0));
	ck_assert_str_eq(report, "connectors.d:1:1: error: cannot be read: Not a directory\n");
	unlink(in_folder("connectors.d"));
	c = load_with("daybook.yaml", 0);
	ck_assert_ptr_nonnull(c);	/* none at all is fine */
	config_unref(c);
	if (geteuid() == 0) {
		mkdir(in_folder("connectors.d"), 0700);
		chmod(folder, 0755);
		ck_assert_int_eq(seteuid(65534), 0);
		ck_assert_ptr_null(load_with("daybook.yaml", 0));
		ck_assert_int_eq(seteuid(0), 0);
		ck_assert_str_eq(report, "connectors.d:1:1: error: cannot be read: Permission denied\n");
	}
	remove_folder();
}
END_TEST

START_TEST(a_file_of_ten_megabytes_is_refused_at_once)
{
	size_t n = 10 << 20;
	char *large = xcalloc(n, 1);

	begin();
	memset(large, ' ', n);
	put_bytes("daybook.yaml", large, n);
	ck_assert_ptr_null(load_with("daybook.yaml", 0));
	ck_assert_str_eq(report, "daybook.yaml:1:1: error: the file is larger than 4 MiB\n");
	free(large);
	remove_folder();
}
END_TEST

START_TEST(a_file_just_below_the_cap_loads)
{
	size_t n = YAML_MAX_BYTES;
	char *large = xcalloc(n, 1);
	struct config *c;

	begin();
	memset(large, '\n', n);
	memcpy(large, "config_version: 1", 17);
	put_bytes("daybook.yaml", large, n);
	c = load_with("daybook.yaml", 0);
	ck_assert_ptr_nonnull(c);
	config_unref(c);
	free(large);
	remove_folder();
}
END_TEST

START_TEST(a_broken_main_file_does_not_hide_the_others)
{
	begin();
	mkdir(in_folder("connectors.d"), 0755);
	put_file("daybook.yaml", "http: [\n");
	put_file("connectors.d/a.yaml", "connectors: {a: {type: hok}}\n");
	ck_assert_ptr_null(load_with("daybook.yaml", 0));
	ck_assert_uint_eq(n_errors, 2);
	says("daybook.yaml:");
	says("connectors.d/a.yaml:1:24: error: connectors.a.type");
	remove_folder();
}
END_TEST

START_TEST(relative_paths_are_relative_to_their_file)
{
	struct config *c;
	auto_free char *want = NULL;

	begin();
	put_file("daybook.yaml", "config_version: 1\nstorage: {path: ./data}\nhttp: {listen: [unix:run/h.sock], control: c.sock}\n");
	c = load_with("daybook.yaml", 0);
	ck_assert_ptr_nonnull(c);
	want = xasprintf("%s/data", folder);
	ck_assert_str_eq(c->storage.path, want);
	ck_assert_str_eq(c->listen[0].path + strlen(folder), "/run/h.sock");
	ck_assert_str_eq(c->http.control + strlen(folder), "/c.sock");
	config_unref(c);
	remove_folder();
}
END_TEST

START_TEST(a_control_socket_with_a_long_path_is_a_warning_or_an_error)
{
	char text[400], path[120];
	struct config *c;

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	snprintf(text, sizeof(text), "config_version: 1\nstorage: {path: %s}\n", path);
	c = parse_text(text);
	ck_assert_ptr_nonnull(c);
	says("is too long for a socket (107 bytes at most)\n    = set http.control, e.g. to /run/daybook/control.sock\n");
	config_unref(c);
	snprintf(text, sizeof(text), "http: {control: %s}\n", path);
	complaints(text);
	says("http.control: the path of a socket can have 107 bytes at most, this has 119: /xxx");
}
END_TEST

START_TEST(json_is_yaml_too)
{
	struct config *c = parse_text("{\"config_version\": 1, \"http\": {\"listen\": [\"127.0.0.1:1\"], \"max_connections\": 7},"
				      " \"connectors\": {\"h\": {\"type\": \"hook\", \"enabled\": false}}}");

	ck_assert_msg(c != NULL, "%s", report);
	ck_assert_int_eq(c->http.max_connections, 7);
	ck_assert(!c->connectors[0].host.enabled);
	config_unref(c);
}
END_TEST

/* ---- reload ---- */

static struct config *with(const char *lines)
{
	auto_free char *text = xasprintf("config_version: 1\n%s", lines);
	struct config *c = parse_text(text);

	ck_assert_msg(c != NULL, "%s", report);
	return c;
}

static bool is_same(const char *before, const char *after)
{
	struct config *a = with(before);
	struct config *b = with(after);
	bool same = config_is_same_connector(&a->connectors[0], &b->connectors[0]);

	config_unref(a);
	config_unref(b);
	return same;
}

START_TEST(a_reload_tells_untouched_connectors_from_changed_ones)
{
	static const char one[] = "connectors: {" MAILBOX("a") "}";

	setenv("T_SECRET", "x", 1);
	ck_assert(is_same(one, one));
	ck_assert(is_same(one, "# moved\n\nconnectors:\n  a:\n    user: u\n    host: h\n    type: mailbox\n"
			       "    password: !env T_SECRET\n    port: 993\n"));
	ck_assert(!is_same(one, "connectors: {a: {type: mailbox, host: H, user: u, password: !env T_SECRET}}"));
	ck_assert(!is_same(one, "connectors: {a: {type: mailbox, host: h, user: u, password: !env T_SECRET, folders: [X]}}"));
	ck_assert(!is_same(one, "connectors: {a: {type: mailbox, host: h, user: u, password: !env T_SECRET, timeout: 1m}}"));
	ck_assert(!is_same(one, "connectors: {a: {type: mailbox, host: h, user: u, password: !env T_SECRET, login: {wait: 5s}}}"));
	ck_assert(!is_same(one, "matching: {create_contacts: never}\nconnectors: {" MAILBOX("a") "}"));
	ck_assert(!is_same(one, "connectors: {a: {type: hook}}"));
	ck_assert(!is_same(one, "connectors: {" MAILBOX("b") "}"));
	ck_assert(!is_same("connectors: {h: {type: hook, map: {a: [b, c]}}}",
			   "connectors: {h: {type: hook, map: {a: [b], c: []}}}"));
}
END_TEST

START_TEST(a_changed_secret_is_a_changed_connector)
{
	struct config *a, *b;

	setenv("T_SECRET", "x", 1);
	a = with("connectors: {" MAILBOX("a") "}");
	setenv("T_SECRET", "y", 1);
	b = with("connectors: {" MAILBOX("a") "}");
	ck_assert(!config_is_same_connector(&a->connectors[0], &b->connectors[0]));
	config_unref(a);
	config_unref(b);
}
END_TEST

START_TEST(options_that_need_a_restart_are_named)
{
	struct config *a = with("");
	struct config *b = with("storage: {path: /srv/x}\nhttp: {listen: [127.0.0.1:1], public_url: https://x.y}\n"
				"ingest: {workers: 9}\nmatching: {create_contacts: never}\n");
	struct config *c = with("http: {public_url: https://x.y}\norganization: {name: X}\n");
	struct buf names;

	buf_init(&names, 1000);
	ck_assert(config_needs_restart(a, b, &names));
	ck_assert_str_eq(names.ptr, "storage.path, http.listen, http.control, ingest.workers");
	buf_clear(&names);
	ck_assert(!config_needs_restart(a, c, &names));
	ck_assert(!config_needs_restart(a, a, &names));
	ck_assert_uint_eq(names.len, 0);
	buf_finish(&names);
	config_unref(a);
	config_unref(b);
	config_unref(c);
}
END_TEST

static void *ref_and_unref(void *arg)
{
	for (int i = 0; i < 20000; i++)
		config_unref(config_ref(arg));
	config_unref(arg);
	return NULL;
}

START_TEST(a_snapshot_lives_as_long_as_its_last_user)
{
	struct config *c = with("connectors: {h: {type: hook}}");
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, ref_and_unref, (void *)config_ref(c));
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(c->n_refs, 1);
	ck_assert_str_eq(c->connectors[0].name, "h");
	config_unref(c);
	config_unref(NULL);
}
END_TEST

START_TEST(ten_thousand_connectors_load_in_a_blink)
{
	const int n = 10000 / (int)sample();
	auto_free char *last = xasprintf("h%05d", n - 1);
	struct buf text;
	struct config *c;

	buf_init(&text, YAML_MAX_BYTES);
	buf_addf(&text, "config_version: 1\nconnectors:\n");
	for (int i = 0; i < n; i++)
		buf_addf(&text, "  h%05d: {type: hook, greeting: x}\n", i);
	c = parse_text(text.ptr);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->n_connectors, n);
	ck_assert_ptr_nonnull(config_find_connector(c, str_from(last)));
	config_unref(c);
	buf_finish(&text);
}
END_TEST

RUN("conf/config", the_sample_of_the_manual_loads_with_warnings_only,
    an_empty_file_is_all_defaults_and_one_warning, sections_with_nothing_in_them_are_fine,
    the_version_of_the_file_gates, every_rule_of_a_section_has_its_text,
    a_name_cannot_steer_the_terminal, things_that_are_odd_are_warnings, names_of_connectors_are_checked,
    the_type_of_a_connector_is_checked, the_check_of_a_connector_points_at_its_option,
    host_options_have_defaults_and_are_inherited, connectors_come_from_all_files_in_order,
    one_connector_s_secrets_can_be_read_without_the_others,
    the_same_name_in_two_files_names_the_first_place, only_connectors_may_stand_in_connectors_d,
    a_main_file_that_cannot_be_read_says_why, a_folder_that_cannot_be_read_is_an_error,
    a_file_of_ten_megabytes_is_refused_at_once, a_file_just_below_the_cap_loads,
    a_broken_main_file_does_not_hide_the_others, relative_paths_are_relative_to_their_file,
    a_control_socket_with_a_long_path_is_a_warning_or_an_error, json_is_yaml_too,
    a_reload_tells_untouched_connectors_from_changed_ones,
    a_changed_secret_is_a_changed_connector, options_that_need_a_restart_are_named,
    a_snapshot_lives_as_long_as_its_last_user, ten_thousand_connectors_load_in_a_blink)
