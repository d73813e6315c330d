#include "net/lint.h"

#include <stdio.h>
#include <string.h>

#include "../check_main.h"

static const struct lint_limits limits = { .max_head = 400, .max_target = 200, .max_fields = 8,
					   .max_body = 1000 };
static struct lint lint;

/* The verdict on a head that must be all of `text`; 0 when it passes. */
static int read_all(const char *text)
{
	struct str bytes = str_from(text);
	struct lint_scan scan = { 0 };
	size_t n;

	lint = (struct lint){ 0 };
	n = lint_end(bytes, &scan, &limits, &lint);
	if (n > 0) {
		ck_assert_uint_eq(n, bytes.len);
		ck_assert_int_eq(lint_head(bytes, &limits, &lint), lint.status == 0);
	}
	return n > 0 || lint.status != 0 ? lint.status : -1;
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

START_TEST(a_plain_request_passes)
{
	ck_assert_int_eq(read_all(GET "\r\n"), 0);
	ck_assert_int_eq(lint.body, LINT_NO_BODY);
	ck_assert_int_eq(read_all("HEAD / HTTP/1.0\r\n\r\n"), 0);
	ck_assert(lint.is_head);
}
END_TEST

START_TEST(the_framing_is_reported)
{
	ck_assert_int_eq(read_all(POST "content-length: \t12 \r\nExpect: 100-Continue\r\n\r\n"), 0);
	ck_assert_int_eq(lint.body, LINT_LENGTH);
	ck_assert_uint_eq(lint.length, 12);
	ck_assert(lint.expects_continue);
	ck_assert_int_eq(read_all(POST "Transfer-Encoding: Chunked\r\nX: y\r\n\r\n"), 0);
	ck_assert_int_eq(lint.body, LINT_CHUNKED);
	ck_assert_uint_eq(lint.coding_at, strlen(POST));
	ck_assert_uint_eq(lint.coding_len, strlen("Transfer-Encoding: Chunked\r\n"));
}
END_TEST

START_TEST(an_incomplete_head_is_neither_good_nor_bad)
{
	const char *text = POST "Content-Length: 3\r\n\r\n";
	struct lint_scan scan = { 0 };

	lint = (struct lint){ 0 };
	for (size_t i = 0; i < strlen(text); i++) {
		ck_assert_uint_eq(lint_end((struct str){ text, i }, &scan, &limits, &lint), 0);
		ck_assert_int_eq(lint.status, 0);
	}
	ck_assert_uint_eq(lint_end(str_from(text), &scan, &limits, &lint), strlen(text));
}
END_TEST

static const struct { const char *text; int status; const char *says; } bad[] = {
	{ "GET / HTTP/1.1\r\n\r\n", 400, "exactly one Host field is needed" },
	{ GET "Host: b\r\n\r\n", 400, "exactly one Host field is needed" },
	{ "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "exactly one Host field is needed" },
	{ POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400,
	  "send one Content-Length or one Transfer-Encoding, not both" },
	{ POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
	  "send one Content-Length or one Transfer-Encoding, not both" },
	{ POST "Content-Length: 1234567890123\r\n\r\n", 400, "Content-Length must be 1 to 12 digits" },
	{ POST "Content-Length: 3;\r\n\r\n", 400, "Content-Length must be 1 to 12 digits" },
	{ POST "Content-Length: 1001\r\n\r\n", 413,
	  "the body is larger than this server takes (max_body, of http or of the connector)" },
	{ POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 400,
	  "Transfer-Encoding can be chunked only" },
	{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
	  "HTTP/1.0 has no Transfer-Encoding; send Content-Length" },
	{ "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", 400,
	  "a HEAD request has no body" },
	{ POST "Content-Encoding: br\r\n\r\n", 415,
	  "compressed bodies are not taken; send the body without Content-Encoding" },
	{ POST "Expect: 200-ok\r\n\r\n", 417, "Expect can be 100-continue only; leave it out" },
	{ GET "X : y\r\n\r\n", 400,
	  "a header line is not \"Name: value\", with no blank before the colon" },
	{ GET ": y\r\n\r\n", 400,
	  "a header line is not \"Name: value\", with no blank before the colon" },
	{ GET "X\r\n\r\n", 400,
	  "a header line is not \"Name: value\", with no blank before the colon" },
	{ GET "X: a\r\n b\r\n\r\n", 400, "a folded header line; write each field on one line" },
	{ GET "X: a\r\r\n\r\n", 400, "a header value has control characters" },
	{ GET "X: 123456789\x7f\r\n\r\n", 400, "a header value has control characters" },
	{ GET "a:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\n\r\n", 431,
	  "too many header fields; send fewer" },
	{ "GET / HTTP/1.1\nHost: a\n\n", 400,
	  "a header line ends in LF alone; end each line with CR LF" },
	{ "GET  HTTP/1.1\r\n\r\n", 400,
	  "the request target must be a path that begins with one /; this is not a proxy" },
	{ "GET\r\n\r\n", 400, "the first line is not \"METHOD target HTTP/1.1\"" },
	{ "GET / HTTP/1.1x\r\n\r\n", 505, "speak HTTP/1.1 or HTTP/1.0" },
	{ "GET / FTP/1.1\r\n\r\n", 400, "the first line is not \"METHOD target HTTP/1.1\"" },
	{ "GET http://a/ HTTP/1.1\r\n\r\n", 400,
	  "the request target must be a path that begins with one /; this is not a proxy" },
	{ "GET /a b HTTP/1.1\r\n\r\n", 400,
	  "the request target has blanks or control characters; percent-encode them" },
	{ "get / HTTP/1.1\r\n\r\n", 501, "the method is not known here; use GET or POST" },
	{ "TRACE / HTTP/1.1\r\n\r\n", 405, "the method is not allowed here; use GET or POST" },
	{ "G(T / HTTP/1.1\r\n\r\n", 400,
	  "this port speaks plain HTTP/1.1; for TLS put a proxy in front of it" },
	{ "\r\n", 400, "this port speaks plain HTTP/1.1; for TLS put a proxy in front of it" },
};

START_TEST(what_could_be_read_in_two_ways_is_refused_with_the_cure)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(read_all(bad[i].text) == bad[i].status, "%s: %d", bad[i].text,
			      lint.status);
		ck_assert_str_eq(lint.text, bad[i].says);
	}
	read_all("TRACE / HTTP/1.1\r\n\r\n");
	ck_assert_str_eq(lint.field, "Allow");
}
END_TEST

