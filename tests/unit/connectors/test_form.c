#include <stdio.h>
#include <string.h>

#include "access.h"
#include "base/clock.h"
#include "form.h"
#include "golden.h"
#include "guess.h"
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

#define ck_assert_text(s_, want_) do { \
		struct str got_text = (s_); \
		ck_assert_msg(str_eq(got_text, str_from(want_)), "got \"" STR_FMT "\", wanted \"%s\"", \
			      STR_ARG(got_text), want_); \
	} while (0)

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
	ck_assert_int_eq(golden_run(&connector_form, &conf, FIXTURES "/form"), 12);
}
END_TEST

/* ---- who may post ---- */

static struct request request;
static struct reply rp;

static void reply_reset(void)
{
	arena_destroy(rp.arena);
	rp = (struct reply){ .status = 200, .arena = arena_create(4096) };
}

static bool verify(const char *query, const char *headers)
{
	request = request_double("POST", query, headers, STR("a=b"));
	err = (struct err){ 0 };
	return form_verify(&conf, &request, &err);
}

START_TEST(without_token_and_origins_anyone_may_post_and_the_operator_is_warned)
{
	conf = (struct form_conf){ 0 };
	ck_assert(verify("", ""));
	ck_assert(verify("", "Origin: https://anywhere.example\r\n"));
	ck_assert_str_eq(connector_form.warn(&conf), "anyone may post: neither token nor origins");
	conf.token = SECRET("s3cret");
	ck_assert_ptr_null(connector_form.warn(&conf));
}
END_TEST

START_TEST(a_token_comes_by_query_or_header_and_must_be_whole)
{
	conf = (struct form_conf){ .token = SECRET("s3cret+1") };
	ck_assert(verify("token=s3cret%2B1", ""));
	ck_assert(verify("", "X-Form-Token: s3cret+1\r\n"));
	ck_assert(!verify("", ""));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "the token is missing (?token= or X-Form-Token)");
	ck_assert(!verify("token=s3cret%2B", ""));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "the token is not ours");
	ck_assert(!verify("token=s3cret%2B11", ""));
	ck_assert(!verify("TOKEN=s3cret%2B1", ""));
	ck_assert(!verify("token=s3cret%2B1", "X-Form-Token: other\r\n"));
	conf.token = SECRET("");
	ck_assert(!verify("token=", ""));
}
END_TEST

START_TEST(an_origin_must_be_listed_and_may_be_absent_only_with_a_token)
{
	static const char *origins[] = { "https://www.acme.com.br", "https://acme.com.br/" };

	conf = (struct form_conf){ .origins = { origins, 2 } };
	ck_assert(verify("", "Origin: https://www.acme.com.br\r\n"));
	ck_assert(verify("", "Origin: HTTPS://acme.com.br\r\n"));
	ck_assert(!verify("", "Origin: https://evil.example\r\n"));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "Origin \"https://evil.example\" is not one of origins");
	ck_assert(!verify("", "Origin: https://www.acme.com.br.evil.example\r\n"));
	ck_assert(!verify("", "Origin: null\r\n"));
	ck_assert(!verify("", ""));
	ck_assert_str_eq(err.msg, "Origin is missing and the form has no token");
	conf.token = SECRET("t");
	ck_assert(verify("token=t", ""));
	ck_assert(!verify("token=t", "Origin: https://evil.example\r\n"));
	ck_assert(!verify("", "Origin: https://www.acme.com.br\r\n"));
}
END_TEST

static void thank(const char *headers)
{
	request = request_double("POST", "", headers, STR(""));
	reply_reset();
	form_thanks(&conf, &request, &rp);
}

START_TEST(a_browser_is_sent_on_and_a_script_gets_json)
{
	static const char *origins[] = { "https://www.acme.com.br" };

	conf = (struct form_conf){ .redirect_to = "https://www.acme.com.br/obrigado",
				   .origins = { origins, 1 } };
	thank("Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n");
	ck_assert_int_eq(rp.status, 303);
	ck_assert_text(rp.location, "https://www.acme.com.br/obrigado");
	ck_assert_text(rp.allow_origin, "");
	thank("Accept: application/json, text/plain, */*\r\nOrigin: https://www.acme.com.br\r\n");
	ck_assert_int_eq(rp.status, 200);
	ck_assert_text(rp.body, "{\"ok\":true}");
	ck_assert_text(rp.content_type, "application/json");
	ck_assert_text(rp.allow_origin, "https://www.acme.com.br");
	conf.redirect_to = NULL;
	thank("Origin: https://evil.example\r\n");
	ck_assert_int_eq(rp.status, 200);
	ck_assert_text(rp.allow_origin, "");
	ck_assert_text(rp.location, "");
	conf.origins.n_items = 0;
	thank("Origin: https://any.example\r\n");
	ck_assert_text(rp.allow_origin, "https://any.example");
}
END_TEST

