#include "net/stream.h"

#include <errno.h>
#include <libetpan/libetpan.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/dial.h"
#include "net/imap_guard.h"
#include "net/tls.h"

enum { BUFFER_BYTES = 8192, MAX_DEPTH = 100, MAX_LINE = 16 << 20, FIRST_BYTES = 1 << 20 };

struct stream {
	int fd;
	struct tls_conn *tls;			/* NULL: in the clear */
	char *host;
	bool (*is_canceled)(void *arg);
	void *arg;
	atomic_bool is_cut;			/* stream_cancel() was called */

	struct imap_guard guard;
	struct stream_limits limits;
	int64_t armed_us;
	uint64_t received;			/* since armed */
	enum stream_fault fault;
};

static struct stream *stream_of(mailstream *ms)
{
	return mailstream_get_low(ms)->data;
}

static ssize_t fail(struct stream *s, enum stream_fault fault)
{
	if (s->fault == STREAM_FINE)
		s->fault = atomic_load(&s->is_cut) ? STREAM_CANCELED : fault;
	return -1;	/* never 0: libetpan would spin on it */
}

/* Every byte received buys time, but a fixed price: a server that drips runs out of it. */
static int64_t deadline_of(const struct stream *s)
{
	return s->armed_us + s->limits.patience_us + (int64_t)s->received * 10;
}

static bool wait_for(struct stream *s, short events)
{
	switch (dial_wait(s->fd, events, deadline_of(s), s->is_canceled, s->arg)) {
	case 1:
		return true;
	case 0:
		fail(s, STREAM_LATE);
		return false;
	default:
		fail(s, STREAM_CANCELED);
		return false;
	}
}

static ssize_t inspect(struct stream *s, const void *buf, ssize_t n)
{
	s->received += (uint64_t)n;
	if (s->received > s->limits.max_bytes)
		return fail(s, STREAM_BUDGET);
	switch (imap_guard_feed(&s->guard, buf, (size_t)n)) {
	case IMAP_GUARD_OK:
		break;
	case IMAP_GUARD_LITERAL:
		return fail(s, STREAM_LITERAL);
	default:
		return fail(s, STREAM_HOSTILE);
	}
	/* Checked here too: a server that never lets us wait must not outrun the deadline either. */
	if (clock_mono_us() > deadline_of(s))
		return fail(s, STREAM_LATE);
	return n;
}

/* Moves bytes or says what to wait for; 0 with TLS_FAILED after fail(). */
static ssize_t receive(struct stream *s, void *buf, size_t n, enum tls_want *want)
{
	ssize_t got;

	if (s->tls != NULL) {
		got = tls_conn_read(s->tls, buf, n, want);
		if (*want == TLS_FAILED)
			fail(s, STREAM_CLOSED);
		return got;
	}
	got = recv(s->fd, buf, n, 0);
	*want = got > 0 ? TLS_DONE : TLS_WANT_READ;
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
		*want = TLS_FAILED;
		fail(s, STREAM_CLOSED);
	}
	return got > 0 ? got : 0;
}

static ssize_t transmit(struct stream *s, const void *buf, size_t n, enum tls_want *want)
{
	ssize_t put;

	if (s->tls != NULL) {
		put = tls_conn_write(s->tls, buf, n, want);
		if (*want == TLS_FAILED)
			fail(s, STREAM_CLOSED);
		return put;
	}
	put = send(s->fd, buf, n, MSG_NOSIGNAL);
	*want = put > 0 ? TLS_DONE : TLS_WANT_WRITE;
	if (put < 0 && errno != EAGAIN && errno != EINTR) {
		*want = TLS_FAILED;
		fail(s, STREAM_CLOSED);
	}
	return put > 0 ? put : 0;
}

static bool is_usable(struct stream *s)
{
	if (atomic_load(&s->is_cut))
		fail(s, STREAM_CANCELED);
	return s->fault == STREAM_FINE;
}

static ssize_t low_read(mailstream_low *low, void *buf, size_t n)
{
	struct stream *s = low->data;
	enum tls_want want = TLS_FAILED;

	while (is_usable(s)) {
		ssize_t got = receive(s, buf, n, &want);

		if (want == TLS_DONE)
			return inspect(s, buf, got);
		if (want == TLS_FAILED || !wait_for(s, want == TLS_WANT_WRITE ? POLLOUT : POLLIN))
			break;
	}
	return -1;
}

static ssize_t low_write(mailstream_low *low, const void *buf, size_t n)
{
	struct stream *s = low->data;
	enum tls_want want = TLS_FAILED;

	if (n == 0)
		return 0;
	while (is_usable(s)) {
		ssize_t put = transmit(s, buf, n, &want);

		if (want == TLS_DONE)
			return put;
		if (want == TLS_FAILED || !wait_for(s, want == TLS_WANT_READ ? POLLIN : POLLOUT))
			break;
	}
	return -1;
}

static int low_close(mailstream_low *low)
{
	struct stream *s = low->data;

	tls_conn_destroy(s->tls);
	s->tls = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	return 0;
}

static int low_fd(mailstream_low *low)
{
	return ((struct stream *)low->data)->fd;
}

static void low_free(mailstream_low *low)
{
	struct stream *s = low->data;

	free(s->host);
	free(s);
	free(low);
}

static void low_cancel(mailstream_low *low)
{
	struct stream *s = low->data;

	atomic_store(&s->is_cut, true);
	shutdown(s->fd, SHUT_RDWR);
}

