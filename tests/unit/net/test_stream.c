/* The stream against a peer of our own: a thread on the other end of a loopback socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <libetpan/libetpan.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/stream.h"
#include "net/tls.h"

#include "../check_main.h"

struct peer {
	int listener;
	unsigned port;
	pthread_t thread;
	void (*play)(int fd);
};

static void *peer_main(void *arg)
{
	struct peer *peer = arg;
	int fd = accept(peer->listener, NULL, NULL);

	peer->play(fd);
	close(fd);
	return NULL;
}

static void peer_start(struct peer *peer, void (*play)(int fd))
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	peer->play = play;
	peer->listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(peer->listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(listen(peer->listener, 1), 0);
	getsockname(peer->listener, (struct sockaddr *)&sa, &len);
	peer->port = ntohs(sa.sin_port);
	if (play != NULL)
		pthread_create(&peer->thread, NULL, peer_main, peer);
}

static void peer_end(struct peer *peer)
{
	if (peer->play != NULL)
		pthread_join(peer->thread, NULL);
	close(peer->listener);
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void hang_on(int fd)
{
	char c;

	while (recv(fd, &c, 1, 0) > 0)
		;
}

static mailstream *dial_peer(const struct peer *peer, struct err *err)
{
	const struct stream_target to = { .host = "127.0.0.1", .port = peer->port, .timeout_us = 5 * US_PER_S };

	return stream_dial(&to, err);
}

static void arm(mailstream *ms, int64_t patience_ms, uint64_t max_bytes)
{
	stream_arm(ms, &(struct stream_limits){ .patience_us = patience_ms * US_PER_MS, .max_bytes = max_bytes,
						.max_literal = 1000 });
}

/* Reads to the end; what the stream says of it. */
static enum stream_fault drain(mailstream *ms)
{
	char buf[4096];

	while (mailstream_read(ms, buf, sizeof(buf)) > 0)
		;
	return stream_fault(ms);
}

static void play_hello(int fd)
{
	say(fd, "* OK hello\r\n");
}

START_TEST(the_end_of_a_connection_is_an_error_not_zero_bytes)
{
	struct peer peer;
	struct err err;
	mailstream *ms;
	char buf[100];

	peer_start(&peer, play_hello);
	ms = dial_peer(&peer, &err);
	ck_assert_ptr_nonnull(ms);
	ck_assert_int_eq(mailstream_read(ms, buf, 12), 12);
	ck_assert_int_eq(mailstream_read(ms, buf, 1), -1);
	ck_assert_int_eq(stream_fault(ms), STREAM_CLOSED);
	stream_explain(ms, &err);
	ck_assert_str_eq(err.msg, "127.0.0.1 closed the connection");
	ck_assert_int_eq(err.kind, ERR_AGAIN);
	mailstream_close(ms);
	peer_end(&peer);
}
END_TEST

static void play_drip(int fd)
{
	for (int i = 0; i < 200; i++) {
		if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
			return;
		usleep(20000);
	}
}

START_TEST(a_server_that_drips_runs_into_the_deadline)
{
	int64_t start_us = clock_mono_us();
	struct peer peer;
	struct err err;
	mailstream *ms;

	peer_start(&peer, play_drip);
	ms = dial_peer(&peer, &err);
	arm(ms, 400, 1000);
	ck_assert_int_eq(drain(ms), STREAM_LATE);
	ck_assert_int_lt(clock_mono_us() - start_us, 3 * US_PER_S);
	stream_explain(ms, &err);
	ck_assert_str_eq(err.msg, "127.0.0.1 did not answer in time");
	mailstream_close(ms);
	peer_end(&peer);
}
END_TEST

static void play_flood(int fd)
{
	char block[4096];

	memset(block, 'x', sizeof(block));
	block[4095] = '\n';
	while (send(fd, block, sizeof(block), MSG_NOSIGNAL) > 0)
		;
}

START_TEST(a_server_that_floods_runs_out_of_budget)
{
	struct peer peer;
	struct err err;
	mailstream *ms;

	peer_start(&peer, play_flood);
	ms = dial_peer(&peer, &err);
	arm(ms, 5000, 100000);
	ck_assert_int_eq(drain(ms), STREAM_BUDGET);
	stream_explain(ms, &err);
	ck_assert_str_eq(err.msg, "127.0.0.1 sent more than the 100000 bytes that the answer may have");
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	mailstream_close(ms);
	peer_end(&peer);
}
END_TEST

static void play_large_literal(int fd)
{
	say(fd, "* 1 FETCH (BODY[] {1001}\r\n");
	hang_on(fd);
}

