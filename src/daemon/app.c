#include "daemon/app.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/config.h"
#include "conf/diag.h"
#include "daemon/inside.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/reload.h"
#include "daemon/restored.h"
#include "daemon/watch.h"
#include "ingest/ingest.h"
#include "ingest/slot.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "net/tls_server.h"
#include "serve/own_tls.h"
#include "serve/serve.h"
#include "store/writer.h"
#include "table.h"

enum {
	MAX_JOBS = 1000, MAX_JOB_BYTES = 32 << 20, MAX_WAIT_US = 2000000,
	DRAIN_US = 20000000, DRAIN_LOOK_MS = 20,
	MAX_REPORT = 1 << 20,
};

/* ---- configuration ---- */

static void print_diags(const struct diags *diags, enum report to)
{
	struct buf text;

	buf_init(&text, MAX_REPORT);
	if (to == REPORT_JSON)
		diags_print_json(diags, &text);
	else
		diags_print(diags, &text);
	if (to == REPORT_LOG)
		log_report(buf_str(&text));
	else if (text.len > 0)
		fwrite(text.ptr, 1, text.len, to == REPORT_JSON ? stdout : stderr);
	buf_finish(&text);
}

const struct config *app_load_config(const char *path, enum report to, struct err *err)
{
	struct diags *diags = diags_create();
	const struct config *config = config_load(path, connectors_known, 0, diags);
	size_t n = diags_n_errors(diags);

	print_diags(diags, to);
	if (config == NULL)
		err_setf(err, ERR_CONF, "%zu error%s in the configuration", n, n == 1 ? "" : "s");
	diags_destroy(diags);
	return config;
}

/* The file and its key, which the configuration only names. Being over is no reason not to start: mail comes in all the same. */
static bool check_tls(const struct config *config, struct err *err)
{
	struct tls_server *tls;
	struct err over;

	if (!own_tls_load(config, &tls, err))
		return false;
	if (!own_tls_check_dates(tls, &over))
		fprintf(stderr, "daybookd: warning: %s\n", over.msg);
	tls_server_destroy(tls);
	return true;
}

int app_check(const struct options *options)
{
	struct err err;
	const struct config *config = app_load_config(options->config, options->as_json ? REPORT_JSON : REPORT_TEXT, &err);

	if (config != NULL && !check_tls(config, &err)) {
		fprintf(stderr, "daybookd: %s\n", err.msg);
		config_unref(config);
		return EXIT_CONFIG;
	}
	if (config == NULL) {
		if (!options->as_json)
			fprintf(stderr, "daybookd: %s\n", err.msg);
		return EXIT_CONFIG;
	}
	if (!options->as_json)
		fprintf(stderr, "daybookd: %s: ok, %zu connector%s\n", options->config,
			config->n_connectors, config->n_connectors == 1 ? "" : "s");
	config_unref(config);
	return EXIT_OK;
}

int app_exit_code(const struct err *err)
{
	switch (err->kind) {
	case ERR_IO:
	case ERR_FULL: return EXIT_IO;
	case ERR_AGAIN: return EXIT_LOCKED;
	case ERR_CONF: return EXIT_CONFIG;
	default: return EXIT_FAILURE;
	}
}

/* ---- parts ---- */

/* Changes of interest reach epoll once a turn, not one system call each: no descriptor of ours is ever
 * duplicated, which is what that needs. */
static struct event_base *make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

/* Writer thread. */
static void on_fatal(const struct err *err, void *arg)
{
	struct app *app = arg;
	const uint64_t one = 1;

	app->fatal = *err;
	if (write(app->fatal_fd, &one, sizeof(one)) < 0)
		abort();
}

static bool open_store(struct app *app, struct store **st, struct err *err)
{
	if (!store_open(app->dir, STORE_WRITER, st, err))
		return false;
	if (store_warning(*st) != NULL)
		log_warn(NULL, "this store is not safe", kv_s("reason", store_warning(*st)));
	if (restored_settle(*st, err) && store_begin(*st, err) && ingest_number(app->config, &connector_import, *st, err) &&
	    store_commit(*st, err))
		return true;
	store_close(*st);
	return false;
}

