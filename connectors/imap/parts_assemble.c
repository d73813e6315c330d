/* The pieces of a mail made a mail again. All of it is held against what the structure said first. */
#include "imap/parts.h"

#include <string.h>

#include "base/mem.h"
#include "imap/message_id.h"
#include "mime/mail.h"

enum {
	BESIDE = 4 << 10,		/* what may stand between parts, where nobody reads it */
	BESIDE_SHARE = 16,		/* … and one part in so many: some servers only estimate sizes */
	TEXT_FRONT = 16 << 10,		/* bytes: less than src/mime/frozen.c looks at */
};

struct assembly {
	const struct structure *s;
	const struct parts_plan *plan;
	const struct parts_policy *policy;
	struct str header;
	struct buf *out;
	struct err *err;
	struct str *mime, *body;	/* one a node; of a root its own header is the header */
	int64_t n_added;		/* bytes that the mail itself does not have */
};

static bool refuse(struct assembly *a, size_t node, const char *why)
{
	return err_setf(a->err, ERR_INPUT, "part %zu: %s", node, why);
}

/* ---- what came ---- */

static bool sort_pieces(struct assembly *a)
{
	a->mime[0] = a->header;
	for (size_t i = 0; i < a->plan->n_pieces; i++) {
		const struct piece *piece = &a->plan->pieces[i];

		if (!piece->is_here)
			return refuse(a, piece->node, "the server does not give it");
		if (piece->kind == PIECE_BODY && piece->bytes.len != a->s->nodes[piece->node].octets)
			return refuse(a, piece->node, "it has another size than the server said");
		*(piece->kind == PIECE_MIME ? &a->mime[piece->node] : &a->body[piece->node]) = piece->bytes;
	}
	return true;
}

/* ---- do the headers say what the structure says? ---- */

static bool is_word(struct str word, const char *expected, const char *fallback)
{
	return str_ieq(word.len > 0 ? word : str_from(fallback), str_from(expected[0] != '\0' ? expected : fallback));
}

static bool is_identity(struct str encoding)
{
	return encoding.len == 0 || str_ieq(encoding, STR("7bit")) || str_ieq(encoding, STR("8bit")) ||
	       str_ieq(encoding, STR("binary"));
}

/* Not that of a multipart around it. One that merely begins with the other is told apart by whoever found parts in
 * both. */
static bool is_distinct(struct assembly *a, size_t i)
{
	const char *own = a->s->nodes[i].boundary;

	while (i != a->s->nodes[i].parent) {
		i = a->s->nodes[i].parent;
		if (strcmp(own, a->s->nodes[i].boundary) == 0)
			return false;
	}
	return true;
}

static bool check_left_out(struct assembly *a, size_t i, const struct parts_header *h)
{
	const struct node *node = &a->s->nodes[i];
	struct str block = a->mime[i];

	if (!is_word(h->disposition, node->disposition, ""))
		return refuse(a, i, "its header has another disposition");
	/* Read by name alone, which the server may have read otherwise. */
	if (str_ieq(h->type, STR("application/octet-stream")) &&
	    (str_ifind(block, STR(".ics")) != STR_NONE || str_ifind(block, STR("winmail.dat")) != STR_NONE))
		return refuse(a, i, "it may be a calendar or a winmail.dat");
	/* Left out since it has a name; without one it would be text of the mail. */
	if (str_istarts(h->type, STR("text/")) && !str_ieq(h->disposition, STR("attachment")) &&
	    str_ifind(block, STR("name=")) == STR_NONE)
		return refuse(a, i, "it may be a text of the mail");
	return a->body[i].len == 0 || is_identity(h->encoding) || refuse(a, i, "a message in it is encoded");
}

static bool check_header(struct assembly *a, size_t i)
{
	const struct node *node = &a->s->nodes[i];
	struct parts_header h;

	if (!parts_read_header(a->mime[i], &h))
		return refuse(a, i, "its header can be read in more than one way");
	if (!is_word(h.type, node->type, "text/plain"))
		return refuse(a, i, "its header has another type");
	if (!node->is_multipart)
		return a->plan->left_out[i] == LEFT_NOTHING || check_left_out(a, i, &h);
	if (!is_identity(h.encoding) || !parts_has_boundary(h.type_field, str_from(node->boundary)) || !is_distinct(a, i))
		return refuse(a, i, "its boundary can be read in more than one way");
	return true;
}

