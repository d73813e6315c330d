// Writes src/model/phone_plan.c from the metadata inside libphonenumber. Run by hand, not part of
// the build; needs libphonenumber-dev and tzdata (names of countries):
//
//   g++ -std=c++17 -O1 scripts/gen-phone-plan.cc -lphonenumber -lprotobuf-lite -o gen-phone-plan
//   ./gen-phone-plan > src/model/phone_plan.c
//
// The metadata's getter is exported by the library but in no header of it, hence the declaration.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <phonenumbers/phonemetadata.pb.h>

namespace i18n::phonenumbers {
int metadata_size();
const void *metadata_get();
}

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneMetadataCollection;
using i18n::phonenumbers::PhoneNumberDesc;
using strings = std::set<std::string>;

// All strings a metadata pattern matches, cut to `keep` characters. The patterns know groups,
// classes, \d, alternatives, ? and {m,n}: no more.
class Expander {
public:
	Expander(const std::string &pattern, size_t keep) : p(pattern), keep(keep) {}
	strings all() { return alternatives(); }

private:
	const std::string &p;
	size_t keep, at = 0;

	bool more() const { return at < p.size(); }

	strings alternatives()
	{
		strings out = sequence();
		while (more() && p[at] == '|') {
			at++;
			strings next = sequence();
			out.insert(next.begin(), next.end());
		}
		return out;
	}

	strings sequence()
	{
		strings out = {""};
		while (more() && p[at] != '|' && p[at] != ')') {
			strings piece = atom();
			int low = 1, high = 1;
			quantifier(low, high);
			out = repeat(out, piece, low, high);
		}
		return out;
	}

	strings atom()
	{
		strings out;
		if (p[at] == '(') {
			at += p.compare(at, 3, "(?:") == 0 ? 3 : 1;
			out = alternatives();
			at++;
		} else if (p[at] == '[') {
			at++;
			out = char_class();
		} else if (p[at] == '\\') {
			at += 2;
			for (char c = '0'; c <= '9'; c++)
				out.insert(std::string(1, c));
		} else {
			out.insert(std::string(1, p[at++]));
		}
		return out;
	}

	strings char_class()
	{
		strings out;
		while (p[at] != ']') {
			char from = p[at++], to = from;
			if (p[at] == '-') {
				to = p[at + 1];
				at += 2;
			}
			for (char c = from; c <= to; c++)
				out.insert(std::string(1, c));
		}
		at++;
		return out;
	}

	void quantifier(int &low, int &high)
	{
		if (!more())
			return;
		if (p[at] == '?') {
			low = 0;
			at++;
		} else if (p[at] == '{') {
			size_t end = p.find('}', at);
			std::string inside = p.substr(at + 1, end - at - 1);
			size_t comma = inside.find(',');
			low = std::stoi(inside);
			high = comma == std::string::npos ? low : std::stoi(inside.substr(comma + 1));
			at = end + 1;
		}
	}

	strings repeat(const strings &head, const strings &piece, int low, int high) const
	{
		strings out, now = head;
		if (low == 0)
			out = head;
		for (int i = 1; i <= high; i++) {
			strings next;
			for (const auto &h : now)
				for (const auto &t : piece)
					next.insert((h + t).substr(0, keep));
			if (i >= low)
				out.insert(next.begin(), next.end());
			if (next == now)
				break;
			now = next;
		}
		if (out.empty())
			out = now;
		return out;
	}
};

static strings expand(const std::string &pattern, size_t keep)
{
	return Expander(pattern, keep).all();
}

static uint32_t length_bits(const PhoneNumberDesc &desc, const PhoneNumberDesc &general)
{
	uint32_t bits = 0;
	// Empty means "as in general", -1 means that there are no such numbers.
	const PhoneNumberDesc &from = desc.possible_length_size() > 0 ? desc : general;

	for (int i = 0; i < from.possible_length_size(); i++)
		if (from.possible_length(i) > 0)
			bits |= UINT32_C(1) << from.possible_length(i);
	return bits;
}

static uint32_t lengths_of(const PhoneMetadata &m)
{
	uint32_t bits = length_bits(m.fixed_line(), m.general_desc()) |
			length_bits(m.mobile(), m.general_desc());

	if (m.id() == "001")	// toll-free and satellite: neither fixed nor mobile
		bits |= length_bits(PhoneNumberDesc(), m.general_desc());
	if (m.id() == "BJ")	// since 30 November 2024: 01 before the eight digits
		bits |= UINT32_C(1) << 10;
	return bits;
}

