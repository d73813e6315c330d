#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "form.h"
#include "golden.h"
#include "host_double.h"

#include "../check_main.h"

static const int64_t received_us = INT64_C(1789399800) * 1000000;	/* 2026-09-14T15:30:00Z */

static struct form_conf conf;
static struct interactions out;
static struct err err;
static struct raw raw;

static bool normalize_body(const char *content_type, struct str body)
{
	arena_destroy(out.arena);
	err = (struct err){ 0 };
	out = (struct interactions){ .arena = arena_create(8 << 20), .max_items = 4 };
	raw.content_type = str_from(content_type);
	raw.body = body;
	raw.received_us = received_us;
	return form_normalize(&conf, &raw, &out, &err);
}

static bool normalize(const char *content_type, const char *body)
{
	return normalize_body(content_type, str_from(body));
}

static bool urlencoded(const char *body)
{
	return normalize("application/x-www-form-urlencoded", body);
}

static bool json(const char *body)
{
	return normalize("application/json; charset=utf-8", body);
}

#define ck_assert_has(s_, piece_) do { \
		struct str all_text = (s_); \
		ck_assert_msg(str_find(all_text, str_from(piece_)) != STR_NONE, \
			      "no %s in " STR_FMT, piece_, STR_ARG(all_text)); \
	} while (0)

static struct interaction *it(void)
{
	ck_assert_uint_eq(out.n_items, 1);
	return &out.items[0];
}

static struct str id_of(enum scheme scheme)
{
	const struct party *from = &it()->parties[0];

	for (size_t i = 0; i < from->n_ids; i++)
		if (from->ids[i].scheme == scheme)
			return from->ids[i].value;
	return (struct str){ NULL, 0 };
}

/* ---- golden ---- */

START_TEST(every_sample_becomes_what_was_reviewed)
{
	conf = (struct form_conf){ 0 };
	ck_assert_int_eq(golden_run(&form_reader, &conf, FIXTURES "/form"), 12);
}
END_TEST

/* ---- names ---- */

START_TEST(a_longer_label_counts_only_where_no_field_has_the_plain_name)
{
	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("E-mail+do+indicado=b%40b.example&email=a%40a.example"));
	ck_assert_uint_eq(it()->parties[0].n_ids, 1);
	ck_assert_text(id_of(SCHEME_EMAIL), "a@a.example");
	ck_assert_text(it()->text, "E-mail do indicado: b@b.example");
}
END_TEST

START_TEST(names_and_surnames_are_joined_and_not_repeated)
{
	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("first_name=Ana&last_name=Lima"));
	ck_assert_text(it()->parties[0].name, "Ana Lima");
	ck_assert(urlencoded("sobrenome=Lima&nome=Ana"));
	ck_assert_text(it()->parties[0].name, "Ana Lima");
	ck_assert(urlencoded("nome=Ana+Lima&sobrenome=Lima"));
	ck_assert_text(it()->parties[0].name, "Ana Lima");
	ck_assert(json("{\"name\":{\"first\":\"Ana\",\"last\":\"Lima\"}}"));
	ck_assert_text(it()->parties[0].name, "Ana Lima");
}
END_TEST

START_TEST(the_operators_map_beats_every_guess)
{
	static const char *name[] = { "sobrenome", "nome" }, *email[] = { "campo_7" };
	static const char *phone[] = { "Celular", "telefone" }, *text[] = { "pedido", "obs" };
	static struct conf_map_entry entries[] = {
		{ "name", { name, 2 } }, { "email", { email, 1 } }, { "phone", { phone, 2 } },
		{ "text", { text, 2 } },
	};

	conf = (struct form_conf){ .map = { entries, 4 } };
	ck_assert(urlencoded("nome=Ana&sobrenome=Lima&campo_7=a%40a.example&email=no%40a.example&"
			     "celular=11+90000-0001&telefone=11+4000-0002&fone=11+5000-0003&obs=rapido&"
			     "Pedido=caixas&mensagem=oi"));
	ck_assert_text(it()->parties[0].name, "Lima Ana");	/* in the map's order */
	ck_assert_uint_eq(it()->parties[0].n_ids, 3);
	ck_assert_text(id_of(SCHEME_EMAIL), "a@a.example");
	ck_assert_text(it()->parties[0].ids[1].value, "11 90000-0001");
	ck_assert_text(it()->parties[0].ids[2].value, "11 4000-0002");
	ck_assert_text(it()->text, "caixas\nrapido\n\nemail: no@a.example\nfone: 11 5000-0003\n"
		       "mensagem: oi");
}
END_TEST

