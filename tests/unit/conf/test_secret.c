/* Where secrets come from, and that they are never shown. */
#include "conf_test.h"

static struct config *config;

/* Loads a mailbox whose password is `value`. */
static bool load(const char *value)
{
	auto_free char *text = xasprintf("config_version: 1\nconnectors:\n  m:\n    type: mailbox\n"
					 "    host: h\n    user: u\n    password: %s\n", value);

	put_file("daybook.yaml", text);
	config_unref(config);
	config = load_with("daybook.yaml", 0);
	return config != NULL;
}

static struct str password(void)
{
	return secret_bytes(((const struct mailbox_conf *)config->connectors[0].conf)->password);
}

static void begin(void)
{
	make_folder();
	unsetenv("CREDENTIALS_DIRECTORY");
	ck_assert_int_eq(mkdir(in_folder("secrets"), 0700), 0);
}

static void end(void)
{
	config_unref(config);
	config = NULL;
	remove_folder();
}

START_TEST(a_credential_comes_from_the_service_manager_first)
{
	begin();
	put_secret_file("secrets/sales", "ours\n");
	ck_assert(load("!credential sales"));
	ck_assert(str_eq(password(), STR("ours")));
	ck_assert_int_eq(mkdir(in_folder("credentials"), 0700), 0);
	put_file("credentials/sales", "given\n");	/* its mode is not ours to judge */
	setenv("CREDENTIALS_DIRECTORY", in_folder("credentials"), 1);
	ck_assert(load("!credential sales"));
	ck_assert(str_eq(password(), STR("given")));
	end();
}
END_TEST

START_TEST(one_newline_at_the_end_is_dropped)
{
	static const struct {
		const char *text;
		struct str want;
	} cases[] = {
		{ "x", { "x", 1 } }, { "x\n", { "x", 1 } }, { "x\r\n", { "x", 1 } },
		{ "x\n\n", { "x\n", 2 } }, { " x \n", { " x ", 3 } }, { "a\nb\n", { "a\nb", 3 } },
	};

	begin();
	for (size_t i = 0; i < countof(cases); i++) {
		put_secret_file("secrets/sales", cases[i].text);
		ck_assert(load("!credential sales"));
		ck_assert(str_eq(password(), cases[i].want));
	}
	end();
}
END_TEST

START_TEST(a_missing_credential_says_where_it_looked_and_how_to_make_it)
{
	begin();
	ck_assert(!load("!credential sales"));
	drop_folder();
	says("daybook.yaml:7:15: error: connectors.m.password: credential \"sales\" is not there\n"
	     "  7 |     password: !credential sales\n"
	     "    |               ^^^^^^^^^^^^^^^^^ looked in secrets ($CREDENTIALS_DIRECTORY is not set)\n"
	     "    = make it:  (umask 077; mkdir -p secrets; cat > secrets/sales)   type it, Enter, Ctrl-D\n");
	setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1);
	ck_assert(!load("!credential sales"));
	says(" looked in $CREDENTIALS_DIRECTORY and secrets\n");
	end();
}
END_TEST

START_TEST(a_secret_that_others_can_read_is_refused)
{
	begin();
	put_secret_file("secrets/sales", "hunter2");
	chmod(in_folder("secrets/sales"), 0644);
	ck_assert(!load("!credential sales"));
	ck_assert_str_eq(report, "secrets/sales:1:1: error: the file can be read by others (mode 0644); chmod 600\n"
				 "    = it holds connectors.m.password, see daybook.yaml:7:15\n");
	chmod(in_folder("secrets/sales"), 0640);
	ck_assert(!load("!credential sales"));
	says("(mode 0640)");
	ck_assert(!load("!file secrets/sales"));
	says("secrets/sales:1:1: error: the file can be read by others (mode 0640); chmod 600\n");
	chmod(in_folder("secrets/sales"), 0620);
	ck_assert(!load("!file secrets/sales"));
	says("the file can be changed by others (mode 0620); chmod 600\n");
	chmod(in_folder("secrets/sales"), 0400);
	ck_assert(load("!file secrets/sales"));
	end();
}
END_TEST

