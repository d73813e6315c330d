/* Which provider an address belongs to, and that the table holds together. */
#include "../check_main.h"
#include "cli/provider.h"

START_TEST(a_domain_is_known_whatever_its_case)
{
	ck_assert_str_eq(provider_by_domain(STR("GMail.com"))->host, "imap.gmail.com");
	ck_assert_str_eq(provider_by_domain(STR("hotmail.com.br"))->host, "outlook.office365.com");
	ck_assert_str_eq(provider_by_domain(STR("laposte.net"))->host, "imap.laposte.net");
	ck_assert_ptr_null(provider_by_domain(STR("acme.example")));
	ck_assert_ptr_null(provider_by_domain(STR("gmail.com.evil.example")));
	ck_assert_ptr_null(provider_by_domain(STR("")));
}
END_TEST

START_TEST(a_company_s_mail_is_known_by_who_takes_it)
{
	ck_assert_str_eq(provider_by_mx(STR("aspmx.l.google.com"))->name, "Gmail");
	ck_assert_str_eq(provider_by_mx(STR("ALT1.ASPMX.L.GOOGLE.COM"))->name, "Gmail");
	ck_assert_str_eq(provider_by_mx(STR("acme-example.mail.protection.outlook.com"))->name, "Microsoft");
	ck_assert_ptr_null(provider_by_mx(STR("mx.acme.example")));
	ck_assert_ptr_null(provider_by_mx(STR("notgoogle.com")));
}
END_TEST

START_TEST(what_takes_no_password_is_known_to_take_none)
{
	ck_assert_int_eq(provider_by_domain(STR("gmail.com"))->login, PROVIDER_APP_PASSWORD);
	ck_assert_ptr_nonnull(provider_by_domain(STR("gmail.com"))->page);
	ck_assert_int_eq(provider_by_domain(STR("outlook.com"))->login, PROVIDER_OAUTH);
}
END_TEST

RUN("cli/provider", a_domain_is_known_whatever_its_case, a_company_s_mail_is_known_by_who_takes_it,
    what_takes_no_password_is_known_to_take_none)