START_TEST(several_numbers_are_handles_of_one_person_and_equal_ones_are_one)
{
	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("celular=11+90000-0001&telefone=11+4000-0002&whatsapp=11+90000-0001&"
			     "email=A%40a.example&e-mail=a%40a.example"));
	ck_assert_uint_eq(it()->parties[0].n_ids, 3);
	ck_assert_text(it()->parties[0].ids[0].value, "A@a.example");
}
END_TEST

START_TEST(a_post_of_nobody_is_an_interaction_without_identities)
{
	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("q=catalogo"));
	ck_assert_uint_eq(it()->n_parties, 1);
	ck_assert_uint_eq(it()->parties[0].n_ids, 0);
	ck_assert_text(it()->text, "q: catalogo");
	ck_assert_text(it()->filter, "");
	ck_assert_text(it()->thread, "");
	ck_assert_text(it()->external_id, "");
}
END_TEST

/* ---- robots and empty posts ---- */

START_TEST(a_honeypot_is_the_configured_field_or_one_of_the_usual)
{
	conf = (struct form_conf){ .honeypot = "website" };
	ck_assert(urlencoded("nome=a&website=http%3A%2F%2Fspam"));
	ck_assert_text(it()->filter, "honeypot field \"website\" was filled in");
	ck_assert(urlencoded("nome=a&website=+"));
	ck_assert_text(it()->filter, "");
	ck_assert(urlencoded("nome=a&_gotcha=x"));	/* another one is configured */
	ck_assert_text(it()->filter, "");
	ck_assert(urlencoded("form[Website]=x"));
	ck_assert_text(it()->filter, "honeypot field \"form[Website]\" was filled in");
	conf.honeypot = NULL;
	ck_assert(urlencoded("nome=a&website=x"));
	ck_assert_text(it()->filter, "");
	ck_assert(urlencoded("nome=a&bot-field=x"));
	ck_assert_text(it()->filter, "honeypot field \"bot-field\" was filled in");
	ck_assert(urlencoded("hp_fax=1"));
	ck_assert_text(it()->filter, "honeypot field \"hp_fax\" was filled in");
	ck_assert(urlencoded("_honey=1"));
	ck_assert(it()->filter.len > 0);
}
END_TEST

START_TEST(a_form_without_any_value_is_filtered)
{
	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("nome=&email=&mensagem=+"));
	ck_assert_text(it()->filter, "no field of the form has a value");
	ck_assert(urlencoded(""));
	ck_assert_text(it()->filter, "no field of the form has a value");
	ck_assert(json("{}"));
	ck_assert_text(it()->filter, "no field of the form has a value");
}
END_TEST

/* ---- bodies ---- */

START_TEST(bytes_that_are_no_utf8_are_read_as_browsers_mean_them)
{
	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("nome=Jo%E3o+%80&mensagem=%93ol%E1%94%00%0D%0Asim%0Dn%C3%A3o"));
	ck_assert_text(it()->parties[0].name, "João €");
	/* One bad byte, and the whole value is windows-1252. */
	ck_assert_text(it()->text, "“olá”\nsim\nnÃ£o");
	ck_assert(urlencoded("nome=Jo%C3%A3o&mensagem=a%00b"));
	ck_assert_text(it()->parties[0].name, "João");
	ck_assert_text(it()->text, "ab");
	ck_assert(urlencoded("nome=Jo%C3%A3o&_charset_=iso-8859-1"));
	ck_assert_text(it()->parties[0].name, "JoÃ£o");
	ck_assert(normalize("application/x-www-form-urlencoded; charset=windows-1252", "nome=%C3%A3"));
	ck_assert_text(it()->parties[0].name, "Ã£");
	ck_assert(urlencoded("nome=%81%8d"));	/* not assigned even there */
	ck_assert_text(it()->parties[0].name, "\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(broken_escapes_and_odd_pairs_are_taken_as_they_are)
{
	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("a=%&b=%4&c=%zz&&=x&d&e=1=2"));
	ck_assert_has(it()->details, "\"a\":\"%\",\"b\":\"%4\",\"c\":\"%zz\",\"\":\"x\",\"d\":\"\","
		      "\"e\":\"1=2\"");
}
END_TEST

