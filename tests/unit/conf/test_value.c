/* Texts as values, networks, addresses to listen on, and near names. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "conf/cidr.h"
#include "conf/nearest.h"
#include "conf/paths.h"
#include "conf/region.h"
#include "conf/value.h"
#include "conf_test.h"

#define S INT64_C(1000000)

START_TEST(durations_have_units_and_may_be_added)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
		{ "0", 0 }, { "200ms", S / 5 }, { "30s", 30 * S }, { "5m", 300 * S },
		{ "5min", 300 * S }, { "1h", 3600 * S }, { "7d", 7 * 86400 * S },
		{ "2w", 14 * 86400 * S }, { "2y", 730 * 86400 * S }, { "1h30m", 5400 * S },
		{ "1H", 3600 * S }, { "0s", 0 },
	};
	static const char *const bad[] = { "", "5", "s", "5 m", "-5m", "1.5h", "5parsecs", "1h30",
					   "9999999999999d", "5m ", "+5m", "99999999999999999999s" };
	int64_t us;

	for (size_t i = 0; i < countof(good); i++) {
		ck_assert_msg(value_duration(str_from(good[i].text), &us), "%s", good[i].text);
		ck_assert_int_eq(us, good[i].us);
	}
	for (size_t i = 0; i < countof(bad); i++)
		ck_assert_msg(!value_duration(str_from(bad[i]), &us), "%s", bad[i]);
}
END_TEST

START_TEST(sizes_count_in_1024)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} good[] = {
		{ "100", 100 }, { "100B", 100 }, { "512KiB", 524288 }, { "4MiB", 4194304 },
		{ "10M", 10485760 }, { "10m", 10485760 }, { "1G", 1 << 30 }, { "0", 0 },
		{ "2TiB", INT64_C(2) << 40 },
	};
	static const char *const bad[] = { "", "M", "4 MiB", "4MB", "-1", "1e3", "99999999999T", "4MiBx" };
	int64_t n;

	for (size_t i = 0; i < countof(good); i++) {
		ck_assert_msg(value_size(str_from(good[i].text), &n), "%s", good[i].text);
		ck_assert_int_eq(n, good[i].bytes);
	}
	for (size_t i = 0; i < countof(bad); i++)
		ck_assert_msg(!value_size(str_from(bad[i]), &n), "%s", bad[i]);
}
END_TEST

START_TEST(rates_are_a_count_for_a_time)
{
	struct conf_rate r;

	ck_assert(value_rate(STR("10/min"), &r));
	ck_assert_int_eq(r.count, 10);
	ck_assert_int_eq(r.per_us, 60 * S);
	ck_assert(value_rate(STR("5/s"), &r) && r.per_us == S);
	ck_assert(value_rate(STR("100/h"), &r) && r.per_us == 3600 * S);
	ck_assert(value_rate(STR("0"), &r) && r.count == 0);
	ck_assert(!value_rate(STR("10"), &r));
	ck_assert(!value_rate(STR("10/"), &r));
	ck_assert(!value_rate(STR("/min"), &r));
	ck_assert(!value_rate(STR("10/fortnight"), &r));
	ck_assert(!value_rate(STR(""), &r));
}
END_TEST

START_TEST(dates_are_calendar_days_or_negative_ages)
{
	int64_t us;

	ck_assert(value_date(STR("2024-01-01"), &us));
	ck_assert_int_eq(us, INT64_C(1704067200) * S);
	ck_assert(value_date(STR("2024-02-29"), &us));
	ck_assert(value_date(STR("90d"), &us));
	ck_assert_int_eq(us, -90 * 86400 * S);
	ck_assert(!value_date(STR("2023-02-29"), &us));
	ck_assert(!value_date(STR("2024-13-01"), &us));
	ck_assert(!value_date(STR("1969-12-31"), &us));
	ck_assert(!value_date(STR("2024-1-1"), &us));
	ck_assert(!value_date(STR("01/02/2024"), &us));
	ck_assert(!value_date(STR("2024-00-10"), &us));
}
END_TEST

START_TEST(numbers_and_booleans_are_read_whole)
{
	int64_t n;
	bool b;

	ck_assert(value_int(STR("-12"), &n) && n == -12);
	ck_assert(!value_int(STR("0x10"), &n));
	ck_assert(!value_int(STR("9223372036854775808"), &n));
	ck_assert(!value_int(STR("--1"), &n));
	ck_assert(value_bool(STR("Yes"), &b) && b);
	ck_assert(value_bool(STR("off"), &b) && !b);
	ck_assert(!value_bool(STR("1"), &b));
	ck_assert(!value_bool(STR("y"), &b));
}
END_TEST

START_TEST(values_are_printed_as_one_would_write_them)
{
	struct buf b;

	buf_init(&b, 200);
	value_print(&b, CONF_T_DURATION, 90 * S);
	buf_addc(&b, ' ');
	value_print(&b, CONF_T_DURATION, 86400 * S);
	buf_addc(&b, ' ');
	value_print(&b, CONF_T_DURATION, 0);
	buf_addc(&b, ' ');
	value_print(&b, CONF_T_SIZE, 4 << 20);
	buf_addc(&b, ' ');
	value_print(&b, CONF_T_SIZE, 1025);
	buf_addc(&b, ' ');
	value_print(&b, CONF_T_INT, -7);
	ck_assert_str_eq(b.ptr, "1m30s 1d 0 4MiB 1025 -7");
	buf_finish(&b);
}
END_TEST

static bool is_in(const char *net, const char *address)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct cidr cidr;

	ck_assert_msg(cidr_parse(str_from(net), &cidr), "%s", net);
	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return cidr_has(&cidr, (struct sockaddr *)&v4);
	ck_assert_int_eq(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
	return cidr_has(&cidr, (struct sockaddr *)&v6);
}

START_TEST(networks_hold_addresses_of_both_families)
{
	ck_assert(is_in("10.0.0.0/8", "10.255.1.2"));
	ck_assert(!is_in("10.0.0.0/8", "11.0.0.0"));
	ck_assert(is_in("10.0.0.0/8", "::ffff:10.1.2.3"));
	ck_assert(is_in("192.168.4.7/22", "192.168.7.255"));
	ck_assert(!is_in("192.168.4.7/22", "192.168.8.0"));
	ck_assert(is_in("127.0.0.1", "127.0.0.1"));
	ck_assert(!is_in("127.0.0.1", "127.0.0.2"));
	ck_assert(is_in("0.0.0.0/0", "8.8.8.8"));
	ck_assert(!is_in("0.0.0.0/0", "2001:db8::1"));
	ck_assert(is_in("::/0", "2001:db8::1"));
	ck_assert(is_in("2001:db8::/33", "2001:db8:7fff::1"));
	ck_assert(!is_in("2001:db8::/33", "2001:db8:8000::1"));
	ck_assert(is_in("::1", "::1"));
	ck_assert(is_in("10.0.0.0/32", "10.0.0.0"));
	ck_assert(!is_in("::1/128", "0.0.0.1"));
}
END_TEST

START_TEST(what_is_no_network_is_refused)
{
	static const char *const bad[] = { "", "/8", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/",
					   "10.0.0.0/-1", "10.0.0.0/8x", "localhost", "[::1]", "1.2.3.4.5",
					   "10.0.0.0/ 8", "fe80::1%eth0" };
	struct cidr net;

	for (size_t i = 0; i < countof(bad); i++)
		ck_assert_msg(!cidr_parse(str_from(bad[i]), &net), "%s", bad[i]);
	ck_assert(!cidr_parse(STR("10.0.0.0\0/8"), &net));
	ck_assert(cidr_parse(STR("0.0.0.0/0"), &net) && cidr_is_everything(&net));
	ck_assert(cidr_parse(STR("::/0"), &net) && cidr_is_everything(&net));
	ck_assert(cidr_parse(STR("10.0.0.0/8"), &net) && !cidr_is_everything(&net));
}
END_TEST

static const char *listen_error(const char *text)
{
	static struct err err;
	struct listen_address listen;

	err.msg[0] = '\0';
	if (listen_parse(str_from(text), "/etc/daybook/daybook.yaml", &listen, &err))
		listen_finish(&listen);
	return err.msg;
}

START_TEST(addresses_to_listen_on)
{
	struct listen_address l;
	struct err err;

	ck_assert(listen_parse(STR("127.0.0.1:8480"), "/x", &l, &err));
	ck_assert_int_eq(l.address.ss_family, AF_INET);
	ck_assert_int_eq(ntohs(((struct sockaddr_in *)&l.address)->sin_port), 8480);
	ck_assert_uint_eq(l.address_len, sizeof(struct sockaddr_in));
	listen_finish(&l);
	ck_assert(listen_parse(STR("[::1]:80"), "/x", &l, &err));
	ck_assert_int_eq(l.address.ss_family, AF_INET6);
	listen_finish(&l);
	ck_assert(listen_parse(STR("unix:run/x.sock"), "/etc/daybook/daybook.yaml", &l, &err));
	ck_assert(l.is_unix);
	ck_assert_str_eq(l.path, "/etc/daybook/run/x.sock");
	ck_assert_str_eq(l.text, "unix:/etc/daybook/run/x.sock");
	listen_finish(&l);
}
END_TEST

START_TEST(wrong_addresses_say_what_to_write)
{
	ck_assert_str_eq(listen_error("8480"),
			 "\"8480\" is neither address:port nor unix:PATH (try 127.0.0.1:8480)");
	ck_assert_str_eq(listen_error("localhost:80"),
			 "\"localhost:80\" does not begin with an address (try 127.0.0.1:80, or 0.0.0.0:80 for all)");
	ck_assert_str_eq(listen_error(":80"),
			 "\":80\" does not begin with an address (try 127.0.0.1:80, or 0.0.0.0:80 for all)");
	ck_assert_str_eq(listen_error("::1:80"),
			 "\"::1:80\": write an IPv6 address in brackets (try [::1]:8480)");
	ck_assert_str_eq(listen_error("127.0.0.1:0"),
			 "\"127.0.0.1:0\" does not end in a port from 1 to 65535");
	ck_assert_str_eq(listen_error("127.0.0.1:65536"),
			 "\"127.0.0.1:65536\" does not end in a port from 1 to 65535");
	ck_assert_str_eq(listen_error("unix:"), "a path is missing after \"unix:\"");
	ck_assert_ptr_nonnull(strstr(
		listen_error("unix:/0123456789012345678901234567890123456789012345678901234567890123456789"
			     "01234567890123456789012345678901234567890"),
		"the path of a socket can have 107 bytes at most, this has 112: "));
}
END_TEST

START_TEST(near_names_are_offered_and_far_ones_are_not)
{
	static const struct {
		const char *wanted, *name;
		bool is_near;
	} cases[] = {
		{ "pasword", "password", true }, { "evrey", "every", true }, { "max-body", "max_body", true },
		{ "Host", "host", true }, { "x", "host", false }, { "banana", "password", false },
		{ "", "host", false }, { "hsot", "host", true }, { "ab", "cd", false },
	};
	struct nearest near;

	for (size_t i = 0; i < countof(cases); i++) {
		nearest_begin(&near, str_from(cases[i].wanted));
		ck_assert_msg(nearest_offer(&near, cases[i].name) == cases[i].is_near, "%s",
			      cases[i].wanted);
	}
	nearest_begin(&near, STR("tokn"));
	nearest_offer(&near, "taken");
	nearest_offer(&near, "token");
	nearest_offer(&near, "broken");
	ck_assert_str_eq(near.best, "token");
}
END_TEST

START_TEST(paths_are_relative_to_their_file)
{
	auto_free char *beside = path_beside("/etc/daybook/connectors.d/a.yaml", "./ca//x.pem");
	auto_free char *absolute = path_beside("/etc/daybook/a.yaml", "/srv/./x");
	auto_free char *root = path_folder("/a.yaml");
	auto_free char *parent = path_beside("/etc/a.yaml", "../x");

	ck_assert_str_eq(beside, "/etc/daybook/connectors.d/ca/x.pem");
	ck_assert_str_eq(absolute, "/srv/x");
	ck_assert_str_eq(root, "/");
	ck_assert_str_eq(parent, "/etc/../x");
}
END_TEST

START_TEST(countries_are_known_in_any_case)
{
	ck_assert(region_is_known(STR("BR")));
	ck_assert(region_is_known(STR("no")));
	ck_assert(!region_is_known(STR("XX")));
	ck_assert(!region_is_known(STR("BRA")));
	ck_assert(!region_is_known(STR("B ")));
	ck_assert(!region_is_known(STR("")));
}
END_TEST

RUN("conf/value", durations_have_units_and_may_be_added, sizes_count_in_1024,
    rates_are_a_count_for_a_time, dates_are_calendar_days_or_negative_ages,
    numbers_and_booleans_are_read_whole, values_are_printed_as_one_would_write_them,
    networks_hold_addresses_of_both_families, what_is_no_network_is_refused,
    addresses_to_listen_on, wrong_addresses_say_what_to_write,
    near_names_are_offered_and_far_ones_are_not, paths_are_relative_to_their_file,
    countries_are_known_in_any_case)
