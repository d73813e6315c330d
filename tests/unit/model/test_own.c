#include "base/mem.h"
#include "model/direction.h"
#include "model/own.h"

#include "../check_main.h"

#define LIST(...) { (const char *[]){ __VA_ARGS__ }, \
		    sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *) }

static const struct own_person staff[] = {
	{ .name = "Ana Lima",
	  .emails = LIST("ana@acme.com.br", "Ana.Lima@gmail.com"),
	  .whatsapp = LIST("+5511981112222") },
	{ .name = "Rui Prado",
	  .emails = LIST("rui@acme.com.br"),
	  .phones = LIST("(31) 3222-1234") },
};

static const struct own_conf conf = {
	.domains = LIST("Acme.com.br", "@acme.com", "b\xc3\xbc" "cher.example"),
	.addresses = LIST("acme.vendas@gmail.com"),
	.numbers = LIST("+55 31 98765-4321", "+54 9 11 1234-5678"),
	.staff = staff, .n_staff = 2, .default_region = "BR",
};

static struct own *own;
static struct arena *arena;
static struct err err;

static void setup(void)
{
	if (own != NULL)
		return;
	arena = arena_create(1 << 20);
	own = own_create(&conf, &err);
	ck_assert_msg(own != NULL, "%s", err.msg);
}

/* "-" foreign, "org", or the name of the person. */
static const char *who(enum scheme scheme, const char *value)
{
	struct identity id = { .scheme = scheme, .value = str_from(value) };
	struct own_hit hit;

	setup();
	hit = own_is(own, &id);
	if (hit.kind == OWN_STAFF)
		return own_staff_name(own, hit.staff).ptr;
	return hit.kind == OWN_ORGANIZATION ? "org" : "-";
}

START_TEST(our_domains_count_with_their_subdomains)
{
	ck_assert_str_eq(who(SCHEME_EMAIL, "vendas@acme.com.br"), "org");
	ck_assert_str_eq(who(SCHEME_EMAIL, "root@mail.eu.acme.com"), "org");
	ck_assert_str_eq(who(SCHEME_EMAIL, "a@xn--bcher-kva.example"), "org");
	ck_assert_str_eq(who(SCHEME_EMAIL, "a@notacme.com.br"), "-");
	ck_assert_str_eq(who(SCHEME_EMAIL, "a@acme.com.br.evil.com"), "-");
	ck_assert_str_eq(who(SCHEME_EMAIL, "a@com.br"), "-");
	ck_assert(own_has_domain(own, STR("x.acme.com")));
	ck_assert(!own_has_domain(own, STR("")));
}
END_TEST

START_TEST(staff_and_aliases_are_found_with_plus_tags_folded)
{
	ck_assert_str_eq(who(SCHEME_EMAIL, "ana@acme.com.br"), "Ana Lima");
	ck_assert_str_eq(who(SCHEME_EMAIL, "ana+crm@acme.com.br"), "Ana Lima");
	ck_assert_str_eq(who(SCHEME_EMAIL, "ana.lima+x@gmail.com"), "Ana Lima");
	ck_assert_str_eq(who(SCHEME_EMAIL, "acme.vendas+site@gmail.com"), "org");
	ck_assert_str_eq(who(SCHEME_EMAIL, "vendas.acme@gmail.com"), "-");
	ck_assert_str_eq(who(SCHEME_EMAIL, "+ana@acme.com.br"), "org");
}
END_TEST

START_TEST(our_numbers_are_found_in_every_form_whatsapp_gives)
{
	ck_assert_str_eq(who(SCHEME_PHONE, "+5531987654321"), "org");
	ck_assert_str_eq(who(SCHEME_WA, "5531987654321"), "org");
	ck_assert_str_eq(who(SCHEME_WA, "553187654321"), "org");	/* without the 9 */
	ck_assert_str_eq(who(SCHEME_WA, "541112345678"), "org");
	ck_assert_str_eq(who(SCHEME_PHONE, "+541112345678"), "-");	/* perhaps a landline */
	ck_assert_str_eq(who(SCHEME_WA, "551181112222"), "Ana Lima");
	ck_assert_str_eq(who(SCHEME_PHONE, "+553132221234"), "Rui Prado");
	ck_assert_str_eq(who(SCHEME_WA, "5531932221234"), "-");
	ck_assert_str_eq(who(SCHEME_TG, "5531987654321"), "-");
}
END_TEST

START_TEST(nobody_is_ours_without_configuration)
{
	struct own_conf empty = { 0 };
	struct own *none = own_create(&empty, &err);
	struct identity id = { .scheme = SCHEME_EMAIL, .value = STR("a@acme.com") };

	ck_assert_ptr_nonnull(none);
	ck_assert_int_eq(own_is(none, &id).kind, OWN_NONE);
	ck_assert_int_eq(own_is(NULL, &id).kind, OWN_NONE);
	ck_assert_uint_eq(own_n_staff(NULL), 0);
	own_destroy(none);
	own_destroy(NULL);
}
END_TEST

