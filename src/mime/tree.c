#include "mime/tree.h"

#include "mime/param.h"

enum { DEPTH_HARD = 64, BOUNDARY_MAX = 256 };

/* An open multipart. */
struct level {
	size_t part;
	struct str boundary;
};

struct scan {
	struct decode *dec;
	struct str mail;
	const struct tree_limits *limits;
	struct tree *tree;
	struct level stack[DEPTH_HARD];
	size_t depth;
	size_t leaf;		/* the part whose body is being read, STR_NONE: none */
	size_t n_found;		/* parts seen, also those beyond the limit */
};

static bool is_multipart(struct str type)
{
	return str_starts(type, STR("multipart/"));
}

static void read_type(struct scan *sc, struct part *p, const struct head *head, bool in_digest)
{
	struct arena *arena = sc->dec->arena;

	p->type_field = field_unfold(head_get(head, STR("Content-Type")), arena);
	p->type = param_value(p->type_field, arena);
	if (str_chr(p->type, '/') == STR_NONE) {
		if (p->type.len > 0 && !str_eq(p->type, STR("text")))
			decode_warn(sc->dec, "Content-Type \"" STR_FMT "\" is none, read as text/plain",
				    STR_ARG(str_sub(p->type, 0, 60)));
		p->type = in_digest && p->type.len == 0 ? STR("message/rfc822") : STR("text/plain");
	}
}

static void read_transfer(struct scan *sc, struct part *p, const struct head *head)
{
	struct str field = head_get(head, STR("Content-Transfer-Encoding"));
	struct str name = param_value(field_unfold(field, sc->dec->arena), sc->dec->arena);
	bool is_known;

	p->transfer = transfer_from(name, &is_known);
	if (!is_known)
		decode_warn(sc->dec, "Content-Transfer-Encoding \"" STR_FMT "\" is unknown, read as 8bit",
			    STR_ARG(str_sub(name, 0, 40)));
}

static struct part *add_part(struct scan *sc, size_t parent, const struct head *head, size_t body_at)
{
	struct part *grown, *p;
	bool in_digest = sc->tree->n_parts > 0 &&
			 str_eq(sc->tree->parts[parent].type, STR("multipart/digest"));