START_TEST(a_file_is_beside_the_file_that_names_it)
{
	begin();
	ck_assert_int_eq(mkdir(in_folder("connectors.d"), 0700), 0);
	put_secret_file("connectors.d/pass", "hunter2\n");
	put_file("connectors.d/m.yaml", "connectors: {m: {type: mailbox, host: h, user: u, password: !file pass}}");
	put_file("daybook.yaml", "config_version: 1\n");
	config = load_with("daybook.yaml", 0);
	ck_assert_ptr_nonnull(config);
	ck_assert(str_eq(password(), STR("hunter2")));
	ck_assert(!load("!file nothing"));
	says("connectors.m.password: the file nothing is not there\n");
	says("    = make it:  (umask 077; cat > nothing)");
	ck_assert(!load("!file secrets"));
	says("connectors.m.password: secrets is not a regular file\n");
	ck_assert(!load("!file"));
	says("connectors.m.password: \"\" is not a path\n");
	end();
}
END_TEST

START_TEST(the_environment_is_read_by_name)
{
	begin();
	setenv("T_SECRET", "from the environment", 1);
	ck_assert(load("!env T_SECRET"));
	ck_assert(str_eq(password(), STR("from the environment")));
	unsetenv("T_SECRET");
	ck_assert(!load("!env T_SECRET"));
	says("connectors.m.password: environment variable \"T_SECRET\" is not set\n");
	says("    = set it where the daemon is started, or use !credential NAME\n");
	setenv("T_SECRET", "", 1);
	ck_assert(!load("!env T_SECRET"));
	says("environment variable \"T_SECRET\" is empty\n");
	ck_assert(!load("!env A=B"));
	says("\"A=B\" cannot name an environment variable\n");
	end();
}
END_TEST

START_TEST(names_cannot_leave_the_folder)
{
	static const char *const names[] = { "../etc/passwd", "a/b", "..", ".", ".hidden", "\"a\\0b\"", "" };

	begin();
	for (size_t i = 0; i < countof(names); i++) {
		auto_free char *value = xasprintf("!credential %s", names[i]);

		ck_assert(!load(value));
		says("cannot name a credential (letters, digits, . _ - @)\n");
	}
	end();
}
END_TEST

START_TEST(an_empty_or_huge_secret_is_refused)
{
	auto_free char *huge = xcalloc(SECRET_MAX_BYTES + 2, 1);

	begin();
	put_secret_file("secrets/sales", "\n");
	ck_assert(!load("!credential sales"));
	says("connectors.m.password: secrets/sales is empty\n");
	memset(huge, 'x', SECRET_MAX_BYTES + 1);
	put_secret_file("secrets/sales", huge);
	ck_assert(!load("!credential sales"));
	says("secrets/sales is larger than 64 KiB: that is no secret\n");
	huge[SECRET_MAX_BYTES] = '\0';
	put_secret_file("secrets/sales", huge);
	ck_assert(load("!credential sales"));
	ck_assert_uint_eq(password().len, SECRET_MAX_BYTES);
	end();
}
END_TEST

START_TEST(a_secret_in_the_file_is_refused_and_never_shown)
{
	static const char *const values[] = {
		"hunter2", "\"hunter2\"", "'hunter2'", "[hunter2]", "{hunter2: hunter2}", "|\n      hunter2",
		">-\n      hunter2\n      hunter2", "!hunter2", "hunter2  # hunter2 it is", "!!str hunter2",
	};

	begin();
	for (size_t i = 0; i < countof(values) - 2; i++) {
		ck_assert(!load(values[i]));
		says_not("hunter");
		says("a secret cannot stand in the file (use !credential NAME)\n");
	}
	ck_assert(!load("!!str hunter2"));
	says_not("hunter");
	ck_assert(!load("hunter2"));
	ck_assert_str_eq(report, "daybook.yaml:7:15: error: connectors.m.password: a secret cannot stand in the file (use !credential NAME)\n"
				 "  7 |     password: ••••\n"
				 "    |               ^^^^\n"
				 "    = !credential NAME, !file PATH or !env NAME say where it is\n");
	end();
}
END_TEST

