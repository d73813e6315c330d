#include "mime/prescan.h"

#include <gmime/gmime-content-type.h>
#include <gmime/gmime-utils.h>
#include <string.h>

#include "mime/line.h"
#include "mime/prescan_blank.h"

/* An open multipart. */
struct level {
	char boundary[BOUNDARY_MAX + 1];
	size_t n;
	size_t type_at;		/* of its type in the copy */
	bool is_used;
};

struct scan {
	struct str mail;
	char *safe;
	const struct limits *limits;
	struct level *stack;		/* DEPTH_HARD, as they come: zeroing them cost more than the scan */
	size_t depth;
	size_t n_parts, n_fields;	/* so far, in all of the mail */
};

static char *in_copy(const struct scan *sc, struct str slice)
{
	return sc->safe + (slice.ptr - sc->mail.ptr);
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t';
}

/* The name of a header line, empty when the line cannot be one. Blanks before the colon are
 * forbidden and seen. */
static struct str name_of(struct str line)
{
	struct str none = { NULL, 0 }, name;
	size_t colon = str_chr(str_sub(line, 0, 256), ':');

	if (colon == STR_NONE)
		return none;
	name = str_sub(line, 0, colon);
	while (name.len > 0 && is_white(name.ptr[name.len - 1]))
		name.len--;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= ' ' || name.ptr[i] > '~')
			return none;
	return name;
}

static bool is_mbox_line(struct str line)
{
	return str_starts(line, STR("From ")) || str_starts(line, STR(">From "));
}

/* A line without a name: noise between headers when more headers follow, else the body of a mail
 * whose blank line got lost. */
static bool is_noise(struct str text, size_t next, struct str line)
{
	struct str after;

	if (is_mbox_line(line))
		return true;
	return !str_starts(line, STR("--")) && line_next(text, &next, &after) &&
	       name_of(after).len > 0;
}

size_t prescan_start(struct str mail, size_t *n_junk)
{
	size_t at = str_starts(mail, STR("\xef\xbb\xbf")) ? 3 : 0, next;
	struct str line;

	for (next = at; line_next(mail, &next, &line); at = next) {
		if (line.len == 0 || is_mbox_line(line))
			continue;
		if (name_of(line).len > 0 || !is_noise(mail, next, line))
			break;
		++*n_junk;
	}
	return at;
}

/* ---- boundaries ---- */

/* A line "--boundary" or "--boundary--" of an open level: its index, STR_NONE when it is none. */
static size_t match_level(const struct scan *sc, struct str line, bool *is_last)
{
	for (size_t i = sc->depth; i > 0; i--) {
		const struct level *level = &sc->stack[i - 1];
		struct str tail;

		if (line.len < 2 + level->n || memcmp(line.ptr + 2, level->boundary, level->n) != 0)
			continue;
		tail = str_trim(str_sub(line, 2 + level->n, line.len));
		*is_last = str_eq(tail, STR("--"));
		if (tail.len == 0 || *is_last)
			return i - 1;
	}
	return STR_NONE;
}

/* A multipart that was never used becomes a leaf for GMime, else all of it would be copied as the
 * text before the first part. */
static void close_above(struct scan *sc, size_t keep)
{
	for (; sc->depth > keep; sc->depth--)
		if (!sc->stack[sc->depth - 1].is_used)
			sc->safe[sc->stack[sc->depth - 1].type_at] = 'x';
}

/* GMime itself says what the boundary is, so that there is one opinion. False: not a multipart, or
 * none that can be used. */
static bool read_boundary(const struct scan *sc, struct str value, struct level *level)
{
	char *raw = g_strndup(in_copy(sc, value), value.len);
	char *line = g_mime_utils_header_unfold(raw);
	GMimeContentType *type = g_mime_content_type_parse(NULL, line);
	const char *boundary = g_mime_content_type_get_parameter(type, "boundary");
	bool is_one = g_mime_content_type_is_type(type, "multipart", "*") && boundary != NULL;

	level->n = is_one ? strlen(boundary) : 0;
	is_one = level->n > 0 && level->n <= BOUNDARY_MAX;
	if (is_one)
		memcpy(level->boundary, boundary, level->n);
	g_object_unref(type);
	g_free(line);
	g_free(raw);
	return is_one;
}

