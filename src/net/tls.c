#include "net/tls.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "net/tls_explain.h"

struct tls {
	SSL_CTX *ctx;
	bool is_pinned;
	unsigned char pin[SHA256_SIZE];
};

struct tls_conn {
	SSL *ssl;
	const struct tls *tls;
	char *host;
	struct err why;		/* why the certificate was refused; ERR_NONE: it was not */
};

static bool pin_parse(const char *pin, unsigned char out[SHA256_SIZE], struct err *err)
{
	struct str text = str_from(pin);

	if (!str_istarts(text, STR("sha256:")) ||
	    !crypto_unhex(str_sub(text, 7, STR_NONE), out, SHA256_SIZE))
		return err_setf(err, ERR_CONF,
				"\"%.100s\" is not a key's fingerprint (sha256: and 64 hex digits)", pin);
	return true;
}

bool tls_check_pin(const char *pin, struct err *err)
{
	unsigned char ignored[SHA256_SIZE];

	return pin_parse(pin, ignored, err);
}

static struct tls_conn *conn_of(X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	return SSL_get_app_data(ssl);
}

/* The certificate is at hand only here: OpenSSL forgets the one it refused. */
static int on_verify(int is_ok, X509_STORE_CTX *store)
{
	struct tls_conn *conn = conn_of(store);

	if (!is_ok && conn->why.kind == ERR_NONE)
		tls_explain_refusal(store, conn->host, &conn->why);
	return is_ok;
}

static int on_verify_pinned(X509_STORE_CTX *store, void *arg)
{
	struct tls_conn *conn = conn_of(store);
	unsigned char key[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	(void)arg;
	if (tls_key_digest(X509_STORE_CTX_get0_cert(store), key) &&
	    crypto_equal(key, conn->tls->pin, sizeof(key)))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	err_setf(&conn->why, ERR_CONF,
		 "the key of %s is sha256:%s, not the one in tls_pin: a new key there, or somebody in between",
		 conn->host, crypto_hex(key, sizeof(key), hex));
	return 0;
}

/* Does OpenSSL find a certificate in this folder by its subject's hash ("4a6481c9.0")? */
static bool is_hashed(const char *dir)
{
	const size_t n_hash = 8;
	DIR *d = opendir(dir);
	struct dirent *entry = NULL;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strspn(entry->d_name, "0123456789abcdef") == n_hash && strcmp(entry->d_name + n_hash, ".0") == 0)
			break;
	if (d != NULL)
		closedir(d);
	return entry != NULL;
}

/* The system's certificates: the one that is needed out of its folder where that can be, else all of them, which
 * are 0.9 MB for each mailbox. */
static bool trust_the_system(SSL_CTX *ctx)
{
	const char *dir = getenv(X509_get_default_cert_dir_env());

	if (getenv(X509_get_default_cert_file_env()) == NULL &&
	    is_hashed(dir != NULL ? dir : X509_get_default_cert_dir()))
		return SSL_CTX_set_default_verify_dir(ctx) == 1;
	return SSL_CTX_set_default_verify_paths(ctx) == 1;
}

static bool trust(struct tls *tls, const struct tls_options *opt, struct err *err)
{
	if (opt->pin != NULL && opt->pin[0] != '\0') {
		tls->is_pinned = true;
		SSL_CTX_set_cert_verify_callback(tls->ctx, on_verify_pinned, NULL);
		return pin_parse(opt->pin, tls->pin, err);
	}
	if (opt->ca_file == NULL || opt->ca_file[0] == '\0')
		return trust_the_system(tls->ctx) ||
		       err_setf(err, ERR_CONF, "the system's certificate store cannot be read");
	if (access(opt->ca_file, R_OK) != 0)
		return err_setf(err, ERR_CONF, "tls_ca: %.200s: %s", opt->ca_file, strerror(errno));
	if (SSL_CTX_load_verify_locations(tls->ctx, opt->ca_file, NULL) != 1)
		return err_setf(err, ERR_CONF, "tls_ca: %.200s holds no certificate (PEM)", opt->ca_file);
	return true;
}

