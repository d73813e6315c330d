#include <string.h>

#include "access.h"
#include "base/clock.h"
#include "form.h"
#include "guess.h"
#include "host_double.h"

#include "../check_main.h"

static struct form_conf conf;
static struct err err;

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
	ck_assert_ptr_null(connector_form.normalize);
	ck_assert_ptr_nonnull(form_reader.normalize);
	ck_assert_int_eq(connector_form.repeat_window_us, 60 * US_PER_S);
	conf = (struct form_conf){ .rate_limit = { 10, 60 * US_PER_S } };
	ck_assert_int_eq(connector_form.routes[0].limit(&conf).count, 10);
	ck_assert_uint_eq(connector_form.routes[0].max_body_of(&conf), 10 << 20);
	conf.max_body = 2048;
	ck_assert_uint_eq(connector_form.routes[0].max_body_of(&conf), 2048);
}
END_TEST

RUN("form_access",
    without_token_and_origins_anyone_may_post_and_the_operator_is_warned,
    a_token_comes_by_query_or_header_and_must_be_whole,
    an_origin_must_be_listed_and_may_be_absent_only_with_a_token,
    a_browser_is_sent_on_and_a_script_gets_json,
    a_preflight_names_the_origin_only_when_it_may_post,
    an_idempotency_key_is_the_delivery_id_however_long,
    a_wrong_option_is_named_with_what_was_expected,
    the_usual_names_are_known_in_three_languages_any_case_and_accent,
    an_address_or_number_is_believed_only_when_it_can_be_one,
    the_declaration_is_whole)
