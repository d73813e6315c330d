#include "base/mem.h"
#include "model/company.h"
#include "model/freemail.h"
#include "model/match.h"
#include "model/own.h"

#include "../check_main.h"

static struct identity ids[] = {
	{ .scheme = SCHEME_EMAIL, .value = STR("joao@x.com") },
	{ .scheme = SCHEME_PHONE, .value = STR("+5531998765432") },
	{ .scheme = SCHEME_WA, .value = STR("5491112345678") },
};
static const struct party party = { .role = ROLE_FROM, .ids = ids, .n_ids = 3 };
static struct match_decision d;

#define DECIDE(...) do { \
		const struct match_candidate all[] = { __VA_ARGS__ }; \
		match_decide(&party, all, countof(all), &d); \
	} while (0)

START_TEST(nobody_known_is_nobody)
{
	match_decide(&party, NULL, 0, &d);
	ck_assert_int_eq(d.contact, 0);
	ck_assert(!d.is_ambiguous);
	ck_assert_uint_eq(d.n_contacts, 0);
	ck_assert_str_eq(d.why, "nobody known");
}
END_TEST

START_TEST(exact_hits_on_one_contact_are_that_contact)
{
	DECIDE({ 1, 7, VARIANT_NONE, SCHEME_PHONE }, { 0, 7, VARIANT_NONE, SCHEME_EMAIL });
	ck_assert_int_eq(d.contact, 7);
	ck_assert(!d.is_ambiguous && !d.is_by_variant);
	ck_assert_str_eq(d.why, "e-mail");
	DECIDE({ 1, 7, VARIANT_SAME_NUMBER, SCHEME_WA });
	ck_assert_int_eq(d.contact, 7);
	ck_assert_str_eq(d.why, "phone, equal to the WhatsApp number");
}
END_TEST

START_TEST(an_exact_identity_beats_a_variant)
{
	DECIDE({ 1, 3, VARIANT_NINTH_DIGIT, SCHEME_WA }, { 1, 9, VARIANT_NONE, SCHEME_PHONE });
	ck_assert_int_eq(d.contact, 9);
	ck_assert(!d.is_ambiguous);
	ck_assert_str_eq(d.why, "phone");
	DECIDE({ 1, 3, VARIANT_NINTH_DIGIT, SCHEME_WA }, { 1, 9, VARIANT_SAME_NUMBER, SCHEME_WA });
	ck_assert_int_eq(d.contact, 9);
	ck_assert(!d.is_ambiguous);
}
END_TEST

START_TEST(exact_hits_on_two_contacts_go_to_the_first_and_to_review)
{
	DECIDE({ 1, 5, VARIANT_NONE, SCHEME_PHONE }, { 0, 8, VARIANT_NONE, SCHEME_EMAIL },
	       { 1, 4, VARIANT_NINTH_DIGIT, SCHEME_WA });
	ck_assert_int_eq(d.contact, 8);
	ck_assert(d.is_ambiguous);
	ck_assert_uint_eq(d.n_contacts, 2);
	ck_assert_int_eq(d.contacts[0], 8);
	ck_assert_int_eq(d.contacts[1], 5);
	ck_assert_str_eq(d.why, "e-mail; but phone belongs to another contact");
}
END_TEST

START_TEST(one_variant_is_a_match_and_says_so)
{
	DECIDE({ 1, 5, VARIANT_NINTH_DIGIT, SCHEME_WA }, { 1, 5, VARIANT_NINTH_DIGIT, SCHEME_PHONE });
	ck_assert_int_eq(d.contact, 5);
	ck_assert(!d.is_ambiguous && d.is_by_variant);
	ck_assert_str_eq(d.why, "phone, by the ninth digit");
}
END_TEST

