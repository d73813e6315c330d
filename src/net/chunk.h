/* The chunked transfer coding, read strictly: extensions and trailers are dropped, anything two parsers
 * could read differently is an error. Pure; feed it as bytes come. */
#pragma once

#include <daybook/str.h>

enum chunk_state {
	CHUNK_SIZE, CHUNK_PAD, CHUNK_EXTENSION, CHUNK_SIZE_LF, CHUNK_BYTES, CHUNK_BYTES_CR,
	CHUNK_BYTES_LF, CHUNK_TRAILER, CHUNK_TRAILER_LINE, CHUNK_TRAILER_LF, CHUNK_END_LF,
};

struct chunk {				/* zeroed for a new body */
	enum chunk_state state;
	unsigned n_digits;
	uint64_t left;			/* of this chunk */
	size_t n_overhead;		/* bytes of extensions and trailers so far */
};

enum chunk_result { CHUNK_MORE, CHUNK_DATA, CHUNK_DONE, CHUNK_BAD };

/* Takes bytes from the front of *in. CHUNK_DATA: *data is a piece of the body (of in's memory), call
 * again. CHUNK_MORE: all is taken, more must come. CHUNK_DONE: the body is over, what is left in *in
 * belongs to the next request. */
enum chunk_result chunk_next(struct chunk *c, struct str *in, struct str *data);
