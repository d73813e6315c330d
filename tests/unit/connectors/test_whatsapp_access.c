#include <stdio.h>
#include <string.h>

#include "host_double.h"
#include "verify.h"
#include "whatsapp.h"

#include "../check_main.h"

static struct whatsapp_conf conf;
static struct err err;

static void conf_reset(void)
{
	static struct secret app, token;

	app = (struct secret){ STR("test_meta_app_secret_0123456789abcdef") };
	token = (struct secret){ STR("daybook-verify-7421") };
	conf = (struct whatsapp_conf){ .app_secret = &app, .verify_token = &token };
}

/* ---- is it Meta? ---- */

static const char *const signed_requests[] = {
	"interactive_button_reply.http", "status_delivered.http", "text.http",
	"username_only_text.http",
};

static void load_signed(struct http_file *file, size_t i)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/whatsapp/%s", FIXTURES, signed_requests[i]);
	http_file_load(file, path);
	conf_reset();
}

START_TEST(what_meta_signed_is_let_in)
{
	for (size_t i = 0; i < sizeof(signed_requests) / sizeof(*signed_requests); i++) {
		struct http_file file;

		load_signed(&file, i);
		ck_assert_msg(whatsapp_verify(&conf, &file.request, &err), "%s: %s",
			      signed_requests[i], err.msg);
		http_file_finish(&file);
	}
}
END_TEST

START_TEST(one_flipped_bit_anywhere_in_a_body_is_refused)
{
	for (size_t i = 0; i < sizeof(signed_requests) / sizeof(*signed_requests); i++) {
		struct http_file file;
		char *body;

		load_signed(&file, i);
		body = (char *)file.request.body.ptr;
		for (size_t at = 0; at < file.request.body.len; at++) {
			body[at] ^= (char)(1 << (at % 8));
			ck_assert_msg(!whatsapp_verify(&conf, &file.request, &err), "byte %zu", at);
			ck_assert_int_eq(err.kind, ERR_DENIED);
			body[at] ^= (char)(1 << (at % 8));
		}
		ck_assert(whatsapp_verify(&conf, &file.request, &err));
		http_file_finish(&file);
	}
}
END_TEST

START_TEST(one_changed_digit_anywhere_in_a_signature_is_refused)
{
	struct http_file file;
	char *digits;

	load_signed(&file, 2);
	digits = strstr(file.text, "sha256=") + strlen("sha256=");
	for (size_t at = 0; at < 64; at++) {
		char kept = digits[at];

		digits[at] = kept == '0' ? '1' : '0';
		ck_assert_msg(!whatsapp_verify(&conf, &file.request, &err), "digit %zu", at);
		digits[at] = kept;
	}
	ck_assert(whatsapp_verify(&conf, &file.request, &err));
	http_file_finish(&file);
}
END_TEST

static bool verify_with(const char *headers)
{
	struct request rq = request_double("POST", "", headers, STR("{}"));

	conf_reset();
	return whatsapp_verify(&conf, &rq, &err);
}

/* HMAC-SHA256 of "{}" under the test's secret, by the openssl command line. */
#define SIGNATURE_OF_EMPTY "047ea6c00af9b74d26cb07db1030a1f415dbd969022c8a0d7ba4540c9a17c6e1"

START_TEST(a_signature_has_exactly_one_form)
{
	ck_assert(!verify_with(""));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "X-Hub-Signature-256 is missing");
	ck_assert(!verify_with("X-Hub-Signature-256: " SIGNATURE_OF_EMPTY "\r\n"));
	ck_assert_str_eq(err.msg, "X-Hub-Signature-256 is not \"sha256=\" and 64 hex digits");
	ck_assert(!verify_with("X-Hub-Signature-256: sha256=" SIGNATURE_OF_EMPTY "0\r\n"));
	ck_assert_str_eq(err.msg, "X-Hub-Signature-256 is not \"sha256=\" and 64 hex digits");
	ck_assert(!verify_with("X-Hub-Signature-256: sha256= " SIGNATURE_OF_EMPTY "\r\n"));
	ck_assert(!verify_with("X-Hub-Signature-256: SHA256=" SIGNATURE_OF_EMPTY "\r\n"));
	ck_assert(!verify_with("X-Hub-Signature-256: sha1=" SIGNATURE_OF_EMPTY "\r\n"));
	ck_assert(!verify_with("X-Hub-Signature-256: sha256=\r\n"));
	ck_assert(!verify_with("X-Hub-Signature-256: sha256=0000000000000000000000000000000000000000"
			       "000000000000000000000000\r\n"));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "X-Hub-Signature-256 does not match: another app's secret, or the "
			 "body was changed on the way");
	ck_assert(verify_with("x-hub-signature-256: sha256=" SIGNATURE_OF_EMPTY "\r\n"));
}
END_TEST