/* Behind a header block whose Content-Type is `value`. */
static bool open_multipart(struct scan *sc, struct str value, struct err *err)
{
	size_t hit = str_ifind(str_sub(value, 0, BLANK_TYPE_MAX), STR("multipart"));
	struct level level = { .is_used = false };

	if (hit == STR_NONE)
		return true;
	level.type_at = (size_t)(value.ptr - sc->mail.ptr) + hit;
	if (!read_boundary(sc, value, &level)) {
		sc->safe[level.type_at] = 'x';
		return true;
	}
	if (sc->depth >= sc->limits->max_depth || sc->depth >= DEPTH_HARD)
		return err_setf(err, ERR_LIMIT, "MIME parts are nested at least %zu deep; the limit is %zu",
				sc->depth + 1, sc->limits->max_depth);
	sc->stack[sc->depth++] = level;
	return true;
}

/* ---- header blocks ---- */

/* One block while its lines are read. */
struct block {
	struct str name, value;		/* of the field being read */
	struct str type;		/* the first Content-Type */
	bool has_type;
	size_t n_fields, n_junk, largest;
	struct str largest_name;
};

/* A field is whole: GMime sees of Content-… only the first Content-Type, and of that no charset. */
static void end_field(struct scan *sc, struct block *b)
{
	if (b->name.len == 0)
		return;
	b->n_fields++;
	if (b->value.len > b->largest) {
		b->largest = b->value.len;
		b->largest_name = b->name;
	}
	if (str_ieq(b->name, STR("Content-Type")) && !b->has_type) {
		b->type = b->value;
		b->has_type = true;
		blank_content_type(in_copy(sc, b->value), b->value.len);
	} else if (str_istarts(b->name, STR("Content-"))) {
		*in_copy(sc, b->name) = 'x';
	}
	b->name.len = 0;
}

static bool check_limits(struct scan *sc, const struct block *b, size_t n_bytes, struct err *err)
{
	const struct limits *lim = sc->limits;

	sc->n_fields += b->n_fields;
	if (b->n_fields > lim->max_fields)
		return err_setf(err, ERR_LIMIT, "mail has %zu header fields; the limit is %zu",
				b->n_fields, lim->max_fields);
	if (sc->n_fields > FIELDS_HARD)
		return err_setf(err, ERR_LIMIT, "mail has more than %d header fields in its parts",
				FIELDS_HARD);
	if (b->largest > lim->max_field_bytes)
		return err_setf(err, ERR_LIMIT, "header \"" STR_FMT "\" has %zu bytes; the limit is %zu",
				STR_ARG(str_sub(b->largest_name, 0, 64)), b->largest,
				lim->max_field_bytes);
	if (n_bytes > lim->max_header_bytes)
		return err_setf(err, ERR_LIMIT, "header block has %zu bytes; the limit is %zu",
				n_bytes, lim->max_header_bytes);
	return true;
}

/* One line at `at`. False: the header ends before it, as text whose blank line is missing. */
static bool take_line(struct scan *sc, struct block *b, struct str line, size_t next)
{
	struct str name;

	if (is_white(line.ptr[0])) {
		if (b->name.len > 0)
			b->value.len = (size_t)(line.ptr + line.len - b->value.ptr);
		return true;
	}
	name = name_of(line);
	if (name.len == 0 && !is_noise(sc->mail, next, line))
		return false;
	end_field(sc, b);
	b->n_junk += name.len == 0 && !is_mbox_line(line);
	b->name = name;
	b->value = str_sub(line, str_chr(line, ':') + 1, line.len);
	return true;
}

/* Reads from *at to the blank line, to a delimiter of a part, or to the first line that cannot be a
 * header; *at moves there. */
