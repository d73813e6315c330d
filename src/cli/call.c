#include "cli/call.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

enum { MAX_REPLY = 16 << 20, MAX_NODES = 1000000, CALL_TIMEOUT_S = 120, PING_TIMEOUT_S = 3 };

static const char start_it[] = "start it: systemctl start daybookd, or daybookd -c FILE";
static const char ask_root[] = "run it as root, as the daemon's user or as a member of its group";

struct exchange {
	CURLcode rc;
	long status;
	long os_error;
	struct buf text;
};

static size_t take_reply(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *reply = arg;

	buf_add(reply, (struct str){ bytes, size * n });
	return buf_is_exceeded(reply) ? 0 : size * n;
}

static void exchange_run(struct exchange *x, struct cli *cli, const char *path, struct str body, long timeout_s)
{
	auto_free char *url = xasprintf("http://daybookd%s", path);
	CURL *curl = curl_easy_init();

	*x = (struct exchange){ .rc = CURLE_FAILED_INIT };
	buf_init(&x->text, MAX_REPLY);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, cli->config->http.control);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.len ? body.ptr : "");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_reply);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &x->text);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	x->rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &x->status);
	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &x->os_error);
	curl_easy_cleanup(curl);
}

static bool is_nobody(const struct exchange *x)
{
	return x->rc == CURLE_COULDNT_CONNECT && x->os_error != EACCES && x->os_error != EPERM;
}

/* What the daemon said of a request it did not carry out. */
static int refused(const struct exchange *x, struct json_object *reply, struct err *err)
{
	static const enum err_kind kinds[] = { ERR_INPUT, ERR_LIMIT, ERR_AGAIN, ERR_DENIED, ERR_CONF,
					       ERR_FULL, ERR_LOGIN, ERR_THROTTLED, ERR_MISSING, ERR_CANCELED };
	struct str why = json_str(reply, "error"), kind = json_str(reply, "kind");
	enum err_kind found = x->status == 403 ? ERR_DENIED : x->status == 503 ? ERR_AGAIN : ERR_BUG;

	if (why.len == 0)
		why = json_str(reply, "detail").len ? json_str(reply, "detail") : str_trim(buf_str(&x->text));
	for (size_t i = 0; i < countof(kinds); i++)
		if (str_eq(kind, str_from(err_kind_name(kinds[i]))))
			found = kinds[i];
	err_setf(err, found, STR_FMT, STR_ARG(why));
	return cli_code_of(found);
}

static int try_call(struct cli *cli, const char *path, struct str body, long timeout_s, struct json_object **reply,
		    struct err *err)
{
	struct exchange x;
	struct err ignored;
	int code = CLI_OK;

	*reply = NULL;
	exchange_run(&x, cli, path, body, timeout_s);
	if (is_nobody(&x)) {
		err_setf(err, ERR_AGAIN, "daybookd is not running (nobody at %s)", cli->config->http.control);
		code = CLI_NO_DAEMON;
	} else if (x.rc == CURLE_COULDNT_CONNECT) {
		err_setf(err, ERR_DENIED, "you may not talk to daybookd (%s: %s)", cli->config->http.control,
			 strerror((int)x.os_error));
		code = CLI_DENIED;
	} else if (x.rc != CURLE_OK) {
		err_setf(err, ERR_AGAIN, "daybookd: %s", curl_easy_strerror(x.rc));
		code = CLI_AGAIN;
	} else {
		*reply = x.text.len ? json_parse(buf_str(&x.text), 16, MAX_NODES, &ignored) : NULL;
		if (x.status != 200)
			code = refused(&x, *reply, err);
	}
	buf_finish(&x.text);
	return code;
}

int cli_try_call(struct cli *cli, const char *path, struct str body, struct json_object **reply, struct err *err)
{
	return try_call(cli, path, body, CALL_TIMEOUT_S, reply, err);
}

int cli_call(struct cli *cli, const char *path, struct str body, struct json_object **reply)
{
	return cli_call_patiently(cli, path, body, CALL_TIMEOUT_S, reply);
}

int cli_call_patiently(struct cli *cli, const char *path, struct str body, long timeout_s, struct json_object **reply)
{
	struct err err;
	int code;

	*reply = NULL;
	if (cli_config(cli, &code) == NULL)
		return code;
	code = try_call(cli, path, body, timeout_s, reply, &err);
	if (code == CLI_OK)
		return code;
	return cli_failf(code, code == CLI_NO_DAEMON ? start_it : code == CLI_DENIED ? ask_root : NULL, "%s",
			 err.msg);
}

const char *daemon_state_name(enum daemon_state state)
{
	static const char *const names[] = { "down", "running", "not answering", "unknown" };

	return (size_t)state < countof(names) ? names[state] : "unknown";
}

static void read_pong(struct json_object *pong, struct ping *ping)
{
	struct str version = json_str(pong, "version"), reload = json_str(pong, "last_reload_at");

	snprintf(ping->version, sizeof(ping->version), STR_FMT, STR_ARG(version));
	json_int(json_get(pong, "pid"), &ping->pid);
	json_int(json_get(pong, "uptime_s"), &ping->uptime_s);
	ping->was_reload_good = json_true(json_get(pong, "was_reload_good"));
	clock_parse(reload, &ping->last_reload_us);
}

void cli_ping(struct cli *cli, struct ping *ping)
{
	auto_json struct json_object *pong = NULL;
	struct exchange x;
	struct err ignored;

	*ping = (struct ping){ .state = DAEMON_STUCK };
	exchange_run(&x, cli, "/ping", STR(""), PING_TIMEOUT_S);
	if (is_nobody(&x))
		ping->state = DAEMON_DOWN;
	else if (x.rc == CURLE_COULDNT_CONNECT || x.status == 403)
		ping->state = DAEMON_UNKNOWN;
	else if (x.status == 200 && (pong = json_parse(buf_str(&x.text), 4, 100, &ignored)) != NULL)
		ping->state = DAEMON_RUNNING;
	if (pong != NULL)
		read_pong(pong, ping);
	buf_finish(&x.text);
}
