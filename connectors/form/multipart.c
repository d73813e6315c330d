#include "post.h"

/* multipart/form-data, RFC 7578, as browsers and others really write it. Boundaries are looked for once,
 * from front to back; the bytes of files stay where they are. */

enum { MAX_HEADERS = 16 * 1024, MAX_BOUNDARY = 200, MAX_MEDIA_TYPE = 100 };

struct part {
	struct str disposition, type, content;
};

/* Behind a boundary: "--" or blanks to the end of the line. More, and it is another boundary's line. */
static bool is_line_of(struct str rest)
{
	return rest.len == 0 || str_starts(rest, STR("--")) || rest.ptr[0] == '\r' ||
	       rest.ptr[0] == '\n' || rest.ptr[0] == ' ' || rest.ptr[0] == '\t';
}

/* The next boundary line: where the part before it ends, and what follows the boundary. The needle is
 * "\n--boundary", with a line break nowhere else: no two places of it overlap. */
static bool find_delimiter(struct str body, size_t from, struct str needle, size_t *end,
			   size_t *after)
{
	if (from == 0 && str_starts(body, str_sub(needle, 1, needle.len)) &&
	    is_line_of(str_sub(body, needle.len - 1, body.len))) {
		*end = 0;
		*after = needle.len - 1;
		return true;
	}
	for (;;) {
		size_t at = str_find(str_sub(body, from, body.len), needle);

		if (at == STR_NONE)
			return false;
		*end = from + at + 1;
		*after = from + at + needle.len;
		if (is_line_of(str_sub(body, *after, body.len)))
			return true;
		from = *after;
	}
}

/* The line break before a boundary belongs to the boundary. */
static struct str without_break(struct str s)
{
	if (str_ends(s, STR("\n")))
		s.len--;
	if (str_ends(s, STR("\r")))
		s.len--;
	return s;
}

static void read_header(struct part *part, struct str line)
{
	size_t colon = str_chr(line, ':');
	struct str name = str_trim(str_sub(line, 0, colon == STR_NONE ? 0 : colon));
	struct str value = str_trim(str_sub(line, colon == STR_NONE ? 0 : colon + 1, line.len));

	if (str_ieq(name, STR("Content-Disposition")))
		part->disposition = value;
	else if (str_ieq(name, STR("Content-Type")))
		part->type = value;
}

static bool read_part(struct str text, struct part *part, struct err *err)
{
	struct str rest = str_sub(text, 0, MAX_HEADERS), line;

	*part = (struct part){ 0 };
	while (str_next(&rest, '\n', &line)) {
		line = str_trim(line);
		if (line.len == 0) {
			part->content = rest.ptr == NULL ? (struct str){ NULL, 0 } :
				str_sub(text, (size_t)(rest.ptr - text.ptr), text.len);
			part->content = without_break(part->content);
			return true;
		}
		read_header(part, line);
	}
	if (text.len > MAX_HEADERS)
		return err_setf(err, ERR_LIMIT, "the headers of a part are longer than %d bytes",
				MAX_HEADERS);
	return err_setf(err, ERR_INPUT, "a part has no end of its headers");
}

/* Browsers write a quote, CR and LF of a name as %22, %0D, %0A, and nothing else. */
static struct str browser_decode(struct arena *arena, struct str s)
{
	static const char *const escapes[] = { "%22", "%0D", "%0A" };
	static const char bytes[] = { '"', '\r', '\n' };
	char *out;
	size_t n = 0;

	if (str_chr(s, '%') == STR_NONE)
		return s;
	out = arena_alloc(arena, s.len + 1);
	for (size_t i = 0; out != NULL && i < s.len; i++) {
		out[n] = s.ptr[i];
		for (size_t k = 0; k < sizeof(bytes); k++) {
			if (!str_ieq(str_sub(s, i, 3), str_from(escapes[k])))
				continue;
			out[n] = bytes[k];
			i += 2;
			break;
		}
		n++;
	}
	return (struct str){ out, n };
}

/* filename*=UTF-8''r%C3%A9sum%C3%A9.pdf beats filename=. */
static struct str file_name(struct arena *arena, struct str disposition)
{
	struct str extended, plain;
	size_t quote, second;

	header_param(arena, disposition, STR("filename*"), &extended);
	quote = str_chr(extended, '\'');
	if (quote != STR_NONE) {
		extended = str_sub(extended, quote + 1, extended.len);
		second = str_chr(extended, '\'');
		if (second != STR_NONE)
			return percent_decode(arena, str_sub(extended, second + 1, extended.len), false);
	}
	header_param(arena, disposition, STR("filename"), &plain);
	return browser_decode(arena, plain);
}