static bool scan_block(struct scan *sc, size_t *at, struct block *b, struct err *err)
{
	size_t start = *at, next = start;
	struct str line;
	bool is_last;

	*b = (struct block){ 0 };
	for (; line_next(sc->mail, &next, &line); *at = next) {
		if (line.len == 0) {
			*at = next;
			break;
		}
		if (str_starts(line, STR("--")) && match_level(sc, line, &is_last) != STR_NONE)
			break;
		if (!take_line(sc, b, line, next)) {
			/* "\r\n" becomes a line end and the blank line; where there is only "\n" the last
			 * byte of the field is given up for it (in the copy). */
			if (*at >= start + 2)
				sc->safe[*at - 2] = '\n';
			break;
		}
	}
	end_field(sc, b);
	blank_nuls(sc->safe + start, *at - start);
	return check_limits(sc, b, *at - start, err);
}

/* ---- all of it ---- */

/* Where a line after the first begins with "--". Bodies are long and mostly base64, which has no dash: looking
 * for one is ten times as fast as looking for the three characters. */
static size_t find_dashes(struct str s)
{
	size_t at = 1, hit;

	while ((hit = str_chr(str_sub(s, at, s.len), '-')) != STR_NONE) {
		at += hit;
		if (s.ptr[at - 1] == '\n' && at + 1 < s.len && s.ptr[at + 1] == '-')
			return at;
		at++;
	}
	return STR_NONE;
}

/* The next line that begins with "--", from *at on. */
static bool next_candidate(const struct scan *sc, size_t *at, struct str *line)
{
	struct str rest = str_sub(sc->mail, *at, sc->mail.len);
	size_t hit;

	if (!str_starts(rest, STR("--"))) {
		hit = find_dashes(rest);
		if (hit == STR_NONE)
			return false;
		*at += hit;
		rest = str_sub(sc->mail, *at, sc->mail.len);
	}
	*line = str_sub(rest, 0, str_chr(rest, '\n'));
	return true;
}

static bool scan_body(struct scan *sc, size_t at, struct err *err)
{
	struct block block;
	struct str line;
	size_t level, next;
	bool is_last = false;

	/* Invariant: at is the start of a line. */
	for (; sc->depth > 0 && next_candidate(sc, &at, &line); at = next) {
		next = at + line.len + (at + line.len < sc->mail.len);
		level = match_level(sc, line, &is_last);
		if (level == STR_NONE)
			continue;
		sc->stack[level].is_used = true;
		close_above(sc, is_last ? level : level + 1);
		/* Beyond the limit they are only counted: the error says how many there are. */
		if (is_last || ++sc->n_parts > sc->limits->max_parts)
			continue;
		if (!scan_block(sc, &next, &block, err))
			return err_prefixf(err, "part %zu", sc->n_parts);
		if (!open_multipart(sc, block.type, err))
			return false;
	}
	close_above(sc, 0);
	if (sc->n_parts > sc->limits->max_parts)
		return err_setf(err, ERR_LIMIT, "mail has %zu MIME parts; the limit is %zu", sc->n_parts,
				sc->limits->max_parts);
	return true;
}

bool prescan(struct str mail, const struct limits *limits, struct prescan *out, struct err *err)
{
	struct scan sc = { .mail = mail, .limits = limits, .n_parts = 1 };
	struct block block;
	size_t at = 0;
	bool ok;

	sc.stack = g_new(struct level, DEPTH_HARD);
	sc.safe = g_malloc(mail.len);
	memcpy(sc.safe, mail.ptr, mail.len);
	ok = scan_block(&sc, &at, &block, err);
	*out = (struct prescan){ .safe = sc.safe, .n_fields = block.n_fields, .body_at = at,
				 .n_junk = block.n_junk };
	ok = ok && open_multipart(&sc, block.type, err) && scan_body(&sc, at, err);
	g_free(sc.stack);
	if (!ok)
		g_free(out->safe);
	return ok;
}
