#include <string.h>

#include "model/phone.h"
#include "model/phone_plan.h"

#include "../check_main.h"

static struct phone phone;
static struct err err;

static const char *read_in(const char *region, const char *text)
{
	if (!phone_canonical(str_from(text), region, &phone, &err))
		return err.msg;
	return phone.e164;
}

#define IS(region, text, want) ck_assert_str_eq(read_in(region, text), want)

START_TEST(an_international_number_is_read_however_it_is_spaced)
{
	IS("BR", "+55 (31) 90000-0042", "+5531900000042");
	IS(NULL, " +55.31.90000.0042 ", "+5531900000042");
	IS("", "(+55) 31/90000-0042", "+5531900000042");
	IS("DE", "+44 20 7946 0000", "+442079460000");
	IS(NULL, "+44 (0)20 7946 0000", "+442079460000");
	IS(NULL, "+39 06 6982 1234", "+390669821234");	/* Italy keeps its zero */
	IS(NULL, "+1 (212) 555-0100", "+12125550100");
	IS(NULL, "\xe2\x80\xaa+55 31 90000\xe2\x80\x91" "0042\xe2\x80\xac", "+5531900000042");
	IS(NULL, "+55\xc2\xa0" "31\xc2\xa0" "90000\xe2\x80\x93" "0042", "+5531900000042");
}
END_TEST

START_TEST(selection_codes_of_the_region_lead_abroad)
{
	IS("BR", "0055 31 90000-0042", "+5531900000042");
	IS(NULL, "0055 31 90000-0042", "+5531900000042");
	IS("BR", "00 351 912 345 678", "+351912345678");
	IS("BR", "0021 351 912 345 678", "+351912345678");	/* by way of a carrier */
	IS("BR", "+0055 31 90000-0042", "+5531900000042");
	IS("TH", "0066 2 123 4567", "+6621234567");
	IS("US", "0055 31 90000-0042", "+5531900000042");
	IS("NG", "009 509 34 10 1234", "+50934101234");
	IS("US", "011 55 31 90000 0042", "+5531900000042");
	IS("US", "011 44 20 7946 0000", "+442079460000");
	IS("JP", "010 1 212 555 0100", "+12125550100");
	IS("AU", "0011 1 212 555 0100", "+12125550100");
	IS("RU", "810 49 30 1234567", "+49301234567");
	IS("IT", "0039 06 6982 1234", "+390669821234");
	IS("DE", "0049 30 1234567", "+49301234567");
}
END_TEST

START_TEST(a_number_abroad_that_we_do_not_know_is_none_at_home)
{
	const struct { const char *region, *text; } unknown[] = {
		{ "IT", "00 247 544697" }, { "BY", "8~10 47 07095" }, { "RU", "8~10 47 05113" },
	};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		ck_assert_msg(!phone_canonical(str_from(unknown[i].text), unknown[i].region, &phone, &err), "%s is read as %s",
			      unknown[i].text, phone.e164);
}
END_TEST

START_TEST(the_home_country_may_stand_without_a_plus)
{
	IS("BR", "5531900000042", "+5531900000042");
	IS("BR", "55 31 3222-1234", "+553132221234");
	IS("BR", "055 31 90000-0042", "+5531900000042");
	/* 55 is also an area: ten and eleven digits are national */
	IS("BR", "55 3222-1234", "+555532221234");
	IS("BR", "55 91234-5678", "+5555912345678");
	IS("MX", "5215512345678", "+5215512345678");
	IS("US", "1 212 555 0100", "+12125550100");
	IS("DE", "491701234567", "+491701234567");
	IS("DE", "0491701234567", "+49491701234567");
	IS("DE", "49 21 12345", "+49492112345");
	IS("RS", "381 16 4874247", "+381164874247");
}
END_TEST

START_TEST(national_forms_lose_the_trunk_prefix)
{
	IS("BR", "(31) 90000-0042", "+5531900000042");
	IS("BR", "031 90000-0042", "+5531900000042");
	IS("PT", "912 345 678", "+351912345678");
	IS("DE", "030 1234567", "+49301234567");
	IS("GB", "020 7946 0000", "+442079460000");
	IS("FR", "06 12 34 56 78", "+33612345678");
	IS("RU", "8 (912) 345-67-89", "+79123456789");
	IS("RU", "800 123 45 67", "+78001234567");	/* an 8 that is no prefix */
	IS("BY", "8 029 123-45-67", "+375291234567");
	IS("HU", "06 1 234 5678", "+3612345678");
	IS("LT", "8 612 34567", "+37061234567");
	IS("IT", "06 6982 1234", "+390669821234");
	IS("CI", "01 23 45 67 89", "+2250123456789");
	IS("br", "31 90000-0042", "+5531900000042");
	IS("BR", "0800 123 4567", "+558001234567");
}
END_TEST

