#include "mime/param.h"

#include "base/buf.h"
#include "mime/charset.h"
#include "mime/header.h"
#include "mime/utf8.h"
#include "mime/words.h"

enum { MAX_SEGMENTS = 64 };

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str param_value(struct str field, struct arena *arena)
{
	size_t end;
	struct str value;

	for (end = 0; end < field.len && field.ptr[end] != ';' && field.ptr[end] != '('; end++)
		;
	value = arena_str(arena, str_trim(str_sub(field, 0, end)));
	for (size_t i = 0; i < value.len; i++) {
		char *c = (char *)value.ptr + i;

		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	}
	return value;
}

/* One "name=value"; value without its quotes, its escapes still in it. */
struct pair {
	struct str name, value;
	bool is_quoted;
};

/* The end of a quoted string that begins behind its opening quote. Without a closing quote the
 * string ends at the next ";". */
static size_t quoted_end(struct str s)
{
	size_t semicolon;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			return i;
	}
	semicolon = str_chr(s, ';');
	return semicolon == STR_NONE ? s.len : semicolon;
}

static bool next_pair(struct str *rest, struct pair *p)
{
	size_t n;

	while (rest->len > 0 && (is_white(rest->ptr[0]) || rest->ptr[0] == ';'))
		*rest = str_sub(*rest, 1, rest->len);
	if (rest->len == 0)
		return false;
	for (n = 0; n < rest->len && rest->ptr[n] != '=' && rest->ptr[n] != ';'; n++)
		;
	*p = (struct pair){ .name = str_trim(str_sub(*rest, 0, n)) };
	*rest = str_sub(*rest, n, rest->len);
	if (rest->len == 0 || rest->ptr[0] == ';')
		return true;
	*rest = str_sub(*rest, 1, rest->len);
	while (rest->len > 0 && is_white(rest->ptr[0]))
		*rest = str_sub(*rest, 1, rest->len);
	if (rest->len > 0 && rest->ptr[0] == '"') {
		*rest = str_sub(*rest, 1, rest->len);
		n = quoted_end(*rest);
		p->value = str_sub(*rest, 0, n);
		p->is_quoted = true;
		*rest = str_sub(*rest, n + 1, rest->len);
	} else {
		/* Blanks inside an unquoted value are forbidden and common in file names. */
		n = str_chr(*rest, ';');
		n = n == STR_NONE ? rest->len : n;
		p->value = str_trim(str_sub(*rest, 0, n));
		*rest = str_sub(*rest, n, rest->len);
	}
	return true;
}

/* Only \" and \\ are escapes: a lone backslash is from a Windows path. */
static void add_unquoted(struct str value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i++) {
		bool is_escape = value.ptr[i] == '\\' && i + 1 < value.len &&
				 (value.ptr[i + 1] == '"' || value.ptr[i + 1] == '\\');

		i += is_escape;
		if (value.ptr[i] != '\r' && value.ptr[i] != '\n')
			buf_addc(out, value.ptr[i]);
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void add_percent(struct str value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i++) {
		int high = i + 2 < value.len ? hex_value(value.ptr[i + 1]) : -1;
		int low = high >= 0 ? hex_value(value.ptr[i + 2]) : -1;

		if (value.ptr[i] == '%' && low >= 0) {
			buf_addc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_addc(out, value.ptr[i]);
		}
	}
}

/* What one pass over a field found for a name. */
struct found {
	struct pair plain;
	struct pair segments[MAX_SEGMENTS];	/* [0] also for name* without a number */
	bool has_plain, has_segment[MAX_SEGMENTS], is_extended[MAX_SEGMENTS];
};

/* What stands behind the name: "", "*", "*3", "*3*". */
static void note(struct found *f, const struct pair *p, struct str tail)
{
	int64_t n = 0;
	bool is_extended = str_ends(tail, STR("*"));

	if (tail.len == 0) {
		if (!f->has_plain)
			f->plain = *p;
		f->has_plain = true;
		return;
	}
	tail = str_sub(tail, 1, tail.len - 1);
	if (is_extended && tail.len > 0)
		tail.len--;
	if ((tail.len > 0 && !str_int64(tail, &n)) || n >= MAX_SEGMENTS || f->has_segment[n])
		return;
	f->segments[n] = *p;
	f->has_segment[n] = true;
	f->is_extended[n] = is_extended;
}

static void look(struct str field, struct str name, struct found *f)
{
	size_t semicolon = str_chr(field, ';');
	struct str rest = semicolon == STR_NONE ? str_sub(field, field.len, 0) :
						  str_sub(field, semicolon + 1, field.len);
	struct pair p;

	f->has_plain = false;
	for (size_t i = 0; i < MAX_SEGMENTS; i++)
		f->has_segment[i] = false;
	while (next_pair(&rest, &p)) {
		struct str tail = str_sub(p.name, name.len, p.name.len);

		if (str_istarts(p.name, name) && (tail.len == 0 || tail.ptr[0] == '*'))
			note(f, &p, tail);
	}
}

/* charset'language'text, of the first extended segment. */
static struct str split_charset(struct str value, struct str *charset)
{
	size_t first = str_chr(value, '\''), second;

	if (first == STR_NONE)
		return value;
	second = str_chr(str_sub(value, first + 1, value.len), '\'');
	if (second == STR_NONE)
		return value;
	*charset = str_sub(value, 0, first);
	return str_sub(value, first + second + 2, value.len);
}

static void join_segments(const struct found *f, struct buf *out, struct str *charset)
{
	for (size_t i = 0; i < MAX_SEGMENTS && f->has_segment[i]; i++) {
		struct str value = f->segments[i].value;

		if (i == 0 && f->is_extended[0])
			value = split_charset(value, charset);
		if (f->is_extended[i])
			add_percent(value, out);
		else
			add_unquoted(value, out);
	}
}

struct str param_get(struct str field, struct str name, struct arena *arena)
{
	struct str charset = { NULL, 0 }, value;
	struct found f;
	struct buf b;

	look(field, name, &f);
	buf_init(&b, field.len);
	if (f.has_plain && f.plain.is_quoted)
		add_unquoted(f.plain.value, &b);
	else if (f.has_plain)
		/* A comment may follow a bare value. */
		buf_add(&b, str_trim(str_sub(f.plain.value, 0, str_chr(f.plain.value, '('))));
	else
		join_segments(&f, &b, &charset);
	value = arena_str(arena, str_trim(buf_str(&b)));
	buf_finish(&b);
	return value;
}

static struct str extended_text(struct decode *dec, const struct found *f, size_t max)
{
	struct str charset = { NULL, 0 }, text;
	struct buf bytes, utf8, clean;

	buf_init(&bytes, max);
	buf_init(&utf8, 4 * max + 16);
	buf_init(&clean, 16 * max + 64);
	join_segments(f, &bytes, &charset);
	charset_decode(dec, buf_str(&bytes), charset, &utf8);
	utf8_clean_line(buf_str(&utf8), &clean);
	text = arena_str(dec->arena, buf_str(&clean));
	buf_finish(&bytes);
	buf_finish(&utf8);
	buf_finish(&clean);
	return text;
}

struct str param_text(struct decode *dec, struct str field, struct str name)
{
	struct str text = { NULL, 0 };
	struct found f;
	struct buf b;

	look(field, name, &f);
	if (f.has_segment[0])
		return extended_text(dec, &f, field.len);
	if (!f.has_plain)
		return text;
	buf_init(&b, field.len);
	add_unquoted(f.plain.value, &b);
	text = words_decode(dec, arena_str(dec->arena, buf_str(&b)));
	buf_finish(&b);
	return text;
}
