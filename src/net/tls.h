/* TLS towards servers that the operator named. The chain, the dates and the name are checked before the
 * first byte of a protocol; there is no option that turns this off. Two options say whom to trust
 * instead of the system's store:
 *   ca_file  another CA (or the server's own certificate); name and dates are checked as ever;
 *   pin      "sha256:" and 64 hex digits of the key (SubjectPublicKeyInfo): exactly that key is trusted,
 *            whatever name, date and issuer its certificate bears. The key is the identity then.
 * A `struct tls` may be shared by many connections of many threads; a `struct tls_conn` by none. */
#pragma once

#include <sys/types.h>

#include <daybook/err.h>
#include <daybook/str.h>

struct tls;
struct tls_conn;

struct tls_options {
	const char *ca_file;	/* NULL or "": the system's store */
	const char *pin;	/* NULL or "": none */
};

/* ERR_CONF when a file cannot be read or the pin is malformed. */
struct tls *tls_create(const struct tls_options *opt, struct err *err);
void tls_destroy(struct tls *tls);			/* NULL is fine */
bool tls_check_pin(const char *pin, struct err *err);	/* its spelling only; no I/O */

enum tls_want { TLS_DONE, TLS_WANT_READ, TLS_WANT_WRITE, TLS_FAILED };

/* fd is non-blocking and stays the caller's. host is a name (SNI is sent) or an address literal. */
struct tls_conn *tls_conn_create(struct tls *tls, const char *host, int fd, struct err *err);
void tls_conn_destroy(struct tls_conn *conn);		/* NULL is fine; sends no close_notify */

/* One step. TLS_FAILED sets err: ERR_CONF when the certificate is not to be trusted (the text names the
 * cure), ERR_AGAIN for all else. */
enum tls_want tls_conn_handshake(struct tls_conn *conn, struct err *err);
/* Bytes moved (> 0), or 0 with *want saying what to wait for; TLS_FAILED there is the end. */
ssize_t tls_conn_read(struct tls_conn *conn, void *buf, size_t n, enum tls_want *want);
ssize_t tls_conn_write(struct tls_conn *conn, const void *buf, size_t n, enum tls_want *want);
/* "TLSv1.3, certificate imap.example.org until 2027-01-18", after the handshake. Returns out. */
const char *tls_conn_describe(const struct tls_conn *conn, char *out, size_t size);
/* Bytes that poll() cannot see any more. */
bool tls_conn_has_pending(const struct tls_conn *conn);
