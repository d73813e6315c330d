/* What the API decides without a store: cursors, search texts, rights, routes, names of files. */
#include <daybook/arena.h>
#include <string.h>

#include "api/cursor.h"
#include "api/file_name.h"
#include "api/query_text.h"
#include "api/rights.h"
#include "api/route.h"
#include "base/buf.h"
#include "base/clock.h"
#include "conf/config.h"

#include "../check_main.h"

static struct arena *arena;
static struct err err;
static const unsigned char key[32] = { 1, 2, 3 };

static void setup(void)
{
	arena = arena_create(1 << 20);
}

static struct str text_of(struct buf *b)
{
	struct str text = arena_str(arena, buf_str(b));

	buf_finish(b);
	return text;
}

static struct str cursor_text(struct str what, struct cursor c)
{
	struct buf out;

	buf_init(&out, 4096);
	cursor_put(&out, key, what, &c);
	return text_of(&out);
}

START_TEST(a_cursor_comes_back_as_it_was)
{
	struct cursor in = { .at = -5, .id = INT64_MAX, .text = STR("Zo\xc3\xa9") }, out;
	struct str text;

	setup();
	text = cursor_text(STR("/contacts"), in);
	ck_assert(cursor_read(text, key, STR("/contacts"), arena, &out));
	ck_assert_int_eq(out.at, -5);
	ck_assert_int_eq(out.id, INT64_MAX);
	ck_assert(str_eq(out.text, in.text));
	arena_destroy(arena);
}

START_TEST(a_cursor_that_is_not_ours_is_refused)
{
	static const unsigned char other[32] = { 9 };
	struct cursor out;
	struct str text;
	char changed[200];

	setup();
	text = cursor_text(STR("/contacts"), (struct cursor){ .at = 1, .id = 2 });
	ck_assert(!cursor_read(text, key, STR("/contacts\nsort"), arena, &out));
	ck_assert(!cursor_read(text, other, STR("/contacts"), arena, &out));
	for (size_t i = 0; i < text.len; i++) {
		memcpy(changed, text.ptr, text.len);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		/* The last character holds bits that stand for nothing. */
		if (i + 1 < text.len)
			ck_assert(!cursor_read((struct str){ changed, text.len }, key, STR("/contacts"), arena, &out));
		ck_assert(!cursor_read(str_sub(text, 0, i), key, STR("/contacts"), arena, &out));
	}
	ck_assert(!cursor_read(STR("\xff\xff"), key, STR("/contacts"), arena, &out));
	arena_destroy(arena);
}

static struct view_search parse(const char *text)
{
	struct view_search q = { 0 };

	ck_assert_msg(query_text(str_from(text), arena, &q, &err), "%s: %s", text, err.msg);
	return q;
}

static void refuses(const char *text, enum err_kind kind)
{
	struct view_search q = { 0 };

	ck_assert_msg(!query_text(str_from(text), arena, &q, &err), "%s", text);
	ck_assert_int_eq(err.kind, kind);
}

START_TEST(operators_are_filters_and_all_else_is_words)
{
	struct view_search q;
	int64_t day;

	setup();
	q = parse("  from:maria TO:\"Ana Lima\" channel:whatsapp channel:email has:attachment segunda \"via de\" foo:bar");
	ck_assert(str_eq(q.from, STR("maria")));
	ck_assert(str_eq(q.to, STR("Ana Lima")));
	ck_assert_int_eq(q.filter.channels, 1 << CHANNEL_WHATSAPP | 1 << CHANNEL_EMAIL);
	ck_assert(q.has_attachment);
	ck_assert_msg(str_eq(q.match, STR("\"segunda\" \"via de\" \"foo:bar\"")), STR_FMT, STR_ARG(q.match));
	q = parse("after:2026-10-01 before:2026-10-02T08:00:00Z direction:out");
	ck_assert(clock_parse(STR("2026-10-01T00:00:00Z"), &day));
	ck_assert_int_eq(q.filter.from_us, day);
	ck_assert_int_eq(q.filter.to_us, day + INT64_C(32) * 3600 * 1000000);
	ck_assert_int_eq(q.filter.directions, 1 << DIRECTION_OUT);
	ck_assert_uint_eq(q.match.len, 0);
	arena_destroy(arena);
}

START_TEST(no_text_can_be_more_than_words)
{
	static const char *const texts[] = { "\" OR *", "NEAR(a b)", "x') --", "\"\"\"\"", "from:", "\"", "a AND NOT b", "-x", "^x" };

	setup();
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct view_search q = parse(texts[i]);
		size_t quotes = 0;

		for (size_t k = 0; k < q.match.len; k++)
			quotes += q.match.ptr[k] == '"';
		ck_assert_msg(quotes % 2 == 0 && (q.match.len == 0 || q.match.ptr[0] == '"'), "%s", texts[i]);
	}
	arena_destroy(arena);
}

START_TEST(a_search_that_makes_no_sense_says_so)
{
	char text[400];

	setup();
	refuses("channel:pigeon", ERR_INPUT);
	refuses("direction:up", ERR_INPUT);
	refuses("has:wings", ERR_INPUT);
	refuses("after:2026-13-01", ERR_INPUT);
	refuses("before:tomorrow", ERR_INPUT);
	refuses("a b c d e f g h i j k l m n o p q", ERR_LIMIT);
	memset(text, 'a', 257);
	text[257] = '\0';
	refuses(text, ERR_LIMIT);
	arena_destroy(arena);
}

