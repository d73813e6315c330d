/* A connection to a mail server as libetpan wants it (mailstream), over poll, OpenSSL and limits of our
 * own: libetpan's sockets abort the process at descriptor 1024 and its TLS checks no certificate.
 *
 * Everything here blocks, up to a deadline: workers only. One thread at a time uses a stream;
 * stream_cancel() alone may come from another one. A stream that has failed once fails for ever. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct _mailstream;		/* libetpan's */
struct tls;

enum stream_fault {
	STREAM_FINE,
	STREAM_CLOSED,		/* the peer went away */
	STREAM_LATE,		/* the deadline of the command passed */
	STREAM_CANCELED,
	STREAM_BUDGET,		/* more bytes than the command may bring */
	STREAM_LITERAL,		/* one literal larger than allowed */
	STREAM_HOSTILE,		/* nesting or line length that only an attacker sends */
	STREAM_SICK,		/* TLS or socket error */
};

struct stream_target {
	const char *host;
	unsigned port;
	int64_t timeout_us;		/* for all addresses together */
	bool is_loopback_only;		/* refuse any other address: for connections without TLS */
	/* Asked a few times a second while waiting; NULL: never. */
	bool (*is_canceled)(void *arg);
	void *arg;
};

struct stream_limits {
	int64_t patience_us;		/* the command's deadline: this, and 1 s for each 100 kB received */
	uint64_t max_bytes;		/* that may be received until the next stream_arm() */
	uint64_t max_literal;
};

/* Tries every address of the host. The stream belongs to the mailstream: mailstream_close() ends both.
 * The first exchange has the limits of the target's timeout and 1 MiB. */
struct _mailstream *stream_dial(const struct stream_target *to, struct err *err);

/* TLS from here on. Refuses when the peer has already sent something in the clear (STARTTLS injection). */
bool stream_start_tls(struct _mailstream *ms, struct tls *tls, const char *host, int64_t timeout_us,
		      struct err *err);

void stream_arm(struct _mailstream *ms, const struct stream_limits *limits);	/* before each command */
/* Gives its buffers back where they are empty, until it is armed again: for a connection that only waits. */
void stream_rest(struct _mailstream *ms);
int stream_fd(struct _mailstream *ms);
/* Something was received that poll() on the descriptor does not show. */
bool stream_has_pending(struct _mailstream *ms);

/* How it is secured, for people. Returns out. */
const char *stream_describe(struct _mailstream *ms, char *out, size_t size);

enum stream_fault stream_fault(struct _mailstream *ms);
/* Sets err to what the fault means for people; false as err_setf. */
bool stream_explain(struct _mailstream *ms, struct err *err);
/* The last line with NO, BAD or BYE, printable; empty when there was none since it was last armed. */
struct str stream_refusal(struct _mailstream *ms);

/* Any thread, as long as the stream lives: what blocks in it returns at once. */
void stream_cancel(struct _mailstream *ms);
