/* The certificate and key that the HTTP server shows. Loaded whole and checked, or not at all: whoever has a good one
 * keeps it when the next does not load. Connections hold on to the one they began with. */
#pragma once

#include <stdint.h>

#include <daybook/err.h>
#include <daybook/str.h>

struct tls_server;
struct ssl_st;

/* Blocks on the file of the certificate: PEM, the server's own first, then those up to the authority. key: PEM, borrowed for
 * the call. ERR_CONF names the file and the cure: unreadable, not PEM or cut short, key with a passphrase, key of another
 * certificate. Dates are the caller's to judge. Any thread. */
struct tls_server *tls_server_load(const char *certificate, struct str key, struct err *err);
void tls_server_destroy(struct tls_server *server);	/* NULL is fine; its connections go on */
int64_t tls_server_begins_us(const struct tls_server *server);	/* wall time */
int64_t tls_server_ends_us(const struct tls_server *server);
/* ERR_CONF when the certificate is over, or has not begun, at that time. */
bool tls_server_check_dates(const struct tls_server *server, int64_t now_us, struct err *err);
/* When the first certificate of the file is over, without its key; 0 with ERR_CONF. For those who may not read the key. */
int64_t tls_certificate_ends_us(const char *certificate, struct err *err);

/* For one connection, the caller's; NULL without memory. TLS 1.2 and 1.3, forward secrecy and AEAD, no renegotiation. */
struct ssl_st *tls_server_begin(const struct tls_server *server);
