/* One HTTP/1 request head, read strictly before evhttp's lenient parser sees it: what two parsers could
 * understand differently is refused. Pure. */
#pragma once

#include <daybook/str.h>

struct lint_limits {
	size_t max_head;		/* request line and fields with their line ends: more is 431 */
	size_t max_target;		/* more is 414 */
	size_t max_fields;		/* more is 431 */
	uint64_t max_body;		/* a larger Content-Length is 413 */
};

enum lint_body { LINT_NO_BODY, LINT_LENGTH, LINT_CHUNKED };

struct lint {
	int status;			/* 0: nothing to object; else the answer, after which we close */
	const char *text;		/* what is wrong and what cures it */
	const char *field;		/* a field the answer needs ("Allow"), or NULL, and its value */
	const char *value;
	enum lint_body body;
	uint64_t length;		/* with LINT_LENGTH */
	size_t coding_at, coding_len;	/* where in the head the Transfer-Encoding line is, with CR LF */
	bool is_head;
	bool expects_continue;
};

/* Where the search for the end of a head stands; zeroed for a new one. */
struct lint_scan {
	size_t line;			/* where the line we are in begins */
	size_t seen;			/* no line end before this */
};

/* The length of the head at the start of bytes, empty line included; 0 when it is not complete, or
 * cannot be (out->status). Call again with more bytes and the same scan. */
size_t lint_end(struct str bytes, struct lint_scan *scan, const struct lint_limits *limits,
		struct lint *out);

/* The verdict on a chunked body that turns out larger than max_body. */
void lint_too_large(struct lint *out);

/* A complete head, as lint_end() found it. False: out->status says what to answer. */
bool lint_head(struct str head, const struct lint_limits *limits, struct lint *out);