START_TEST(a_bad_value_is_a_configuration_error_with_its_place)
{
	const struct own_person bad = { .name = "Eva", .emails = LIST("eva@") };
	const struct own_person twins[] = {
		{ .name = "Eva", .emails = LIST("e@x.com") },
		{ .name = "Ivo", .emails = LIST("e@x.com") },
	};
	struct own_conf c = { .staff = &bad, .n_staff = 1 };

	ck_assert_ptr_null(own_create(&c, &err));
	ck_assert_int_eq(err.kind, ERR_CONF);
	ck_assert_str_eq(err.msg, "staff \"Eva\": \"eva@\" is not an e-mail address: what follows "
				  "the @ is no domain");
	c = (struct own_conf){ .staff = twins, .n_staff = 2 };
	ck_assert_ptr_null(own_create(&c, &err));
	ck_assert_str_eq(err.msg, "staff \"Ivo\": e@x.com belongs to two people: Eva and Ivo");
	c = (struct own_conf){ .domains = LIST("acme com") };
	ck_assert_ptr_null(own_create(&c, &err));
	ck_assert_str_eq(err.msg, "organization: \"acme com\" is not a domain (try acme.com)");
	c = (struct own_conf){ .numbers = LIST("3222") };
	ck_assert_ptr_null(own_create(&c, &err));
	ck_assert_str_eq(err.msg, "organization: \"3222\" has no country code, and no default_region "
				  "says which country to assume");
}
END_TEST

START_TEST(ten_thousand_people_are_found)
{
	enum { N = 10000 };
	struct own_person *many = xcalloc(N, sizeof(*many));
	struct own_conf c = { .staff = many, .n_staff = N };
	struct own *big;

	for (size_t i = 0; i < N; i++) {
		many[i].name = "x";
		many[i].emails.items = xcalloc(1, sizeof(char *));
		many[i].emails.items[0] = xasprintf("p%zu@x.com", i);
		many[i].emails.n_items = 1;
	}
	big = own_create(&c, &err);
	ck_assert_ptr_nonnull(big);
	for (size_t i = 0; i < N; i++) {
		struct identity id = { .scheme = SCHEME_EMAIL,
				       .value = str_from(many[i].emails.items[0]) };

		ck_assert_uint_eq(own_is(big, &id).staff, i);
		ck_assert_int_eq(own_is(big, &id).kind, OWN_STAFF);
		free((char *)many[i].emails.items[0]);
		free(many[i].emails.items);
	}
	own_destroy(big);
	free(many);
}
END_TEST

/* ---- direction ---- */

static struct interaction it;

static void add(enum role role, const char *email)
{
	struct party *p = interaction_add_party(&it, arena, role, STR(""));

	if (*email)
		party_add_identity(p, arena, SCHEME_EMAIL, str_from(email), STR(""));
}

/* Direction and reason of a mail with at most two recipients. */
static const char *decide(const char *from, const char *to, const char *cc, enum folder_hint hint)
{
	setup();
	it = (struct interaction){ 0 };
	if (from)
		add(ROLE_FROM, from);
	if (to)
		add(ROLE_TO, to);
	if (cc)
		add(ROLE_CC, cc);
	direction_decide(&it, own, hint, arena);
	return arena_strf(arena, "%s: " STR_FMT, direction_name(it.direction),
			  STR_ARG(it.why)).ptr;
}

START_TEST(direction_follows_who_is_ours)
{
	ck_assert_str_eq(decide("joao@x.com", "ana@acme.com.br", NULL, FOLDER_INBOX),
			 "in: the sender is not ours");
	ck_assert_str_eq(decide("ana@acme.com.br", "joao@x.com", "rui@acme.com.br", FOLDER_SENT),
			 "out: the sender is ours, a recipient is not");
	ck_assert_str_eq(decide("ana@acme.com.br", "rui@acme.com.br", NULL, FOLDER_NONE),
			 "internal: the sender and all recipients are ours");
	ck_assert_str_eq(decide("ana+x@acme.com.br", "joao@x.com", NULL, FOLDER_NONE),
			 "out: the sender is ours, a recipient is not");
	/* za#4632: our plus address is no customer */
	ck_assert_str_eq(decide("ana@acme.com.br", "acme.vendas+lead@gmail.com", NULL, FOLDER_NONE),
			 "internal: the sender and all recipients are ours");
	ck_assert_str_eq(decide("joao@x.com", "maria@y.com", NULL, FOLDER_NONE),
			 "in: the sender is not ours");
}
END_TEST