START_TEST(two_candidates_by_variant_are_for_a_person)
{
	DECIDE({ 1, 5, VARIANT_NINTH_DIGIT, SCHEME_WA }, { 1, 6, VARIANT_NINTH_DIGIT, SCHEME_PHONE });
	ck_assert_int_eq(d.contact, 0);
	ck_assert(d.is_ambiguous);
	ck_assert_uint_eq(d.n_contacts, 2);
	ck_assert_str_eq(d.why, "several contacts fit: phone, by the ninth digit; phone, by the ninth "
				"digit");
}
END_TEST

START_TEST(the_argentine_9_needs_whatsapp_on_both_sides)
{
	DECIDE({ 2, 5, VARIANT_ARGENTINE_9, SCHEME_PHONE });
	ck_assert_int_eq(d.contact, 0);
	DECIDE({ 1, 5, VARIANT_ARGENTINE_9, SCHEME_WA });
	ck_assert_int_eq(d.contact, 0);
	DECIDE({ 2, 5, VARIANT_ARGENTINE_9, SCHEME_WA });
	ck_assert_int_eq(d.contact, 5);
	ck_assert_str_eq(d.why, "WhatsApp number, by the Argentine 9");
}
END_TEST

START_TEST(the_order_of_the_rows_says_nothing)
{
	struct match_decision other;
	const struct match_candidate a[] = {
		{ 0, 8, VARIANT_NONE, SCHEME_EMAIL }, { 1, 5, VARIANT_NONE, SCHEME_PHONE },
		{ 2, 4, VARIANT_NONE, SCHEME_WA },
	}, b[] = { a[2], a[1], a[0] };

	match_decide(&party, a, 3, &d);
	match_decide(&party, b, 3, &other);
	ck_assert_mem_eq(&d, &other, sizeof(d));
}
END_TEST

START_TEST(many_candidates_and_nonsense_are_borne)
{
	struct match_candidate many[50];

	for (size_t i = 0; i < 50; i++)
		many[i] = (struct match_candidate){ 1, (int64_t)(50 - i), VARIANT_NONE,
						    SCHEME_PHONE };
	match_decide(&party, many, 50, &d);
	ck_assert_uint_eq(d.n_contacts, MATCH_MAX_CONTACTS);
	ck_assert_int_eq(d.contact, 1);
	DECIDE({ 99, 5, VARIANT_NONE, SCHEME_EMAIL }, { 0, 0, VARIANT_NONE, SCHEME_EMAIL });
	ck_assert_int_eq(d.contact, 0);
}
END_TEST

/* ---- creation ---- */

static struct own *own;
static const char *why;

static bool may(enum match_create create, enum direction direction, enum kind kind, enum role role,
		const char *email)
{
	static const char *const ignore[] = { "no-reply@*", "*@spam.example" };
	const struct match_policy policy = { create, { (const char **)ignore, 2 } };
	const struct interaction it = { .direction = direction, .kind = kind };
	struct identity id = { .scheme = SCHEME_EMAIL, .value = str_from(email) };
	const struct party p = { .role = role, .ids = &id, .n_ids = *email ? 1 : 0 };

	if (own == NULL) {
		const char *domain = "acme.com";
		struct err err;

		own = own_create(&(struct own_conf){ .domains = { &domain, 1 } }, &err);
	}
	why = NULL;
	return match_may_create(&policy, &it, &p, own, &why);
}

