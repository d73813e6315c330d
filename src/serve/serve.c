#include "serve/serve.h"

#include <stdlib.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "conf/config.h"
#include "ingest/ingest.h"
#include "net/tls_server.h"
#include "serve/inside.h"
#include "serve/own_tls.h"

enum { READERS = 2, GIVE_WAY = 5, MAX_READS_WAITING = 64, HASHERS = 2, MAX_HASHES_WAITING = 16, MAX_IMPORT_BODY = 64 << 20 };

static bool is_get(struct http_request *rq)
{
	const struct http_header more[] = { { "Allow", "GET, HEAD" }, { 0 } };

	if (str_eq(http_method(rq), STR("GET")))
		return true;
	http_problem(rq, 405, "this address takes GET", more);
	return false;
}

static void handle(struct http_request *rq, void *arg)
{
	static const struct {
		const char *path;
		void (*fn)(struct serve *s, struct http_request *rq);
	} pages[] = {
		{ "/healthz", serve_health }, { "/readyz", serve_ready }, { "/metrics", serve_metrics },
		{ "/oauth/callback", serve_login_answer },
	};
	struct serve *s = arg;
	struct str path = http_path(rq);

	if (str_starts(path, STR("/hooks/"))) {
		ingest_webhook(s->parts.ingest, rq, str_sub(path, 7, path.len));
		return;
	}
	if (api_handle(s->api, rq))
		return;
	for (size_t i = 0; i < countof(pages); i++) {
		if (!str_eq(path, str_from(pages[i].path)))
			continue;
		if (is_get(rq))
			pages[i].fn(s, rq);
		return;
	}
	http_problem(rq, 404, "there is nothing at this address; webhooks are below /hooks/", NULL);
}

bool serve_may_see(struct serve *s, struct http_request *rq)
{
	(void)s;
	return http_is_local(rq);
}

static bool is_proxy(const struct sockaddr *peer, void *arg)
{
	const struct serve *s = arg;

	return cidr_list_has(&s->config->trust_proxy, peer);
}

static struct http_limits public_limits(struct serve *s)
{
	const struct config_http *http = &s->config->http;
	struct http_limits limits = {
		.max_body = (uint64_t)http->max_body,
		.max_connections = (unsigned)http->max_connections,
		.max_per_address = (unsigned)http->max_connections_per_address,
		.loopback_is_exempt = true,
		.request_us = http->request_timeout,
		.large_request_us = 2 * http->request_timeout,
		.is_proxy = is_proxy, .is_proxy_arg = s,
	};
	uint64_t most = ingest_max_body(s->parts.ingest);

	/* A connector's own max_body may be larger: the server lets that through, the route decides. */
	if (limits.max_body < most)
		limits.max_body = most;
	return limits;
}

static void use_tls(struct serve *s, struct tls_server *tls)
{
	struct err err;

	if (tls == NULL)
		return;
	if (!own_tls_check_dates(tls, &err))
		log_warn(NULL, "clients will refuse our certificate", kv_s("reason", err.msg));
	s->tls_ends_us = tls_server_ends_us(tls);
	http_set_tls(s->http, tls);
}

static bool listen_public(struct serve *s, struct err *err)
{
	struct tls_server *tls;
	int n;

	if (!own_tls_load(s->config, &tls, err))
		return false;
	use_tls(s, tls);
	n = http_adopt_activated(s->http, err);

	s->is_activated = n > 0;
	if (n != 0)
		return n > 0;
	for (size_t i = 0; i < s->config->n_listen; i++)
		if (!http_listen(s->http, s->config->listen[i].text, err))
			return err_prefixf(err, "http.listen");
	return true;
}

static bool listen_control(struct serve *s, struct err *err)
{
	const struct http_limits limits = { .max_body = MAX_IMPORT_BODY, .max_connections = 128,
					    .max_buffered = 256 << 20,
					    .loopback_is_exempt = true };
	auto_free char *address = xasprintf("unix:%s", s->config->http.control);

	s->control = http_create(s->parts.base, &limits, control_handle, s);
	return http_listen(s->control, address, err) || err_prefixf(err, "http.control");
}

struct serve *serve_create(const struct serve_parts *parts, const struct config *config,
			   struct err *err)
{
	struct serve *s = xnew(struct serve);
	struct http_limits limits;

	s->parts = *parts;
	s->config = config_ref(config);
	s->started_us = s->last_reload_us = clock_wall_us();
	s->was_reload_good = true;
	s->readers = pool_create("daybook-read", READERS, MAX_READS_WAITING, 0);
	pool_give_way(s->readers, GIVE_WAY);	/* who sends waits for an acknowledgement */
	s->hashers = pool_create("daybook-login", HASHERS, MAX_HASHES_WAITING, 0);
	pool_give_way(s->hashers, GIVE_WAY);
	s->api = api_create(&(struct api_parts){ .ingest = parts->ingest, .writer = parts->writer, .parsers = parts->parsers,
						 .readers = s->readers, .hashers = s->hashers, .dir = parts->dir }, config);
	limits = public_limits(s);
	s->http = http_create(parts->base, &limits, handle, s);
	if (listen_public(s, err) && listen_control(s, err))
		return s;
	serve_destroy(s);
	return NULL;
}

void serve_destroy(struct serve *s)
{
	if (s == NULL)
		return;
	pool_destroy(s->readers);
	pool_destroy(s->hashers);
	api_destroy(s->api);
	http_destroy(s->http);
	http_destroy(s->control);
	config_unref(s->config);
	free(s);
}

void serve_drain(struct serve *s)
{
	s->is_draining = true;
	api_drain(s->api);
	http_stop_accepting(s->http);
	http_drain(s->http);
	http_stop_accepting(s->control);
	http_drain(s->control);
}

bool serve_is_idle(const struct serve *s)
{
	return http_in_flight(s->http) == 0 && http_in_flight(s->control) == 0;
}

bool serve_load_tls(const struct serve *s, const struct config *config, struct tls_server **tls, struct err *err)
{
	if (!own_tls_load(config, tls, err))
		return false;
	if ((*tls != NULL) != (s->tls_ends_us != 0)) {
		err_setf(err, ERR_CONF, "http.tls cannot come or go without a restart");
	} else if (s->tls_ends_us <= clock_wall_us() || own_tls_check_dates(*tls, err)) {
		return true;	/* what runs is over as well: this one is no worse */
	}
	tls_server_destroy(*tls);
	*tls = NULL;
	return false;
}

void serve_take_config(struct serve *s, const struct config *config, struct tls_server *tls)
{
	struct http_limits limits;

	config_unref(s->config);
	s->config = config_ref(config);
	api_take_config(s->api, config);
	limits = public_limits(s);
	http_set_limits(s->http, &limits);
	use_tls(s, tls);
}

void serve_note_reload(struct serve *s, bool was_good)
{
	s->last_reload_us = clock_wall_us();
	s->was_reload_good = was_good;
}

bool serve_is_activated(const struct serve *s)
{
	return s->is_activated;
}

struct http *serve_public(struct serve *s)
{
	return s->http;
}