START_TEST(where_nobody_is_named_the_folder_decides)
{
	ck_assert_str_eq(decide(NULL, "ana@acme.com.br", NULL, FOLDER_INBOX),
			 "in: no sender is named; it lay in an incoming folder");
	ck_assert_str_eq(decide("", "joao@x.com", NULL, FOLDER_SENT),
			 "out: no sender is named; it lay in a Sent folder");
	ck_assert_str_eq(decide(NULL, NULL, NULL, FOLDER_NONE),
			 "in: no sender is named; taken as incoming");
	ck_assert_str_eq(decide("ana@acme.com.br", NULL, NULL, FOLDER_SENT),
			 "out: the sender is ours, no recipient is named");
	ck_assert_str_eq(decide("ana@acme.com.br", "", NULL, FOLDER_INBOX),
			 "internal: the sender is ours, no recipient is named, and it came to us");
}
END_TEST

START_TEST(a_conflict_with_the_folder_is_noted)
{
	ck_assert_str_eq(decide("joao@x.com", "ana@acme.com.br", NULL, FOLDER_SENT),
			 "in: the sender is not ours (although it lay in a Sent folder: an alias "
			 "missing in organization.addresses?)");
	ck_assert_str_eq(decide("joao@x.com", "maria@y.com", "ana@acme.com.br", FOLDER_SENT),
			 "in: the sender is not ours (although it lay in a Sent folder: an alias "
			 "missing in organization.addresses?)");
	ck_assert_str_eq(decide("alias@elsewhere.com", "joao@x.com", NULL, FOLDER_SENT),
			 "out: it lay in a Sent folder and no recipient is ours, although the sender "
			 "is not known as ours (an alias missing in organization.addresses?)");
	ck_assert_str_eq(decide("ana@acme.com.br", "joao@x.com", NULL, FOLDER_INBOX),
			 "out: the sender is ours, a recipient is not (although it lay in an incoming "
			 "folder: our own copy, or somebody uses our address)");
}
END_TEST

START_TEST(from_goes_before_sender)
{
	setup();
	it = (struct interaction){ 0 };
	add(ROLE_AGENT, "site@acme.com.br");	/* our form mailer, on behalf of … */
	add(ROLE_FROM, "joao@x.com");
	add(ROLE_TO, "ana@acme.com.br");
	direction_decide(&it, own, FOLDER_INBOX, arena);
	ck_assert_int_eq(it.direction, DIRECTION_IN);

	it = (struct interaction){ 0 };
	add(ROLE_FROM, "");
	add(ROLE_AGENT, "ana@acme.com.br");
	add(ROLE_TO, "joao@x.com");
	direction_decide(&it, own, FOLDER_NONE, arena);
	ck_assert_int_eq(it.direction, DIRECTION_OUT);
}
END_TEST

/* Our own mail server writes to one of us about a mail that did not reach a customer. */
START_TEST(whom_a_bounce_did_not_reach_is_no_recipient_of_it)
{
	for (int i = 0; i < 2; i++) {
		setup();
		it = (struct interaction){ .kind = i ? KIND_MEETING : KIND_BOUNCE };
		add(ROLE_FROM, "postmaster@acme.com.br");
		add(ROLE_TO, "ana@acme.com.br");
		add(ROLE_ATTENDEE, "joao@x.com");
		direction_decide(&it, own, FOLDER_INBOX, arena);
		ck_assert_int_eq(it.direction, i ? DIRECTION_OUT : DIRECTION_INTERNAL);
	}
}
END_TEST

START_TEST(a_direction_that_is_known_stays)
{
	setup();
	it = (struct interaction){ .direction = DIRECTION_SYSTEM };
	add(ROLE_FROM, "joao@x.com");
	direction_decide(&it, own, FOLDER_NONE, arena);
	ck_assert_int_eq(it.direction, DIRECTION_SYSTEM);
	ck_assert_uint_eq(it.why.len, 0);
}
END_TEST

START_TEST(a_reason_joins_the_one_before)
{
	setup();
	it = (struct interaction){ .why = STR("Precedence: bulk") };
	add(ROLE_FROM, "joao@x.com");
	direction_decide(&it, own, FOLDER_NONE, arena);
	ck_assert(str_eq(it.why, STR("Precedence: bulk; the sender is not ours")));
}
END_TEST

RUN("own", our_domains_count_with_their_subdomains,
    staff_and_aliases_are_found_with_plus_tags_folded,
    our_numbers_are_found_in_every_form_whatsapp_gives, nobody_is_ours_without_configuration,
    a_bad_value_is_a_configuration_error_with_its_place, ten_thousand_people_are_found,
    direction_follows_who_is_ours, where_nobody_is_named_the_folder_decides,
    a_conflict_with_the_folder_is_noted, from_goes_before_sender, whom_a_bounce_did_not_reach_is_no_recipient_of_it,
    a_direction_that_is_known_stays,
    a_reason_joins_the_one_before)
