/* One request to the daemon's control socket. */
#include <curl/curl.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"

enum { MAX_REPLY = 8 << 20, TIMEOUT_S = 120 };

static size_t take_reply(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *reply = arg;

	buf_add(reply, (struct str){ bytes, size * n });
	return buf_is_exceeded(reply) ? 0 : size * n;
}

static int code_of_status(long status)
{
	switch (status) {
	case 403: return CLI_DENIED;
	case 404: return CLI_MISSING;
	case 503: return CLI_AGAIN;
	default: return CLI_FAILED;
	}
}

static int report(long status, const struct buf *text, struct json_object *reply)
{
	struct str why = json_str(reply, "error");

	if (why.len == 0)
		why = str_trim(buf_str(text));
	return cli_failf(code_of_status(status), NULL, STR_FMT, STR_ARG(why));
}

static CURLcode request(CURL *curl, struct cli *cli, const char *path, struct str body,
			struct buf *text, long *status)
{
	auto_free char *url = xasprintf("http://daybookd%s", path);
	CURLcode rc;

	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, cli->config->http.control);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.len ? body.ptr : "");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_reply);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
	return rc;
}

int cli_call(struct cli *cli, const char *path, struct str body, struct json_object **reply)
{
	CURL *curl = curl_easy_init();
	struct buf text;
	struct err err;
	CURLcode rc;
	long status = 0;
	int code;

	*reply = NULL;
	if (cli_config(cli, &code) == NULL) {
		curl_easy_cleanup(curl);
		return code;
	}
	buf_init(&text, MAX_REPLY);
	rc = request(curl, cli, path, body, &text, &status);
	curl_easy_cleanup(curl);
	if (rc == CURLE_COULDNT_CONNECT) {
		code = cli_failf(CLI_NO_DAEMON, "start it: systemctl start daybookd, or daybookd -c FILE",
				 "daybookd is not running (nobody at %s)", cli->config->http.control);
	} else if (rc != CURLE_OK) {
		code = cli_failf(CLI_AGAIN, NULL, "daybookd: %s", curl_easy_strerror(rc));
	} else {
		*reply = text.len ? json_parse(buf_str(&text), 16, 10000, &err) : NULL;
		if (status != 200)
			code = report(status, &text, *reply);
	}
	buf_finish(&text);
	return code;
}