static struct mailstream_cancel *low_no_cancel(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static carray *low_no_chain(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static int low_no_idle(mailstream_low *low)
{
	(void)low;
	return -1;
}

static mailstream_low_driver driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_fd,
	.mailstream_free = low_free,
	.mailstream_cancel = low_cancel,
	.mailstream_get_cancel = low_no_cancel,
	.mailstream_get_certificate_chain = low_no_chain,
	.mailstream_setup_idle = low_no_idle,
	.mailstream_unsetup_idle = low_no_idle,
	.mailstream_interrupt_idle = low_no_idle,
};

static mailstream *wrap(struct stream *s)
{
	mailstream_low *low = mailstream_low_new(s, &driver);
	mailstream *ms = low ? mailstream_new(low, BUFFER_BYTES) : NULL;

	if (ms == NULL)
		abort();	/* out of memory on a small allocation, as xmalloc */
	return ms;
}

mailstream *stream_dial(const struct stream_target *to, struct err *err)
{
	int fd = dial(to, err);
	struct stream *s;
	mailstream *ms;

	if (fd < 0)
		return NULL;
	s = xnew(struct stream);
	s->fd = fd;
	s->host = xstrdup(to->host);
	s->is_canceled = to->is_canceled;
	s->arg = to->arg;
	imap_guard_init(&s->guard, MAX_DEPTH, MAX_LINE, FIRST_BYTES);
	ms = wrap(s);
	stream_arm(ms, &(struct stream_limits){ .patience_us = to->timeout_us, .max_bytes = FIRST_BYTES,
						.max_literal = FIRST_BYTES });
	return ms;
}

bool stream_start_tls(mailstream *ms, struct tls *tls, const char *host, int64_t timeout_us, struct err *err)
{
	struct stream *s = stream_of(ms);
	enum tls_want want;

	if (ms->read_buffer_len > 0)
		return err_setf(err, ERR_AGAIN, "%s sent data ahead of TLS: somebody in between?", host);
	stream_arm(ms, &(struct stream_limits){ .patience_us = timeout_us, .max_bytes = FIRST_BYTES,
						.max_literal = FIRST_BYTES });
	s->tls = tls_conn_create(tls, host, s->fd, err);
	if (s->tls == NULL)
		return false;
	while ((want = tls_conn_handshake(s->tls, err)) != TLS_DONE) {
		if (want == TLS_FAILED)
			break;
		if (!is_usable(s) || !wait_for(s, want == TLS_WANT_WRITE ? POLLOUT : POLLIN)) {
			stream_explain(ms, err);
			err_prefixf(err, "TLS handshake");
			break;
		}
	}
	if (want != TLS_DONE)
		fail(s, STREAM_SICK);
	return want == TLS_DONE;
}

/* The mailstream's own, which it has had since its beginning; its type is libetpan's public one. */
static void take_buffers(mailstream *ms)
{
	if (ms->read_buffer == NULL)
		ms->read_buffer = xcalloc(1, ms->buffer_max_size);
	if (ms->write_buffer == NULL)
		ms->write_buffer = xcalloc(1, ms->buffer_max_size);
}

void stream_rest(mailstream *ms)
{
	if (ms->read_buffer_len > 0 || ms->write_buffer_len > 0)
		return;
	free(ms->read_buffer);
	free(ms->write_buffer);
	ms->read_buffer = ms->write_buffer = NULL;
}

void stream_arm(mailstream *ms, const struct stream_limits *limits)
{
	struct stream *s = stream_of(ms);

	take_buffers(ms);
	s->limits = *limits;
	s->armed_us = clock_mono_us();
	s->received = 0;
	s->guard.max_literal = limits->max_literal;
	s->guard.status[0] = '\0';
}

int stream_fd(mailstream *ms)
{
	return stream_of(ms)->fd;
}

bool stream_has_pending(mailstream *ms)
{
	const struct stream *s = stream_of(ms);

	return ms->read_buffer_len > 0 || (s->tls != NULL && tls_conn_has_pending(s->tls));
}

const char *stream_describe(mailstream *ms, char *out, size_t size)
{
	const struct stream *s = stream_of(ms);

	if (s->tls != NULL)
		return tls_conn_describe(s->tls, out, size);
	snprintf(out, size, "without TLS");
	return out;
}

enum stream_fault stream_fault(mailstream *ms)
{
	return stream_of(ms)->fault;
}

struct str stream_refusal(mailstream *ms)
{
	return str_from(stream_of(ms)->guard.status);
}

bool stream_explain(mailstream *ms, struct err *err)
{
	const struct stream *s = stream_of(ms);

	switch (s->fault) {
	case STREAM_LATE:
		return err_setf(err, ERR_AGAIN, "%s did not answer in time", s->host);
	case STREAM_CANCELED:
		return err_setf(err, ERR_CANCELED, "canceled");
	case STREAM_BUDGET:
		return err_setf(err, ERR_LIMIT, "%s sent more than the %llu bytes that the answer may have",
				s->host, (unsigned long long)s->limits.max_bytes);
	case STREAM_LITERAL:
		return err_setf(err, ERR_LIMIT, "%s announced a literal of %llu bytes; at most %llu are taken",
				s->host, (unsigned long long)s->guard.number,
				(unsigned long long)s->limits.max_literal);
	case STREAM_HOSTILE:
		return err_setf(err, ERR_INPUT, "%s sent a line too long or too deeply nested to be honest",
				s->host);
	default:
		return err_setf(err, ERR_AGAIN, "%s closed the connection", s->host);
	}
}

void stream_cancel(mailstream *ms)
{
	low_cancel(mailstream_get_low(ms));
}