START_TEST(the_secret_before_is_accepted_while_it_is_configured)
{
	struct http_file file;
	struct secret newer = { STR("another") };

	load_signed(&file, 2);
	conf.app_secret_previous = conf.app_secret;
	conf.app_secret = &newer;
	ck_assert(whatsapp_verify(&conf, &file.request, &err));
	conf.app_secret_previous = NULL;
	ck_assert(!whatsapp_verify(&conf, &file.request, &err));
	http_file_finish(&file);
}
END_TEST

START_TEST(an_empty_secret_signs_nothing)
{
	struct secret empty = { STR("") };
	struct request rq = request_double("POST", "", "X-Hub-Signature-256: sha256="
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad\r\n", STR(""));

	conf_reset();
	conf.app_secret = &empty;	/* the header is the HMAC of nothing under an empty key */
	ck_assert(!whatsapp_verify(&conf, &rq, &err));
	ck_assert(!connector_whatsapp.check(&conf, &err));
	ck_assert_int_eq(err.kind, ERR_CONF);
	ck_assert_str_eq(err.msg, "app_secret is empty");
	conf_reset();
	conf.verify_token = &empty;
	ck_assert(!connector_whatsapp.check(&conf, &err));
	ck_assert_str_eq(err.msg, "verify_token is empty");
	conf_reset();
	ck_assert(connector_whatsapp.check(&conf, &err));
}
END_TEST

/* ---- the handshake ---- */

static struct reply rp;

static bool handshake(const char *query)
{
	struct request rq = request_double("GET", query, "", (struct str){ NULL, 0 });

	conf_reset();
	arena_destroy(rp.arena);
	rp = (struct reply){ .arena = arena_create(1 << 16) };
	return whatsapp_handshake(&conf, &rq, &rp, &err);
}

START_TEST(the_handshake_echoes_the_challenge_alone)
{
	struct http_file file;

	ck_assert(handshake("hub.mode=subscribe&hub.challenge=1158201444&"
			    "hub.verify_token=daybook-verify-7421"));
	ck_assert_int_eq(rp.status, 200);
	ck_assert_text(rp.content_type, "text/plain");
	ck_assert_text(rp.body, "1158201444");
	http_file_load(&file, FIXTURES "/whatsapp/verify_handshake.http");
	ck_assert(whatsapp_handshake(&conf, &file.request, &rp, &err));
	ck_assert_text(rp.body, "1158201444");
	http_file_finish(&file);
}
END_TEST

START_TEST(a_handshake_that_is_not_ours_is_denied)
{
	ck_assert(!handshake(""));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "hub.mode is not \"subscribe\"");
	ck_assert(!handshake("hub.mode=subscribe&hub.challenge=1&hub.verify_token=daybook-verify-742"));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "hub.verify_token is not ours");
	ck_assert(!handshake("hub.mode=subscribe&hub.challenge=1"));
	ck_assert_str_eq(err.msg, "hub.verify_token is not ours");
	ck_assert(!handshake("hub.mode=subscribe&hub.verify_token=daybook-verify-7421"));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "hub.challenge is missing or not a plain word");
	ck_assert(!handshake("hub.mode=subscribe&hub.verify_token=daybook-verify-7421&"
			     "hub.challenge=%3Cscript%3E"));
	ck_assert_str_eq(err.msg, "hub.challenge is missing or not a plain word");
	ck_assert_uint_eq(rp.body.len, 0);
}
END_TEST

START_TEST(the_declaration_is_whole)
{
	size_t n = 0;

	conf_reset();
	ck_assert_uint_eq(connector_whatsapp.api, CONNECTOR_API);
	for (const struct conf_key *key = connector_whatsapp.keys; key->name != NULL; key++) {
		ck_assert(key->offset < connector_whatsapp.conf_size);
		ck_assert(key->type != CONF_T_SECRET || !(key->flags & CONF_NORMALIZE));
		n++;
	}
	ck_assert_uint_eq(n, 7);
	ck_assert_ptr_null(connector_whatsapp.warn(&conf));
	conf.access_token = conf.app_secret;
	ck_assert_str_eq(connector_whatsapp.warn(&conf), "access_token is not used by this version: "
			 "media are listed but not fetched");
	ck_assert_uint_eq(connector_whatsapp.routes[1].max_body_of(&conf), 4 << 20);
	conf.max_body = 1 << 20;
	ck_assert_uint_eq(connector_whatsapp.routes[1].max_body_of(&conf), 1 << 20);
}
END_TEST

RUN("whatsapp_access",
    what_meta_signed_is_let_in,
    one_flipped_bit_anywhere_in_a_body_is_refused,
    one_changed_digit_anywhere_in_a_signature_is_refused,
    a_signature_has_exactly_one_form,
    the_secret_before_is_accepted_while_it_is_configured,
    an_empty_secret_signs_nothing,
    the_handshake_echoes_the_challenge_alone,
    a_handshake_that_is_not_ours_is_denied,
    the_declaration_is_whole)
