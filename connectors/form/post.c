#include "post.h"

#include "base/json.h"

/* What kind of body it is, and what all kinds share. */

struct field *post_add(struct post *post, struct str name, struct str value, struct err *err)
{
	struct field *fields;

	if (post->n_fields >= POST_MAX_FIELDS) {
		err_setf(err, ERR_LIMIT, "more than %d fields", POST_MAX_FIELDS);
		return NULL;
	}
	fields = arena_grow(post->arena, post->fields, post->n_fields, sizeof(*fields));
	if (fields == NULL) {
		err_setf(err, ERR_LIMIT, "the fields of this form need too much memory");
		return NULL;
	}
	post->fields = fields;
	fields[post->n_fields] = (struct field){ .name = name, .value = value };
	return &fields[post->n_fields++];
}

size_t post_text_room(const struct raw *raw)
{
	const size_t escaped = 6, times = 2;

	return escaped * times * (raw->body.len + raw->meta.len + POST_MAX_FIELDS * POST_MAX_NAME);
}

struct str percent_decode(struct arena *arena, struct str s, bool plus_is_blank)
{
	char *out;
	size_t n = 0;

	if (str_chr(s, '%') == STR_NONE && (!plus_is_blank || str_chr(s, '+') == STR_NONE))
		return s;
	out = arena_alloc(arena, s.len + 1);
	for (size_t i = 0; out != NULL && i < s.len; i++) {
		int high = s.ptr[i] == '%' && i + 2 < s.len ? str_hex_digit(s.ptr[i + 1]) : -1;
		int low = high >= 0 ? str_hex_digit(s.ptr[i + 2]) : -1;

		if (low >= 0) {
			out[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			out[n++] = plus_is_blank && s.ptr[i] == '+' ? ' ' : s.ptr[i];
		}
	}
	return (struct str){ out, n };
}

static size_t skip_blanks(struct str s, size_t at)
{
	while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t' || s.ptr[at] == ';'))
		at++;
	return at;
}

static size_t find_any(struct str s, size_t at, char a, char b)
{
	while (at < s.len && s.ptr[at] != a && s.ptr[at] != b)
		at++;
	return at;
}

static bool is_escaped_quote(struct str s, size_t at)
{
	return s.ptr[at] == '\\' && at + 1 < s.len && s.ptr[at + 1] == '"';
}

/* Where a quoted string that begins here ends: behind its quote. */
static size_t quoted_end(struct str s)
{
	size_t i = 1;

	while (i < s.len && s.ptr[i] != '"')
		i += is_escaped_quote(s, i) ? 2 : 1;
	return i < s.len ? i + 1 : s.len;
}

/* \" is a quote; any other backslash stands for itself (C:\file.txt). */
static struct str unquoted(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.len + 1);
	size_t n = 0;

	for (size_t i = 1; out != NULL && i < s.len && s.ptr[i] != '"'; i++) {
		i += is_escaped_quote(s, i);
		out[n++] = s.ptr[i];
	}
	return (struct str){ out, n };
}

bool header_param(struct arena *arena, struct str header, struct str wanted, struct str *value)
{
	size_t at = find_any(header, 0, ';', ';');

	*value = (struct str){ NULL, 0 };
	while ((at = skip_blanks(header, at)) < header.len) {
		size_t equals = find_any(header, at, '=', ';'), end;
		struct str name = str_trim(str_sub(header, at, equals - at)), rest;
		bool is_quoted;

		at = equals;
		if (at >= header.len || header.ptr[at] == ';')
			continue;
		at++;
		while (at < header.len && header.ptr[at] == ' ')
			at++;
		rest = str_sub(header, at, header.len);
		is_quoted = rest.len > 0 && rest.ptr[0] == '"';
		end = is_quoted ? quoted_end(rest) : find_any(rest, 0, ';', ';');
		rest = str_sub(rest, 0, end);
		if (str_ieq(name, wanted)) {
			*value = is_quoted ? unquoted(arena, rest) : str_trim(rest);
			return true;
		}
		at += end;
	}
	return false;
}

