#include "sandbox/serve.h"

#include <daybook/connector.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/jail.h"
#include "sandbox/spawn.h"
#include "sandbox/wire.h"

/* Less than the process may have: what passes it ends as an error that says so, not as a death. */
enum { ARENA_BYTES = 160 << 20 };

enum { HELLO_PATIENCE_US = 10 * 1000000 };

struct server {
	const struct sandbox_conf *conf;
	int socket;
	/* The configuration last unpacked: messages of one mailbox come in a row. */
	const struct connector *connector;
	char *packed;
	size_t packed_len;
	void *unpacked;
};

/* The daemon is gone, or has enough of us: there is nobody to tell. */
static void receive_all(int socket, void *to, size_t n)
{
	char *at = to;

	while (n > 0) {
		ssize_t got = read(socket, at, n);

		if (got == 0 || (got < 0 && errno != EINTR))
			_exit(0);
		if (got > 0) {
			at += got;
			n -= (size_t)got;
		}
	}
}

static void send_all(int socket, struct str s)
{
	while (s.len > 0) {
		ssize_t sent = write(socket, s.ptr, s.len);

		if (sent < 0 && errno != EINTR)
			_exit(0);
		if (sent > 0)
			s = str_sub(s, (size_t)sent, s.len);
	}
}

/* ---- the answer ---- */

static void answer_error(const struct server *sv, uint64_t serial, const struct err *err)
{
	const struct wire_reply head = {
		.magic = WIRE_REPLY, .serial = serial,
		.verdict = err->kind == ERR_LIMIT ? ERR_LIMIT : ERR_INPUT,
		.block_bytes = (uint32_t)strlen(err->msg),
	};

	send_all(sv->socket, (struct str){ (const char *)&head, sizeof(head) });
	send_all(sv->socket, str_from(err->msg));
}

static void count_bodies(const struct interactions *out, struct wire_reply *head)
{
	for (size_t i = 0; i < out->n_items; i++)
		for (size_t j = 0; j < out->items[i].n_attachments; j++) {
			const struct attachment *a = &out->items[i].attachments[j];

			if (a->body.ptr == NULL)
				continue;
			head->n_bodies++;
			head->body_bytes += a->body.len;
		}
}

/* Where it stands in the raw bytes, behind what was sent as a slice of them before; else it is sent itself. */
static enum wire_form find_slice(const struct attachment *a, struct str raw, struct wire_body *head)
{
	const enum wire_form form = a->encoded.len > 0 ? WIRE_BASE64 : WIRE_AS_IT_IS;
	const struct str slice = form == WIRE_BASE64 ? a->encoded : a->body;
	const uintptr_t at = (uintptr_t)slice.ptr - (uintptr_t)raw.ptr;

	if (slice.len == 0 || (uintptr_t)slice.ptr < (uintptr_t)raw.ptr || at > raw.len || slice.len > raw.len - at)
		return WIRE_SENT;
	head->at = at;
	head->len = slice.len;
	return form;
}

static void send_body(const struct server *sv, const struct attachment *a, struct str raw, uint64_t *raw_done,
		      struct wire_body head)
{
	const struct wire_body plain = head;

	head.form = find_slice(a, raw, &head);
	if (head.form != WIRE_SENT && head.at < *raw_done)
		head = plain;
	if (head.form != WIRE_SENT)
		*raw_done = head.at + head.len;
	send_all(sv->socket, (struct str){ (const char *)&head, sizeof(head) });
	if (head.form == WIRE_SENT)
		send_all(sv->socket, a->body);
}

static void send_bodies(const struct server *sv, const struct interactions *out, struct str raw)
{
	uint64_t raw_done = 0;

	for (size_t i = 0; i < out->n_items; i++)
		for (size_t j = 0; j < out->items[i].n_attachments; j++) {
			const struct attachment *a = &out->items[i].attachments[j];

			if (a->body.ptr != NULL)
				send_body(sv, a, raw, &raw_done,
					  (struct wire_body){ (uint32_t)i, (uint32_t)j, a->body.len });
		}
}

static bool answer(const struct server *sv, const struct wire_request *rq, struct str raw,
		   const struct interactions *out, struct err *err)
{
	struct wire_reply head = { .magic = WIRE_REPLY, .serial = rq->serial };
	struct buf reply;

	count_bodies(out, &head);
	if (head.body_bytes > rq->len[WIRE_RAW] + WIRE_BODY_SLACK)
		return err_setf(err, ERR_LIMIT, "its attachments are larger than itself");
	buf_init(&reply, sizeof(head) + WIRE_MAX_BLOCK);
	buf_add(&reply, (struct str){ (const char *)&head, sizeof(head) });
	if (!wire_put(&reply, out, err)) {
		buf_finish(&reply);
		return false;
	}
	head.block_bytes = (uint32_t)(reply.len - sizeof(head));
	memcpy(reply.ptr, &head, sizeof(head));
	send_all(sv->socket, buf_str(&reply));
	buf_finish(&reply);
	send_bodies(sv, out, raw);
	return true;
}

/* ---- one message ---- */