START_TEST(a_brazilian_carrier_code_is_no_part_of_the_number)
{
	IS("BR", "0 15 11 91234-5678", "+5511912345678");
	IS("BR", "0 21 31 3222-1234", "+553132221234");
	IS("BR", "(015) 11 91234-5678", "+5511912345678");
	IS("BR", "+55 0 15 11 91234-5678", "+5511912345678");
	IS("BR", "90 31 90000-0042", "+5531900000042");
	IS("BR", "90 15 31 90000-0042", "+5531900000042");
}
END_TEST

START_TEST(the_eight_digit_mobile_of_old_is_kept_as_it_is)
{
	IS("BR", "+55 31 9876-5432", "+553198765432");
	IS("BR", "(31) 8765-4321", "+553187654321");
	IS("BR", "553198765432", "+553198765432");
}
END_TEST

START_TEST(argentinas_15_inside_becomes_the_9_before)
{
	IS("AR", "011 15 1234-5678", "+5491112345678");
	IS("AR", "11 15 1234-5678", "+5491112345678");
	IS("AR", "0351 15 123-4567", "+5493511234567");
	IS("AR", "02966 15 12-3456", "+5492966123456");	/* area of four digits */
	IS("AR", "+54 9 11 1234-5678", "+5491112345678");
	IS("AR", "+54 9 11 15 1234-5678", "+5491112345678");
	IS("AR", "+54 11 1234-5678", "+541112345678");	/* without the 9: perhaps a landline */
	IS("AR", "011 4321-0987", "+541143210987");
	IS("AR", "220 151-5123", "+542201515123");	/* a 15 that is part of the number */
}
END_TEST

START_TEST(mexicos_prefixes_go_and_its_1_stays)
{
	IS("MX", "55 1234 5678", "+525512345678");
	IS("MX", "01 55 1234 5678", "+525512345678");
	IS("MX", "044 55 1234 5678", "+525512345678");
	IS("MX", "045 55 1234 5678", "+525512345678");
	IS("MX", "+52 1 55 1234 5678", "+5215512345678");
	IS("MX", "+52 55 1234 5678", "+525512345678");
}
END_TEST

START_TEST(other_scripts_digits_count)
{
	IS(NULL, "+\xef\xbc\x95\xef\xbc\x95 \xef\xbc\x93\xef\xbc\x91 90000-0042", "+5531900000042");
	IS(NULL, "\xef\xbc\x8b" "5531900000042", "+5531900000042");
	IS("SA", "\xd9\xa0\xd9\xa5\xd9\xa0\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9\xa5\xd9\xa6\xd9\xa7",
	   "+966501234567");
}
END_TEST

START_TEST(uris_and_extensions_are_understood)
{
	IS(NULL, "tel:+55-31-90000-0042", "+5531900000042");
	IS(NULL, "TEL:+553132221234;ext=12", "+553132221234");
	ck_assert_str_eq(phone.extension, "12");
	IS(NULL, "tel:3222-1234;phone-context=+5531", "+553132221234");
	IS(NULL, "whatsapp:+5531900000042", "+5531900000042");
	IS("BR", "(31) 3222-1234 ramal 45", "+553132221234");
	ck_assert_str_eq(phone.extension, "45");
	ck_assert_str_eq(phone.region, "BR");
	IS("US", "212-555-0100 x7", "+12125550100");
	IS("US", "212-555-0100 Ext. 1234", "+12125550100");
	ck_assert_str_eq(phone.extension, "1234");
	IS("US", "212-555-0100,,99", "+12125550100");
	IS("US", "212-555-0100#99", "+12125550100");
	ck_assert_str_eq(phone.extension, "99");
	IS("US", "212-555-0100", "+12125550100");
	ck_assert_str_eq(phone.extension, "");
}
END_TEST

