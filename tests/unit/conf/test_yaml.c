/* YAML as a tree of texts, and reports with their source lines. */
#include "conf_test.h"

static struct yaml_doc *doc;

/* Parses, leaves the reports in `report`. */
static struct yaml_node *parse_bytes(const void *bytes, size_t n)
{
	struct diags *diags = diags_create();

	folder[0] = '\0';
	yaml_destroy(doc);
	doc = yaml_parse("t.yaml", (struct str){ bytes, n }, diags);
	n_errors = diags_n_errors(diags);
	diags_settle(diags);
	print_report(diags);
	diags_destroy(diags);
	ck_assert_int_eq(yaml_is_broken(doc) && n_errors == 0, 0);
	return yaml_root(doc);
}

static struct yaml_node *parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void drop(void)
{
	yaml_destroy(doc);
	doc = NULL;
}

static const char *text_of(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = yaml_find(map, key);

	return node != NULL && node->kind == YAML_TEXT ? node->text.ptr : "(none)";
}

START_TEST(scalars_are_texts_whatever_yaml_would_make_of_them)
{
	const struct yaml_node *root = parse("host: no\nport: 0777\nn: ~\nf: 1e3\nd: 2024-01-01\n"
					     "t: true\nq: 'yes'\n");

	ck_assert_uint_eq(n_errors, 0);
	ck_assert_str_eq(text_of(root, "host"), "no");
	ck_assert_str_eq(text_of(root, "port"), "0777");
	ck_assert_str_eq(text_of(root, "n"), "~");
	ck_assert_str_eq(text_of(root, "f"), "1e3");
	ck_assert_str_eq(text_of(root, "d"), "2024-01-01");
	ck_assert_str_eq(text_of(root, "t"), "true");
	ck_assert(yaml_find(root, "t")->is_plain);
	ck_assert(!yaml_find(root, "q")->is_plain);
	drop();
}
END_TEST

START_TEST(nodes_know_their_place_in_characters)
{
	const struct yaml_node *root = parse("a: 1\nação: {b: [x, yé, z]}\n");
	const struct yaml_node *list = yaml_find(yaml_find(root, "ação"), "b");

	ck_assert_uint_eq(list->n_items, 3);
	ck_assert_int_eq(list->items[1]->at.line, 2);
	ck_assert_int_eq(list->items[1]->at.column, 15);
	ck_assert_int_eq(list->items[1]->at.end_column, 17);
	ck_assert_int_eq(list->key->at.column, 8);
	drop();
}
END_TEST

START_TEST(an_empty_file_has_no_root_and_no_error)
{
	const char *const empties[] = { "", "\n\n", "# only a comment\n", "---\n", "\xef\xbb\xbf" };

	for (size_t i = 0; i < countof(empties); i++) {
		const struct yaml_node *root = parse(empties[i]);

		ck_assert_uint_eq(n_errors, 0);
		ck_assert(root == NULL || yaml_is_nothing(root));
	}
	drop();
}
END_TEST

START_TEST(a_byte_order_mark_does_not_count_as_a_column)
{
	const struct yaml_node *root = parse("\xef\xbb\xbf" "a: 1\n");

	ck_assert_str_eq(text_of(root, "a"), "1");
	ck_assert_int_eq(root->items[0]->key->at.column, 1);
	drop();
}
END_TEST

START_TEST(crlf_and_lone_cr_end_lines)
{
	const struct yaml_node *root = parse("a: 1\r\nb: 2\r\nb: 3\r\n");

	ck_assert_uint_eq(n_errors, 1);
	ck_assert_str_eq(text_of(root, "a"), "1");
	ck_assert_str_eq(report, "t.yaml:3:1: error: \"b\" stands here twice\n"
				 "  3 | b: 3\n"
				 "    | ^\n"
				 "    = the first is at t.yaml:2:1\n");
	drop();
}
END_TEST

