#include <string.h>

#include "base/mem.h"
#include "imap/exclude.h"
#include "imap/header_scan.h"

#include "../check_main.h"

static char found[4000];

static bool note(struct str address, void *arg)
{
	size_t n = strlen(found);

	(void)arg;
	snprintf(found + n, sizeof(found) - n, "%s" STR_FMT, n ? " " : "", STR_ARG(address));
	return true;
}

static const char *people_of(const char *header)
{
	found[0] = '\0';
	header_each_address(str_from(header), HEADER_PEOPLE, note, NULL);
	return found;
}

static bool is_out(const char *entry, const char *header)
{
	const char *const items[] = { entry };
	const struct conf_list list = { (const char **)items, 1 };

	return exclude_matches(&list, str_from(header));
}

START_TEST(addresses_are_found_in_every_form_people_write_them)
{
	ck_assert_str_eq(people_of("From: ana@x.example\r\n"), "ana@x.example");
	ck_assert_str_eq(people_of("From: Ana Lima <ana@x.example>\r\nTo: <b@y>, \"C, D\" <c@z>;\r\n"),
			 "ana@x.example b@y c@z");
	ck_assert_str_eq(people_of("To: Team: a@x, B <b@x>;, c@x (Carla, of sales)\n"), "a@x b@x c@x");
	ck_assert_str_eq(people_of("Cc: <@relay1,@relay2:a@x>\n"), "a@x");
	ck_assert_str_eq(people_of("From:\r\n Ana\r\n\t<ana@x>\r\nSubject: b@y\r\nResent-To: d@x\n"), "ana@x d@x");
	ck_assert_str_eq(people_of("reply-to: \"john smith\"@x.example\n"), "\"john smith\"@x.example");
	ck_assert_str_eq(people_of("To: Ana Lima ana@x, b@x Bia, \"C, D\" c@x\nCc: d@x (D) e, f . g @ x . y\n"),
			 "ana@x b@x c@x d@x f.g@x.y");
	ck_assert_str_eq(people_of("Delivered-To: us@x\nX-To: a@x\n"), "");
}
END_TEST

START_TEST(a_name_that_looks_like_an_address_is_no_address)
{
	ck_assert_str_eq(people_of("From: \"known@customer.example\" <stranger@y>\n"), "stranger@y");
	ck_assert_str_eq(people_of("From: known@customer.example <stranger@y>\n"), "stranger@y");
	ck_assert_str_eq(people_of("From: known@customer.example Inc <stranger@y>\n"), "stranger@y");
	ck_assert_str_eq(people_of("From: \"known@customer.example\" stranger@y\n"), "stranger@y");
	ck_assert_str_eq(people_of("From: stranger@y (known@customer.example)\n"), "stranger@y");
}
END_TEST

START_TEST(broken_fields_cost_nothing_but_themselves)
{
	auto_free char *deep = xcalloc(1, 200000), *many = xcalloc(1, 200000);

	ck_assert_str_eq(people_of("From: \"Ana <ana@x>\nTo: b@y\n"), "ana@x b@y");
	ck_assert_str_eq(people_of("From: ana@x\n\nTo: body@y\n"), "ana@x");
	ck_assert_str_eq(people_of("From ana@x\nTo\n: a@b\n <>\nTo: <>,,;@\n"), "@");
	ck_assert_str_eq(people_of(""), "");
	ck_assert_str_eq(people_of("From: Ana :( <ana@x>\nTo: b@y\n"), "ana@x b@y");
	ck_assert_str_eq(people_of("To: a@x, (said (well), Ana <ana@x>\n"), "a@x ana@x");
	ck_assert_str_eq(people_of("To: (fine) a@x, :( <b@x>, (not) <c@x>\n"), "a@x b@x c@x");
	ck_assert_str_eq(people_of("To: Ana <ana@x, b@y; c@z\n"), "ana@x b@y c@z");
	ck_assert_str_eq(people_of("To: =?utf-8?q?A\"na?= <ana@x>, \"B\" <b@y>\n"), "ana@x b@y");
	ck_assert_str_eq(people_of("To: =?utf-8?q?A(na,?= <ana@x>, B (sales) <b@y>\n"), "ana@x b@y");
	ck_assert_str_eq(people_of("To: \"a\\\"b\" <b@y>, \"c\\"), "b@y");
	memset(deep, '(', 199999);
	memcpy(deep, "From: ", 6);
	ck_assert_str_eq(people_of(deep), "");
	memset(deep + 6, '<', 199993);
	memcpy(deep + 199980, "a@x>, <b@y>", 11);
	ck_assert_str_eq(people_of(deep), "a@x b@y");
	memset(many, 'a', 199999);
	memcpy(many, "From: ", 6);
	memcpy(many + 190000, "@x, b@y", 7);
	many[190007] = '\0';
	ck_assert_str_eq(people_of(many), "b@y");
}
END_TEST