START_TEST(a_preflight_names_the_origin_only_when_it_may_post)
{
	static const char *origins[] = { "https://www.acme.com.br" };

	conf = (struct form_conf){ .origins = { origins, 1 }, .token = SECRET("t") };
	request = request_double("OPTIONS", "", "Origin: https://www.acme.com.br\r\n", STR(""));
	reply_reset();
	ck_assert(form_preflight(&conf, &request, &rp, &err));
	ck_assert_int_eq(rp.status, 204);
	ck_assert_text(rp.allow_origin, "https://www.acme.com.br");
	request = request_double("OPTIONS", "", "Origin: https://evil.example\r\n", STR(""));
	reply_reset();
	ck_assert(form_preflight(&conf, &request, &rp, &err));
	ck_assert_text(rp.allow_origin, "");
}
END_TEST

START_TEST(an_idempotency_key_is_the_delivery_id_however_long)
{
	struct arena *arena = arena_create(1 << 16);
	char headers[600] = "Idempotency-Key: ";
	struct str id;

	request = request_double("POST", "", "Idempotency-Key:  abc-1 \r\n", STR(""));
	ck_assert_text(form_delivery_id(&conf, &request, arena), "abc-1");
	request = request_double("POST", "", "", STR(""));
	ck_assert_text(form_delivery_id(&conf, &request, arena), "");
	memset(headers + strlen(headers), 'x', 300);
	request = request_double("POST", "", headers, STR(""));
	id = form_delivery_id(&conf, &request, arena);
	ck_assert_uint_eq(id.len, strlen("sha256:") + 64);
	arena_destroy(arena);
}
END_TEST

START_TEST(a_wrong_option_is_named_with_what_was_expected)
{
	static const char *origins[] = { "www.acme.com.br" };
	static struct conf_map_entry entries[] = { { "e-mail", { NULL, 0 } } };

	conf = (struct form_conf){ .token = SECRET("") };
	ck_assert(!connector_form.check(&conf, &err));
	ck_assert_int_eq(err.kind, ERR_CONF);
	ck_assert_str_eq(err.msg, "token is empty");
	conf = (struct form_conf){ .redirect_to = "obrigado.html" };
	ck_assert(!connector_form.check(&conf, &err));
	ck_assert_str_eq(err.msg, "redirect_to: \"obrigado.html\" is not an address "
			 "(https://… or /…)");
	conf.redirect_to = "/x\r\nSet-Cookie: a";
	ck_assert(!connector_form.check(&conf, &err));
	ck_assert_str_eq(err.msg, "redirect_to: a blank or control character in the address (byte 2)");
	conf = (struct form_conf){ .origins = { origins, 1 } };
	ck_assert(!connector_form.check(&conf, &err));
	ck_assert_str_eq(err.msg, "origins: \"www.acme.com.br\" is not an origin (scheme and host "
			 "alone, as https://www.example.com)");
	origins[0] = "https://acme.com.br/contato";
	ck_assert(!connector_form.check(&conf, &err));
	origins[0] = "https://acme.com.br/";
	ck_assert(connector_form.check(&conf, &err));
	conf = (struct form_conf){ .map = { entries, 1 } };
	ck_assert(!connector_form.check(&conf, &err));
	ck_assert_str_eq(err.msg, "map: \"e-mail\" is not one of name, email, phone, text, subject, "
			 "company, page_url, submitted_at, id");
	entries[0].name = "email";
	ck_assert(connector_form.check(&conf, &err));
}
END_TEST

/* ---- names ---- */

static enum meaning meaning_of(const char *name, const char *value)
{
	struct post post = { .arena = arena_create(1 << 16) };
	static const struct conf_map no_map;
	enum meaning meaning;

	post_add(&post, str_from(name), str_from(value), &err);
	guess_fields(&post, &no_map);
	meaning = post.fields[0].meaning;
	arena_destroy(post.arena);
	return meaning;
}