START_TEST(a_literal_over_the_cap_has_a_fault_of_its_own)
{
	struct peer peer;
	struct err err;
	mailstream *ms;

	peer_start(&peer, play_large_literal);
	ms = dial_peer(&peer, &err);
	arm(ms, 5000, 100000);
	ck_assert_int_eq(drain(ms), STREAM_LITERAL);
	stream_explain(ms, &err);
	ck_assert_str_eq(err.msg, "127.0.0.1 announced a literal of 1001 bytes; at most 1000 are taken");
	mailstream_close(ms);
	peer_end(&peer);
}
END_TEST

static void play_nesting(int fd)
{
	char deep[4096];

	memset(deep, '(', sizeof(deep));
	say(fd, "* 1 FETCH ");
	send(fd, deep, sizeof(deep), MSG_NOSIGNAL);
	hang_on(fd);
}

START_TEST(a_nesting_bomb_ends_the_stream)
{
	struct peer peer;
	struct err err;
	mailstream *ms;

	peer_start(&peer, play_nesting);
	ms = dial_peer(&peer, &err);
	ck_assert_int_eq(drain(ms), STREAM_HOSTILE);
	stream_explain(ms, &err);
	ck_assert_str_eq(err.msg, "127.0.0.1 sent a line too long or too deeply nested to be honest");
	mailstream_close(ms);
	peer_end(&peer);
}
END_TEST

static void *cancel_soon(void *arg)
{
	usleep(100000);
	stream_cancel(arg);
	return NULL;
}

START_TEST(another_thread_can_cancel)
{
	int64_t start_us = clock_mono_us();
	struct peer peer;
	pthread_t thread;
	struct err err;
	mailstream *ms;

	peer_start(&peer, hang_on);
	ms = dial_peer(&peer, &err);
	arm(ms, 20000, 1000);
	pthread_create(&thread, NULL, cancel_soon, ms);
	drain(ms);
	ck_assert_int_lt(clock_mono_us() - start_us, 5 * US_PER_S);
	pthread_join(thread, NULL);
	ck_assert_int_eq(mailstream_write(ms, "x", 1), 1);	/* buffered */
	ck_assert_int_eq(mailstream_flush(ms), -1);
	mailstream_close(ms);
	peer_end(&peer);
}
END_TEST

static bool always(void *arg)
{
	(void)arg;
	return true;
}

START_TEST(a_canceled_run_does_not_wait)
{
	struct stream_target to = { .host = "127.0.0.1", .timeout_us = 20 * US_PER_S, .is_canceled = always };
	struct peer peer;
	struct err err;

	peer_start(&peer, NULL);
	to.port = peer.port;
	ck_assert_ptr_null(stream_dial(&to, &err));
	ck_assert_int_eq(err.kind, ERR_CANCELED);
	peer_end(&peer);
}
END_TEST

START_TEST(a_refused_connection_says_who_and_where)
{
	struct peer peer;
	char want[100];
	struct err err;

	peer_start(&peer, NULL);
	close(peer.listener);
	ck_assert_ptr_null(dial_peer(&peer, &err));
	snprintf(want, sizeof(want), "127.0.0.1 (127.0.0.1) port %u: Connection refused", peer.port);
	ck_assert_str_eq(err.msg, want);
	ck_assert_int_eq(err.kind, ERR_AGAIN);
}
END_TEST

START_TEST(without_tls_only_this_machine_is_dialled)
{
	struct stream_target to = { .host = "192.0.2.1", .port = 143, .timeout_us = US_PER_S, .is_loopback_only = true };
	struct err err;

	ck_assert_ptr_null(stream_dial(&to, &err));
	ck_assert_int_eq(err.kind, ERR_CONF);
	ck_assert_str_eq(err.msg, "192.0.2.1 is 192.0.2.1: without TLS only the machine itself is talked to");
}
END_TEST

static void play_early(int fd)
{
	say(fd, "1 OK go ahead\r\n* OK injected\r\n");
	hang_on(fd);
}

START_TEST(data_ahead_of_tls_is_refused)
{
	const struct tls_options opt = { 0 };
	MMAPString *line = mmap_string_new("");
	struct peer peer;
	struct tls *tls;
	struct err err;
	mailstream *ms;

	peer_start(&peer, play_early);
	tls = tls_create(&opt, &err);
	ms = dial_peer(&peer, &err);
	usleep(50000);
	ck_assert_ptr_nonnull(mailstream_read_line(ms, line));
	ck_assert(stream_has_pending(ms));
	ck_assert(!stream_start_tls(ms, tls, "localhost", US_PER_S, &err));
	ck_assert_str_eq(err.msg, "localhost sent data ahead of TLS: somebody in between?");
	mmap_string_free(line);
	mailstream_close(ms);
	tls_destroy(tls);
	peer_end(&peer);
}
END_TEST