START_TEST(what_cannot_be_a_number_says_why)
{
	IS("BR", "119876",
	   "\"119876\" is too short for a Brazilian number (+55 and 10 or 11 digits)");
	IS("BR", "+55 31 90000-00421",
	   "\"+55 31 90000-00421\" is too long for a Brazilian number (+55 and 10 or 11 digits)");
	IS("BR", "3222-1234",
	   "\"3222-1234\" is too short for a Brazilian number (+55 and 10 or 11 digits)");
	IS("BR", "11 81234-5678", "\"11 81234-5678\" is not the shape of a Brazilian number");
	IS("AR", "15 1234-5678", "\"15 1234-5678\" is not the shape of an Argentine number");
	IS("US", "555-0100",
	   "\"555-0100\" is too short for a North American number (+1 and 10 digits)");
	IS("CZ", "12", "\"12\" is too short for a Czech number (+420 and 9 digits)");
	IS("FI", "+358 1",
	   "\"+358 1\" is too short for a Finnish number (+358 and 5 to 10 digits)");
	IS(NULL, "+34 12345678",
	   "\"+34 12345678\" is too short for a Spanish number (+34 and 9 digits)");
	IS(NULL, "+683 12345",
	   "\"+683 12345\" has the wrong length for a number of Niue (+683 and 4 or 7 digits)");
	IS("BR", "1-800-FLOWERS",
	   "\"1-800-FLOWERS\" holds letters, a phone number has none");
	IS("BR", "3190000004\xce\xb1", "\"3190000004α\" holds letters, a phone number has none");
	IS("BR", "31 90000-0042 & 43",
	   "\"31 90000-0042 & 43\" holds a character that no phone number has");
	IS("BR", "31 9\xff", "\"31 9?\" holds a character that no phone number has");
	IS("BR", "31+900000042", "\"31+900000042\" holds a character that no phone number has");
	IS("BR", "", "\"\" has no digits");
	IS("BR", "+", "\"+\" has no digits");
	IS(NULL, "+999 1234567", "\"+999 1234567\" begins with no country's calling code");
	IS(NULL, "31 90000-0042",
	   "\"31 90000-0042\" has no country code, and no default_region says which country to "
	   "assume");
	IS("BR", "1234567890123456789012345",
	   "\"1234567890123456789012345\" has 25 digits, more than any phone number");
	ck_assert_int_eq(err.kind, ERR_INPUT);
	/* too short a number is not stretched by what an extension says */
	IS("BR", "31 ramal 900000042", "\"31 ramal 900000042\" holds letters, a phone number has none");
}
END_TEST

START_TEST(another_countrys_number_without_plus_is_no_guess)
{
	IS("BR", "351912345678",
	   "\"351912345678\" is too long for a Brazilian number (+55 and 10 or 11 digits)");
}
END_TEST

START_TEST(a_failure_leaves_the_result_alone)
{
	memset(&phone, 'x', sizeof(phone));
	read_in("BR", "12");
	ck_assert_int_eq(phone.e164[0], 'x');
}
END_TEST

START_TEST(a_wa_id_is_a_number_only_just_as_it_stands)
{
	ck_assert(phone_is_e164_digits(STR("5531900000042")));
	ck_assert(phone_is_e164_digits(STR("553198765432")));
	ck_assert(phone_is_e164_digits(STR("5215512345678")));
	ck_assert(phone_is_e164_digits(STR("5491112345678")));
	ck_assert(!phone_is_e164_digits(STR("55031900000042")));	/* would lose its 0 */
	ck_assert(!phone_is_e164_digits(STR("5531")));
	ck_assert(!phone_is_e164_digits(STR("+5531900000042")));
	ck_assert(!phone_is_e164_digits(STR("")));
	ck_assert(!phone_is_e164_digits(STR("99999999999999999999")));
}
END_TEST

START_TEST(the_table_is_sorted_and_every_code_has_one_main_region)
{
	for (size_t i = 0; i < phone_plan_size; i++) {
		const struct phone_region *r = &phone_plan[i];
		size_t n_main = 0;

		ck_assert(i == 0 || strcmp(phone_plan[i - 1].iso, r->iso) <= 0);
		ck_assert_msg(r->lengths != 0 && r->first_digits != 0, "%s", r->iso);
		ck_assert(r->code > 0 && r->code < 1000);
		if (strcmp(r->iso, "001") != 0)
			ck_assert_ptr_eq(phone_region_find(str_from(r->iso)), r);
		for (size_t k = 0; k < phone_plan_size; k++)
			n_main += phone_plan[k].code == r->code && phone_plan[k].is_main;
		ck_assert_msg(n_main == 1, "+%u has %zu main regions", r->code, n_main);
	}
	ck_assert_ptr_null(phone_region_find(STR("ZZ")));
	ck_assert_ptr_null(phone_region_find(STR("001")));
}
END_TEST

RUN("phone", an_international_number_is_read_however_it_is_spaced,
    selection_codes_of_the_region_lead_abroad, a_number_abroad_that_we_do_not_know_is_none_at_home, the_home_country_may_stand_without_a_plus,
    national_forms_lose_the_trunk_prefix, a_brazilian_carrier_code_is_no_part_of_the_number,
    the_eight_digit_mobile_of_old_is_kept_as_it_is, argentinas_15_inside_becomes_the_9_before,
    mexicos_prefixes_go_and_its_1_stays, other_scripts_digits_count,
    uris_and_extensions_are_understood, what_cannot_be_a_number_says_why,
    another_countrys_number_without_plus_is_no_guess, a_failure_leaves_the_result_alone,
    a_wa_id_is_a_number_only_just_as_it_stands,
    the_table_is_sorted_and_every_code_has_one_main_region)