START_TEST(json_comes_under_any_content_type_and_nested)
{
	conf = (struct form_conf){ 0 };
	ck_assert(normalize("text/plain;charset=UTF-8", " {\"email\":\"a@a.example\",\"n\":12.50,"
			    "\"ok\":true,\"none\":null,\"tags\":[\"x\",\"y\"],\"o\":{\"p\":{\"q\":1}}}\n"));
	ck_assert_text(id_of(SCHEME_EMAIL), "a@a.example");
	ck_assert_text(it()->text, "n: 12.50\nok: true\ntags: x, y\nq: 1");
	ck_assert_has(it()->details, "\"fields\":{\"email\":\"a@a.example\",\"n\":\"12.50\",\"ok\":"
		      "\"true\",\"tags\":[\"x\",\"y\"],\"o.p.q\":\"1\"}");
	ck_assert(urlencoded("{\"email\":\"a@a.example\"}"));
	ck_assert_text(id_of(SCHEME_EMAIL), "a@a.example");
	ck_assert(normalize("", "{\"email\":\"a@a.example\"}"));
	ck_assert_text(id_of(SCHEME_EMAIL), "a@a.example");
	ck_assert(json("[{\"name\":\"email\",\"value\":\"a@a.example\"},{\"name\":\"t\",\"value\":[1,2]}]"));
	ck_assert_text(id_of(SCHEME_EMAIL), "a@a.example");
	ck_assert_text(it()->text, "t: 1, 2");
	ck_assert(json("{\"items\":[{\"sku\":\"A\"},{\"sku\":\"B\"}]}"));
	ck_assert_has(it()->details, "\"items.0.sku\":\"A\",\"items.1.sku\":\"B\"");
}
END_TEST

START_TEST(plain_text_is_lines_of_fields_or_one_message)
{
	conf = (struct form_conf){ 0 };
	ck_assert(normalize("text/plain", "nome=Ana\r\nmensagem=oi\r\ntudo bem?\r\nemail=a@a.example\r\n"));
	ck_assert_text(it()->parties[0].name, "Ana");
	ck_assert_text(it()->text, "oi\ntudo bem?");
	ck_assert_text(id_of(SCHEME_EMAIL), "a@a.example");
	ck_assert(normalize("text/plain", "liguem para mim"));
	ck_assert_text(it()->text, "liguem para mim");
	ck_assert(normalize("", "nome=Ana&mensagem=oi"));
	ck_assert_text(it()->text, "oi");
}
END_TEST

#define MULTIPART "multipart/form-data; boundary=XX"

START_TEST(multipart_fields_and_files_are_told_apart)
{
	const struct attachment *a;

	conf = (struct form_conf){ 0 };
	ck_assert(normalize(MULTIPART,
		"preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"filename\"\r\n\r\nvalue\r\n"
		"--XX\r\ncontent-disposition: form-data; name=mensagem\r\nContent-Type: text/plain\r\n\r\n"
		"a\r\n--XXno\r\nb\r\n"
		"--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"C:\\dir\\a%22b.txt\"\r\n"
		"Content-Type: text/plain; charset=x\r\n\r\n\r\n--XY\r\n\r\n"
		"--XX\r\nContent-Disposition: form-data; name=\"g\"; filename=\"plain\"; "
		"filename*=UTF-8''../r%C3%A9sum%C3%A9.pdf\r\nContent-Type: \"><script>\r\n\r\n\r\n"
		"--XX\r\nContent-Disposition: form-data; name=\"h\"; filename=\"\"\r\n\r\n\r\n"
		"--XX--\r\nepilogue"));
	ck_assert_has(it()->details, "\"filename\":\"value\"");
	ck_assert_text(it()->text, "a\n--XXno\nb\n\nfilename: value");
	ck_assert_uint_eq(it()->n_attachments, 2);
	a = &it()->attachments[0];
	ck_assert_text(a->name, "a\"b.txt");
	ck_assert_text(a->media_type, "text/plain");
	ck_assert_text(a->body, "\r\n--XY\r\n");
	ck_assert_int_eq(a->size, 8);
	ck_assert_int_eq(a->state, ATTACHMENT_STORED);
	ck_assert_text(it()->attachments[1].name, "résumé.pdf");
	ck_assert_text(it()->attachments[1].media_type, "application/octet-stream");
	ck_assert_int_eq(it()->attachments[1].size, 0);
}
END_TEST