struct tls *tls_create(const struct tls_options *opt, struct err *err)
{
	struct tls *tls = xnew(struct tls);

	tls->ctx = SSL_CTX_new(TLS_client_method());
	if (tls->ctx == NULL) {
		err_setf(err, ERR_BUG, "TLS: %s", tls_last_reason());
		tls_destroy(tls);
		return NULL;
	}
	SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, on_verify);
	SSL_CTX_set_mode(tls->ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(tls->ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(tls->ctx, SSL_SESS_CACHE_OFF);
	/* A server's certificate named as the CA is a good way to trust just that server. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls->ctx), X509_V_FLAG_PARTIAL_CHAIN);
	if (!trust(tls, opt, err)) {
		tls_destroy(tls);
		return NULL;
	}
	return tls;
}

void tls_destroy(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls);
}

static bool is_address(const char *host)
{
	unsigned char ip[16];

	return inet_pton(AF_INET, host, ip) == 1 || inet_pton(AF_INET6, host, ip) == 1;
}

static bool expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	/* The common name is not a name of the server any more (RFC 6125), and "a*b.test" never was. */
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
						       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct tls_conn *tls_conn_create(struct tls *tls, const char *host, int fd, struct err *err)
{
	struct tls_conn *conn = xnew(struct tls_conn);

	conn->tls = tls;
	conn->host = xstrdup(host);
	conn->ssl = SSL_new(tls->ctx);
	if (conn->ssl == NULL || !expect_host(conn->ssl, host) || SSL_set_fd(conn->ssl, fd) != 1) {
		err_setf(err, ERR_CONF, "\"%.200s\" cannot be checked against a certificate", host);
		tls_conn_destroy(conn);
		return NULL;
	}
	SSL_set_app_data(conn->ssl, conn);
	return conn;
}

void tls_conn_destroy(struct tls_conn *conn)
{
	if (conn == NULL)
		return;
	SSL_free(conn->ssl);
	free(conn->host);
	free(conn);
}

static enum tls_want want_of(struct tls_conn *conn, int result)
{
	switch (SSL_get_error(conn->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	default:
		return TLS_FAILED;
	}
}

enum tls_want tls_conn_handshake(struct tls_conn *conn, struct err *err)
{
	enum tls_want want;
	int result;

	ERR_clear_error();
	result = SSL_connect(conn->ssl);
	/* The second half is belt and braces: verification already ended the handshake. */
	if (result == 1 && SSL_get_verify_result(conn->ssl) == X509_V_OK)
		return TLS_DONE;
	want = result == 1 ? TLS_FAILED : want_of(conn, result);
	if (want != TLS_FAILED)
		return want;
	if (conn->why.kind != ERR_NONE)
		*err = conn->why;
	else
		tls_explain_handshake(conn->host, err);
	return TLS_FAILED;
}

ssize_t tls_conn_read(struct tls_conn *conn, void *buf, size_t n, enum tls_want *want)
{
	int result;

	ERR_clear_error();
	result = SSL_read(conn->ssl, buf, n > INT_MAX ? INT_MAX : (int)n);
	*want = result > 0 ? TLS_DONE : want_of(conn, result);
	return result > 0 ? result : 0;
}

ssize_t tls_conn_write(struct tls_conn *conn, const void *buf, size_t n, enum tls_want *want)
{
	int result;

	ERR_clear_error();
	result = SSL_write(conn->ssl, buf, n > INT_MAX ? INT_MAX : (int)n);
	*want = result > 0 ? TLS_DONE : want_of(conn, result);
	return result > 0 ? result : 0;
}

bool tls_conn_has_pending(const struct tls_conn *conn)
{
	return SSL_pending(conn->ssl) > 0 || SSL_has_pending(conn->ssl);
}

const char *tls_conn_describe(const struct tls_conn *conn, char *out, size_t size)
{
	return tls_describe(conn->ssl, conn->tls->is_pinned ? "by its key" : conn->host, out, size);
}