START_TEST(a_nul_is_a_control_character)
{
	static const char text[] = GET "X: a\0b\r\n\r\n";
	struct str bytes = { text, sizeof(text) - 1 };

	lint = (struct lint){ 0 };
	ck_assert(!lint_head(bytes, &limits, &lint));
	ck_assert_int_eq(lint.status, 400);
}
END_TEST

START_TEST(every_control_character_is_found_wherever_it_stands)
{
	char text[128];

	for (int c = 1; c < 256; c++) {
		for (int at = 0; at < 20; at++) {
			int n = snprintf(text, sizeof(text), GET "X:abcdefghijklmnopqrst\r\n\r\n");
			bool is_control = (c < 0x20 && c != '\t') || c == 0x7f;

			text[strlen(GET "X:") + at] = (char)c;
			lint = (struct lint){ 0 };
			if (c == '\n')
				continue;
			ck_assert_int_eq(lint_head((struct str){ text, (size_t)n }, &limits, &lint),
					 !is_control);
		}
	}
}
END_TEST

START_TEST(what_is_too_long_is_refused_before_it_ends)
{
	char text[600];

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	text[300] = '\0';
	ck_assert_int_eq(read_all(text), 414);
	text[220] = '\0';
	memcpy(text + 206, " HTTP/1.1\r\n\r\n", 14);
	ck_assert_int_eq(read_all(text), 414);
	ck_assert_str_eq(lint.text, "the request target is too long; send the data in the body");
	memset(text, 'a', sizeof(text));
	memcpy(text, GET, strlen(GET));
	text[450] = '\0';
	ck_assert_int_eq(read_all(text), 431);
	ck_assert_str_eq(lint.text, "the header block is too large; send fewer or shorter fields");
}
END_TEST

RUN("lint", a_plain_request_passes, the_framing_is_reported,
    an_incomplete_head_is_neither_good_nor_bad,
    what_could_be_read_in_two_ways_is_refused_with_the_cure, a_nul_is_a_control_character,
    every_control_character_is_found_wherever_it_stands, what_is_too_long_is_refused_before_it_ends)
