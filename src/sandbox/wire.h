/* What travels between the daemon and a parser, both of one version and machine: native integers, fixed
 * order, every length before its bytes. The parser believes the daemon; the daemon believes nothing. */
#pragma once

#include <daybook/interaction.h>

#include "base/buf.h"

enum {
	WIRE_REQUEST = 0x44425251,
	WIRE_REPLY = 0x44425250,
	WIRE_HELLO = 0x4442484f,
};

/* Caps. A normalizer that passes one gets ERR_LIMIT in its own process; a reply that does is nonsense. */
enum {
	WIRE_MAX_REQUEST = 96 << 20,	/* all strings of a request together */
	WIRE_MAX_BLOCK = 4 << 20,	/* the records of a reply */
	WIRE_MAX_VALUE = 64 << 10,	/* a text that is not one of the long ones */
	WIRE_MAX_PARTIES = 4096,	/* of one interaction */
	WIRE_MAX_IDS = 16,		/* of one party */
	WIRE_MAX_ATTACHMENTS = 1024,	/* of one interaction */
	WIRE_BODY_SLACK = 1 << 20,	/* attachments may be larger than the raw bytes by this much */
};

/* Said once by a parser that is locked up, or could not be. */
struct wire_hello {
	uint32_t magic;
	uint32_t is_locked;
	char text[248];
};

/* The strings of a request, in the order in which they follow its head. */
enum wire_part {
	WIRE_CONNECTOR, WIRE_CONF, WIRE_ID, WIRE_CONTENT_TYPE, WIRE_META, WIRE_RAW,
	WIRE_PARTS
};

struct wire_request {
	uint32_t magic;
	uint32_t max_items;
	uint64_t serial;
	int64_t received_us;
	uint64_t len[WIRE_PARTS];
};

/* Followed by block_bytes of records (or the text of an error), then by bodies in the order of the attachments: each
 * a wire_body and, unless it stands in the raw bytes already, its bytes. body_bytes are those of all, the heads not
 * counted. */
struct wire_reply {
	uint32_t magic;
	uint32_t verdict;	/* ERR_NONE, ERR_INPUT or ERR_LIMIT */
	uint64_t serial;	/* of the request */
	uint32_t block_bytes;
	uint32_t n_bodies;
	uint64_t body_bytes;
};

enum wire_form {
	WIRE_SENT,		/* the bytes follow */
	WIRE_AS_IT_IS,		/* they are that slice of the raw bytes */
	WIRE_BASE64,		/* that slice is base64 of them, such as base64_lines.h reads */
	WIRE_FORMS
};

/* Slices come in their order and do not overlap. */
struct wire_body {
	uint32_t item, attachment;
	uint64_t bytes;
	uint64_t at, len;	/* the slice; 0 when the bytes follow */
	uint32_t form, zero;
};

enum { WIRE_HEAD_MAX = 64 };
_Static_assert(sizeof(struct wire_reply) <= WIRE_HEAD_MAX && sizeof(struct wire_body) <= WIRE_HEAD_MAX,
	       "either head has room");

/* In the parser. ERR_LIMIT when a cap is passed; the block is born with WIRE_MAX_BLOCK. */
bool wire_put(struct buf *block, const struct interactions *in, struct err *err);

/* In the daemon. The block must live in out's arena: the texts are slices of it, each with a terminator
 * behind it. Everything is checked: counts, lengths, enums, times, UTF-8, no NUL, details a JSON object.
 * False: ERR_INPUT and what is wrong, or ERR_LIMIT when the arena is used up; out is then untouched. */
bool wire_get(struct str block, struct interactions *out, struct err *err);