START_TEST(a_sender_is_left_out_by_address_or_domain)
{
	const char *header = "From: Loja <Promo@News.Loja.example>\r\nTo: ana@us.example\r\nSubject: x\r\n\r\n";

	ck_assert(is_out("from:promo@news.loja.example", header));
	ck_assert(is_out("from:@news.loja.example", header));
	ck_assert(is_out("from:@loja.example", header));
	ck_assert(!is_out("from:@ja.example", header));
	ck_assert(!is_out("from:@us.example", header));
	ck_assert(!is_out("from:romo@news.loja.example", header));
	ck_assert(is_out("from:robot@x", "From: boss@y\nSender: robot@x\n\n"));
	ck_assert(is_out("from:@bücher.example", "From: a@news.xn--bcher-kva.example\n\n"));
	ck_assert(is_out("from:ana@XN--BCHER-kva.example", "From: Ana@BÜCHER.example\n\n"));
	ck_assert(is_out("from:ana@x.example", "From: \"ana\"@x.example.\n\n"));
	ck_assert(!is_out("from:@bücher.example", "From: a@xbücher.example\n\n"));
	ck_assert(is_out("from:a@us", "From: b@x, c@y\nFrom: A@US\n\n"));
	/* Forgotten commas, as the parser reads them. */
	ck_assert(is_out("from:b@y", "From: <a@x> b@y\n\n"));
	ck_assert(is_out("from:b@y", "From: Ana <a@x>b@y Bia, c@z\n\n"));
	ck_assert(is_out("from:b@y", "From: a@x b@y c@z\n\n"));
	ck_assert(is_out("from:a@x", "From: a@x b@y Bia\n\n"));
	ck_assert(is_out("from:c@z", "From: a@x Ana\tb@y Bia c @ z\n\n"));
	ck_assert(!is_out("from:b@y", "From: b@y <a@x>\n\n"));
	ck_assert(!is_out("from:b@y", "From: <a@x> b@y <c@z>\n\n"));
	ck_assert(!is_out("from:b@y", "From: <\"a\n b@y\n \"@x>\n\n"));
	ck_assert(!is_out("from:b@y", "From: \"a\n b@y\n \"@x\n\n"));
}
END_TEST