START_TEST(every_repeat_of_a_key_names_the_first)
{
	const struct yaml_node *root = parse("a: 1\nb: {x: 1, x: 2}\na: 2\na: 3\n");

	ck_assert_uint_eq(n_errors, 3);
	says("t.yaml:2:11: error: \"x\" stands here twice");
	says("t.yaml:3:1: error: \"a\" stands here twice");
	says("t.yaml:4:1: error: \"a\" stands here twice");
	says("    = the first is at t.yaml:1:1\n");
	ck_assert_str_eq(text_of(root, "a"), "1");
	drop();
}
END_TEST

START_TEST(anchors_and_aliases_are_refused_with_a_hint)
{
	parse("a: &x 1\nb: *x\nc: [*x]\n");
	ck_assert_uint_eq(n_errors, 3);
	says("t.yaml:1:4: error: anchors (&name) are not read here\n  1 | a: &x 1\n    |    ^^^^\n"
	     "    = write the value out where it is needed; quote it if it should begin with &\n");
	says("t.yaml:2:4: error: aliases (*name) are not read here\n  2 | b: *x\n    |    ^^\n"
	     "    = write the value out where it is needed; quote it if it should begin with *\n");
	says("t.yaml:3:5: error: aliases (*name)");
	drop();
}
END_TEST

START_TEST(the_billion_laughs_are_one_complaint_each_and_no_memory)
{
	parse("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n");
	says("anchors (&name)");
	says("aliases (*name)");
	drop();
}
END_TEST

START_TEST(depth_is_capped)
{
	char deep[YAML_MAX_DEPTH + 8];

	memset(deep, '[', sizeof(deep));
	parse_bytes(deep, sizeof(deep));
	ck_assert_uint_eq(n_errors, 1);
	says("t.yaml:1:33: error: nested deeper than 32");
	memset(deep, '[', YAML_MAX_DEPTH);
	memset(deep + YAML_MAX_DEPTH, ']', 8);
	parse_bytes(deep, sizeof(deep));
	says_not("deeper");
	drop();
}
END_TEST

START_TEST(the_number_of_values_is_capped)
{
	size_t n = (size_t)YAML_MAX_NODES * 2 + 10;
	char *many = xcalloc(n, 1);

	for (size_t i = 0; i < n; i++)
		many[i] = i == 0 ? '[' : i % 2 ? 'a' : ',';
	parse_bytes(many, n);
	says("the file has more than 200000 values");
	free(many);
	drop();
}
END_TEST

START_TEST(a_text_larger_than_four_mebibytes_is_refused)
{
	size_t n = YAML_MAX_BYTES + 1;
	char *large = xcalloc(n, 1);

	memset(large, '#', n);
	parse_bytes(large, n);
	ck_assert_str_eq(report, "t.yaml:1:1: error: the file is larger than 4 MiB\n");
	free(large);
	drop();
}
END_TEST

START_TEST(a_nul_byte_is_found_where_it_stands)
{
	parse_bytes("a: 1\nb: x\0y\n", 12);
	ck_assert_uint_eq(n_errors, 1);
	says("t.yaml:2:5: error: a NUL byte: this is not a text file\n");
	drop();
}
END_TEST

START_TEST(broken_utf8_is_found_where_it_stands)
{
	parse("é: 1\nb: é\xe9!\n");
	says("t.yaml:2:5: error: byte 0xe9 is not UTF-8\n");
	says("  2 | b: é\xef\xbf\xbd!\n    |     ^\n    = save the file as UTF-8\n");
	parse_bytes("\xff\xfe" "a\0:\0", 6);
	says("t.yaml:1:1: error: the file is UTF-16, not UTF-8\n");
	drop();
}
END_TEST

START_TEST(control_characters_are_found_and_never_printed)
{
	parse("a: 1\nb: x\x1b[31m\n");
	says("t.yaml:2:5: error: a control character\n  2 | b: x\xef\xbf\xbd[31m\n    |     ^\n");
	ck_assert_ptr_null(strchr(report, '\x1b'));
	parse("\"\\e[31m\": 1\n\"\\e[31m\": 2\n");
	ck_assert_ptr_null(strchr(report, '\x1b'));
	says("error: \"\xef\xbf\xbd[31m\" stands here twice");
	drop();
}
END_TEST