START_TEST(a_handshake_that_hangs_ends)
{
	const struct tls_options opt = { 0 };
	struct peer peer;
	struct tls *tls;
	struct err err;
	mailstream *ms;

	peer_start(&peer, hang_on);
	tls = tls_create(&opt, &err);
	ms = dial_peer(&peer, &err);
	ck_assert(!stream_start_tls(ms, tls, "localhost", US_PER_S / 2, &err));
	ck_assert_str_eq(err.msg, "TLS handshake: 127.0.0.1 did not answer in time");
	mailstream_close(ms);
	tls_destroy(tls);
	peer_end(&peer);
}
END_TEST

START_TEST(a_server_that_speaks_no_tls_is_told_apart)
{
	const struct tls_options opt = { 0 };
	struct peer peer;
	struct tls *tls;
	struct err err;
	mailstream *ms;

	peer_start(&peer, play_hello);
	tls = tls_create(&opt, &err);
	ms = dial_peer(&peer, &err);
	ck_assert(!stream_start_tls(ms, tls, "localhost", US_PER_S, &err));
	ck_assert_str_eq(err.msg, "localhost does not speak TLS here (is it the port for tls: starttls?)");
	ck_assert_int_eq(err.kind, ERR_AGAIN);
	mailstream_close(ms);
	tls_destroy(tls);
	peer_end(&peer);
}
END_TEST

START_TEST(descriptors_above_1024_work)
{
	struct rlimit limit;
	struct peer peer;
	struct err err;
	mailstream *ms;
	char buf[12];
	int *fds;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
	fds = xcalloc(1100, sizeof(*fds));
	for (int i = 0; i < 1100; i++)
		fds[i] = dup(0);
	peer_start(&peer, play_hello);
	ms = dial_peer(&peer, &err);
	ck_assert_ptr_nonnull(ms);
	ck_assert_int_gt(stream_fd(ms), 1024);
	ck_assert_int_eq(mailstream_read(ms, buf, 12), 12);
	mailstream_close(ms);
	peer_end(&peer);
	for (int i = 0; i < 1100; i++)
		close(fds[i]);
	free(fds);
}
END_TEST

START_TEST(a_pin_is_spelled_exactly)
{
	struct err err;

	ck_assert(tls_check_pin("sha256:00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF", &err));
	ck_assert(!tls_check_pin("sha256:0011", &err));
	ck_assert_str_eq(err.msg, "\"sha256:0011\" is not a key's fingerprint (sha256: and 64 hex digits)");
	ck_assert(!tls_check_pin("sha1:00112233445566778899aabbccddeeff00112233", &err));
	ck_assert_int_eq(err.kind, ERR_CONF);
}
END_TEST

START_TEST(a_ca_file_that_is_not_there_is_named)
{
	const struct tls_options opt = { .ca_file = "/nonexistent/ca.pem" };
	struct err err;

	ck_assert_ptr_null(tls_create(&opt, &err));
	ck_assert_str_eq(err.msg, "tls_ca: /nonexistent/ca.pem: No such file or directory");
	ck_assert_int_eq(err.kind, ERR_CONF);
}
END_TEST

START_TEST(a_ca_file_without_a_certificate_is_named)
{
	const struct tls_options opt = { .ca_file = "/dev/null" };
	struct err err;

	ck_assert_ptr_null(tls_create(&opt, &err));
	ck_assert_str_eq(err.msg, "tls_ca: /dev/null holds no certificate (PEM)");
}
END_TEST

RUN("stream", the_end_of_a_connection_is_an_error_not_zero_bytes, a_server_that_drips_runs_into_the_deadline,
    a_server_that_floods_runs_out_of_budget, a_literal_over_the_cap_has_a_fault_of_its_own,
    a_nesting_bomb_ends_the_stream, another_thread_can_cancel, a_canceled_run_does_not_wait,
    a_refused_connection_says_who_and_where, without_tls_only_this_machine_is_dialled, data_ahead_of_tls_is_refused,
    a_handshake_that_hangs_ends, a_server_that_speaks_no_tls_is_told_apart, descriptors_above_1024_work,
    a_pin_is_spelled_exactly, a_ca_file_that_is_not_there_is_named, a_ca_file_without_a_certificate_is_named)