static uint32_t first_digits(const PhoneNumberDesc &desc)
{
	uint32_t bits = 0;

	for (const auto &s : expand(desc.national_number_pattern(), 1))
		if (!s.empty() && s[0] >= '0' && s[0] <= '9')
			bits |= UINT32_C(1) << (s[0] - '0');
	return bits;
}

// A 0 counts only where fixed or mobile numbers begin with it: some plans have service numbers in
// 00 beside a trunk prefix 0.
static uint32_t first_digits_of(const PhoneMetadata &m)
{
	uint32_t people = first_digits(m.fixed_line()) | first_digits(m.mobile());

	if (m.id() == "001")
		return first_digits(m.general_desc());
	if (m.id() == "BJ")
		people |= 1;
	return people | (first_digits(m.general_desc()) & ~UINT32_C(1));
}

// What is dialled before national numbers. The library's own pattern for it also holds carrier
// codes and transformations (Brazil, Argentina: see src/model/phone_national.c).
static std::string trunks_of(const PhoneMetadata &m)
{
	static const std::map<std::string, std::string> more = {
		{ "BY", "0 8 80" }, { "GA", "0" }, { "LT", "0 8" }, { "MX", "01 02 044 045" },
	};
	auto hit = more.find(m.id());

	return hit != more.end() ? hit->second : m.national_prefix();
}

// Selection codes of more than five digits are left out: nobody writes them in an address book.
static std::string idds_of(const PhoneMetadata &m)
{
	std::vector<std::string> all;
	std::string out;

	if (m.id() == "001")
		return "";
	for (const auto &s : expand(m.international_prefix(), 12))
		if (!s.empty() && s.size() <= 5)
			all.push_back(s);
	std::stable_sort(all.begin(), all.end(),
			 [](auto &a, auto &b) { return a.size() < b.size(); });
	// Many write 00 whatever their plan says. In Brazil nearly all do, and leave out the carrier
	// code that the plan wants behind it, so there it is tried first.
	if (std::find(all.begin(), all.end(), "00") == all.end())
		all.insert(m.id() == "BR" ? all.begin() : all.end(), "00");
	for (const auto &s : all)
		out += (out.empty() ? "" : " ") + s;
	return out;
}

static std::map<std::string, std::string> country_names()
{
	std::map<std::string, std::string> names;
	std::ifstream file("/usr/share/zoneinfo/iso3166.tab");

	for (std::string line; std::getline(file, line);)
		if (line.size() > 3 && line[0] != '#')
			names[line.substr(0, 2)] = line.substr(3);
	names["AC"] = "Ascension Island";
	names["TA"] = "Tristan da Cunha";
	names["XK"] = "Kosovo";
	return names;
}