/* A line of a body that looks like a delimiter around it. */
static bool is_split(struct assembly *a, size_t node, struct str body)
{
	for (size_t at = 0, next; at < body.len; at = next) {
		struct str line = str_sub(body, at, STR_NONE);
		size_t end = str_chr(line, '\n');

		next = end == STR_NONE ? body.len : at + end + 1;
		if (!str_starts(line, STR("--")))
			continue;
		for (size_t i = node; i != a->s->nodes[i].parent;) {
			i = a->s->nodes[i].parent;
			if (str_starts(str_sub(line, 2, STR_NONE), str_from(a->s->nodes[i].boundary)))
				return true;
		}
	}
	return false;
}

/* A mail without an id is told from others by its bytes, which are to be the same wherever it is found. */
static bool check_id(struct assembly *a, int64_t size)
{
	char id[MESSAGE_ID_MAX];

	return size > a->policy->max_message || message_id_of(a->header, id).len > 0 ||
	       refuse(a, 0, "it has no Message-ID");
}

/* Of a message inside its header alone is asked for, where the whole mail has more to look for one in. */
static bool check_message_inside(struct assembly *a, const struct piece *piece)
{
	struct parts_header h;

	return (piece->bytes.len > strlen("\r\n") && parts_read_header(piece->bytes, &h)) ||
	       refuse(a, piece->node, "the header of the message in it can be read in more than one way");
}

static bool check_messages_inside(struct assembly *a, int64_t size)
{
	for (size_t i = 0; i < a->plan->n_pieces; i++)
		if (a->plan->pieces[i].kind == PIECE_HEADER && size <= a->policy->max_message &&
		    !check_message_inside(a, &a->plan->pieces[i]))
			return false;
	return true;
}

static bool check_all(struct assembly *a)
{
	for (size_t i = 0; i < a->s->n_nodes; i++) {
		if (!check_header(a, i))
			return false;
		if (is_split(a, i, a->body[i]))
			return refuse(a, i, "a line of it looks like the end of it");
	}
	return true;
}

/* ---- is there a text without the ones that have names? ---- */

/* "=C3=A9" and "=" at the end of a line are no text of their own. */
static size_t skip_escape(struct str body, size_t i)
{
	size_t end = i + 1;

	while (end < body.len && (body.ptr[end] == ' ' || body.ptr[end] == '\t' || body.ptr[end] == '\r'))
		end++;
	return end < body.len && body.ptr[end] == '\n' ? end : i + 2;
}

/* Is a byte of ASCII a letter in its charset only if it is one in ASCII? Not in UTF-7, UTF-16 and those of East Asia. */
static bool is_like_ascii(struct str header)
{
	static const char *const names[] = { "us-ascii", "utf-8", "iso-8859-", "windows-125" };
	size_t at = str_ifind(header, STR("charset"));
	struct str value = str_sub(header, at, STR_NONE);

	if (at == STR_NONE)
		return true;
	value = str_sub(value, strlen("charset"), STR_NONE);
	if (!str_starts(value, STR("=")) || str_ifind(value, STR("charset")) != STR_NONE)
		return false;
	value = str_sub(value, str_starts(value, STR("=\"")) ? 2 : 1, STR_NONE);
	for (size_t i = 0; i < countof(names); i++)
		if (str_istarts(value, str_from(names[i])))
			return true;
	return false;
}

/* A letter in a line that is all in front: the mail's key is made of the first text that has one. */
static bool is_text_beyond_doubt(struct str body, bool is_quoted_printable)
{
	bool has_letter = false;

	if (str_starts(body, STR("begin ")) || str_find(body, STR("\nbegin ")) != STR_NONE)
		return false;		/* a file in the text, which may be all of it */
	for (size_t i = 0; i < body.len && i < TEXT_FRONT; i++) {
		char c = body.ptr[i];

		if (is_quoted_printable && c == '=')
			i = skip_escape(body, i);
		else if (has_letter && c == '\n')
			return true;
		else
			has_letter |= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	}
	return has_letter && body.len <= TEXT_FRONT;
}

static bool is_the_text(const struct assembly *a, size_t i)
{
	const struct node *node = &a->s->nodes[i];
	bool is_quoted_printable = strcmp(node->encoding, "quoted-printable") == 0;

	return strcmp(node->type, "text/plain") == 0 && strcmp(node->disposition, "attachment") != 0 && !node->has_name &&
	       (is_quoted_printable || is_identity(str_from(node->encoding))) && is_like_ascii(a->mime[i]) &&
	       is_text_beyond_doubt(a->body[i], is_quoted_printable);
}

