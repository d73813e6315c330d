#include "net/tls_explain.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/crypto.h"

enum { MAX_NAMES = 3, MAX_NAME_TEXT = 80, MAX_TEXT = 300 };

bool tls_key_digest(X509 *cert, unsigned char out[32])
{
	unsigned char *der = NULL;
	int len = cert ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der) : -1;

	if (len <= 0)
		return false;
	crypto_sha256((struct str){ (const char *)der, (size_t)len }, out);
	OPENSSL_free(der);
	return true;
}

const char *tls_last_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason ? reason : "no reason given";
}

/* A certificate is a stranger's text. */
static void add_safely(struct buf *out, const unsigned char *text, int len)
{
	for (int i = 0; i < len && i < MAX_NAME_TEXT; i++)
		buf_addc(out, text[i] >= 0x20 && text[i] < 0x7f ? (char)text[i] : '?');
}

static void add_address(struct buf *out, const unsigned char *ip, int len)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(len == 4 ? AF_INET : AF_INET6, ip, text, sizeof(text));
	buf_add(out, str_from(text));
}

/* "other.test, 10.0.0.1 and 7 more"; empty when it names no server at all. */
static void add_names(struct buf *out, X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int n_shown = 0, n_more = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const ASN1_STRING *text = name->d.ia5;

		if (name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		if (n_shown == MAX_NAMES) {
			n_more++;
			continue;
		}
		buf_add(out, n_shown++ ? STR(", ") : STR(""));
		if (name->type == GEN_DNS)
			add_safely(out, ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
		else if (ASN1_STRING_length(text) == 4 || ASN1_STRING_length(text) == 16)
			add_address(out, ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
	}
	if (n_more > 0)
		buf_addf(out, " and %d more", n_more);
	GENERAL_NAMES_free(names);
}

static void add_issuer(struct buf *out, X509 *cert)
{
	X509_NAME *name = X509_get_issuer_name(cert);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *text;

	if (at < 0)
		at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
	if (at < 0) {
		buf_add(out, STR("an unnamed issuer"));
		return;
	}
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	buf_addc(out, '"');
	add_safely(out, ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
	buf_addc(out, '"');
}

static void explain_name(X509 *cert, const char *host, struct err *err)
{
	struct buf names;

	buf_init(&names, MAX_TEXT);
	add_names(&names, cert);
	if (names.len > 0)
		err_setf(err, ERR_CONF, "the certificate is for %s, not %s", names.ptr, host);
	else
		err_setf(err, ERR_CONF, "the certificate names no server (its common name does not count), "
			 "so not %s either", host);
	buf_finish(&names);
}

static void explain_date(const ASN1_TIME *when, const char *host, const char *verb, int depth,
			 struct err *err)
{
	struct tm tm = { 0 };

	ASN1_TIME_to_tm(when, &tm);
	err_setf(err, ERR_CONF, "the certificate of %s%s %s %04d-%02d-%02d%s",
		 depth > 0 ? "an authority above " : "", host, verb, tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, depth > 0 ? "" : " (the server's operator has to renew it; or is our clock wrong?)");
}

static void explain_self_signed(X509 *cert, const char *host, struct err *err)
{
	unsigned char key[32];
	char hex[SHA256_HEX_SIZE];

	if (!tls_key_digest(cert, key))
		memset(key, 0, sizeof(key));
	err_setf(err, ERR_CONF, "%s shows a self-signed certificate; if it is yours, trust it by tls_ca: FILE, or "
		 "by tls_pin: sha256:%s once you have compared the key", host, crypto_hex(key, 32, hex));
}

static void explain_issuer(X509 *cert, const char *host, struct err *err)
{
	struct buf issuer;

	buf_init(&issuer, MAX_TEXT);
	add_issuer(&issuer, cert);
	err_setf(err, ERR_CONF, "the certificate of %s is signed by %s, which is not trusted here (tls_ca: FILE "
		 "trusts that authority)", host, issuer.ptr);
	buf_finish(&issuer);
}

void tls_explain_refusal(X509_STORE_CTX *store, const char *host, struct err *err)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	int code = X509_STORE_CTX_get_error(store);
	int depth = X509_STORE_CTX_get_error_depth(store);

	if (cert == NULL)
		cert = X509_STORE_CTX_get0_cert(store);
	switch (code) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		explain_name(X509_STORE_CTX_get0_cert(store), host, err);
		return;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		explain_date(X509_get0_notAfter(cert), host, "expired on", depth, err);
		return;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		explain_date(X509_get0_notBefore(cert), host, "is not valid before", depth, err);
		return;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		explain_self_signed(cert, host, err);
		return;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		explain_issuer(cert, host, err);
		return;
	default:
		err_setf(err, ERR_CONF, "the certificate of %s is refused: %s", host,
			 X509_verify_cert_error_string(code));
	}
}

void tls_explain_handshake(const char *host, struct err *err)
{
	switch (ERR_GET_REASON(ERR_peek_last_error())) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
		err_setf(err, ERR_AGAIN, "%s does not speak TLS here (is it the port for tls: starttls?)", host);
		return;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		err_setf(err, ERR_AGAIN, "%s speaks only an old version of TLS; 1.2 is the least we take", host);
		return;
	case 0:
		err_setf(err, ERR_AGAIN, "%s closed the connection during the TLS handshake", host);
		return;
	default:
		err_setf(err, ERR_AGAIN, "TLS with %s failed: %s", host, tls_last_reason());
	}
}

const char *tls_describe(SSL *ssl, const char *host, char *out, size_t size)
{
	X509 *cert = SSL_get1_peer_certificate(ssl);
	const char *name = SSL_get0_peername(ssl);
	struct tm tm = { 0 };

	if (cert != NULL)
		ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm);
	snprintf(out, size, "%s, certificate %s until %04d-%02d-%02d", SSL_get_version(ssl), name ? name : host,
		 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	X509_free(cert);
	return out;
}