	grown = arena_grow(sc->dec->arena, sc->tree->parts, sc->tree->n_parts, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	sc->tree->parts = grown;
	p = &grown[sc->tree->n_parts++];
	*p = (struct part){ .parent = parent };
	read_type(sc, p, head, in_digest);
	read_transfer(sc, p, head);
	p->disposition_field = field_unfold(head_get(head, STR("Content-Disposition")),
					    sc->dec->arena);
	p->disposition = param_value(p->disposition_field, sc->dec->arena);
	p->content_id = head_get(head, STR("Content-ID"));
	p->body = str_sub(sc->mail, body_at, sc->mail.len);
	return p;
}

/* Makes the part just added the open one: a level of its own, or the leaf. */
static bool open_part(struct scan *sc, struct part *p, struct err *err)
{
	size_t index = (size_t)(p - sc->tree->parts);
	struct str boundary;

	sc->leaf = index;
	if (!is_multipart(p->type))
		return true;
	boundary = param_get(p->type_field, STR("boundary"), sc->dec->arena);
	if (boundary.len == 0 || boundary.len > BOUNDARY_MAX)
		return true;	/* read_unbounded() makes text of it */
	if (sc->depth >= sc->limits->max_depth || sc->depth >= DEPTH_HARD)
		return err_setf(err, ERR_LIMIT, "MIME parts are nested at least %zu deep; the limit is %zu",
				sc->depth + 1, sc->limits->max_depth);
	p->is_multipart = true;
	sc->stack[sc->depth++] = (struct level){ .part = index, .boundary = boundary };
	sc->leaf = STR_NONE;
	return true;
}

/* A line "--boundary" or "--boundary--" of an open level: its index, STR_NONE when it is none. */
static size_t match_level(const struct scan *sc, struct str line, bool *is_last)
{
	for (size_t i = sc->depth; i > 0; i--) {
		struct str boundary = sc->stack[i - 1].boundary, tail;

		if (!str_starts(str_sub(line, 2, line.len), boundary))
			continue;
		tail = str_trim(str_sub(line, 2 + boundary.len, line.len));
		*is_last = str_eq(tail, STR("--"));
		if (tail.len == 0 || *is_last)
			return i - 1;
	}
	return STR_NONE;
}

/* Where the text before a delimiter line at offset `at` ends: the line end in between belongs to
 * the delimiter. */
static size_t end_before(const struct scan *sc, size_t at)
{
	if (at > 0 && sc->mail.ptr[at - 1] == '\n')
		at--;
	if (at > 0 && sc->mail.ptr[at - 1] == '\r')
		at--;
	return at;
}

static void end_body(const struct scan *sc, size_t part, size_t end)
{
	struct str *body = &sc->tree->parts[part].body;
	size_t from = (size_t)(body->ptr - sc->mail.ptr);

	body->len = end > from ? end - from : 0;
}

/* Everything open above level `keep` ends at offset `end`. */
static void close_above(struct scan *sc, size_t keep, size_t end)
{
	if (sc->leaf != STR_NONE)
		end_body(sc, sc->leaf, end);
	sc->leaf = STR_NONE;
	for (; sc->depth > keep; sc->depth--)
		end_body(sc, sc->stack[sc->depth - 1].part, end);
}

/* The part that begins at *at; *at moves behind its header. */
static bool begin_part(struct scan *sc, size_t level, size_t *at, struct err *err)
{
	size_t parent = sc->stack[level].part;
	struct part *p;
	struct head head;

	if (++sc->n_found > sc->limits->max_parts)
		return true;	/* only counted: the error says how many there are */
	if (!head_parse(sc->mail, *at, &sc->limits->head, sc->dec->arena, &head, err))
		return err_prefixf(err, "part %zu", sc->n_found);
	*at = head.body_at;
	p = add_part(sc, parent, &head, head.body_at);
	if (p == NULL)
		return err_setf(err, ERR_LIMIT, "the parts of the mail take too much memory");
	sc->tree->parts[parent].n_children++;
	return open_part(sc, p, err);
}

/* The next line that begins with "--", from *at on. */
static bool next_candidate(const struct scan *sc, size_t *at, struct str *line)
{
	struct str rest = str_sub(sc->mail, *at, sc->mail.len);
	size_t hit;

	if (!str_starts(rest, STR("--"))) {
		hit = str_find(rest, STR("\n--"));
		if (hit == STR_NONE)
			return false;
		*at += hit + 1;
		rest = str_sub(sc->mail, *at, sc->mail.len);
	}
	*line = str_sub(rest, 0, str_chr(rest, '\n'));
	return true;
}

static bool scan_body(struct scan *sc, size_t at, struct err *err)
{
	struct str line;
	size_t level, next;
	bool is_last = false;

	/* Invariant: at is the start of a line. */
	for (; sc->depth > 0 && next_candidate(sc, &at, &line); at = next) {
		next = at + line.len + (at + line.len < sc->mail.len);
		level = match_level(sc, line, &is_last);
		if (level == STR_NONE)
			continue;
		close_above(sc, is_last ? level : level + 1, end_before(sc, at));
		if (!is_last && !begin_part(sc, level, &next, err))
			return false;
	}
	close_above(sc, 0, sc->mail.len);
	return true;
}

/* A multipart without a usable boundary is the text it begins with. */
static void read_unbounded(struct scan *sc)
{
	for (size_t i = 0; i < sc->tree->n_parts; i++) {
		struct part *p = &sc->tree->parts[i];

		if (!is_multipart(p->type) || p->n_children > 0)
			continue;
		decode_warn(sc->dec, "a multipart has no parts, its content is read as text");
		p->type = STR("text/plain");
		p->type_field = p->disposition_field = p->disposition = (struct str){ NULL, 0 };
		p->transfer = TRANSFER_NONE;
		p->is_multipart = false;
	}
}

bool tree_parse(struct decode *dec, struct str mail, const struct head *head,
		const struct tree_limits *limits, struct tree *out, struct err *err)
{
	struct scan sc = { .dec = dec, .mail = mail, .limits = limits, .tree = out,
			   .leaf = STR_NONE, .n_found = 1 };
	struct part *root;

	*out = (struct tree){ 0 };
	root = add_part(&sc, 0, head, head->body_at);
	if (root == NULL)
		return err_setf(err, ERR_LIMIT, "the parts of the mail take too much memory");
	if (!open_part(&sc, root, err) || !scan_body(&sc, head->body_at, err))
		return false;
	if (sc.n_found > limits->max_parts)
		return err_setf(err, ERR_LIMIT, "mail has %zu MIME parts; the limit is %zu", sc.n_found,
				limits->max_parts);
	read_unbounded(&sc);
	return true;
}