static const std::map<std::string, std::string> adjectives = {
	{ "AE", "an Emirati" }, { "AO", "an Angolan" }, { "AR", "an Argentine" },
	{ "AT", "an Austrian" }, { "AU", "an Australian" }, { "BE", "a Belgian" },
	{ "BG", "a Bulgarian" }, { "BO", "a Bolivian" }, { "BR", "a Brazilian" },
	{ "CA", "a North American" }, { "CH", "a Swiss" }, { "CL", "a Chilean" },
	{ "CN", "a Chinese" }, { "CO", "a Colombian" }, { "CR", "a Costa Rican" },
	{ "CU", "a Cuban" }, { "CV", "a Cape Verdean" }, { "CY", "a Cypriot" },
	{ "CZ", "a Czech" }, { "DE", "a German" }, { "DK", "a Danish" },
	{ "DO", "a Dominican" }, { "DZ", "an Algerian" }, { "EC", "an Ecuadorian" },
	{ "EE", "an Estonian" }, { "EG", "an Egyptian" }, { "ES", "a Spanish" },
	{ "FI", "a Finnish" }, { "FR", "a French" }, { "GB", "a British" },
	{ "GH", "a Ghanaian" }, { "GR", "a Greek" }, { "GT", "a Guatemalan" },
	{ "HN", "a Honduran" }, { "HR", "a Croatian" }, { "HU", "a Hungarian" },
	{ "ID", "an Indonesian" }, { "IE", "an Irish" }, { "IL", "an Israeli" },
	{ "IN", "an Indian" }, { "IS", "an Icelandic" }, { "IT", "an Italian" },
	{ "JM", "a Jamaican" }, { "JP", "a Japanese" }, { "KE", "a Kenyan" },
	{ "KR", "a South Korean" }, { "LB", "a Lebanese" }, { "LT", "a Lithuanian" },
	{ "LU", "a Luxembourg" }, { "LV", "a Latvian" }, { "MA", "a Moroccan" },
	{ "MT", "a Maltese" }, { "MX", "a Mexican" }, { "MY", "a Malaysian" },
	{ "MZ", "a Mozambican" }, { "NG", "a Nigerian" }, { "NI", "a Nicaraguan" },
	{ "NL", "a Dutch" }, { "NO", "a Norwegian" }, { "NZ", "a New Zealand" },
	{ "PA", "a Panamanian" }, { "PE", "a Peruvian" }, { "PH", "a Philippine" },
	{ "PK", "a Pakistani" }, { "PL", "a Polish" }, { "PR", "a Puerto Rican" },
	{ "PT", "a Portuguese" }, { "PY", "a Paraguayan" }, { "RO", "a Romanian" },
	{ "RS", "a Serbian" }, { "RU", "a Russian" }, { "SA", "a Saudi" },
	{ "SE", "a Swedish" }, { "SG", "a Singaporean" }, { "SI", "a Slovenian" },
	{ "SK", "a Slovak" }, { "SV", "a Salvadoran" }, { "TH", "a Thai" },
	{ "TN", "a Tunisian" }, { "TR", "a Turkish" }, { "TW", "a Taiwanese" },
	{ "UA", "a Ukrainian" }, { "US", "a North American" }, { "UY", "a Uruguayan" },
	{ "VE", "a Venezuelan" }, { "VN", "a Vietnamese" }, { "ZA", "a South African" },
};

static std::string phrase_of(const PhoneMetadata &m)
{
	static const std::map<std::string, std::string> names = country_names();
	auto adjective = adjectives.find(m.id());
	auto name = names.find(m.id());

	if (adjective != adjectives.end())
		return adjective->second + " number";
	return name != names.end() ? "a number of " + name->second : "an international number";
}

int main()
{
	PhoneMetadataCollection all;
	std::map<int, uint32_t> lengths, firsts;	// by calling code
	std::map<int, int> sharers;
	std::vector<const PhoneMetadata *> rows;

	if (!all.ParseFromArray(i18n::phonenumbers::metadata_get(),
				i18n::phonenumbers::metadata_size())) {
		std::cerr << "the library's metadata cannot be read\n";
		return 1;
	}
	for (const auto &m : all.metadata()) {
		lengths[m.country_code()] |= lengths_of(m);
		// E.164 has fifteen digits with the country code.
		lengths[m.country_code()] &=
			(UINT32_C(2) << (15 - std::to_string(m.country_code()).size())) - 1;
		firsts[m.country_code()] |= first_digits_of(m);
		sharers[m.country_code()]++;
		rows.push_back(&m);
	}
	std::stable_sort(rows.begin(), rows.end(),
			 [](auto *a, auto *b) { return a->id() < b->id(); });

	std::printf("/* Generated by scripts/gen-phone-plan.cc from the metadata of libphonenumber\n"
		    " * (Apache-2.0); do not edit. To make it anew:\n"
		    " *   g++ -std=c++17 -O1 scripts/gen-phone-plan.cc -lphonenumber"
		    " -lprotobuf-lite -o gen-phone-plan\n"
		    " *   ./gen-phone-plan > src/model/phone_plan.c */\n"
		    "#include \"model/phone_plan.h\"\n\n"
		    "const struct phone_region phone_plan[] = {\n");
	for (const auto *m : rows) {
		bool is_main = m->main_country_for_code() || sharers[m->country_code()] == 1;

		std::printf("\t{ \"%s\", %d, %s, 0x%05x, 0x%03x, \"%s\", \"%s\",\n\t  \"%s\" },\n",
			    m->id().c_str(), m->country_code(), is_main ? "true" : "false",
			    lengths[m->country_code()], firsts[m->country_code()], trunks_of(*m).c_str(),
			    phrase_of(*m).c_str(), idds_of(*m).c_str());
	}
	std::printf("};\n\nconst size_t phone_plan_size = sizeof(phone_plan) / sizeof(*phone_plan);\n");
	return 0;
}