START_TEST(a_misspelt_secret_option_hides_its_value)
{
	folder[0] = '\0';
	complaints("connectors: {m: {type: mailbox, host: h, user: u, pasword: hunter2, tokn: hunter2}, "
		   "h: {type: hook, tokken: hunter2, token: hunter2, token: hunter2, x: y}}\n");
	says("= did you mean \"password\"?");
	says("= did you mean \"token\"?");
	says_not("hunter");
}
END_TEST

START_TEST(a_secret_whose_name_does_not_sound_like_one_is_hidden_too)
{
	folder[0] = '\0';
	complaints("connectors: {h: {signature: hunter2, type: hook, signature: hunter3, signatre: hunter4}}\n");
	ck_assert_uint_eq(n_errors, 3);
	says("connectors.h.signature: a secret cannot stand in the file (use !credential NAME)\n"
	     "  2 | connectors: {h: {signature: ••••, type: hook, signature: ••••, signatre: ••••}}\n"
	     "    |                             ^^^^\n");
	says("\"signature\" stands here twice");
	says("= did you mean \"signature\"?");
	says_not("hunter");
}
END_TEST

START_TEST(without_secrets_none_is_looked_up_but_all_are_checked)
{
	begin();
	put_file("daybook.yaml", "config_version: 1\nconnectors: {m: {type: mailbox, host: h, user: u, password: !credential no}}\n");
	config = load_with("daybook.yaml", CONFIG_NO_SECRETS);
	ck_assert_ptr_nonnull(config);
	ck_assert_uint_eq(password().len, 0);
	put_file("daybook.yaml", "config_version: 1\nconnectors: {m: {type: mailbox, host: h, user: u, password: plain}}\n");
	ck_assert_ptr_null(load_with("daybook.yaml", CONFIG_NO_SECRETS));
	end();
}
END_TEST

START_TEST(secrets_are_compared_whole)
{
	struct secret *secret = secret_create(STR("hunter2"));

	ck_assert(secret_is(secret, STR("hunter2")));
	ck_assert(!secret_is(secret, STR("hunter")));
	ck_assert(!secret_is(secret, STR("hunter22")));
	ck_assert(!secret_is(secret, STR("")));
	ck_assert(!secret_is(NULL, STR("")));
	ck_assert_uint_eq(secret_bytes(NULL).len, 0);
	secret_destroy(secret);
	secret_destroy(NULL);
}
END_TEST

START_TEST(a_secret_that_may_not_be_read_says_whose_it_must_be)
{
	if (geteuid() != 0)
		return;
	begin();
	put_secret_file("secrets/sales", "hunter2");
	ck_assert_int_eq(chmod(folder, 0755), 0);
	ck_assert_int_eq(chmod(in_folder("secrets"), 0755), 0);
	put_file("daybook.yaml", "");
	chmod(in_folder("daybook.yaml"), 0666);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_assert(!load("!credential sales"));
	ck_assert_int_eq(seteuid(0), 0);
	says("connectors.m.password: secrets/sales cannot be read: Permission denied\n");
	says("    = it must belong to the user that the daemon runs as, mode 600\n");
	end();
}
END_TEST

RUN("conf/secret", a_credential_comes_from_the_service_manager_first,
    one_newline_at_the_end_is_dropped, a_missing_credential_says_where_it_looked_and_how_to_make_it,
    a_secret_that_others_can_read_is_refused, a_file_is_beside_the_file_that_names_it,
    the_environment_is_read_by_name, names_cannot_leave_the_folder,
    an_empty_or_huge_secret_is_refused, a_secret_in_the_file_is_refused_and_never_shown,
    a_misspelt_secret_option_hides_its_value,
    a_secret_whose_name_does_not_sound_like_one_is_hidden_too,
    without_secrets_none_is_looked_up_but_all_are_checked,
    secrets_are_compared_whole, a_secret_that_may_not_be_read_says_whose_it_must_be)
