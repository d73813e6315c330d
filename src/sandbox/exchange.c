#include "sandbox/exchange.h"

#include <daybook/connector.h>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"

struct line {
	int fd;
	int64_t deadline_us;
};

static void list_parts(const struct exchange_request *rq, struct str parts[WIRE_PARTS])
{
	parts[WIRE_CONNECTOR] = rq->connector;
	parts[WIRE_CONF] = rq->conf;
	parts[WIRE_ID] = rq->raw->id;
	parts[WIRE_CONTENT_TYPE] = rq->raw->content_type;
	parts[WIRE_META] = rq->raw->meta;
	parts[WIRE_RAW] = rq->raw->body;
}

size_t exchange_size(const struct exchange_request *rq)
{
	struct str parts[WIRE_PARTS];
	size_t total = 0;

	list_parts(rq, parts);
	for (size_t i = 0; i < WIRE_PARTS; i++)
		total += parts[i].len;
	return total;
}

/* Until the socket can do `what`, or the time is up. */
static bool wait_for(const struct line *l, short what)
{
	struct pollfd wait = { .fd = l->fd, .events = what };
	int64_t left;

	for (;;) {
		left = l->deadline_us - clock_mono_us();
		if (left <= 0)
			return false;
		if (poll(&wait, 1, (int)((left + 999) / 1000)) == 1)
			return true;
	}
}

static void skip_sent(struct msghdr *msg, size_t n)
{
	while (n > 0) {
		struct iovec *first = msg->msg_iov;

		if (n < first->iov_len) {
			first->iov_base = (char *)first->iov_base + n;
			first->iov_len -= n;
			return;
		}
		n -= first->iov_len;
		msg->msg_iov++;
		msg->msg_iovlen--;
	}
}

static enum exchange_end send_all(const struct line *l, struct msghdr *msg, size_t left)
{
	while (left > 0) {
		ssize_t n = sendmsg(l->fd, msg, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			skip_sent(msg, (size_t)n);
			left -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return EXCHANGE_DIED;
		} else if (!wait_for(l, POLLOUT)) {
			return EXCHANGE_TIMEOUT;
		}
	}
	return EXCHANGE_ANSWERED;
}

static enum exchange_end send_request(const struct line *l, const struct exchange_request *rq)
{
	struct wire_request head = {
		.magic = WIRE_REQUEST, .serial = rq->serial, .received_us = rq->raw->received_us,
		.max_items = rq->max_items < UINT32_MAX ? (uint32_t)rq->max_items : UINT32_MAX,
	};
	struct iovec io[WIRE_PARTS + 1] = { { &head, sizeof(head) } };
	struct msghdr msg = { .msg_iov = io, .msg_iovlen = WIRE_PARTS + 1 };
	struct str parts[WIRE_PARTS];

	list_parts(rq, parts);
	for (size_t i = 0; i < WIRE_PARTS; i++) {
		head.len[i] = parts[i].len;
		io[i + 1] = (struct iovec){ (char *)parts[i].ptr, parts[i].len };
	}
	return send_all(l, &msg, sizeof(head) + exchange_size(rq));
}

static enum exchange_end take_piece(struct line *l, struct answer *answer, struct str piece,
				    struct err *err)
{
	int64_t since = clock_mono_us();
	bool is_fine = answer_feed(answer, piece, err);

	l->deadline_us += clock_mono_us() - since;
	if (is_fine)
		return EXCHANGE_ANSWERED;
	return answer->fault == ANSWER_NONSENSE ? EXCHANGE_NONSENSE : EXCHANGE_STOPPED;
}

static enum exchange_end receive_answer(struct line *l, struct answer *answer, char *buffer,
				       struct err *err)
{
	enum exchange_end end;
	ssize_t n;

	while (!answer_is_done(answer)) {
		if (!wait_for(l, POLLIN))
			return EXCHANGE_TIMEOUT;
		n = recv(l->fd, buffer, EXCHANGE_BUFFER, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return EXCHANGE_DIED;
		end = take_piece(l, answer, (struct str){ buffer, (size_t)n }, err);
		if (end != EXCHANGE_ANSWERED)
			return end;
	}
	return EXCHANGE_ANSWERED;
}

enum exchange_end exchange(int fd, const struct exchange_request *rq, struct answer *answer,
			   int64_t timeout_us, char buffer[EXCHANGE_BUFFER], int64_t *took_us,
			   struct err *err)
{
	struct line l = { fd, clock_mono_us() + timeout_us };
	enum exchange_end end = send_request(&l, rq);

	if (end == EXCHANGE_ANSWERED)
		end = receive_answer(&l, answer, buffer, err);
	*took_us = clock_mono_us() - (l.deadline_us - timeout_us);
	return end;
}

bool exchange_is_quiet(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}
