#include "net/tls_server.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

struct tls_server {
	SSL_CTX *ctx;
	char *file;
	int64_t begins_us, ends_us;
};

/* What TLS 1.2 may use; 1.3 has nothing else. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL";

static int no_passphrase(char *buf, int size, int is_writing, void *arg)
{
	(void)buf, (void)size, (void)is_writing;
	*(bool *)arg = true;
	return -1;
}

static int64_t time_of(const ASN1_TIME *when)
{
	struct tm tm;

	return when != NULL && ASN1_TIME_to_tm(when, &tm) == 1 ? (int64_t)timegm(&tm) * US_PER_S : 0;
}

static bool fails(const char *file, const char *what, struct err *err)
{
	ERR_clear_error();
	return err_setf(err, ERR_CONF, "%.300s: %s", file, what);
}

static X509 *read_first(FILE *f, const char *file, struct err *err)
{
	bool is_asked = false;
	X509 *first;

	ERR_clear_error();
	first = PEM_read_X509(f, NULL, no_passphrase, &is_asked);
	if (first == NULL)
		fails(file, "holds no certificate, or one that is cut short; it has to be PEM, the server's own first, then those up to "
		      "the authority", err);
	return first;
}

/* The rest of the file. Its end shows as "no start line"; anything else is a certificate that was not written in full. */
static bool add_chain(SSL_CTX *ctx, FILE *f, const char *file, struct err *err)
{
	bool is_asked = false;
	unsigned long why;
	X509 *next;

	while ((next = PEM_read_X509(f, NULL, no_passphrase, &is_asked)) != NULL) {
		if (SSL_CTX_add0_chain_cert(ctx, next) == 1)
			continue;
		X509_free(next);
		return fails(file, "a certificate after the first cannot be used", err);
	}
	why = ERR_peek_last_error();
	ERR_clear_error();
	return (ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE) ||
	       fails(file, "a certificate after the first is cut short; write the whole chain", err);
}

static bool use_certificates(struct tls_server *server, FILE *f, struct err *err)
{
	X509 *first = read_first(f, server->file, err);
	bool ok;

	if (first == NULL)
		return false;
	server->begins_us = time_of(X509_get0_notBefore(first));
	server->ends_us = time_of(X509_get0_notAfter(first));
	ok = SSL_CTX_use_certificate(server->ctx, first) == 1 ? add_chain(server->ctx, f, server->file, err) :
	     fails(server->file, "OpenSSL does not take this certificate; its key may be too short (RSA: 2048 bits)", err);
	X509_free(first);
	return ok;
}

static bool use_key(struct tls_server *server, struct str pem, struct err *err)
{
	BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	bool is_asked = false, ok;
	EVP_PKEY *key;

	ERR_clear_error();
	key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &is_asked) : NULL;
	BIO_free(bio);
	if (key == NULL)
		return is_asked ? err_setf(err, ERR_CONF, "the key has a passphrase, and nobody is there to type it; openssl pkey takes it "
					   "off") :
				  err_setf(err, ERR_CONF, "the key is no private key in PEM, or is cut short");
	/* It compares the two, before anybody can connect. */
	ok = SSL_CTX_use_PrivateKey(server->ctx, key) == 1 && SSL_CTX_check_private_key(server->ctx) == 1;
	EVP_PKEY_free(key);
	return ok || fails(server->file, "the key is that of another certificate; renew both together", err);
}

static SSL_CTX *make_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(ctx, ciphers) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	/* A client that closes without a goodbye has closed: HTTP says itself where a message ends. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);	/* tickets, which cost no memory, do */
	return ctx;
}

struct tls_server *tls_server_load(const char *certificate, struct str key, struct err *err)
{
	struct tls_server *server = xnew(struct tls_server);
	FILE *f = fopen(certificate, "re");
	bool ok;

	server->file = xstrdup(certificate);
	server->ctx = make_context();
	if (server->ctx == NULL)
		ok = err_setf(err, ERR_BUG, "OpenSSL has no TLS 1.2 here");
	else if (f == NULL)
		ok = fails(certificate, strerror(errno), err);
	else
		ok = use_certificates(server, f, err) && use_key(server, key, err);
	if (f != NULL)
		fclose(f);
	if (ok)
		return server;
	tls_server_destroy(server);
	return NULL;
}

void tls_server_destroy(struct tls_server *server)
{
	if (server == NULL)
		return;
	SSL_CTX_free(server->ctx);
	free(server->file);
	free(server);
}

int64_t tls_server_begins_us(const struct tls_server *server)
{
	return server->begins_us;
}

int64_t tls_server_ends_us(const struct tls_server *server)
{
	return server->ends_us;
}

bool tls_server_check_dates(const struct tls_server *server, int64_t now_us, struct err *err)
{
	bool is_over = server->ends_us <= now_us;
	char when[CLOCK_TEXT_SIZE];

	if (!is_over && server->begins_us <= now_us)
		return true;
	clock_format(is_over ? server->ends_us : server->begins_us, when);
	return err_setf(err, ERR_CONF, "%.300s: the certificate %s %s; %s", server->file, is_over ? "ended at" : "begins at", when,
			is_over ? "renew it" : "is the clock right?");
}

int64_t tls_certificate_ends_us(const char *certificate, struct err *err)
{
	FILE *f = fopen(certificate, "re");
	int64_t ends_us = 0;
	X509 *first;

	if (f == NULL) {
		fails(certificate, strerror(errno), err);
		return 0;
	}
	first = read_first(f, certificate, err);
	fclose(f);
	if (first != NULL)
		ends_us = time_of(X509_get0_notAfter(first));
	X509_free(first);
	return ends_us;
}

struct ssl_st *tls_server_begin(const struct tls_server *server)
{
	return SSL_new(server->ctx);
}