static bool is_left_text(const struct assembly *a, size_t i)
{
	const struct node *node = &a->s->nodes[i];

	return a->plan->left_out[i] != LEFT_NOTHING && strcmp(node->disposition, "attachment") != 0 &&
	       (strcmp(node->type, "text/plain") == 0 || strcmp(node->type, "text/html") == 0);
}

/* It has to stand before the first of them: one in front of it is what the key of the mail is made of. */
static bool has_text(struct assembly *a)
{
	for (size_t i = 0; i < a->s->n_nodes && !is_left_text(a, i); i++)
		if (is_the_text(a, i))
			return true;
	return err_setf(a->err, ERR_INPUT, "a text with a name may be the mail's text");
}

/* ---- putting together ---- */

static void put_size(struct buf *out, int64_t n)
{
	if (n >= 1 << 20 && n % (1 << 20) == 0)
		buf_addf(out, "%lld MiB", (long long)(n >> 20));
	else if (n >= 1 << 10 && n % (1 << 10) == 0)
		buf_addf(out, "%lld KiB", (long long)(n >> 10));
	else
		buf_addf(out, "%lld bytes", (long long)n);
}

static void put_reason(struct assembly *a, enum left_out why)
{
	buf_add(a->out, STR("not fetched: "));
	if (why == LEFT_UNWANTED) {
		buf_add(a->out, STR("attachments: none"));
		return;
	}
	buf_add(a->out, why == LEFT_LARGE ? STR("larger than attachments_max (") :
					    STR("the mail is larger than max_message ("));
	put_size(a->out, why == LEFT_LARGE ? a->policy->max_attachment : a->policy->max_message);
	buf_addc(a->out, ')');
}

static void put_mark(struct assembly *a, size_t i)
{
	struct section_path path = structure_path(a->s, i);
	size_t before = a->out->len;

	buf_addf(a->out, MAIL_LEFT_OUT ": %lld ", (long long)structure_decoded_size(&a->s->nodes[i]));
	for (size_t n = 0; n < path.n; n++)
		buf_addf(a->out, "%s%u", n > 0 ? "." : "", path.numbers[n]);
	buf_addc(a->out, ' ');
	put_reason(a, a->plan->left_out[i]);
	buf_add(a->out, STR("\r\n"));
	a->n_added += (int64_t)(a->out->len - before + a->body[i].len) - (int64_t)a->s->nodes[i].octets;
}

/* As deep as STRUCTURE_MAX_DEPTH. */
static void put_node(struct assembly *a, size_t i)
{
	const struct node *node = &a->s->nodes[i];

	if (a->plan->left_out[i] != LEFT_NOTHING)
		put_mark(a, i);
	buf_add(a->out, a->mime[i]);
	buf_add(a->out, a->body[i]);
	if (!node->is_multipart)
		return;
	for (size_t child = i + 1; child < a->s->n_nodes; child++) {
		if (a->s->nodes[child].parent != i)
			continue;
		buf_addf(a->out, "--%s\r\n", node->boundary);
		put_node(a, child);
		buf_add(a->out, STR("\r\n"));
	}
	buf_addf(a->out, "--%s--\r\n", node->boundary);
}

/* With what was left out it must be about as large as the mail is: else there is something that no part tells of. */
static bool check_size(struct assembly *a, int64_t size)
{
	int64_t beside = size - ((int64_t)a->out->len - a->n_added), most = BESIDE + size / BESIDE_SHARE;

	return (beside <= most && beside >= -most) ||
	       err_setf(a->err, ERR_INPUT, "its parts are %lld bytes short of its size", (long long)beside);
}

bool parts_assemble(const struct structure *s, const struct parts_plan *plan, const struct parts_policy *policy,
		    struct str header, int64_t size, struct buf *out, struct err *err)
{
	struct assembly a = { .s = s, .plan = plan, .policy = policy, .header = header, .out = out, .err = err };
	bool is_good;

	a.mime = xcalloc(s->n_nodes, sizeof(*a.mime));
	a.body = xcalloc(s->n_nodes, sizeof(*a.body));
	is_good = sort_pieces(&a) && check_id(&a, size) && check_all(&a) &&
		  check_messages_inside(&a, size) && (!plan->has_left_text || has_text(&a));
	if (is_good) {
		put_node(&a, 0);
		is_good = check_size(&a, size);
	}
	if (is_good && buf_is_exceeded(out))
		is_good = err_setf(err, ERR_LIMIT, "what is wanted of it is too large");
	free(a.mime);
	free(a.body);
	return is_good;
}