static bool make_writer(struct app *app, struct err *err)
{
	const struct writer_limits limits = {
		.max_jobs = MAX_JOBS, .max_bytes = MAX_JOB_BYTES, .max_wait_us = MAX_WAIT_US,
		.min_free_bytes = app->config->storage.min_free,
	};
	struct store *st;

	if (!open_store(app, &st, err))
		return false;
	app->fatal_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	app->writer = writer_create(st, &limits, on_fatal, app);
	return slot_setup(app->dir, err);
}

static bool make_ingest(struct app *app, struct err *err)
{
	const struct ingest_parts parts = {
		.base = app->base, .writer = app->writer, .parsers = app->parsers,
		.dir = app->dir, .import = &connector_import, .known = connectors_known,
	};
	struct store *reader;

	if (!store_open(parts.dir, STORE_READER, &reader, err))
		return false;
	app->ingest = ingest_create(&parts, (struct config *)app->config, reader, err);
	store_close(reader);
	return app->ingest != NULL && restored_finish(&parts, app->config, err);
}

static void reload_for_control(void *arg, reload_done_fn done, void *done_arg)
{
	reload_run(arg, done, done_arg);
}

static bool make_serve(struct app *app, struct err *err)
{
	const struct serve_parts parts = {
		.base = app->base, .ingest = app->ingest, .writer = app->writer,
		.parsers = app->parsers, .dir = app->dir,
		.reload = reload_for_control, .arg = app,
	};

	app->serve = serve_create(&parts, app->config, err);
	return app->serve != NULL;
}

/* ---- signals ---- */

static void look_whether_idle(evutil_socket_t fd, short what, void *arg)
{
	struct app *app = arg;

	(void)fd;
	(void)what;
	if (ingest_is_idle(app->ingest) && serve_is_idle(app->serve)) {
		event_base_loopbreak(app->base);
	} else if (clock_mono_us() > app->stop_by_us) {
		log_warn(NULL, "some of what was on its way did not finish; nothing accepted is lost");
		app->is_cut_short = true;
		event_base_loopbreak(app->base);
	}
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval every = { .tv_usec = DRAIN_LOOK_MS * 1000 };
	struct app *app = arg;

	(void)what;
	if (app->is_stopping) {		/* the second time: now */
		app->is_cut_short = true;
		event_base_loopbreak(app->base);
		return;
	}
	app->is_stopping = true;
	log_info(NULL, "stopping", kv_s("signal", fd == SIGINT ? "INT" : "TERM"));
	notify_stopping(app->notify);
	app->stop_by_us = clock_mono_us() + DRAIN_US;
	serve_drain(app->serve);
	ingest_stop(app->ingest);
	app->drain_timer = event_new(app->base, -1, EV_PERSIST, look_whether_idle, app);
	event_add(app->drain_timer, &every);
	look_whether_idle(-1, 0, app);
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	reload_run(arg, NULL, NULL);	/* says in the log how it went */
}

static void on_storage_failed(evutil_socket_t fd, short what, void *arg)
{
	struct app *app = arg;

	(void)fd;
	(void)what;
	log_error(NULL, "the storage failed; stopping", kv_s("reason", app->fatal.msg));
	app->is_cut_short = true;
	event_base_loopbreak(app->base);
}

/* Without the spawner no mail and no form can be read any more, and only a restart makes another: what is
 * accepted meanwhile would wait. Drain and end, so that the service manager starts us anew. */
static void look_for_spawner(evutil_socket_t fd, short what, void *arg)
{
	struct app *app = arg;

	(void)fd;
	(void)what;
	if (app->is_stopping || !sandbox_is_gone(app->sandbox))
		return;
	log_error(NULL, "the spawner of parser processes has died; ending, to be started anew");
	app->is_crippled = true;
	on_stop(SIGTERM, 0, app);
}

static void make_watch(struct app *app)
{
	struct watch_parts parts = {
		.base = app->base, .ingest = app->ingest, .writer = app->writer, .dir = app->dir,
	};

	app->notify = notify_create(app->base, app->writer);
	parts.notify = app->notify;
	app->watch = watch_create(&parts);
}