START_TEST(who_writes_to_us_becomes_a_contact)
{
	ck_assert(may(MATCH_CREATE_INBOUND, DIRECTION_IN, KIND_MESSAGE, ROLE_FROM, "joao@x.com"));
	ck_assert_str_eq(why, "wrote to us");
	ck_assert(may(MATCH_CREATE_INBOUND, DIRECTION_IN, KIND_FORM, ROLE_FROM, "info@x.com"));
	ck_assert(!may(MATCH_CREATE_INBOUND, DIRECTION_IN, KIND_MESSAGE, ROLE_CC, "m@x.com"));
	ck_assert_str_eq(why, "did not write to us, was only named");
	ck_assert(!may(MATCH_CREATE_INBOUND, DIRECTION_OUT, KIND_MESSAGE, ROLE_TO, "m@x.com"));
	ck_assert_str_eq(why, "we wrote to them, create_contacts is inbound");
	ck_assert(may(MATCH_CREATE_BOTH, DIRECTION_OUT, KIND_MESSAGE, ROLE_TO, "m@x.com"));
	ck_assert(!may(MATCH_CREATE_NEVER, DIRECTION_IN, KIND_MESSAGE, ROLE_FROM, "m@x.com"));
	ck_assert_str_eq(why, "create_contacts is never");
	ck_assert(!may(MATCH_CREATE_BOTH, DIRECTION_IN, KIND_MESSAGE, ROLE_FROM, ""));
	ck_assert_str_eq(why, "no identity to know the person by");
}
END_TEST

START_TEST(noise_never_makes_a_contact)
{
	static const enum kind noise[] = {
		KIND_AUTO_REPLY, KIND_BULK, KIND_BOUNCE, KIND_RECEIPT, KIND_STATUS, KIND_IDENTITY,
	};

	for (size_t i = 0; i < countof(noise); i++) {
		ck_assert(!may(MATCH_CREATE_BOTH, DIRECTION_IN, noise[i], ROLE_FROM, "m@x.com"));
		ck_assert_str_eq(why, "of a kind that never makes a contact");
	}
	ck_assert(!may(MATCH_CREATE_BOTH, DIRECTION_INTERNAL, KIND_MESSAGE, ROLE_TO, "m@x.com"));
	ck_assert(!may(MATCH_CREATE_BOTH, DIRECTION_SYSTEM, KIND_MESSAGE, ROLE_FROM, "m@x.com"));
	ck_assert_str_eq(why, "neither incoming nor outgoing");
}
END_TEST

START_TEST(staff_machines_and_the_ignored_never_become_contacts)
{
	static const char *const machines[] = {
		"noreply@x.com", "no_reply@x.com", "nao-responda@banco.com.br", "mailer-daemon@x.com",
		"postmaster@x.com", "bounces+123=ana=acme.com@mailer.x.com", "vendas-noreply@x.com",
		"dev-request@lists.x.org", "dev@lists.x.org", "grupo@googlegroups.com",
		"notifications@github.com", "donotreply@x.com", "owner-dev@x.org",
	};

	ck_assert(!may(MATCH_CREATE_BOTH, DIRECTION_OUT, KIND_MESSAGE, ROLE_TO, "ana@acme.com"));
	ck_assert_str_eq(why, "one of us");
	ck_assert(!may(MATCH_CREATE_BOTH, DIRECTION_IN, KIND_MESSAGE, ROLE_FROM, "a@spam.example"));
	ck_assert_str_eq(why, "on the list matching.ignore");
	for (size_t i = 0; i < countof(machines); i++) {
		ck_assert_msg(!may(MATCH_CREATE_INBOUND, DIRECTION_IN, KIND_MESSAGE, ROLE_FROM,
				   machines[i]), "%s", machines[i]);
		ck_assert_str_eq(why, "an address that nobody reads (no-reply, list, daemon)");
	}
	ck_assert(!match_is_machine(STR("contato@padaria.com.br")));
	ck_assert(!match_is_machine(STR("noemia.reply@x.com")));
	ck_assert(!match_is_machine(STR("listas@x.com")));
}
END_TEST

START_TEST(globs_match_like_globs)
{
	ck_assert(match_glob(STR("no-reply@*"), STR("no-reply@x.com")));
	ck_assert(match_glob(STR("*"), STR("")));
	ck_assert(match_glob(STR("*@X.com"), STR("a@x.com")));
	ck_assert(match_glob(STR("a?c*e"), STR("abcdde")));
	ck_assert(match_glob(STR("*a*b"), STR("xxaxxbab")));
	ck_assert(!match_glob(STR("a?"), STR("a")));
	ck_assert(!match_glob(STR(""), STR("a")));
	ck_assert(!match_glob(STR("no-reply@*"), STR("x-no-reply@x.com")));
}
END_TEST

