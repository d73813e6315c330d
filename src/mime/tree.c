#include "mime/tree.h"

#include <gmime/gmime.h>

#include "mime/line.h"
#include "mime/param.h"

/* ---- header fields ---- */

/* Where the line of a field begins: GMime counts from junk before it. The copy that GMime read differs
 * from the mail in the first letter of some names. */
static bool find_line(struct str mail, size_t at, struct str name, struct str *line)
{
	struct str tail = str_sub(name, 1, name.len);

	while (line_next(mail, &at, line))
		if (str_istarts(str_sub(*line, 1, line->len), tail))
			return true;
	return false;
}

static void add_field(struct decode *dec, struct str mail, GMimeHeader *header, struct head *head)
{
	struct str name = str_from(g_mime_header_get_name(header)), line, rest;
	size_t value_len = str_from(g_mime_header_get_raw_value(header)).len, colon;
	struct field *grown;

	if (!find_line(mail, (size_t)g_mime_header_get_offset(header), name, &line))
		return;
	grown = arena_grow(dec->arena, head->fields, head->n_fields, sizeof(*grown));
	if (grown == NULL)
		return;
	head->fields = grown;
	rest = str_sub(mail, (size_t)(line.ptr - mail.ptr), mail.len);
	colon = str_chr(rest, ':') + 1;
	/* To the end of the last line: the copy may lack its last byte. */
	value_len += colon + value_len < rest.len && rest.ptr[colon + value_len] == '\n';
	grown[head->n_fields++] = (struct field){
		.name = str_sub(rest, 0, name.len), .value = str_sub(rest, colon, value_len),
	};
}

static void read_head(struct decode *dec, struct str mail, GMimeObject *object, struct head *head)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(object);

	for (int i = 0; i < g_mime_header_list_get_count(list); i++)
		add_field(dec, mail, g_mime_header_list_get_header_at(list, i), head);
}

/* ---- parts ---- */

static void read_type(struct decode *dec, struct part *p, bool in_digest)
{
	p->type_field = field_unfold(head_get(&p->head, STR("Content-Type")), dec->arena);
	p->type = param_value(p->type_field, dec->arena);
	if (str_chr(p->type, '/') == STR_NONE) {
		if (p->type.len > 0 && !str_eq(p->type, STR("text")))
			decode_warn(dec, "Content-Type \"" STR_FMT "\" is none, read as text/plain",
				    STR_ARG(str_sub(p->type, 0, 60)));
		p->type = in_digest && p->type.len == 0 ? STR("message/rfc822") : STR("text/plain");
	}
}

static void read_transfer(struct decode *dec, struct part *p)
{
	struct str field = head_get(&p->head, STR("Content-Transfer-Encoding"));
	struct str name = param_value(field_unfold(field, dec->arena), dec->arena);
	bool is_known;

	p->transfer = transfer_from(name, &is_known);
	if (!is_known)
		decode_warn(dec, "Content-Transfer-Encoding \"" STR_FMT "\" is unknown, read as 8bit",
			    STR_ARG(str_sub(name, 0, 40)));
}

/* Bounds of the content in what GMime read are bounds in the mail. */
static struct str body_of(struct str mail, GMimeObject *object)
{
	GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
	GMimeStream *stream = content ? g_mime_data_wrapper_get_stream(content) : NULL;

	if (stream == NULL || stream->bound_end < stream->bound_start)
		return (struct str){ NULL, 0 };
	return str_sub(mail, (size_t)stream->bound_start,
		       (size_t)(stream->bound_end - stream->bound_start));
}

/* A multipart without a usable boundary is the text it begins with. */
static void read_unbounded(struct decode *dec, struct part *p)
{
	decode_warn(dec, "a multipart has no parts, its content is read as text");
	p->type = STR("text/plain");
	p->type_field = p->disposition_field = p->disposition = (struct str){ NULL, 0 };
	p->transfer = TRANSFER_NONE;
}

static void read_part(struct decode *dec, struct str mail, GMimeObject *object, bool in_digest,
		      struct part *p)
{
	read_head(dec, mail, object, &p->head);
	read_type(dec, p, in_digest);
	read_transfer(dec, p);
	p->disposition_field = field_unfold(head_get(&p->head, STR("Content-Disposition")), dec->arena);
	p->disposition = param_value(p->disposition_field, dec->arena);
	p->content_id = head_get(&p->head, STR("Content-ID"));
	p->is_multipart = GMIME_IS_MULTIPART(object);
	if (GMIME_IS_PART(object))
		p->body = body_of(mail, object);
	if (!p->is_multipart && str_starts(p->type, STR("multipart/")))
		read_unbounded(dec, p);
}

/* The depth is bounded by the pre-scan. */
static void add(struct decode *dec, struct str mail, GMimeObject *object, size_t parent,
		struct tree *tree)
{
	size_t index = tree->n_parts;
	struct part *grown = arena_grow(dec->arena, tree->parts, index, sizeof(*grown));
	bool in_digest = index > 0 && str_eq(tree->parts[parent].type, STR("multipart/digest"));

	if (grown == NULL)
		return;
	tree->parts = grown;
	tree->n_parts++;
	grown[index] = (struct part){ .parent = parent };
	read_part(dec, mail, object, in_digest, &grown[index]);
	if (!GMIME_IS_MULTIPART(object))
		return;
	for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); i++)
		add(dec, mail, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), index, tree);
}

/* Takes safe. As a part, not as a message: then GMime reads no address, date or subject by itself. */
static GMimeObject *parse(char *safe, size_t n)
{
	GMimeStream *stream =
		g_mime_stream_mem_new_with_byte_array(g_byte_array_new_take((guint8 *)safe, n));
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeObject *object;

	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), TRUE);
	object = g_mime_parser_construct_part(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return object;
}

bool tree_parse(struct decode *dec, struct str mail, const struct limits *limits, struct tree *out,
		struct err *err)
{
	GMimeObject *object = NULL;
	struct prescan scan;

	*out = (struct tree){ 0 };
	if (mail.len == 0)
		return err_setf(err, ERR_INPUT, "there is no header");
	if (!prescan(mail, limits, &scan, err))
		return false;
	if (scan.n_fields > 0)
		object = parse(scan.safe, mail.len);
	else
		g_free(scan.safe);
	if (object == NULL)
		return err_setf(err, ERR_INPUT, "no header field was found: this is not a mail");
	add(dec, mail, object, 0, out);
	g_object_unref(object);
	if (out->n_parts == 0)
		return err_setf(err, ERR_LIMIT, "the parts of the mail take too much memory");
	out->parts[0].head.body_at = scan.body_at;
	out->parts[0].head.n_junk = scan.n_junk;
	return true;
}

bool tree_parse_head(struct decode *dec, struct str text, struct head *out, struct err *err)
{
	const struct limits limits = { .max_depth = 1, .max_parts = 1, .max_fields = 500,
				       .max_header_bytes = text.len, .max_field_bytes = text.len };
	size_t ignored = 0, at = prescan_start(text, &ignored), end = at;
	/* What is wrong with it is not wrong with the mail. */
	struct decode quiet = { .arena = dec->arena, .legacy = dec->legacy };
	struct str line;
	struct tree tree;

	while (line_next(text, &end, &line) && line.len > 0)
		;
	if (!tree_parse(&quiet, str_sub(text, at, end - at), &limits, &tree, err))
		return false;
	*out = tree.parts[0].head;
	out->body_at = end;
	return true;
}
