// Writes tests/fixtures/phone/examples.tsv: libphonenumber's example number of every region and type, in three forms. Run by
// hand when the plans are generated anew; needs libphonenumber-dev:
//
//   g++ -std=c++17 -O1 scripts/gen-phone-examples.cc -lphonenumber -lprotobuf-lite -o gen-phone-examples
//   ./gen-phone-examples > tests/fixtures/phone/examples.tsv
#include <cstdio>
#include <set>
#include <string>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static const PhoneNumberUtil &oracle = *PhoneNumberUtil::GetInstance();

static const struct {
	PhoneNumberUtil::PhoneNumberType type;
	const char *name;
} types[] = {
	{ PhoneNumberUtil::FIXED_LINE, "fixed" }, { PhoneNumberUtil::MOBILE, "mobile" },
	{ PhoneNumberUtil::TOLL_FREE, "toll_free" }, { PhoneNumberUtil::PREMIUM_RATE, "premium" },
	{ PhoneNumberUtil::SHARED_COST, "shared_cost" }, { PhoneNumberUtil::VOIP, "voip" },
	{ PhoneNumberUtil::PERSONAL_NUMBER, "personal" }, { PhoneNumberUtil::PAGER, "pager" },
	{ PhoneNumberUtil::UAN, "uan" }, { PhoneNumberUtil::VOICEMAIL, "voicemail" },
};

static void put(const std::string &region, const char *type, const PhoneNumber &number)
{
	std::string e164, national, international;

	oracle.Format(number, PhoneNumberUtil::E164, &e164);
	oracle.Format(number, PhoneNumberUtil::NATIONAL, &national);
	oracle.Format(number, PhoneNumberUtil::INTERNATIONAL, &international);
	std::printf("%s\t%s\t%s\t%s\t%s\n", region.c_str(), type, e164.c_str(), national.c_str(), international.c_str());
}

int main()
{
	std::set<std::string> regions;
	std::set<int> codes;
	PhoneNumber number;

	oracle.GetSupportedRegions(&regions);
	oracle.GetSupportedGlobalNetworkCallingCodes(&codes);
	std::printf("# region\ttype\tE.164\tas at home\tas from abroad\n");
	for (const auto &region : regions)
		for (const auto &t : types)
			if (oracle.GetExampleNumberForType(region, t.type, &number))
				put(region, t.name, number);
	for (int code : codes)
		if (oracle.GetExampleNumberForNonGeoEntity(code, &number))
			put("001", "global", number);
	return 0;
}