/* ---- company ---- */

static const char *company(const char *email)
{
	static char text[300];
	struct str domain;

	may(MATCH_CREATE_NEVER, DIRECTION_IN, KIND_MESSAGE, ROLE_FROM, "x@x.com");
	domain = company_domain(str_from(email), own);
	snprintf(text, sizeof(text), STR_FMT, STR_ARG(domain));
	return text;
}

START_TEST(a_company_is_its_registrable_domain)
{
	ck_assert_str_eq(company("ana@padaria.com.br"), "padaria.com.br");
	ck_assert_str_eq(company("ana@mail.eu.padaria.com.br"), "padaria.com.br");
	ck_assert_str_eq(company("ana@x.co.uk"), "x.co.uk");
	ck_assert_str_eq(company("ana@a.b.example.com"), "example.com");
	ck_assert_str_eq(company("ana@www.xn--bcher-kva.de"), "xn--bcher-kva.de");
	ck_assert_str_eq(company("ana@com.br"), "");
	ck_assert_str_eq(company("ana@localhost"), "");
	ck_assert_str_eq(company("ana@[192.0.2.1]"), "");
	ck_assert_str_eq(company("no address"), "");
	ck_assert_str_eq(company("ana@outlook.padaria.com.br"), "padaria.com.br");
}
END_TEST

START_TEST(freemail_and_our_own_domains_are_no_company)
{
	static const char *const free[] = {
		"a@gmail.com", "a@uol.com.br", "a@bol.com.br", "a@terra.com.br", "a@hotmail.com",
		"a@hotmail.co.uk", "a@outlook.com.br", "a@outlook.pt", "a@yahoo.com.ar",
		"a@yahoo.fr", "a@live.nl", "a@web.de", "a@gmx.net", "a@sapo.pt", "a@libero.it",
		"a@orange.fr", "a@icloud.com", "a@qq.com", "a@mail.ru", "a@ig.com.br",
		"a@users.noreply.github.com", "a@privaterelay.appleid.com", "a@prodigy.net.mx",
	};

	for (size_t i = 0; i < countof(free); i++)
		ck_assert_msg(*company(free[i]) == '\0', "%s", free[i]);
	ck_assert_str_eq(company("ana@acme.com"), "");
	ck_assert_str_eq(company("ana@mail.acme.com"), "");
	ck_assert_str_eq(company("dev@github.com"), "github.com");
}
END_TEST

START_TEST(the_freemail_list_is_sorted_and_long)
{
	ck_assert_uint_ge(freemail_count(), 300);
	for (size_t i = 1; i < freemail_count(); i++)
		ck_assert_msg(str_cmp(str_from(freemail_at(i - 1)), str_from(freemail_at(i))) < 0,
			      "%s stands before %s", freemail_at(i - 1), freemail_at(i));
}
END_TEST

RUN("match", nobody_known_is_nobody, exact_hits_on_one_contact_are_that_contact,
    an_exact_identity_beats_a_variant, exact_hits_on_two_contacts_go_to_the_first_and_to_review,
    one_variant_is_a_match_and_says_so, two_candidates_by_variant_are_for_a_person,
    the_argentine_9_needs_whatsapp_on_both_sides, the_order_of_the_rows_says_nothing,
    many_candidates_and_nonsense_are_borne, who_writes_to_us_becomes_a_contact,
    noise_never_makes_a_contact, staff_machines_and_the_ignored_never_become_contacts,
    globs_match_like_globs, a_company_is_its_registrable_domain,
    freemail_and_our_own_domains_are_no_company, the_freemail_list_is_sorted_and_long)