/* ---- which kind ---- */

enum body_kind { BODY_URLENCODED, BODY_MULTIPART, BODY_JSON, BODY_PLAIN };

static bool looks_like_json(struct str body)
{
	body = str_trim(body);
	return body.len > 1 && (body.ptr[0] == '{' || body.ptr[0] == '[') &&
	       (body.ptr[body.len - 1] == '}' || body.ptr[body.len - 1] == ']');
}

/* The boundary of a multipart body that came without its header: its first line. */
static struct str first_line_boundary(struct str body)
{
	struct str line;

	if (!str_starts(body, STR("--")) || !str_next(&body, '\n', &line))
		return (struct str){ NULL, 0 };
	if (str_ifind(str_sub(body, 0, 200), STR("Content-Disposition:")) == STR_NONE)
		return (struct str){ NULL, 0 };
	return str_trim(str_sub(line, 2, line.len));
}

static enum body_kind kind_of(struct str type, struct str body)
{
	if (str_ieq(type, STR("multipart/form-data")))
		return BODY_MULTIPART;
	if (str_ieq(type, STR("application/json")) || str_iends(type, STR("+json")))
		return BODY_JSON;
	/* Pages that dodge the preflight send JSON as text/plain, curl -d as urlencoded. */
	if (looks_like_json(body))
		return BODY_JSON;
	if (str_ieq(type, STR("application/x-www-form-urlencoded")))
		return BODY_URLENCODED;
	if (first_line_boundary(body).len > 0)
		return BODY_MULTIPART;
	if (str_istarts(type, STR("text/")) || str_chr(body, '=') == STR_NONE)
		return BODY_PLAIN;
	return BODY_URLENCODED;
}

static bool is_latin1(struct str charset)
{
	static const char *const names[] = {
		"iso-8859-1", "latin1", "windows-1252", "cp1252", "iso-8859-15",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_ieq(charset, str_from(names[i])))
			return true;
	return false;
}

/* Only now: the field _charset_ may stand last. */
static void clean(struct post *post)
{
	bool latin1;

	for (size_t i = 0; i < post->n_fields; i++)
		if (str_eq(post->fields[i].name, STR("_charset_")))
			post->charset = post->fields[i].value;
	latin1 = is_latin1(str_trim(post->charset));
	for (size_t i = 0; i < post->n_fields; i++) {
		struct field *f = &post->fields[i];

		f->name = text_cut(text_clean(post->arena, f->name, latin1), POST_MAX_NAME);
		f->value = text_clean(post->arena, f->value, latin1);
	}
	for (size_t i = 0; i < post->n_files; i++)
		post->files[i].name = text_cut(text_clean(post->arena, post->files[i].name, latin1),
					       POST_MAX_NAME);
}

bool post_read(struct post *post, const struct raw *raw, struct err *err)
{
	struct str type = str_trim(str_sub(raw->content_type, 0,
					   find_any(raw->content_type, 0, ';', ';')));
	enum body_kind kind = kind_of(type, raw->body);
	struct str boundary;
	bool is_read = false;

	header_param(post->arena, raw->content_type, STR("charset"), &post->charset);
	switch (kind) {
	case BODY_URLENCODED:
		is_read = post_urlencoded(post, raw->body, err);
		break;
	case BODY_MULTIPART:
		if (!header_param(post->arena, raw->content_type, STR("boundary"), &boundary))
			boundary = first_line_boundary(raw->body);
		is_read = post_multipart(post, raw->body, boundary, err);
		break;
	case BODY_JSON:
		/* JSON is UTF-8 whatever its header says. */
		post->charset = (struct str){ NULL, 0 };
		is_read = post_json(post, raw->body, err);
		break;
	case BODY_PLAIN:
		is_read = post_plain(post, raw->body, err);
		break;
	}
	if (is_read)
		clean(post);
	return is_read;
}
