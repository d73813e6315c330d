#include <daybook/str.h>

#include <string.h>

struct str str_from(const char *cstr)
{
	return (struct str){ cstr, cstr ? strlen(cstr) : 0 };
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && is_space(s.ptr[0]))
		s.ptr++, s.len--;
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static unsigned char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : (unsigned char)c;
}

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_ieq(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_istarts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_ieq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq(str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

bool str_iends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_ieq(str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

size_t str_chr(struct str s, char c)
{
	const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return hit ? (size_t)(hit - s.ptr) : STR_NONE;
}

size_t str_rchr(struct str s, char c)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == c)
			return i - 1;
	return STR_NONE;
}

size_t str_find(struct str s, struct str needle)
{
	const char *hit;

	if (needle.len == 0)
		return 0;
	hit = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
	return hit ? (size_t)(hit - s.ptr) : STR_NONE;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* The next c at or behind `at`; s.len when there is none. */
static size_t next_of(struct str s, size_t at, char c)
{
	size_t n = str_chr(str_sub(s, at, s.len), c);

	return n == STR_NONE ? s.len : at + n;
}

/* Whole texts are looked through for a dozen words: from one first letter to the next, small or large, at the pace of
 * memchr(). */
size_t str_ifind(struct str s, struct str needle)
{
	struct str starts;
	size_t small = 0, large = 0;

	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return STR_NONE;
	starts = str_sub(s, 0, s.len - needle.len + 1);
	for (size_t at = 0; at < starts.len; at++) {
		if (at == 0 || small < at)
			small = next_of(starts, at, (char)lower(*needle.ptr));
		if (at == 0 || large < at)
			large = next_of(starts, at, upper(*needle.ptr));
		at = small < large ? small : large;
		if (at < starts.len && str_ieq(str_sub(s, at, needle.len), needle))
			return at;
	}
	return STR_NONE;
}

bool str_next(struct str *rest, char sep, struct str *piece)
{
	size_t at;

	if (rest->len == 0) {
		*rest = (struct str){ NULL, 0 };
		return false;
	}
	at = str_chr(*rest, sep);
	*piece = str_sub(*rest, 0, at == STR_NONE ? rest->len : at);
	*rest = at == STR_NONE ? (struct str){ NULL, 0 } : str_sub(*rest, at + 1, rest->len);
	return true;
}

int str_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool str_int64(struct str s, int64_t *value)
{
	int64_t sum = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, s.ptr[i] - '0', &sum))
			return false;
	}
	*value = sum;
	return true;
}

/* Length of the well-formed sequence at p (Unicode table 3-7), 0 when there is none. */
static size_t sequence_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (n < len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

size_t str_ascii_run(struct str s)
{
	const uint64_t high = 0x8080808080808080, ones = 0x0101010101010101;
	uint64_t word;
	size_t run = 0;

	for (; run + 8 <= s.len; run += 8) {
		memcpy(&word, s.ptr + run, 8);
		if ((word & high) != 0 || ((word - ones) & ~word & high) != 0)
			break;
	}
	return run;
}

size_t str_utf8_length(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t i, step;

	for (i = 0; i < s.len; i += step) {
		step = p[i] < 0x80 ? str_ascii_run(str_sub(s, i, s.len)) : 0;
		if (step == 0)
			step = sequence_length(p + i, s.len - i);
		if (step == 0)
			break;
	}
	return i;
}

bool str_is_utf8(struct str s)
{
	return str_utf8_length(s) == s.len;
}
