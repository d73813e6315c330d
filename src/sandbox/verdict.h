/* How a message fared in the parsers, in a form to count and in words for a dead letter. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct err;

enum parse_end {
	PARSE_ANSWERED,		/* interactions, or the normalizer's own error */
	PARSE_NO_PARSER,	/* none could be had; the message is innocent */
	PARSE_REFUSED,		/* the caller could not keep what came */
	PARSE_KILLED,		/* by a signal of its own making, or from outside */
	PARSE_FORBIDDEN,	/* by seccomp */
	PARSE_EXITED,
	PARSE_MEMORY,
	PARSE_TIMEOUT,		/* wall clock or CPU */
	PARSE_NONSENSE,		/* its answer broke the rules */
	PARSE_ENDS
};

struct parse_verdict {
	enum parse_end end;
	int signal;		/* with KILLED, FORBIDDEN and a TIMEOUT by CPU; else 0 */
	int exit_code;		/* with EXITED */
	unsigned attempts;	/* parsers that had it: 0, 1, or 2 after a failure */
	int64_t took_us;	/* of the last attempt */
	/* "the parser was killed by SIGSEGV"; after an answer what the first attempt died of, or empty. */
	char text[400];
};

/* "answered", "killed" …, for metrics. */
const char *parse_end_name(enum parse_end end);

/* The three ways to fail; each fills end and text. */
void verdict_from_status(struct parse_verdict *v, int status);	/* of waitpid() */
void verdict_timeout(struct parse_verdict *v, int64_t timeout_us);
void verdict_nonsense(struct parse_verdict *v, const char *what);

/* After the second failure: the words and the kind for the dead letter. Returns false. */
bool verdict_give_up(const struct parse_verdict *first, const struct parse_verdict *second,
		     struct err *err);