START_TEST(syntax_errors_come_in_words_that_help)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "a:\n\tb: 1\n", "t.yaml:2:1: error: a tab cannot indent YAML\n"
				  "  2 | \tb: 1\n    | ^\n    = use spaces\n" },
		{ "a: @b\n", "t.yaml:1:4: error: a value cannot begin with \"@\"\n"
			     "  1 | a: @b\n    |    ^\n    = put the value in quotes\n" },
		{ "a: [x, *@b]\n", "t.yaml:1:8: error: a value cannot begin with this character\n"
				   "  1 | a: [x, *@b]\n    |        ^\n    = put the value in quotes\n" },
		{ "a: b: c\n", "t.yaml:1:5: error: a \"name: value\" cannot stand here\n" },
		{ "a: 1\n b: 2\n", "= check the indentation; a value with \": \" inside must be quoted" },
		{ "a: 5\n- b\n", "t.yaml:2:1: error: this does not fit what stands around it\n" },
		{ "a: 5\nfoo\nb: 1\n", "t.yaml:2:1: error: a name without a colon\n" },
		{ "a: [1, 2\nb: 3\n", "t.yaml:1:4: error: the list is not closed\n" },
		{ "a: {b: 1\nc: 2\n", "t.yaml:1:4: error: the map is not closed\n" },
		{ "a: \"foo\nb: 1\n", "t.yaml:1:4: error: the quote is never closed\n" },
		{ "a: !no!way x\n", "t.yaml:1:4: error: this tag means nothing here\n" },
		{ "a: \"x\\q\"\n", "error: a backslash followed by this means nothing in \"…\"\n" },
		{ "a: 1\n---\nb: 2\n", "t.yaml:2:1: error: a second document begins here" },
	};

	for (size_t i = 0; i < countof(cases); i++) {
		ck_assert_ptr_null(parse(cases[i].text));
		ck_assert_uint_eq(n_errors, 1);
		says(cases[i].want);
	}
	drop();
}
END_TEST

START_TEST(tags_are_kept_for_secrets_and_refused_otherwise)
{
	const struct yaml_node *root = parse("a: !credential x\nb: !!str no\nc: !!int 5\nd: !foo z\n"
					     "e: !env\ng: ! z\n");

	ck_assert_uint_eq(n_errors, 2);
	ck_assert_str_eq(yaml_find(root, "a")->tag, "!credential");
	ck_assert_str_eq(text_of(root, "a"), "x");
	ck_assert_ptr_null(yaml_find(root, "b")->tag);
	ck_assert_ptr_null(yaml_find(root, "g")->tag);
	says("t.yaml:3:4: error: this tag means nothing here\n  3 | c: !!int 5\n    |    ^^^^^^^\n"
	     "    = the tags are !credential NAME, !file PATH and !env NAME, for secrets; "
	     "quote text that begins with !\n");
	says("t.yaml:4:4: error: this tag means nothing here\n");
	drop();
}
END_TEST

START_TEST(a_key_that_is_no_text_is_refused)
{
	parse("? [a, b]\n: c\nd: 1\n? {x: 1}\n: y\n");
	ck_assert_uint_eq(n_errors, 2);
	says("t.yaml:1:3: error: a name must be plain text\n");
	says("t.yaml:4:3: error: a name must be plain text\n");
	drop();
}
END_TEST

/* ---- source lines ---- */

START_TEST(carets_line_up_behind_tabs_wide_and_combining_characters)
{
	parse("日本: {e\xcc\x81: 1, \"a\t\": 2, x: &y 3}\n");
	ck_assert_str_eq(report, "t.yaml:1:25: error: anchors (&name) are not read here\n"
				 "  1 | 日本: {e\xcc\x81: 1, \"a\t\": 2, x: &y 3}\n"
				 "    |                \t         ^^^^\n"
				 "    = write the value out where it is needed; quote it if it should "
				 "begin with &\n");
	drop();
}
END_TEST