START_TEST(a_subject_is_left_out_by_a_part_of_it_decoded_and_without_case)
{
	auto_free char *behind_many = xcalloc(1, 50000);

	memset(behind_many, 'x', 40000);
	memcpy(behind_many, "To: ", 4);
	memcpy(behind_many + 40000, "\nSubject: férias\n\n", 19);
	ck_assert(is_out("subject:férias", "Subject: Minhas =?utf-8?Q?F=C3=89RIAS?= de julho\n\n"));
	ck_assert(is_out("subject:FÉRIAS", "Subject: =?iso-8859-1?B?ZulyaWFz?=\n\n"));
	ck_assert(is_out("subject:fe\xcc\x81rias", "Subject: f\xc3\xa9rias\n\n"));
	ck_assert(!is_out("subject:férias", "Subject: trabalho\nFrom: ferias@x\n\nférias\n"));
	ck_assert(!is_out("subject:férias", "From: a@b\n\n"));
	ck_assert(is_out("subject:férias", "Subject: x\nSubject: férias\n\n"));
	ck_assert(is_out("subject:férias", "subject:\n f\xc3\xa9rias\n\n"));
	ck_assert(is_out("subject:férias", "Subject: =?utf-8?q?f=C3?= =?UTF-8?q?=A9rias?=\n\n"));
	ck_assert(is_out("subject:férias", "Subject: =?utf-8?B?ZsM=?=\n =?utf-8*pt?B?qXJpYXM=?=\n\n"));
	ck_assert(is_out("subject:férias", behind_many));
	ck_assert(is_out("subject:férias", "Subject: =?utf8?Q?f=C3=A9rias?=\n\n"));
	ck_assert(is_out("subject:férias", "Subject: =?iso-8859-15?Q?f=E9rias?=\n\n"));
	ck_assert(is_out("subject:férias", "Subject: =?latin1?Q?f=E9rias?=\n\n"));
	ck_assert(is_out("subject:férias", "Subject: =?cp1252?Q?f=E9rias?=\n\n"));
	/* What nobody may decode in this process stays as it is. */
	ck_assert(!is_out("subject:отпуск", "Subject: =?koi8-r?B?z9TQ1dPL?=\n\n"));
	free(behind_many);
	behind_many = xasprintf("Subject: %01800d férias\n\n", 0);
	ck_assert(is_out("subject:férias", behind_many));
	free(behind_many);
	behind_many = xasprintf("Subject: =?utf-8?Q?%0500d?=\n =?utf-8?Q?%0500d?=\n =?utf-8?Q?%01000d?=\n =?utf-8?Q?_f=C3=A9rias?=\n\n",
				0, 0, 0);
	ck_assert(is_out("subject:férias", behind_many));
}
END_TEST

static const char *error_of(const char *entry)
{
	const char *const items[] = { "folder:ok", entry };
	const struct conf_list list = { (const char **)items, 2 };
	static struct err err;

	return exclude_check(&list, &err) ? "" : err.msg;
}

START_TEST(an_entry_that_means_nothing_is_refused_with_a_cure)
{
	ck_assert_str_eq(error_of("pessoal"), "exclude: \"pessoal\" begins with none of folder:, from:, subject: and label: "
					      "(try from:@example.com)");
	ck_assert_str_eq(error_of("subject: "), "exclude: behind \"subject: \" is nothing");
	ck_assert_str_eq(error_of("from:loja"), "exclude: \"from:loja\" is neither an address nor an @domain "
						"(try from:@example.com)");
	ck_assert_str_eq(error_of("label:a\"b"), "exclude: Gmail cannot search for a label with a \" in it");
	ck_assert_str_eq(error_of("folder:\\Important"), "exclude: \"folder:\\Important\" is not a special use (try '\\Archive')");
	ck_assert_str_eq(error_of("subject:a\nb"), "exclude: a line break or control character cannot be part of an entry");
	ck_assert_str_eq(error_of("Label: pessoal"), "");
}
END_TEST

START_TEST(labels_become_one_query_of_gmails)
{
	static const char *const one[] = { "from:a@b", "label:pessoal" }, *const two[] = { "label:a b", "LABEL:família" };
	const struct conf_list first = { (const char **)one, 2 }, second = { (const char **)two, 2 }, none = { (const char **)one, 1 };
	const char *many[1000];
	struct err err;
	auto_free char *a = exclude_gmail_query(&first), *b = exclude_gmail_query(&second);

	ck_assert_str_eq(a, "{label:\"pessoal\"}");
	ck_assert_str_eq(b, "{label:\"a b\" label:\"família\"}");
	ck_assert_ptr_null(exclude_gmail_query(&none));
	/* One that is too long to be asked is not one that leaves nothing out. */
	for (size_t i = 0; i < 1000; i++)
		many[i] = "label:a label of some seventy letters, as nobody has it a thousand times over";
	ck_assert(!exclude_check(&(struct conf_list){ many, 1000 }, &err));
	ck_assert(exclude_check(&(struct conf_list){ many, 100 }, &err));
}
END_TEST

RUN("imap_exclude", addresses_are_found_in_every_form_people_write_them, a_name_that_looks_like_an_address_is_no_address,
    broken_fields_cost_nothing_but_themselves, a_sender_is_left_out_by_address_or_domain,
    a_subject_is_left_out_by_a_part_of_it_decoded_and_without_case, an_entry_that_means_nothing_is_refused_with_a_cure,
    labels_become_one_query_of_gmails)
