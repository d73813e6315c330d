#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "net/conn.h"
#include "net/tls_server.h"

struct bufferevent *tls_accept(struct event_base *base, struct guard *g)
{
	SSL *ssl = tls_server_begin(g->tls);
	struct bufferevent *bev;

	if (ssl == NULL)
		return NULL;
	bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		SSL_free(ssl);
	return bev;
}

/* Half a record would have to be written to its end before anything else: only where all of it fits. A socket that is
 * writable has room for a third of its buffer. */
static bool has_room(const struct bufferevent *bev)
{
	struct pollfd p = { .fd = bufferevent_getfd((struct bufferevent *)(uintptr_t)bev), .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

void tls_accept_send(struct bufferevent *bev, const char *bytes, size_t n)
{
	ERR_clear_error();
	if (has_room(bev))
		SSL_write(bufferevent_openssl_get_ssl(bev), bytes, (int)n);
	ERR_clear_error();
}

/* Who sends a request in the clear gets his answer in the clear. What he sent is taken off the socket first: closing over it
 * would reset the connection, and the answer be lost. */
static void tell_in_the_clear(int fd)
{
	static const char text[] =
		"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 37\r\n"
		"Connection: close\r\n\r\nthis port speaks TLS: write https://\n";
	char sink[16 * 1024];

	while (recv(fd, sink, sizeof(sink), MSG_DONTWAIT) == (ssize_t)sizeof(sink))
		;
	send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void tls_accept_end(struct conn *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	ERR_clear_error();
	if (SSL_is_init_finished(ssl)) {
		if (has_room(c->bev))
			SSL_shutdown(ssl);
	} else if (!c->guard->is_ending) {
		c->guard->stats.failed_tls++;
		if (ERR_GET_REASON(bufferevent_get_openssl_error(c->bev)) == SSL_R_HTTP_REQUEST)
			tell_in_the_clear(bufferevent_getfd(c->bev));
	}
	ERR_clear_error();
}
