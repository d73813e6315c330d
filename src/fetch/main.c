/* daybook-fetch: sends one form to one https URL, reads one, or sends a few webhooks to one address, and says what was answered, then
 * ends. Request and answer are a JSON
 * object each, on standard input and output. It is not for people: daybookd starts it. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "fetch/hook.h"

enum { MAX_REQUEST = 8 << 20, MAX_BODY = 64 << 10, CONNECT_S = 10 };

static size_t take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	buf_add(body, (struct str){ bytes, size * n });
	return buf_is_exceeded(body) ? 0 : size * n;
}

static void set_options(CURL *curl, const char *url, const char *tls_ca, long timeout_s)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);	/* a token goes nowhere else */
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "daybook/" DAYBOOK_VERSION);
	if (tls_ca[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_CAINFO, tls_ca);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
}

/* With no form it is a GET. */
static struct curl_slist *set_content(CURL *curl, struct json_object *request)
{
	struct str form = json_str(request, "form"), authorization = json_str(request, "authorization");
	struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");

	if (json_has(request, "form")) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form.len ? form.ptr : "");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form.len);
	}
	if (authorization.len > 0) {
		auto_free char *line = xasprintf("Authorization: " STR_FMT, STR_ARG(authorization));

		headers = curl_slist_append(headers, line);
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	return headers;
}

/* What no waiting mends: the operator's file is wrong, or somebody is in between. */
static bool is_lasting(CURLcode rc)
{
	return rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE ||
	       rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT;
}

static void put_error(struct buf *out, const char *what, bool lasts)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "error", str_from(what));
	json_member_bool(&w, "is_lasting", lasts);
	json_close(&w, '}');
}

static void put_answer(struct buf *out, CURL *curl, const struct buf *body)
{
	struct json_writer w;
	curl_off_t retry_after_s = 0;
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
	json_begin(&w, out);
	json_open(&w, '{');
	json_member_int(&w, "status", status);
	json_member_int(&w, "retry_after_s", retry_after_s);
	json_member(&w, "body", buf_str(body));
	json_close(&w, '}');
}

/* The host alone: the rest of a URL may say more than a log should. */
static struct str host_of(struct str url)
{
	struct str rest = str_sub(url, 8, STR_NONE);
	size_t slash = str_chr(rest, '/');

	return str_sub(rest, 0, slash);
}

static void ask(struct json_object *request, struct buf *out)
{
	struct str url = json_str(request, "url");
	auto_free char *url_text = xstrndup(url.len ? url.ptr : "", url.len);
	auto_free char *tls_ca = xasprintf(STR_FMT, STR_ARG(json_str(request, "tls_ca")));
	char why[CURL_ERROR_SIZE] = "", what[CURL_ERROR_SIZE + 300];
	int64_t timeout_s = 20;
	CURL *curl = curl_easy_init();
	struct curl_slist *headers;
	struct buf body;
	CURLcode rc;

	json_int(json_get(request, "timeout_s"), &timeout_s);
	buf_init(&body, MAX_BODY);
	set_options(curl, url_text, tls_ca, (long)timeout_s);
	headers = set_content(curl, request);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
	rc = curl_easy_perform(curl);
	if (rc == CURLE_OK) {
		put_answer(out, curl, &body);
	} else {
		snprintf(what, sizeof(what), STR_FMT ": %s", STR_ARG(str_sub(host_of(url), 0, 200)),
			 why[0] ? why : curl_easy_strerror(rc));
		put_error(out, what, is_lasting(rc));
	}
	buf_finish(&body);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
}

static bool read_request(struct buf *in)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		buf_add(in, (struct str){ bytes, (size_t)n });
	return n == 0 && !buf_is_exceeded(in);
}

int main(int argc, char **argv)
{
	struct json_object *request;
	struct buf in, out;
	struct err err;

	if (argc != 2 || isatty(STDIN_FILENO)) {
		fputs("daybook-fetch: asks a login provider for daybookd, which starts it\n", stderr);
		return 64;
	}
	prctl(PR_SET_DUMPABLE, 0);
	buf_init(&in, MAX_REQUEST);
	buf_init(&out, 8 * MAX_BODY);
	request = read_request(&in) ? json_parse(buf_str(&in), 6, 2000, &err) : NULL;
	if (request == NULL)
		put_error(&out, "daybook-fetch: the request cannot be read", true);
	else if (strcmp(argv[1], DAYBOOK_VERSION) != 0)
		put_error(&out, "daybook-fetch is version " DAYBOOK_VERSION ", daybookd another: install both anew", true);
	else if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && json_get(request, "hook") != NULL)
		hook_run(json_get(request, "hook"), &out);
	else
		ask(request, &out);
	fwrite(out.ptr, 1, out.len, stdout);
	curl_global_cleanup();
	json_free(request);
	buf_finish(&in);
	buf_finish(&out);
	return fflush(stdout) == 0 ? 0 : 1;
}
