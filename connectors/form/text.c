#include "post.h"

#include <string.h>

/* 0x80 … 0x9f of windows-1252; 0: not assigned. */
static const unsigned short c1[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

enum { LARGEST_SEQUENCE = 3, REPLACEMENT = 0xfffd };

static size_t put_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

static struct str from_windows(struct arena *arena, struct str s)
{
	char *out;
	size_t n = 0;

	if (s.len > SIZE_MAX / LARGEST_SEQUENCE - 1)
		return (struct str){ NULL, 0 };
	out = arena_alloc(arena, s.len * LARGEST_SEQUENCE + 1);
	for (size_t i = 0; out != NULL && i < s.len; i++) {
		unsigned c = (unsigned char)s.ptr[i];

		if (c >= 0x80 && c < 0xa0)
			c = c1[c - 0x80] ? c1[c - 0x80] : REPLACEMENT;
		n += put_utf8(out + n, c);
	}
	return (struct str){ out, n };
}

/* Drops NULs and makes \r\n and \r one \n; a copy only where there is something to change. */
static struct str plain_lines(struct arena *arena, struct str s)
{
	char *out;
	size_t n = 0;

	if (s.len == 0 || (memchr(s.ptr, '\0', s.len) == NULL && memchr(s.ptr, '\r', s.len) == NULL))
		return s;
	out = arena_alloc(arena, s.len + 1);
	for (size_t i = 0; out != NULL && i < s.len; i++) {
		bool is_crlf = s.ptr[i] == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n';

		if (s.ptr[i] == '\0' || is_crlf)
			continue;
		out[n++] = s.ptr[i] == '\r' ? '\n' : s.ptr[i];
	}
	return (struct str){ out, n };
}

struct str text_clean(struct arena *arena, struct str s, bool is_latin1)
{
	s = plain_lines(arena, s);
	return !is_latin1 && str_is_utf8(s) ? s : from_windows(arena, s);
}

struct str text_cut(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && ((unsigned char)s.ptr[max] & 0xc0) == 0x80)
		max--;
	return str_sub(s, 0, max);
}
