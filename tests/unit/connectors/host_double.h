/* The host's side of a connector, for tests: requests and secrets made of literals, an .http file taken
 * apart. */
#pragma once

#include <daybook/connector.h>

struct secret {
	struct str bytes;
};

#define ck_assert_text(s_, want_) do { \
		struct str got_text = (s_); \
		ck_assert_msg(str_eq(got_text, str_from(want_)), "got \"" STR_FMT "\", wanted \"%s\"", \
			      STR_ARG(got_text), want_); \
	} while (0)

#define SECRET(literal) (&(struct secret){ { (literal), sizeof(literal) - 1 } })

/* headers: "Name: value\r\n" lines. */
struct request request_double(const char *method, const char *query, const char *headers,
			      struct str body);

/* A whole request from a file: what its connector would get, and the raw that the host would keep. */
struct http_file {
	char *text;
	struct str headers;
	struct request request;
	struct raw raw;
	char meta[1024];
};

void http_file_load(struct http_file *file, const char *path);
void http_file_finish(struct http_file *file);

/* All of a file, with a terminator; ends the test when it is not there. */
char *file_load(const char *path, size_t *size);