START_TEST(multipart_is_read_without_its_header_and_with_bare_line_feeds)
{
	conf = (struct form_conf){ 0 };
	ck_assert(normalize("", "--q\nContent-Disposition: form-data; name=\"nome\"\n\nAna\n--q--\n"));
	ck_assert_text(it()->parties[0].name, "Ana");
	ck_assert(normalize("multipart/form-data; boundary=\"a b\"",
			    "--a b\r\nContent-Disposition: form-data; name=\"nome\"\r\n\r\nAna"));
	ck_assert_text(it()->parties[0].name, "Ana");	/* cut off: what came is kept */
}
END_TEST

static void assert_refused(const char *type, const char *body, enum err_kind kind, const char *why)
{
	conf = (struct form_conf){ 0 };
	ck_assert(!normalize(type, body));
	ck_assert_int_eq(err.kind, kind);
	ck_assert_str_eq(err.msg, why);
	ck_assert_uint_eq(out.n_items, 0);
}

START_TEST(what_cannot_be_read_says_why)
{
	char *many = malloc(64 * 1024);
	size_t n = 0;

	assert_refused("multipart/form-data", "x", ERR_INPUT, "multipart without a usable boundary");
	assert_refused("multipart/form-data; boundary=", "x", ERR_INPUT,
		       "multipart without a usable boundary");
	assert_refused(MULTIPART, "--YY\r\n", ERR_INPUT,
		       "the boundary of the multipart body is not in it");
	assert_refused(MULTIPART, "--XX\r\nContent-Disposition: form-data; name=a\r\n--XX--",
		       ERR_INPUT, "part 1: a part has no end of its headers");
	assert_refused("application/json", "7", ERR_INPUT,
		       "the JSON is neither an object nor a list");
	assert_refused("application/json", "", ERR_INPUT, "JSON is empty");
	conf = (struct form_conf){ 0 };
	ck_assert(!json("{\"a\":"));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert(str_starts(str_from(err.msg), STR("not JSON: ")));
	for (int i = 0; i < 1001; i++)
		n += (size_t)snprintf(many + n, 100, "a%d=1&", i);
	assert_refused("application/x-www-form-urlencoded", many, ERR_LIMIT, "more than 1000 fields");
	n = 0;
	for (int i = 0; i < 201; i++)
		n += (size_t)snprintf(many + n, 100, "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n"
				     "1\r\n");
	assert_refused(MULTIPART, many, ERR_LIMIT, "more than 200 parts");
	n = (size_t)snprintf(many, 100, "--XX\r\nX: ");
	memset(many + n, 'x', 20000);
	snprintf(many + n + 20000, 100, "\r\n\r\nv\r\n--XX--");
	assert_refused(MULTIPART, many, ERR_LIMIT,
		       "part 1: the headers of a part are longer than 16384 bytes");
	free(many);
}
END_TEST

/* ---- when, which, where from ---- */

static void assert_claim(const char *value, int64_t claimed_us, int64_t occurred_us)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"a\":\"b\",\"submitted_at\":%s}", value);
	ck_assert(json(body));
	ck_assert_int_eq(it()->claimed_us, claimed_us);
	ck_assert_int_eq(it()->key_us, claimed_us);
	ck_assert_int_eq(it()->occurred_us, occurred_us);
}

