#include "cli/mail_server.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/dns.h"
#include "net/dial.h"

enum { IMAPS = 993, FETCH_TIMEOUT_S = 10, MAX_REDIRECTS = 3 };

static struct str domain_of(struct str address)
{
	return str_sub(address, str_rchr(address, '@') + 1, SIZE_MAX);
}

static struct mail_server *add(struct mail_servers *out, struct str address, const char *host, unsigned port,
			       const char *found_by)
{
	struct mail_server *s = &out->items[out->n_items++];

	*s = (struct mail_server){ .port = port, .found_by = found_by };
	snprintf(s->host, sizeof(s->host), "%s", host);
	snprintf(s->user, sizeof(s->user), STR_FMT, STR_ARG(address));
	return s;
}

/* ---- known providers ---- */

static bool find_provider(const struct mail_server_search *search, struct mail_servers *out)
{
	struct str address = search->address;
	auto_free char *domain = xstrndup(domain_of(address).ptr, domain_of(address).len);
	struct dns_host hosts[DNS_MAX_HOSTS];
	const char *found_by = "a known provider";
	size_t n;

	out->provider = provider_by_domain(str_from(domain));
	if (out->provider == NULL) {
		n = dns_ask(DNS_MX, domain, search->dns, hosts);
		found_by = "a known provider takes the domain's mail";
		for (size_t i = 0; i < n && out->provider == NULL; i++)
			out->provider = provider_by_mx(str_from(hosts[i].host));
	}
	if (out->provider != NULL)
		add(out, address, out->provider->host, IMAPS, found_by);
	return out->provider != NULL;
}

/* ---- DNS ---- */

static bool is_below(struct str host, struct str domain)
{
	return str_ieq(host, domain) ||
	       (str_iends(host, domain) && host.len > domain.len && host.ptr[host.len - domain.len - 1] == '.');
}

static bool find_srv(const struct mail_server_search *search, struct mail_servers *out)
{
	struct str address = search->address;
	auto_free char *name = xasprintf("_imaps._tcp." STR_FMT, STR_ARG(domain_of(address)));
	struct dns_host hosts[DNS_MAX_HOSTS];
	size_t n = dns_ask(DNS_SRV, name, search->dns, hosts);
	struct mail_server *s;

	if (n == 0 || hosts[0].port == 0)
		return false;
	s = add(out, address, hosts[0].host, hosts[0].port, "the domain's SRV record");
	s->is_doubtful = !is_below(str_from(s->host), domain_of(address));
	return true;
}

/* ---- autoconfig ---- */

static size_t take_piece(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	buf_add(body, (struct str){ bytes, size * n });
	return buf_is_exceeded(body) ? 0 : size * n;
}

/* Over TLS only, also where it is sent on to: whoever answers decides where a password goes. */
static bool fetch(const char *url, const char *tls_ca, struct buf *body, struct err *err)
{
	CURL *curl = curl_easy_init();
	long status = 0;
	CURLcode rc;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)FETCH_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "daybook/" DAYBOOK_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_piece);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (tls_ca != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, tls_ca);
	rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (rc != CURLE_OK)
		return err_setf(err, ERR_AGAIN, "%.300s: %s", url, curl_easy_strerror(rc));
	return status == 200 || err_setf(err, ERR_MISSING, "%.300s: the server answers %ld", url, status);
}

static bool find_autoconfig(const struct mail_server_search *search, struct mail_servers *out, struct err *err)
{
	auto_free char *url = search->autoconfig_url
				      ? xstrdup(search->autoconfig_url)
				      : xasprintf("https://autoconfig." STR_FMT "/mail/config-v1.1.xml",
						  STR_ARG(domain_of(search->address)));
	struct autoconfig found;
	struct mail_server *s;
	struct buf body;
	bool ok;

	buf_init(&body, AUTOCONFIG_MAX_BYTES);
	ok = fetch(url, search->tls_ca, &body, err) &&
	     (autoconfig_read(buf_str(&body), search->address, &found) ||
	      err_setf(err, ERR_MISSING, "%.300s tells of no IMAP server with TLS", url));
	buf_finish(&body);
	if (!ok)
		return false;
	s = add(out, search->address, found.host, found.port, "the domain's autoconfig");
	s->is_starttls = found.is_starttls;
	snprintf(s->user, sizeof(s->user), "%s", found.user);
	return true;
}

/* ---- guesses ---- */

static bool guess(struct str address, struct mail_servers *out)
{
	static const char *const names[] = { "imap", "mail" };

	for (size_t i = 0; i < countof(names); i++) {
		auto_free char *host = xasprintf("%s." STR_FMT, names[i], STR_ARG(domain_of(address)));

		if (dial_knows(host))
			add(out, address, host, IMAPS, "a guess");
	}
	return out->n_items > 0;
}

bool mail_server_find(const struct mail_server_search *search, struct mail_servers *out, struct err *err)
{
	*out = (struct mail_servers){ .n_items = 0 };
	if (search->autoconfig_url != NULL)
		return find_autoconfig(search, out, err);
	return find_provider(search, out) || find_srv(search, out) ||
	       find_autoconfig(search, out, err) || guess(search->address, out) ||
	       err_setf(err, ERR_MISSING, "no mail server of " STR_FMT " can be found", STR_ARG(domain_of(search->address)));
}