static struct str base_name(struct arena *arena, struct str path)
{
	size_t slash = str_rchr(path, '/'), backslash;
	char *out;

	if (slash != STR_NONE)
		path = str_sub(path, slash + 1, path.len);
	backslash = str_rchr(path, '\\');
	if (backslash != STR_NONE)
		path = str_sub(path, backslash + 1, path.len);
	out = arena_alloc(arena, path.len + 1);
	if (out == NULL)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < path.len; i++)
		out[i] = (unsigned char)path.ptr[i] < 0x20 || path.ptr[i] == 0x7f ? '_' : path.ptr[i];
	return (struct str){ out, path.len };
}

static bool is_media_type(struct str s)
{
	size_t slash = str_chr(s, '/');

	if (slash == STR_NONE || slash == 0 || slash + 1 == s.len || s.len > MAX_MEDIA_TYPE)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || (unsigned char)s.ptr[i] >= 0x7f ||
		    s.ptr[i] == '"' || s.ptr[i] == '<' || s.ptr[i] == '>')
			return false;
	return true;
}

static bool add_file(struct post *post, const struct part *part, struct err *err)
{
	struct attachment *files =
		arena_grow(post->arena, post->files, post->n_files, sizeof(*files));
	size_t semicolon = str_chr(part->type, ';');
	struct str type = str_trim(str_sub(part->type, 0, semicolon));

	if (files == NULL)
		return err_setf(err, ERR_LIMIT, "the files of this form need too much memory");
	post->files = files;
	files[post->n_files++] = (struct attachment){
		.name = base_name(post->arena, file_name(post->arena, part->disposition)),
		.media_type = is_media_type(type) ? type : STR("application/octet-stream"),
		.size = (int64_t)part->content.len,
		.state = ATTACHMENT_STORED,
		.body = part->content,
	};
	return true;
}

/* A file has a filename, or a type that no text field has. */
static bool is_file(struct arena *arena, const struct part *part)
{
	struct str ignored;

	if (header_param(arena, part->disposition, STR("filename"), &ignored) ||
	    header_param(arena, part->disposition, STR("filename*"), &ignored))
		return true;
	return part->type.len > 0 && !str_istarts(part->type, STR("text/")) &&
	       !str_istarts(part->type, STR("application/json"));
}

static bool add_part(struct post *post, struct str text, struct err *err)
{
	struct part part;
	struct str name;

	if (!read_part(text, &part, err))
		return false;
	if (!is_file(post->arena, &part)) {
		header_param(post->arena, part.disposition, STR("name"), &name);
		return post_add(post, browser_decode(post->arena, name), part.content, err) != NULL;
	}
	/* An input for files that was left empty. */
	if (part.content.len == 0 && file_name(post->arena, part.disposition).len == 0)
		return true;
	return add_file(post, &part, err);
}

bool post_multipart(struct post *post, struct str body, struct str boundary, struct err *err)
{
	size_t at, after, start, next, n_parts = 0;
	struct str needle;

	if (boundary.len == 0 || boundary.len > MAX_BOUNDARY || str_chr(boundary, '\n') != STR_NONE)
		return err_setf(err, ERR_INPUT, "multipart without a usable boundary");
	needle = arena_strf(post->arena, "\n--" STR_FMT, STR_ARG(boundary));
	if (needle.len == 0 || !find_delimiter(body, 0, needle, &start, &after))
		return err_setf(err, ERR_INPUT, "the boundary of the multipart body is not in it");
	for (;;) {
		struct str tail = str_sub(body, after, body.len);
		size_t line_end = str_chr(tail, '\n');

		if (str_starts(tail, STR("--")) || line_end == STR_NONE)
			return true;
		at = after + line_end + 1;
		/* The break that ends this line may begin the next boundary: an empty part. Without a
		 * last boundary the rest is the last part: what came is better than nothing. */
		if (!find_delimiter(body, at - 1, needle, &next, &after))
			next = after = body.len;
		if (++n_parts > POST_MAX_PARTS)
			return err_setf(err, ERR_LIMIT, "more than %d parts", POST_MAX_PARTS);
		if (!add_part(post, str_sub(body, at, next - at), err))
			return err_prefixf(err, "part %zu", n_parts);
	}
}