START_TEST(a_claimed_time_is_kept_and_never_later_than_the_receipt)
{
	const int64_t at = INT64_C(1789398000) * US_PER_S;

	conf = (struct form_conf){ 0 };
	assert_claim("\"2026-09-14T12:00:00-03:00\"", at, at);
	assert_claim("1789398000", at, at);
	assert_claim("\"1789398000123\"", at + 123000, at + 123000);
	assert_claim("\"2036-09-14T12:00:00Z\"", at + INT64_C(3653) * 86400 * US_PER_S -
		     3 * 3600 * US_PER_S, received_us);
	assert_claim("\"14 de setembro\"", 0, received_us);
	assert_claim("\"2026-09-14 12:00:00\"", 0, received_us);	/* of which zone? */
	assert_claim("99999999999999999999", 0, received_us);
	assert_claim("\"\"", 0, received_us);
}
END_TEST

START_TEST(a_promised_id_is_the_key_and_one_that_only_looks_like_it_counts_with_its_content)
{
	struct str first;

	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("nome=a&idempotency_key=k1"));
	ck_assert_text(it()->external_id, "k1");
	ck_assert_text(it()->discriminator, "");
	raw.id = STR("from-header");
	ck_assert(urlencoded("nome=a&submission_id=s1"));
	ck_assert_text(it()->external_id, "from-header");
	ck_assert_text(it()->discriminator, "");
	raw.id = (struct str){ NULL, 0 };
	ck_assert(urlencoded("nome=a&submission_id=s1&mensagem=um"));
	ck_assert_text(it()->external_id, "s1");
	first = it()->discriminator;
	ck_assert_uint_eq(first.len, 32);
	{
		char kept[33];

		memcpy(kept, first.ptr, 33);
		ck_assert(urlencoded("nome=a&submission_id=s1&mensagem=dois"));
		ck_assert(!str_eq(it()->discriminator, str_from(kept)));
		ck_assert(urlencoded("nome=a&submission_id=s1&mensagem=um"));
		ck_assert(str_eq(it()->discriminator, str_from(kept)));
	}
	ck_assert(urlencoded("id=57&nome=a"));	/* a product, for all we know */
	ck_assert_text(it()->external_id, "");
}
END_TEST

START_TEST(page_and_campaign_come_from_fields_then_the_page_then_the_referer)
{
	conf = (struct form_conf){ 0 };
	raw.meta = STR("peer: 203.0.113.9\nreferer: https://r.example/?utm_source=ref&gclid=G%201\n"
		       "user-agent: M\n");
	ck_assert(urlencoded("a=b"));
	ck_assert_has(it()->details, "\"page_url\":\"https://r.example/?utm_source=ref&gclid=G%201\"");
	ck_assert_has(it()->details, "\"utm\":{\"source\":\"ref\"},\"gclid\":\"G 1\",\"ip\":\"203.0.113.9\","
		      "\"user_agent\":\"M\"");
	ck_assert(urlencoded("utm_source=field&page_url=https%3A%2F%2Fp.example%2F%3Futm_source%3Dpage"
			     "%26utm_medium%3Dm%23x%3Futm_term%3Dno"));
	ck_assert_has(it()->details, "\"utm\":{\"source\":\"field\",\"medium\":\"m\"},\"ip\"");
	raw.meta = (struct str){ NULL, 0 };
}
END_TEST

START_TEST(names_from_outside_cannot_break_the_details)
{
	conf = (struct form_conf){ 0 };
	ck_assert(urlencoded("%22%2C%22x%22%3A%5B=1&a%01b=2&%22%2C%22x%22%3A%5B=3"));
	ck_assert_has(it()->details, "{\"fields\":{\"\\\",\\\"x\\\":[\":[\"1\",\"3\"],\"a\\u0001b\":\"2\"}");
}
END_TEST