START_TEST(roles_have_their_rights_and_the_configuration_has_the_last_word)
{
	const char *rights[] = { "metrics" };
	struct config_role own = { .name = "viewer", .can = { rights, 1 }, .sees = CONFIG_SEES_OWN };
	struct config empty = { 0 }, changed = { .roles = &own, .n_roles = 1 };
	struct powers powers;

	ck_assert(role_find(&empty, STR("admin"), &powers));
	ck_assert_uint_eq(powers.rights, RIGHT_ALL);
	ck_assert(role_find(&empty, STR("ops"), &powers));
	ck_assert_uint_eq(powers.rights & RIGHT_READ, 0);
	ck_assert_int_eq(powers.sees, SEES_NOTHING);
	ck_assert(role_find(&empty, STR("viewer"), &powers));
	ck_assert_uint_eq(powers.rights, RIGHT_READ);
	ck_assert(role_find(&changed, STR("viewer"), &powers));
	ck_assert_uint_eq(powers.rights, RIGHT_METRICS);
	ck_assert_int_eq(powers.sees, SEES_OWN);
	ck_assert(!role_find(&empty, STR("king"), &powers));
	ck_assert_uint_eq(powers.rights, 0);
}

START_TEST(a_team_is_who_has_the_same_team)
{
	struct config_staff staff[] = { { .name = "Ana \"A\"", .team = "sul" }, { .name = "Rui", .team = "sul" },
					{ .name = "Eva", .team = "norte" }, { .name = "Leo" } };
	struct config config = { .staff = staff, .n_staff = 4 };
	const struct powers seller = { RIGHT_READ, SEES_TEAM }, blind = { RIGHT_METRICS, SEES_ALL };
	struct viewer v;

	setup();
	role_viewer(&seller, &config, STR("Rui"), arena, &v);
	ck_assert(str_eq(v.me, STR("Rui")));
	ck_assert(str_eq(v.team, STR("[\"Ana \\\"A\\\"\",\"Rui\"]")));
	role_viewer(&seller, &config, STR("Leo"), arena, &v);
	ck_assert(str_eq(v.team, STR("[]")));
	role_viewer(&seller, &config, STR("gone"), arena, &v);
	ck_assert_uint_eq(v.me.len + v.team.len, 0);
	role_viewer(&blind, &config, STR("Rui"), arena, &v);
	ck_assert_int_eq(v.sees, SEES_NOTHING);
	arena_destroy(arena);
}

START_TEST(a_path_is_a_route_or_nothing)
{
	struct str parts[ROUTE_MAX_PARTS];
	const struct api_route *route;
	char allow[64];

	ck_assert_int_eq(route_find(STR("GET"), STR("/api/v1/interactions/int_1/attachments/7"), &route, parts, allow), ROUTE_FOUND);
	ck_assert(str_eq(parts[0], STR("int_1")) && str_eq(parts[1], STR("7")));
	ck_assert_int_eq(route_find(STR("POST"), STR("/api/v1/me"), &route, parts, allow), ROUTE_OTHER_METHOD);
	ck_assert_str_eq(allow, "GET, HEAD");
	ck_assert_int_eq(route_find(STR("GET"), STR("/api/v1/me/"), &route, parts, allow), ROUTE_NONE);
	ck_assert_int_eq(route_find(STR("GET"), STR("/api/v1/contacts//timeline"), &route, parts, allow), ROUTE_NONE);
	ck_assert_int_eq(route_find(STR("GET"), STR("/api/v1"), &route, parts, allow), ROUTE_NONE);
}

static struct str disposition(struct str name)
{
	struct buf out;

	buf_init(&out, FILE_NAME_MAX);
	file_name_disposition(&out, name);
	return text_of(&out);
}

START_TEST(the_name_of_a_file_is_no_path_and_no_header)
{
	struct str s;
	char lots[4096];

	setup();
	ck_assert(str_eq(disposition(STR("../../etc/passwd")), STR("attachment; filename*=UTF-8''_.._etc_passwd")));
	ck_assert(str_eq(disposition(STR("a\"\r\nX: y;z")), STR("attachment; filename*=UTF-8''a%22__X%3A%20y%3Bz")));
	ck_assert(str_eq(disposition(STR("oi\xe2\x80\xaegnp.exe")), STR("attachment; filename*=UTF-8''oi_gnp.exe")));
	ck_assert(str_eq(disposition(STR("a\0b")), STR("attachment; filename*=UTF-8''a")));
	ck_assert(str_eq(disposition(STR(" ... ")), STR("attachment; filename*=UTF-8''attachment")));
	memset(lots, 0xc3, sizeof(lots));
	s = disposition((struct str){ lots, sizeof(lots) });
	ck_assert_uint_lt(s.len, 700);
	ck_assert_str_eq(file_name_type(STR("\x89PNG\r\n\x1a\n..")), "image/png");
	ck_assert_str_eq(file_name_type(STR("RIFF....WEBPVP8")), "image/webp");
	ck_assert_str_eq(file_name_type(STR("<svg xmlns=")), "application/octet-stream");
	ck_assert_str_eq(file_name_type(STR("RIFF")), "application/octet-stream");
	arena_destroy(arena);
}

RUN("api", a_cursor_comes_back_as_it_was, a_cursor_that_is_not_ours_is_refused, operators_are_filters_and_all_else_is_words,
    no_text_can_be_more_than_words, a_search_that_makes_no_sense_says_so,
    roles_have_their_rights_and_the_configuration_has_the_last_word, a_team_is_who_has_the_same_team,
    a_path_is_a_route_or_nothing, the_name_of_a_file_is_no_path_and_no_header)
