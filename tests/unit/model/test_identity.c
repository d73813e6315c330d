#include "model/identity.h"

#include "../check_main.h"

static struct arena *arena;
static struct err err;

static void setup(void)
{
	if (arena == NULL)
		arena = arena_create(1 << 20);
}

static const char *canonical(enum scheme scheme, const char *text)
{
	struct identity id = { .scheme = scheme, .value = str_from(text) };

	setup();
	if (!identity_canonical(&id, arena, "BR", &err))
		return err.msg;
	return arena_str(arena, id.value).ptr;
}

/* All variants as one line: "phone:+55… =, wa:55… 9". */
static const char *variants_of(enum scheme scheme, const char *value)
{
	static const char signs[] = "?=9MA";
	struct identity id = { .scheme = scheme, .value = str_from(value) };
	struct identity_variant out[IDENTITY_MAX_VARIANTS];
	struct str line = STR("");
	size_t n;

	setup();
	n = identity_variants(&id, arena, out);
	for (size_t i = 0; i < n; i++)
		line = arena_strf(arena, STR_FMT "%s" STR_FMT "%c", STR_ARG(line),
				  i ? " " : "", STR_ARG(identity_text(&out[i].id, arena)),
				  signs[out[i].variant]);
	return line.ptr;
}

START_TEST(each_scheme_has_its_canonical_form)
{
	ck_assert_str_eq(canonical(SCHEME_EMAIL, " Ana@ACME.com "), "ana@acme.com");
	ck_assert_str_eq(canonical(SCHEME_PHONE, "(31) 90000-0042"), "+5531900000042");
	ck_assert_str_eq(canonical(SCHEME_WA, " 5531900000042"), "5531900000042");
	ck_assert_str_eq(canonical(SCHEME_WA, "whatsapp:+5531900000042"), "5531900000042");
	/* verbatim: no look at the numbering plan */
	ck_assert_str_eq(canonical(SCHEME_WA, "99912"), "99912");
	ck_assert_str_eq(canonical(SCHEME_WA_BSUID, " BR.13491208655302741918\n"),
			 "BR.13491208655302741918");
	ck_assert_str_eq(canonical(SCHEME_WA_BSUID, "US.ENT.506847293015824"),
			 "US.ENT.506847293015824");
	ck_assert_str_eq(canonical(SCHEME_IGSID, "17841400000000000"), "17841400000000000");
	ck_assert_str_eq(canonical(SCHEME_SLACK, "T0123/U0456"), "T0123/U0456");
	ck_assert_str_eq(canonical(SCHEME_EXT, " Cliente 7 "), " Cliente 7 ");
}
END_TEST

START_TEST(what_is_no_such_handle_says_so)
{
	ck_assert_str_eq(canonical(SCHEME_EMAIL, "  "), "an empty email identity");
	ck_assert_str_eq(canonical(SCHEME_WA, "BR.123"),
			 "\"BR.123\" is not a WhatsApp number (digits only)");
	ck_assert_str_eq(canonical(SCHEME_WA_BSUID, "5531900000042"),
			 "\"5531900000042\" is not a WhatsApp user id (BR.1234…)");
	ck_assert_str_eq(canonical(SCHEME_WA_BSUID, "BR."),
			 "\"BR.\" is not a WhatsApp user id (BR.1234…)");
	ck_assert_str_eq(canonical(SCHEME_TG, "12 34"),
			 "\"12 34\" is not an id: it has spaces or control characters");
	ck_assert_str_eq(canonical(SCHEME_EXT, "x\xff"), "\"x?\" is not UTF-8 text");
	ck_assert_str_eq(canonical(SCHEME_COUNT, "x"), "identity scheme 10 is unknown");
	ck_assert_int_eq(err.kind, ERR_INPUT);
}
END_TEST

START_TEST(a_refused_identity_is_left_as_it_was)
{
	struct identity id = { .scheme = SCHEME_EMAIL, .value = STR("no address") };

	setup();
	ck_assert(!identity_canonical(&id, arena, NULL, &err));
	ck_assert(str_eq(id.value, STR("no address")));
}
END_TEST

START_TEST(the_ninth_digit_goes_both_ways)
{
	ck_assert_str_eq(variants_of(SCHEME_WA, "553198765432"),
			 "phone:+553198765432= wa:5531998765432" "9 phone:+5531998765432" "9");
	ck_assert_str_eq(variants_of(SCHEME_WA, "5531998765432"),
			 "phone:+5531998765432= wa:553198765432" "9 phone:+553198765432" "9");
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+5511987654321"),
			 "wa:5511987654321= wa:551187654321" "9 phone:+551187654321" "9");
}
END_TEST

/* Landlines of São Paulo until 2008, and radios, which never got the ninth digit. */
START_TEST(eight_digits_in_6_and_7_count_where_whatsapp_wrote_them)
{
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+553161234567"), "wa:553161234567=");
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+551178123456"), "wa:551178123456=");
	ck_assert_str_eq(variants_of(SCHEME_WA, "551178123456"),
			 "phone:+551178123456= wa:5511978123456" "9 phone:+5511978123456" "9");
	ck_assert_str_eq(variants_of(SCHEME_WA, "5511978123456"), "phone:+5511978123456= wa:551178123456" "9");
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+5511978123456"), "wa:5511978123456= wa:551178123456" "9");
}
END_TEST

