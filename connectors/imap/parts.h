/* A large mail without what is not wanted of it: which of its pieces are asked for, and how they become a mail again.
 * What is left out keeps its own header and its place; MAIL_LEFT_OUT in front of that header says so, which the parser
 * believes in raws of the type MAIL_SOME_PARTS only. Whatever is odd about a mail makes these functions refuse: then it
 * is taken whole. Pure. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "base/buf.h"
#include "imap/structure.h"

enum attachments { ATTACHMENTS_ALL, ATTACHMENTS_SMALL, ATTACHMENTS_NONE };

struct parts_policy {
	enum attachments attachments;
	int64_t max_attachment;		/* decoded; with ATTACHMENTS_SMALL */
	int64_t max_message;		/* of all that is taken of one mail */
	bool wants_messages;		/* one inside may be the mail that is meant: all of it is taken */
};

enum piece_kind { PIECE_MIME, PIECE_BODY, PIECE_HEADER };	/* n.MIME, n, n.HEADER of a message inside */

struct piece {
	size_t node;
	enum piece_kind kind;
	struct str bytes;		/* once they came; the caller's */
	bool is_here;
};

enum left_out { LEFT_NOTHING, LEFT_LARGE, LEFT_UNWANTED, LEFT_NO_ROOM };

struct parts_plan {
	struct piece *pieces;		/* in the order of the mail */
	size_t n_pieces;
	enum left_out *left_out;	/* one a node */
	int64_t bytes;			/* that the bodies have which are taken */
	int64_t spared;			/* that are left out, encoded */
	bool has_left_text;		/* a text with a name is left out: the text must be another */
};

/* size: of the whole mail, as the server says. False with err: it is not to be taken in parts. */
bool parts_plan(const struct structure *s, const struct parts_policy *policy, int64_t size, struct parts_plan *plan,
		struct err *err);
void parts_plan_finish(struct parts_plan *plan);

/* Puts the mail together, once all pieces are there; header is its own, with the blank line. False with err: it has
 * to be taken whole. */
bool parts_assemble(const struct structure *s, const struct parts_plan *plan, const struct parts_policy *policy,
		    struct str header, int64_t size, struct buf *out, struct err *err);

/* parts_header.c: a header block as strictly as two readers of it surely agree. False: one that they may not. */
struct parts_header {
	struct str type;		/* "text/plain" as it stands; empty: none */
	struct str type_field;		/* with parameters, folded as it stands */
	struct str disposition, encoding;
};
bool parts_read_header(struct str block, struct parts_header *out);
bool parts_has_boundary(struct str type_field, struct str boundary);	/* this one, and plainly written */
