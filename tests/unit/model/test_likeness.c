#include "base/mem.h"
#include "model/likeness.h"
#include "model/role_address.h"

#include "../check_main.h"

#define MAIL(value_) { .scheme = SCHEME_EMAIL, .value = STR(value_) }
#define PHONE(value_) { .scheme = SCHEME_PHONE, .value = STR(value_) }
#define WA(value_) { .scheme = SCHEME_WA, .value = STR(value_) }

static unsigned shared(const char *name, struct identity id, const char *other_name, struct identity other)
{
	struct likeness_key a[LIKENESS_MAX_KEYS], b[LIKENESS_MAX_KEYS];
	struct arena *arena = arena_create(1 << 16);
	size_t n_a = likeness_keys(&(struct likeness_person){ str_from(name), &id, 1 }, arena, a);
	size_t n_b = likeness_keys(&(struct likeness_person){ str_from(other_name), &other, 1 }, arena, b);
	unsigned found = likeness_shared(a, n_a, b, n_b);

	arena_destroy(arena);
	return found;
}

#define SHARED(a_name, a, b_name, b) shared(a_name, (struct identity)a, b_name, (struct identity)b)
#define KIND(kind) (1u << (kind))

START_TEST(gmail_has_no_dots_and_no_tags)
{
	ck_assert_uint_eq(SHARED("", MAIL("ana.souza@gmail.com"), "", MAIL("anasouza+loja@googlemail.com")), KIND(LIKE_MAILBOX));
	ck_assert_uint_eq(SHARED("", MAIL("ana@outlook.com"), "", MAIL("ana+x@outlook.com")), KIND(LIKE_MAILBOX));
	ck_assert_uint_eq(SHARED("", MAIL("a.na@outlook.com"), "", MAIL("ana@outlook.com")), 0);
	ck_assert_uint_eq(SHARED("", MAIL("ana.souza@gmail.com"), "", MAIL("ana.souza@acme.com")), 0);
}
END_TEST

START_TEST(a_tag_elsewhere_is_only_likely)
{
	ck_assert_uint_eq(SHARED("", MAIL("ana@acme.com"), "", MAIL("ana+x@acme.com")), KIND(LIKE_TAG));
	ck_assert_str_eq(likeness_score(KIND(LIKE_TAG)), "likely");
	ck_assert_str_eq(likeness_score(KIND(LIKE_TAG) | KIND(LIKE_MAILBOX)), "almost certain");
	ck_assert_str_eq(likeness_score(0), "none");
}
END_TEST

START_TEST(a_name_counts_at_one_company_in_whatever_order_and_accents)
{
	const unsigned yes = KIND(LIKE_NAME_COMPANY);

	ck_assert_uint_eq(SHARED("Ana Souza", MAIL("ana@acme.com"), "SOUZA, Ana", MAIL("a.souza@mail.acme.com")), yes);
	ck_assert_uint_eq(SHARED("João Conceição", MAIL("jc@acme.com"), "Joao P. Conceicao", MAIL("joao@acme.com")), yes);
	ck_assert_uint_eq(SHARED("Ana Souza", MAIL("ana@acme.com"), "Ana Souza", MAIL("ana@other.com")), 0);
	ck_assert_uint_eq(SHARED("Ana Souza", MAIL("ana@gmail.com"), "Ana Souza", MAIL("ana.s@uol.com.br")), 0);
	ck_assert_uint_eq(SHARED("Ana", MAIL("ana@acme.com"), "Ana", MAIL("ana.s@acme.com")), 0);
	ck_assert_uint_eq(SHARED("", MAIL("ana@acme.com"), "", MAIL("bia@acme.com")), 0);
	ck_assert_uint_eq(SHARED("ana@acme.com", MAIL("ana@acme.com"), "ana@acme.com", MAIL("bia@acme.com")), 0);
}
END_TEST

START_TEST(a_number_counts_with_a_name)
{
	ck_assert_uint_eq(SHARED("Ana Souza", PHONE("+551173112288"), "ana souza", WA("5511973112288")), KIND(LIKE_NAME_NUMBER));
	ck_assert_uint_eq(SHARED("Ana Souza", PHONE("+551173112288"), "Bia Souza", WA("5511973112288")), 0);
	ck_assert_uint_eq(SHARED("", PHONE("+551173112288"), "", WA("5511973112288")), 0);
}
END_TEST

START_TEST(addresses_of_a_task_are_nobodys)
{
	static const char *const roles[] = { "info@acme.com", "vendas@acme.com", "comercial-sp@acme.com", "vendas2@acme.com",
					     "sac+x@acme.com", "no-reply@acme.com", "customer.service@acme.com" };
	static const char *const people[] = { "ana@acme.com", "salesiano@acme.com", "infante@acme.com", "hilda@acme.com", "sacha@acme.com" };

	for (size_t i = 0; i < countof(roles); i++)
		ck_assert_msg(shared("Ana Souza", (struct identity){ .scheme = SCHEME_EMAIL, .value = str_from(roles[i]) }, "Ana Souza",
				     (struct identity)MAIL("ana@acme.com")) == 0, "%s is a person's", roles[i]);
	for (size_t i = 0; i < countof(people); i++)
		ck_assert_msg(!email_is_role(str_from(people[i])), "%s is a task's", people[i]);
}
END_TEST

START_TEST(there_is_an_end_of_keys)
{
	struct identity many[3 * LIKENESS_MAX_KEYS];
	struct likeness_key keys[LIKENESS_MAX_KEYS];
	struct arena *arena = arena_create(1 << 20);

	for (size_t i = 0; i < countof(many); i++)
		many[i] = (struct identity){ .scheme = SCHEME_EMAIL, .value = arena_strf(arena, "a%zu@x.example", i) };
	ck_assert_uint_eq(likeness_keys(&(struct likeness_person){ STR(""), many, countof(many) }, arena, keys), LIKENESS_MAX_KEYS);
	arena_destroy(arena);
}
END_TEST

RUN("likeness", gmail_has_no_dots_and_no_tags, a_tag_elsewhere_is_only_likely,
    a_name_counts_at_one_company_in_whatever_order_and_accents, a_number_counts_with_a_name, addresses_of_a_task_are_nobodys,
    there_is_an_end_of_keys)
