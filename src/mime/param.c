#include "mime/param.h"

#include <gmime/gmime-param.h>

#include "mime/armour.h"
#include "mime/charset.h"
#include "mime/utf8.h"
#include "mime/words.h"

/* The longest file names are a few hundred bytes; each question reads the field anew. */
enum { MAX_PARAMS = 128, LOOKED_AT = 8192 };

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

/* ---- to GMime ---- */

/* The end of a quoted string that begins behind its opening quote, STR_NONE when it has none. */
static size_t quoted_end(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			return i;
	}
	return STR_NONE;
}

/* Only \" and \\ are escapes: a lone backslash is from a Windows path. */
static void wrap_quoted(struct str s, struct buf *out)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		i += s.ptr[i] == '\\' && i + 1 < s.len &&
		     (s.ptr[i + 1] == '"' || s.ptr[i + 1] == '\\');
		armour_add(out, s.ptr[i]);
	}
	buf_addc(out, '"');
}

/* A bare value. In one that is percent-encoded (name*=) the bytes are put in here, and the quotes
 * around the language become NULs: GMime shall not look for a charset. */
static size_t wrap_bare(struct str s, bool is_extended, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.len && s.ptr[i] != ';'; i++) {
		int high = s.ptr[i] == '%' && i + 2 < s.len ? str_hex_digit(s.ptr[i + 1]) : -1;
		int low = high >= 0 ? str_hex_digit(s.ptr[i + 2]) : -1;

		if (is_extended && low >= 0) {
			armour_add_always(out, (char)(high << 4 | low));
			i += 2;
		} else {
			armour_add(out, is_extended && s.ptr[i] == '\'' ? '\0' : s.ptr[i]);
		}
	}
	return i;
}

static void wrap_value(struct str *rest, bool is_extended, struct buf *out)
{
	struct str s = *rest;
	size_t end;

	while (s.len > 0 && str_trim(str_sub(s, 0, 1)).len == 0)
		s = str_sub(s, 1, s.len);
	end = str_starts(s, STR("\"")) ? quoted_end(str_sub(s, 1, s.len)) : STR_NONE;
	if (end != STR_NONE) {
		if (is_extended)
			wrap_bare(str_sub(s, 1, end), true, out);
		else
			wrap_quoted(str_sub(s, 1, end), out);
		end += 2;
	} else {
		s = str_starts(s, STR("\"")) ? str_sub(s, 1, s.len) : s;
		end = wrap_bare(s, is_extended, out);
	}
	*rest = str_sub(s, end, s.len);
}

/* All parameters of a field, with nothing left in them that GMime would convert. */
static GMimeParamList *parse(struct str field)
{
	struct str rest = str_sub(field, 0, LOOKED_AT), name;
	GMimeParamList *list;
	struct buf b;

	rest = str_sub(rest, str_chr(rest, ';'), rest.len);
	rest = str_sub(rest, 1, rest.len);
	buf_init(&b, armour_room(rest.len) + 2 * MAX_PARAMS);
	for (int n = 0; rest.len > 0 && n < MAX_PARAMS; n++) {
		size_t end = 0;

		while (end < rest.len && rest.ptr[end] != '=' && rest.ptr[end] != ';')
			end++;
		name = str_trim(str_sub(rest, 0, end));
		rest = str_sub(rest, end, rest.len);
		if (rest.len > 0 && rest.ptr[0] == '=') {
			rest = str_sub(rest, 1, rest.len);
			buf_add(&b, name);
			buf_addc(&b, '=');
			wrap_value(&rest, str_ends(name, STR("*")), &b);
			rest = str_sub(rest, str_chr(rest, ';'), rest.len);
		}
		buf_addc(&b, ';');
		rest = str_sub(rest, 1, rest.len);
	}
	list = g_mime_param_list_parse(NULL, b.ptr ? b.ptr : "");
	buf_finish(&b);
	return list;
}

/* ---- and back ---- */

static bool is_extended(GMimeParam *p)
{
	return g_mime_param_get_encoding_method(p) == GMIME_PARAM_ENCODING_METHOD_RFC2231;
}

/* The first extended one of a name or, where there is none, the first; its bytes in the arena. */
static struct str find(struct str field, struct str name, struct arena *arena, bool *extended)
{
	GMimeParamList *list;
	GMimeParam *best = NULL;
	struct str value = { NULL, 0 };

	/* Most questions have no answer. */
	if (str_ifind(str_sub(field, 0, LOOKED_AT), name) == STR_NONE)
		return value;
	list = parse(field);
	for (int i = 0; i < g_mime_param_list_length(list); i++) {
		GMimeParam *p = g_mime_param_list_get_parameter_at(list, i);

		if (str_ieq(str_from(g_mime_param_get_name(p)), name) &&
		    (best == NULL || (is_extended(p) && !is_extended(best))))
			best = p;
	}
	if (best != NULL) {
		value = str_trim(armour_undo(g_mime_param_get_value(best), arena));
		*extended = is_extended(best);
	}
	g_object_unref(list);
	return value;
}

/* charset NUL language NUL text; further NULs were quotes. */
static struct str split_charset(struct str value, struct str *charset)
{
	size_t first = str_chr(value, '\0'), second;

	if (first == STR_NONE)
		return value;
	second = str_chr(str_sub(value, first + 1, value.len), '\0');
	if (second != STR_NONE) {
		*charset = str_sub(value, 0, first);
		value = str_sub(value, first + second + 2, value.len);
	}
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] == '\0')
			((char *)value.ptr)[i] = '\'';
	return value;
}

struct str param_get(struct str field, struct str name, struct arena *arena)
{
	struct str charset = { NULL, 0 };
	bool extended = false;
	struct str value = find(field, name, arena, &extended);

	if (extended)
		value = split_charset(value, &charset);
	/* A comment may follow a bare value. */
	return str_trim(str_sub(value, 0, str_chr(value, '(')));
}

struct str param_text(struct decode *dec, struct str field, struct str name)
{
	struct str charset = { NULL, 0 }, text;
	bool extended = false;
	struct str value = find(field, name, dec->arena, &extended);
	struct buf utf8, clean;

	if (!extended)
		return words_decode(dec, value);
	value = split_charset(value, &charset);
	buf_init(&utf8, 4 * value.len + 16);
	buf_init(&clean, 16 * value.len + 64);
	charset_decode(dec, value, charset, &utf8);
	utf8_clean_line(buf_str(&utf8), &clean);
	text = arena_str(dec->arena, buf_str(&clean));
	buf_finish(&utf8);
	buf_finish(&clean);
	return text;
}