START_TEST(the_usual_names_are_known_in_three_languages_any_case_and_accent)
{
	static const struct {
		const char *name;
		enum meaning meaning;
	} cases[] = {
		{ "name", MEANING_NAME }, { "NOME", MEANING_NAME }, { "your-name", MEANING_NAME },
		{ "Nombre:", MEANING_NAME }, { "Nome completo", MEANING_NAME },
		{ "lead[name]", MEANING_NAME }, { "data.fullName", MEANING_NAME },
		{ "form_fields[name]", MEANING_NAME }, { "First Name", MEANING_FIRST_NAME },
		{ "firstName", MEANING_FIRST_NAME }, { "primeiro_nome", MEANING_FIRST_NAME },
		{ "sobrenome", MEANING_LAST_NAME }, { "name.last", MEANING_LAST_NAME },
		{ "form[name]", MEANING_FORM_NAME }, { "form_name", MEANING_FORM_NAME },
		{ "company[name]", MEANING_COMPANY }, { "Razão Social", MEANING_COMPANY },
		{ "Nome da empresa", MEANING_COMPANY }, { "Assunto", MEANING_SUBJECT },
		{ "consentimento", MEANING_CONSENT }, { "LGPD", MEANING_CONSENT },
		{ "Política de Privacidade", MEANING_CONSENT }, { "utm_source", MEANING_CAMPAIGN },
		{ "utm[source]", MEANING_CAMPAIGN }, { "submit", MEANING_HIDDEN },
		{ "_wpcf7_version", MEANING_HIDDEN }, { "g-recaptcha-response", MEANING_HIDDEN },
		{ "mensagem", MEANING_TEXT }, { "Sua Mensagem *", MEANING_TEXT },
		{ "Comentários", MEANING_TEXT }, { "MENSAJE", MEANING_TEXT },
		{ "Deixe seu comentário", MEANING_TEXT }, { "textarea-12", MEANING_TEXT },
		{ "submittedAt", MEANING_SUBMITTED_AT }, { "idempotency_key", MEANING_ID },
		{ "submissionID", MEANING_WEAK_ID }, { "friend[name]", MEANING_NONE },
		{ "cidade", MEANING_NONE }, { "[]", MEANING_NONE }, { "", MEANING_NONE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(meaning_of(cases[i].name, "x") == cases[i].meaning, "%s: %d",
			      cases[i].name, meaning_of(cases[i].name, "x"));
}
END_TEST

START_TEST(an_address_or_number_is_believed_only_when_it_can_be_one)
{
	static const char *const emails[] = {
		"email", "E-mail", "your_email", "Seu melhor e-mail", "Endereço de e-mail", "correo",
		"contact[email]", "form[email]", "eMail", "email-498",
	};
	static const char *const phones[] = {
		"phone", "Telefone", "telefono", "Teléfono", "celular", "WhatsApp", "tel",
		"WhatsApp com DDD", "Telefone/WhatsApp", "tel-123", "mobileNumber",
	};

	for (size_t i = 0; i < sizeof(emails) / sizeof(*emails); i++) {
		ck_assert_msg(meaning_of(emails[i], " a@b.c ") == MEANING_EMAIL, "%s", emails[i]);
		ck_assert_msg(meaning_of(emails[i], "não tenho") == MEANING_NONE, "%s", emails[i]);
	}
	for (size_t i = 0; i < sizeof(phones) / sizeof(*phones); i++) {
		ck_assert_msg(meaning_of(phones[i], "(11) 90000-0017") == MEANING_PHONE, "%s",
			      phones[i]);
		ck_assert_msg(meaning_of(phones[i], "sim") == MEANING_NONE, "%s", phones[i]);
	}
	ck_assert_int_eq(meaning_of("friend[email]", "a@b.c"), MEANING_NONE);
	ck_assert_int_eq(meaning_of("page", "2"), MEANING_NONE);
	ck_assert_int_eq(meaning_of("page", "https://x.example/"), MEANING_PAGE_URL);
	ck_assert_int_eq(meaning_of("_url", "https://x.example/"), MEANING_PAGE_URL);
}
END_TEST

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

START_TEST(the_declaration_is_whole)
{
	size_t n = 0;

	for (const struct conf_key *key = connector_form.keys; key->name != NULL; key++) {
		ck_assert(key->offset < connector_form.conf_size);
		ck_assert(key->type != CONF_T_SECRET || !(key->flags & CONF_NORMALIZE));
		n++;
	}
	ck_assert_uint_eq(n, 7);
	ck_assert(connector_form.is_hostile);
	ck_assert_int_eq(connector_form.repeat_window_us, 60 * US_PER_S);
	conf = (struct form_conf){ .rate_limit = { 10, 60 * US_PER_S } };
	ck_assert_int_eq(connector_form.routes[0].limit(&conf).count, 10);
	ck_assert_uint_eq(connector_form.routes[0].max_body_of(&conf), 10 << 20);
	conf.max_body = 2048;
	ck_assert_uint_eq(connector_form.routes[0].max_body_of(&conf), 2048);
}
END_TEST

RUN("form",
    every_sample_becomes_what_was_reviewed,
    without_token_and_origins_anyone_may_post_and_the_operator_is_warned,
    a_token_comes_by_query_or_header_and_must_be_whole,
    an_origin_must_be_listed_and_may_be_absent_only_with_a_token,
    a_browser_is_sent_on_and_a_script_gets_json,
    a_preflight_names_the_origin_only_when_it_may_post,
    an_idempotency_key_is_the_delivery_id_however_long,
    a_wrong_option_is_named_with_what_was_expected,
    the_usual_names_are_known_in_three_languages_any_case_and_accent,
    an_address_or_number_is_believed_only_when_it_can_be_one,
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
    too_little_memory_is_a_limit_or_seen_by_the_arena,
    the_declaration_is_whole)
