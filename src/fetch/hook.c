#include "fetch/hook.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "fetch/vet.h"

enum { CONNECT_S = 10, BATCH_US = 30 * 1000 * 1000, MAX_HEADER = 1024 };

struct hook {
	CURL *curl;
	struct vet vet;
	char why[CURL_ERROR_SIZE];
};

/* What they say beside the status is nobody's business here, and could be meant to come back to somebody. */
static size_t drop_body(char *bytes, size_t size, size_t n, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * n;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct vet *vet = arg;

	(void)purpose;
	if (!vet_address(vet, &address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool set_up(struct hook *h, struct json_object *request)
{
	auto_free char *url = xasprintf(STR_FMT, STR_ARG(json_str(request, "url")));
	auto_free char *tls_ca = xasprintf(STR_FMT, STR_ARG(json_str(request, "tls_ca")));
	struct json_object *allow = json_get(request, "allow");
	int64_t timeout_s = 15;

	for (size_t i = 0; i < json_count(allow); i++)
		if (!vet_allow(&h->vet, json_text(json_at(allow, i))))
			return false;
	h->vet.needs_net = strncasecmp(url, "https:", 6) != 0;
	json_int(json_get(request, "timeout_s"), &timeout_s);
	curl_easy_setopt(h->curl, CURLOPT_URL, url);
	curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(h->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(h->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(h->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(h->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, (long)timeout_s);
	curl_easy_setopt(h->curl, CURLOPT_USERAGENT, "daybook/" DAYBOOK_VERSION);
	curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, drop_body);
	curl_easy_setopt(h->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(h->curl, CURLOPT_OPENSOCKETDATA, &h->vet);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, h->why);
	if (tls_ca[0] != '\0') {
		curl_easy_setopt(h->curl, CURLOPT_CAINFO, tls_ca);
		curl_easy_setopt(h->curl, CURLOPT_CAPATH, NULL);
	}
	return true;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, struct str value)
{
	auto_free char *line = xasprintf("%s: " STR_FMT, name, STR_ARG(str_sub(value, 0, MAX_HEADER)));

	return curl_slist_append(list, line);
}

static struct curl_slist *headers_of(struct json_object *post)
{
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");

	list = add_header(list, "webhook-id", json_str(post, "id"));
	list = add_header(list, "webhook-timestamp", json_str(post, "timestamp"));
	list = add_header(list, "webhook-signature", json_str(post, "signature"));
	return curl_slist_append(list, "Expect:");
}

static void put_result(struct hook *h, struct json_writer *w, CURLcode rc, int64_t took_us, long *status)
{
	curl_off_t retry_after_s = 0;

	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, status);
	curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
	json_open(w, '{');
	json_member_int(w, "status", rc == CURLE_OK ? *status : 0);
	json_member_int(w, "took_ms", took_us / US_PER_MS);
	json_member_int(w, "retry_after_s", retry_after_s);
	if (rc == CURLE_OK)
		json_member_null(w, "error");
	else if (h->vet.refused[0] != '\0')
		json_member(w, "error", str_from(h->vet.refused));
	else
		json_member(w, "error", str_from(h->why[0] ? h->why : curl_easy_strerror(rc)));
	json_close(w, '}');
}

static bool send_one(struct hook *h, struct json_object *post, struct json_writer *w)
{
	struct curl_slist *headers = headers_of(post);
	struct str body = json_str(post, "body");
	int64_t begun_us = clock_mono_us();
	long status = 0;
	CURLcode rc;

	h->why[0] = h->vet.refused[0] = '\0';
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body.len ? body.ptr : "");
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
	rc = curl_easy_perform(h->curl);
	put_result(h, w, rc, clock_mono_us() - begun_us, &status);
	curl_slist_free_all(headers);
	return rc == CURLE_OK && status >= 200 && status < 300;
}

void hook_run(struct json_object *request, struct buf *out)
{
	struct json_object *posts = json_get(request, "posts");
	struct hook h = { .curl = curl_easy_init() };
	int64_t until_us = clock_mono_us() + BATCH_US;
	bool is_set_up = set_up(&h, request);
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_name(&w, "results");
	json_open(&w, '[');
	for (size_t i = 0; is_set_up && i < json_count(posts); i++)
		if (!send_one(&h, json_at(posts, i), &w) || clock_mono_us() > until_us)
			break;
	json_close(&w, ']');
	json_close(&w, '}');
	curl_easy_cleanup(h.curl);
}
