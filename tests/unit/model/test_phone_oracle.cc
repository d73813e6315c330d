// Our reader of phone numbers against libphonenumber's, over numbers of all regions. Built only
// where that library is found. Numbers the oracle calls valid must come out the same in every way
// people write them; what differs on purpose is listed in is_known().
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

extern "C" {
#include "model/phone.h"
}

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static const PhoneNumberUtil &oracle = *PhoneNumberUtil::GetInstance();
static std::mt19937 random_bits(20261122);	// the same numbers in every run, or SEED's
static unsigned long n_checked, n_known, n_wrong;

static std::string ours(const std::string &text, const std::string &region)
{
	struct phone phone;
	struct err err;

	if (!phone_canonical({ text.data(), text.size() }, region.c_str(), &phone, &err))
		return std::string("refused: ") + err.msg;
	return phone.e164;
}

static std::string theirs(const PhoneNumber &number)
{
	std::string out;

	oracle.Format(number, PhoneNumberUtil::E164, &out);
	return out;
}

static std::string digits_of(const std::string &text)
{
	std::string out;

	for (char c : text)
		if (c >= '0' && c <= '9')
			out += c;
	return out;
}

// Differences that are meant.
static bool is_known(const std::string &region, const std::string &text, const std::string &want,
		     const std::string &got)
{
	static const std::set<std::string> carriers = { "BO", "CN", "CO", "CR", "FO", "KR", "LI", "LU" };
	const std::string digits = digits_of(text);
	const bool is_refused = got.rfind("refused", 0) == 0;

	// Mexico: the oracle takes the 1 of old mobile numbers out, we keep what was given.
	if (want.rfind("+52", 0) == 0 && got == "+521" + want.substr(3))
		return true;
	// E.164 has fifteen digits; some German numbers of old have more.
	if (is_refused && want.size() > 16)
		return true;
	// The oracle adds an island's own area code, we want it written.
	if (is_refused && digits.size() >= 5 && want.size() - 1 > digits.size() &&
	    want.substr(want.size() - 5) == digits.substr(digits.size() - 5))
		return true;
	// Carrier codes of other countries than Brazil: nobody writes them in an address.
	if (is_refused && carriers.count(region) > 0 && digits.size() > want.size() - 3)
		return true;
	// A home code and a whole number behind it: we take it for a forgotten plus.
	if (text[0] != '+' && text[0] != '0' && got == "+" + digits)
		return true;
	// An oracle that is newer than our plan: Niue has got more numbers of four digits.
	if (is_refused && want.rfind("+683", 0) == 0 && want.size() == 8)
		return true;
	// +00 and a country's code is a country's code, even where 004 is a carrier.
	return text.rfind("+00", 0) == 0;
}

static void check(const std::string &region, const std::string &text, const std::string &want)
{
	std::string got = ours(text, region);

	n_checked++;
	if (got == want)
		return;
	if (is_known(region, text, want, got)) {
		n_known++;
		return;
	}
	if (n_wrong++ < 60)
		std::printf("%s \"%s\": %s, the oracle says %s\n", region.c_str(), text.c_str(),
			    got.c_str(), want.c_str());
}

// Other last digits, as long as the oracle calls it valid.
static PhoneNumber vary(PhoneNumber number)
{
	PhoneNumber other = number;
	unsigned long tail = random_bits() % 10000;

	other.set_national_number(number.national_number() / 10000 * 10000 + tail);
	return oracle.IsValidNumber(other) ? other : number;
}

static void check_number(const std::string &region, const PhoneNumber &number,
			 const std::vector<std::string> &all)
{
	static const PhoneNumberUtil::PhoneNumberFormat formats[] = {
		PhoneNumberUtil::E164, PhoneNumberUtil::INTERNATIONAL, PhoneNumberUtil::NATIONAL,
		PhoneNumberUtil::RFC3966,
	};
	const std::string want = theirs(number);
	std::string text;

	for (auto format : formats) {
		oracle.Format(number, format, &text);
		check(region, text, want);
	}
	// As dialled from another country.
	const std::string &abroad = all[random_bits() % all.size()];
	oracle.FormatOutOfCountryCallingNumber(number, abroad, &text);
	PhoneNumber back;
	if (oracle.Parse(text, abroad, &back) == PhoneNumberUtil::NO_PARSING_ERROR &&
	    theirs(back) == want)
		check(abroad, text, want);
}

// Digits at random: where both read a number, and the oracle calls it valid, it must be the same.
static void check_noise(const std::string &region)
{
	for (int i = 0; i < 40; i++) {
		std::string text = i % 4 == 0 ? "+" : i % 4 == 1 ? "0" : "";
		size_t n = 6 + random_bits() % 9;
		PhoneNumber number;

		for (size_t k = 0; k < n; k++)
			text += (char)('0' + random_bits() % 10);
		if (oracle.Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
		    !oracle.IsValidNumber(number))
			continue;
		auto type = oracle.GetNumberType(number);
		if (type != PhoneNumberUtil::FIXED_LINE && type != PhoneNumberUtil::MOBILE &&
		    type != PhoneNumberUtil::FIXED_LINE_OR_MOBILE)
			continue;
		check(region, text, theirs(number));
	}
}

int main()
{
	static const PhoneNumberUtil::PhoneNumberType types[] = {
		PhoneNumberUtil::FIXED_LINE, PhoneNumberUtil::MOBILE,
	};
	std::set<std::string> regions;

	if (std::getenv("SEED") != nullptr)
		random_bits.seed(std::atoi(std::getenv("SEED")));
	oracle.GetSupportedRegions(&regions);
	const std::vector<std::string> all(regions.begin(), regions.end());
	for (const auto &region : all) {
		for (auto type : types) {
			PhoneNumber number;

			if (!oracle.GetExampleNumberForType(region, type, &number))
				continue;
			check_number(region, number, all);
			for (int i = 0; i < 5; i++)
				check_number(region, vary(number), all);
		}
		check_noise(region);
	}
	std::printf("%lu numbers of %zu regions checked, %lu differ as listed, %lu differ\n",
		    n_checked, all.size(), n_known, n_wrong);
	return n_wrong == 0 && n_checked > 5000 ? 0 : 1;
}
