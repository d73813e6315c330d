/* What OpenSSL says, in words an operator can act on. For tls.c only. */
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <daybook/err.h>

/* Why the certificate that the store context holds is refused: ERR_CONF. */
void tls_explain_refusal(X509_STORE_CTX *store, const char *host, struct err *err);
/* A handshake that failed before any certificate was refused: ERR_AGAIN. */
void tls_explain_handshake(const char *host, struct err *err);
/* What was agreed upon; host stands for the name where the certificate was found good without one. Returns out. */
const char *tls_describe(SSL *ssl, const char *host, char *out, size_t size);
const char *tls_last_reason(void);	/* never NULL; borrowed, static */
/* SHA-256 of the certificate's SubjectPublicKeyInfo. */
bool tls_key_digest(X509 *cert, unsigned char out[32]);