START_TEST(a_long_line_is_cut_around_the_place)
{
	char text[4000] = "a: [";

	for (int i = 0; i < 500; i++)
		strncat(text, "item, ", 7);
	strncat(text, "*x, ", 5);
	for (int i = 0; i < 100; i++)
		strncat(text, "item, ", 7);
	strncat(text, "]\n", 3);
	parse(text);
	says("t.yaml:1:3005: error: aliases (*name)");
	ck_assert_uint_lt(strlen(report), 700);
	says("| …");
	says("…\n    | ");
	drop();
}
END_TEST

START_TEST(what_sounds_secret_is_hidden_wherever_it_stands)
{
	parse("{db_password: hunter2, x: *a, api-key: [hunter3, hunter4], y: *b}\n");
	ck_assert_uint_eq(n_errors, 2);
	says_not("hunter");
	says("  1 | {db_password: ••••, x: *a, api-key: ••••, y: *b}\n"
	     "    |                        ^^\n");
	says("    |                                              ^^\n");
	drop();
}
END_TEST

START_TEST(a_secret_that_breaks_the_syntax_is_hidden_too)
{
	static const char *const texts[] = {
		"password: @hunter2\n", "a: 1\npassword: \"hunter2\nhost: x\n",
		"x: {password: hunter2, y: [}\n", "password: hunter2\n  hunter2: hunter2\n",
		"password: |\n  hunter2\n hunter2\n", "senhá: 1\ntoken: %hunter2\n",
		"password: foo\n\thunter2\n\thunter2: hunter2\n",
		"password: \"foo\nhunter2\" hunter2\n", "token:hunter2\nhost: x\n",
		"password: \"foo\nhunter2\": x\n", "a:\n  password: |\n    x: hunter2\n   y: hunter2\n",
	};

	for (size_t i = 0; i < countof(texts); i++) {
		parse(texts[i]);
		ck_assert_uint_ge(n_errors, 1);
		says_not("hunter");
	}
	drop();
}
END_TEST

START_TEST(a_secret_that_looks_like_markup_is_hidden)
{
	static const char *const texts[] = {
		"password: !hunter2\n", "password: &hunter2\n", "password: *hunter2\n",
		"password: &hunter2 x\n", "password: !hunter2 x\n", "{token: [*hunter2]}\n",
		"{password:hunter2, password:hunter2}\n", "password: !!hunter2\n",
		"password: *hunter2!\n", "password: !hun!ter2 hunter2\n",
	};

	for (size_t i = 0; i < countof(texts); i++) {
		parse(texts[i]);
		ck_assert_uint_ge(n_errors, 1);
		says_not("hunter");
		says("••••");
	}
	drop();
}
END_TEST

START_TEST(a_reference_to_a_secret_is_no_secret)
{
	parse("{password: !credential sales, x: *a}\n");
	says("{password: !credential sales, x: *a}");
	parse("password: !credential sales\nhost: @x\n");
	says("  2 | host: @x\n");
	drop();
}
END_TEST

RUN("conf/yaml", scalars_are_texts_whatever_yaml_would_make_of_them,
    nodes_know_their_place_in_characters, an_empty_file_has_no_root_and_no_error,
    a_byte_order_mark_does_not_count_as_a_column, crlf_and_lone_cr_end_lines,
    every_repeat_of_a_key_names_the_first, anchors_and_aliases_are_refused_with_a_hint,
    the_billion_laughs_are_one_complaint_each_and_no_memory, depth_is_capped,
    the_number_of_values_is_capped, a_text_larger_than_four_mebibytes_is_refused,
    a_nul_byte_is_found_where_it_stands, broken_utf8_is_found_where_it_stands,
    control_characters_are_found_and_never_printed, syntax_errors_come_in_words_that_help,
    tags_are_kept_for_secrets_and_refused_otherwise, a_key_that_is_no_text_is_refused,
    carets_line_up_behind_tabs_wide_and_combining_characters,
    a_long_line_is_cut_around_the_place, what_sounds_secret_is_hidden_wherever_it_stands,
    a_secret_that_breaks_the_syntax_is_hidden_too, a_secret_that_looks_like_markup_is_hidden,
    a_reference_to_a_secret_is_no_secret)