static const struct connector *find_connector(const struct sandbox_conf *conf, struct str name)
{
	for (const struct connector *const *c = conf->connectors; *c != NULL; c++)
		if (str_eq(str_from((*c)->name), name))
			return *c;
	return NULL;
}

static bool load_conf(struct server *sv, struct str name, struct str packed, struct err *err)
{
	const struct connector *connector = find_connector(sv->conf, name);
	void *unpacked = NULL;

	if (connector == NULL || connector->normalize == NULL)
		return err_setf(err, ERR_INPUT, "no connector \"" STR_FMT "\" in the parser",
				STR_ARG(name));
	if (connector == sv->connector &&
	    str_eq(packed, (struct str){ sv->packed, sv->packed_len }))
		return true;
	if (sv->conf->unpack != NULL) {
		unpacked = sv->conf->unpack(connector, packed, err);
		if (unpacked == NULL)
			return err_prefixf(err, "configuration of \"" STR_FMT "\"", STR_ARG(name));
	}
	free(sv->packed);
	sv->packed = xstrndup(packed.ptr, packed.len);
	sv->packed_len = packed.len;
	sv->connector = connector;
	sv->unpacked = unpacked;
	return true;
}

static bool normalize(struct server *sv, const struct wire_request *rq, const struct str *parts,
		      struct interactions *out, struct err *err)
{
	const struct raw raw = {
		.id = parts[WIRE_ID], .content_type = parts[WIRE_CONTENT_TYPE],
		.meta = parts[WIRE_META], .body = parts[WIRE_RAW], .received_us = rq->received_us,
	};

	if (!load_conf(sv, parts[WIRE_CONNECTOR], parts[WIRE_CONF], err) ||
	    !sv->connector->normalize(sv->unpacked, &raw, out, err))
		return false;
	if (arena_is_exceeded(out->arena))
		return err_setf(err, ERR_LIMIT, "it needs more than %d MiB of memory",
				ARENA_BYTES >> 20);
	return answer(sv, rq, raw.body, out, err);
}

/* The strings of the request, in one allocation that is the caller's. */
static char *receive_parts(int socket, const struct wire_request *rq, struct str *parts)
{
	size_t total = 0, at = 0;
	char *bytes;

	for (size_t i = 0; i < WIRE_PARTS; i++)
		total += rq->len[i];
	bytes = malloc(total + 1);
	if (bytes == NULL)
		_exit(JAIL_EXIT_MEMORY);
	receive_all(socket, bytes, total);
	for (size_t i = 0; i < WIRE_PARTS; i++) {
		parts[i] = (struct str){ bytes + at, rq->len[i] };
		at += rq->len[i];
	}
	return bytes;
}

static void serve_one(struct server *sv)
{
	struct interactions out = { 0 };
	struct err err = { 0 };
	struct str parts[WIRE_PARTS];
	struct wire_request rq;
	char *bytes;

	receive_all(sv->socket, &rq, sizeof(rq));
	bytes = receive_parts(sv->socket, &rq, parts);
	out.arena = arena_create(ARENA_BYTES);
	out.max_items = rq.max_items;
	if (!normalize(sv, &rq, parts, &out, &err)) {
		if (err.msg[0] == '\0')
			err_setf(&err, ERR_INPUT, "the normalizer gave no reason");
		answer_error(sv, rq.serial, &err);
	}
	arena_destroy(out.arena);
	free(bytes);
}

/* ---- hello ---- */

static void say_hello(int socket, bool is_locked, const char *text)
{
	struct wire_hello hello = { .magic = WIRE_HELLO, .is_locked = is_locked };

	snprintf(hello.text, sizeof(hello.text), "%s", text);
	send_all(socket, (struct str){ (const char *)&hello, sizeof(hello) });
}

void serve_main(int socket, const struct sandbox_conf *conf)
{
	struct server sv = { .conf = conf, .socket = socket };
	struct err err = { 0 };

	if (!jail_enter(socket, &err)) {
		say_hello(socket, false, err.msg);
		_exit(1);
	}
	say_hello(socket, true, "");
	for (;;)
		serve_one(&sv);
}

bool serve_hello(int socket, struct err *err)
{
	const int64_t deadline = clock_mono_us() + HELLO_PATIENCE_US;
	struct wire_hello hello;
	size_t got = 0;

	while (got < sizeof(hello)) {
		struct pollfd wait = { .fd = socket, .events = POLLIN };
		int64_t left = deadline - clock_mono_us();
		ssize_t n;

		if (left <= 0)
			return err_setf(err, ERR_AGAIN, "a parser did not start");
		if (poll(&wait, 1, (int)(left / 1000) + 1) < 1)
			continue;
		n = recv(socket, (char *)&hello + got, sizeof(hello) - got, MSG_DONTWAIT);
		if (n == 0)
			return err_setf(err, ERR_AGAIN, "a parser died before its first message");
		if (n > 0)
			got += (size_t)n;
	}
	hello.text[sizeof(hello.text) - 1] = '\0';
	if (hello.magic != WIRE_HELLO || !hello.is_locked)
		return err_setf(err, ERR_AGAIN, "a parser could not be locked up: %s", hello.text);
	return true;
}