START_TEST(a_landline_has_no_variant)
{
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+553132221234"), "wa:553132221234=");
	ck_assert_str_eq(variants_of(SCHEME_WA, "553132221234"), "phone:+553132221234=");
	ck_assert_str_eq(variants_of(SCHEME_WA, "553152221234"), "phone:+553152221234=");
	/* nine digits whose rest would be a landline's */
	ck_assert_str_eq(variants_of(SCHEME_WA, "5531932221234"), "phone:+5531932221234=");
	ck_assert_str_eq(variants_of(SCHEME_WA, "5531900000042"), "phone:+5531900000042=");
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+558001234567"), "wa:558001234567=");
}
END_TEST

START_TEST(the_mexican_1_goes_both_ways)
{
	ck_assert_str_eq(variants_of(SCHEME_WA, "5215512345678"),
			 "phone:+5215512345678= wa:525512345678M phone:+525512345678M");
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+525512345678"),
			 "wa:525512345678= wa:5215512345678M phone:+5215512345678M");
}
END_TEST

START_TEST(the_argentine_9_counts_between_whatsapp_ids_only)
{
	ck_assert_str_eq(variants_of(SCHEME_WA, "5491112345678"),
			 "phone:+5491112345678= wa:541112345678A");
	ck_assert_str_eq(variants_of(SCHEME_WA, "541112345678"),
			 "phone:+541112345678= wa:5491112345678A");
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+541112345678"), "wa:541112345678=");
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+5491112345678"), "wa:5491112345678=");
}
END_TEST

START_TEST(other_countries_have_no_variants)
{
	ck_assert_str_eq(variants_of(SCHEME_WA, "351912345678"), "phone:+351912345678=");
	ck_assert_str_eq(variants_of(SCHEME_PHONE, "+12125550100"), "wa:12125550100=");
	ck_assert_str_eq(variants_of(SCHEME_WA, "99912"), "");
	ck_assert_str_eq(variants_of(SCHEME_EMAIL, "ana@acme.com"), "");
	ck_assert_str_eq(variants_of(SCHEME_WA_BSUID, "BR.5531987654321"), "");
}
END_TEST

START_TEST(a_variant_of_a_variant_is_the_thing_itself)
{
	static const char *const values[] = {
		"553198765432", "5531998765432", "5215512345678", "525512345678",
		"5491112345678", "541112345678",
	};

	setup();
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct identity id = { .scheme = SCHEME_WA, .value = str_from(values[i]) };
		struct identity_variant there[IDENTITY_MAX_VARIANTS], back[IDENTITY_MAX_VARIANTS];

		ck_assert_uint_ge(identity_variants(&id, arena, there), 2);
		ck_assert_int_eq(there[1].id.scheme, SCHEME_WA);
		ck_assert_uint_ge(identity_variants(&there[1].id, arena, back), 2);
		ck_assert(identity_eq(&back[1].id, &id));
	}
}
END_TEST

START_TEST(a_wa_id_and_a_phone_meet_where_the_digits_are_equal)
{
	struct identity wa = { .scheme = SCHEME_WA, .value = STR("5531900000042") };
	struct identity odd = { .scheme = SCHEME_WA, .value = STR("99912") };
	struct identity phone, back;

	setup();
	ck_assert(identity_phone_of_wa(&wa, arena, &phone));
	ck_assert(str_eq(identity_text(&phone, arena), STR("phone:+5531900000042")));
	ck_assert(identity_wa_of_phone(&phone, arena, &back));
	ck_assert(identity_eq(&back, &wa));
	ck_assert(!identity_phone_of_wa(&odd, arena, &phone));
	ck_assert(!identity_phone_of_wa(&phone, arena, &back));
}
END_TEST

START_TEST(an_identity_is_shown_with_its_scheme)
{
	struct identity bsuid = { .scheme = SCHEME_WA_BSUID, .value = STR("BR.134") };
	struct identity ext = { SCHEME_EXT, STR("9841"), STR("loja") }, other = ext;

	setup();
	ck_assert(str_eq(identity_text(&bsuid, arena), STR("wa_bsuid:BR.134")));
	ck_assert(str_eq(identity_text(&ext, arena), STR("ext/loja:9841")));
	other.scope = STR("site");
	ck_assert(!identity_eq(&ext, &other));
}
END_TEST

RUN("identity", each_scheme_has_its_canonical_form, what_is_no_such_handle_says_so,
    a_refused_identity_is_left_as_it_was, the_ninth_digit_goes_both_ways,
    eight_digits_in_6_and_7_count_where_whatsapp_wrote_them,
    a_landline_has_no_variant, the_mexican_1_goes_both_ways,
    the_argentine_9_counts_between_whatsapp_ids_only, other_countries_have_no_variants,
    a_variant_of_a_variant_is_the_thing_itself,
    a_wa_id_and_a_phone_meet_where_the_digits_are_equal, an_identity_is_shown_with_its_scheme)
