/* Slices: a pointer and a length, borrowed, without terminator, possibly with NULs inside. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).len, (s).len ? (s).ptr : ""

struct str str_from(const char *cstr);		/* NULL gives an empty slice */
/* Clamped. Here, since readers of text ask for a slice at every character. */
static inline struct str str_sub(struct str s, size_t from, size_t len)
{
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	return (struct str){ s.len ? s.ptr + from : s.ptr, len };
}
struct str str_trim(struct str s);		/* ASCII white space on both ends */

bool str_eq(struct str a, struct str b);
bool str_ieq(struct str a, struct str b);	/* ASCII case folded; never locale */
int str_cmp(struct str a, struct str b);	/* bytes, then length; for sorting */
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_iends(struct str s, struct str suffix);

#define STR_NONE SIZE_MAX			/* "not found" */
size_t str_chr(struct str s, char c);
size_t str_rchr(struct str s, char c);
size_t str_find(struct str s, struct str needle);
size_t str_ifind(struct str s, struct str needle);

/* Everything before the first `sep`, leaving what follows it in *rest; without a `sep` all of
 * *rest, which becomes empty. False when *rest was empty (and has a NULL ptr afterwards). */
bool str_next(struct str *rest, char sep, struct str *piece);

/* Decimal digits only, the whole slice; false when empty, other characters, or out of range. */
bool str_int64(struct str s, int64_t *value);
int str_hex_digit(char c);			/* 0 to 15; -1: it is none */

bool str_is_utf8(struct str s);			/* strict: no surrogates, no overlong, no NUL */
size_t str_utf8_length(struct str s);		/* how many bytes at its front are such */
/* How many bytes at its front are ASCII but NUL, looked at by eights: up to seven fewer than there are. */
size_t str_ascii_run(struct str s);