static void make_events(struct app *app)
{
	const struct timeval second = { .tv_sec = 1 };

	static const struct {
		int signo;
		event_callback_fn fn;
	} signals[N_SIGNALS] = { { SIGTERM, on_stop }, { SIGINT, on_stop }, { SIGHUP, on_reload } };

	for (int i = 0; i < N_SIGNALS; i++) {
		app->signals[i] = evsignal_new(app->base, signals[i].signo, signals[i].fn, app);
		event_add(app->signals[i], NULL);
	}
	app->fatal_event = event_new(app->base, app->fatal_fd, EV_READ, on_storage_failed, app);
	event_add(app->fatal_event, NULL);
	app->spawner_timer = event_new(app->base, -1, EV_PERSIST, look_for_spawner, app);
	event_add(app->spawner_timer, &second);
	make_watch(app);
}

/* ---- life ---- */

static bool make_parts(struct app *app, struct err *err)
{
	/* The spawner is made before a secret, a thread, a socket or a database exists. */
	app->sandbox = sandbox_launch(err);
	if (app->sandbox == NULL)
		return err_prefixf(err, "parser processes");
	app->config = app_load_config(app->options->config, REPORT_TEXT, err);
	if (app->config == NULL)
		return false;
	app->dir = xstrdup(app->config->storage.path);
	evthread_use_pthreads();
	app->base = make_base();
	app->parsers = parsers_create(app->sandbox, (size_t)app->config->ingest.parsers,
				      app->config->ingest.parse_timeout, 0);
	if (!make_writer(app, err) || !make_ingest(app, err) || !make_serve(app, err))
		return false;
	/* Last: it has had the time of all the rest to get ready. */
	if (!sandbox_try(app->sandbox, err))
		return err_prefixf(err, "parser processes");
	make_events(app);
	return true;
}

struct app *app_create(const struct options *options, struct err *err)
{
	struct app *app = xnew(struct app);

	app->options = options;
	app->fatal_fd = -1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a file size limit is "no room", not a death */
	prctl(PR_SET_DUMPABLE, 0);
	if (make_parts(app, err))
		return app;
	app_destroy(app);
	return NULL;
}

static void log_start(struct app *app)
{
	if (serve_is_activated(app->serve))
		log_info(NULL, "listening on the sockets of the service manager; http.listen is not used");
	for (size_t i = 0; !serve_is_activated(app->serve) && i < app->config->n_listen; i++)
		log_info(NULL, "listening", kv_s("address", app->config->listen[i].text));
	log_info(NULL, "ready", kv_s("version", DAYBOOK_VERSION),
		 kv_i("connectors", app->config->n_connectors),
		 kv_s("store", app->dir));
}

bool app_run(struct app *app, struct err *err)
{
	ingest_start(app->ingest);
	log_start(app);
	notify_ready(app->notify);
	event_base_dispatch(app->base);
	if (app->is_crippled)
		return err_setf(err, ERR_BUG, "the spawner of parser processes has died");
	if (app->fatal.kind == ERR_NONE)
		return true;
	*err = app->fatal;
	return false;
}

static void free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

/* Workers that a dead mail server holds are not waited for: what they had is not committed, what is
 * committed is safe, and the process ends here. */
static void end_now(struct app *app)
{
	if (app->fatal.kind == ERR_NONE)
		writer_stop(app->writer);	/* not freed: a worker may be about to submit */
	log_info(NULL, "stopped");
	_exit(app->fatal.kind == ERR_NONE ? EXIT_OK : EXIT_IO);
}

void app_destroy(struct app *app)
{
	if (app == NULL)
		return;
	if (app->is_cut_short)
		end_now(app);
	serve_destroy(app->serve);
	ingest_destroy(app->ingest);
	watch_destroy(app->watch);
	notify_destroy(app->notify);
	for (int i = 0; i < N_SIGNALS; i++)
		free_event(app->signals[i]);
	free_event(app->drain_timer);
	free_event(app->fatal_event);
	free_event(app->spawner_timer);
	writer_destroy(app->writer);
	slot_finish();
	parsers_destroy(app->parsers);
	if (app->base != NULL)
		event_base_free(app->base);
	if (app->fatal_fd >= 0)
		close(app->fatal_fd);
	sandbox_stop(app->sandbox);
	config_unref(app->config);
	free(app->dir);
	free(app);
	log_info(NULL, "stopped");
}
