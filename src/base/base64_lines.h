/* Base64 as mailers write it: lines of one length, one kind of line end, the padding that belongs there. What can
 * be read here is written back the same byte for byte; whatever else stands in a mail is left to who takes it
 * as it is (mime/transfer.h). */
#pragma once

#include <daybook/str.h>

struct base64_shape {
	uint32_t line;		/* characters a line; 0: all of it is one line */
	uint32_t eol;		/* bytes of its end: 1 LF, 2 CR LF; 0 with one line */
};

struct base64_lines {
	struct base64_shape shape;
	struct str rest;	/* not read yet */
	size_t column;
	bool is_broken;		/* it is something else */
};

/* The text without the line ends before and behind it. */
struct str base64_lines_trim(struct str text);
/* text begins and ends with the base64; the shape is what its first line says. */
void base64_lines_begin(struct base64_lines *l, struct str text);
/* The next bytes of it, at most room (4 or more); 0 at the end, or when is_broken. */
size_t base64_lines_next(struct base64_lines *l, char *out, size_t room);

/* A shape from somewhere else: can it be one of ours? */
bool base64_shape_is_valid(struct base64_shape shape);
size_t base64_lines_size(struct base64_shape shape, size_t n_bytes);
/* base64_lines_size() bytes. */
void base64_lines_write(struct base64_shape shape, struct str bytes, char *out);