START_TEST(a_long_name_is_cut_between_characters)
{
	char body[2048] = "{\"";
	size_t n = 2;

	conf = (struct form_conf){ 0 };
	for (int i = 0; i < 600; i++)
		n += (size_t)snprintf(body + n, sizeof(body) - n, "é");
	snprintf(body + n, sizeof(body) - n, "\":1}");
	ck_assert(json(body));
	ck_assert(str_is_utf8(it()->details));
	ck_assert(it()->details.len < 600);
}
END_TEST

static void assert_quick(const char *type, struct str body)
{
	int64_t before = clock_mono_us();

	conf = (struct form_conf){ 0 };
	normalize_body(type, body);
	ck_assert_msg(clock_mono_us() - before < 3 * US_PER_S, "%s took %lld ms", type,
		      (long long)(clock_mono_us() - before) / 1000);
}

START_TEST(hostile_bodies_take_linear_time)
{
	const size_t size = 4 << 20;
	char *body = malloc(size), type[300] = "multipart/form-data; boundary=";

	memset(body, 'a', size);
	memset(type + strlen(type), 'a', 190);
	memcpy(body, type + strlen(type) - 190, 190);
	assert_quick(type, (struct str){ body, size });
	for (size_t i = 0; i + 4 <= size; i += 4)
		memcpy(body + i, "\n--a", 4);
	assert_quick(type, (struct str){ body, size });
	memset(body, '&', size);
	assert_quick("application/x-www-form-urlencoded", (struct str){ body, size });
	memset(body, '\n', size);
	assert_quick("text/plain", (struct str){ body, size });
	memset(body, '[', size);
	assert_quick("application/json", (struct str){ body, size });
	for (size_t i = 0, n = 0; n < 1000; n++, i += 4000) {
		memset(body + i, 'x', 4000);
		memcpy(body + i, "&f[", 3);
		body[i + 3 + n % 900] = '[';
		memcpy(body + i + 3990, "[value]=1", 9);
	}
	assert_quick("application/x-www-form-urlencoded", (struct str){ body, 4000 * 1000 });
	free(body);
}
END_TEST

START_TEST(too_little_memory_is_a_limit_or_seen_by_the_arena)
{
	conf = (struct form_conf){ 0 };
	for (size_t room = 0; room < 8000; room += 61) {
		raw.body = STR("nome=Jo%C3%A3o&email=a%40a.example&mensagem=ol%C3%A1&utm_source=x");
		raw.content_type = STR("application/x-www-form-urlencoded");
		out = (struct interactions){ .arena = arena_create(room), .max_items = 4 };
		if (!form_normalize(&conf, &raw, &out, &err))
			ck_assert_int_eq(err.kind, ERR_LIMIT);
		else
			ck_assert(arena_is_exceeded(out.arena) || out.items[0].details.len > 0);
		arena_destroy(out.arena);
	}
	out = (struct interactions){ 0 };
	arena_destroy(out.arena);
}
END_TEST

RUN("form",
    every_sample_becomes_what_was_reviewed,
    a_longer_label_counts_only_where_no_field_has_the_plain_name,
    names_and_surnames_are_joined_and_not_repeated,
    the_operators_map_beats_every_guess,
    several_numbers_are_handles_of_one_person_and_equal_ones_are_one,
    a_post_of_nobody_is_an_interaction_without_identities,
    a_honeypot_is_the_configured_field_or_one_of_the_usual,
    a_form_without_any_value_is_filtered,
    bytes_that_are_no_utf8_are_read_as_browsers_mean_them,
    broken_escapes_and_odd_pairs_are_taken_as_they_are,
    json_comes_under_any_content_type_and_nested,
    plain_text_is_lines_of_fields_or_one_message,
    multipart_fields_and_files_are_told_apart,
    multipart_is_read_without_its_header_and_with_bare_line_feeds,
    what_cannot_be_read_says_why,
    a_claimed_time_is_kept_and_never_later_than_the_receipt,
    a_promised_id_is_the_key_and_one_that_only_looks_like_it_counts_with_its_content,
    page_and_campaign_come_from_fields_then_the_page_then_the_referer,
    names_from_outside_cannot_break_the_details,
    a_long_name_is_cut_between_characters,
    hostile_bodies_take_linear_time,
    too_little_memory_is_a_limit_or_seen_by_the_arena)
