#include "daemon/reload.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "conf/config.h"
#include "daemon/inside.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "ingest/ingest.h"
#include "net/tls_server.h"
#include "serve/serve.h"
#include "store/audit.h"
#include "store/writer.h"
#include "table.h"

/* New connectors are numbered by the writer first; the rest happens back on the loop. */
struct numbering {
	struct job job;
	struct app *app;
	const struct config *config;
	struct err err;
	reload_done_fn done;
	void *arg;
};

static void report(struct app *app, const struct err *err)
{
	serve_note_reload(app->serve, err == NULL);
	if (err == NULL) {
		log_info(NULL, "configuration reloaded");
		notify_ready(app->notify);
		return;
	}
	log_error(NULL, "keeping the running configuration", kv_s("reason", err->msg));
	if (app->is_stopping)
		return;		/* systemd must not take it for ready again */
	notify_ready(app->notify);
	notify_status(app->notify, "Taking messages; the last reload was refused, see the log");
}

static bool take(struct app *app, const struct config *config, struct err *err)
{
	struct store *reader = NULL;
	struct tls_server *tls = NULL;
	bool ok = serve_load_tls(app->serve, config, &tls, err) && store_open(app->dir, STORE_READER, &reader, err) &&
		  ingest_reload(app->ingest, (struct config *)config, reader, err);

	store_close(reader);
	if (!ok) {
		tls_server_destroy(tls);
		return false;
	}
	serve_take_config(app->serve, config, tls);
	config_unref(app->config);
	app->config = config_ref(config);
	return true;
}

static void on_numbered(void *arg)
{
	struct numbering *n = arg;
	bool ok;

	if (n->err.kind == ERR_NONE && n->app->is_stopping)
		err_setf(&n->err, ERR_CANCELED, "shutting down");
	ok = n->err.kind == ERR_NONE && take(n->app, n->config, &n->err);
	report(n->app, ok ? NULL : &n->err);
	if (n->done != NULL)
		n->done(ok ? NULL : &n->err, n->arg);
	ingest_leave(n->app->ingest);
	config_unref(n->config);
	free(n);
}

static bool number(struct job *job, struct store *st, struct err *err)
{
	struct numbering *n = (struct numbering *)job;

	return ingest_number(n->config, &connector_import, st, err) &&
	       audit_add(st, &(struct audit_entry){ .who = STR("daybookd"), .what = STR("reload") }, err);
}

static void numbered(struct job *job, const struct err *err)
{
	struct numbering *n = (struct numbering *)job;

	n->err = err ? *err : (struct err){ .kind = ERR_NONE };
	ingest_call_loop(n->app->ingest, on_numbered, n);
}

static bool begin(struct app *app, const struct config *config, reload_done_fn done, void *arg,
		  struct err *err)
{
	struct numbering *n = xnew(struct numbering);

	*n = (struct numbering){ .job = { .apply = number, .done = numbered, .bytes = sizeof(*n) },
				 .app = app, .config = config_ref(config), .done = done, .arg = arg };
	ingest_enter(app->ingest);
	if (writer_submit(app->writer, &n->job, err))
		return true;
	ingest_leave(app->ingest);
	config_unref(n->config);
	free(n);
	return false;
}

static bool check_restart(struct app *app, const struct config *config, struct err *err)
{
	struct buf names;
	bool ok = true;

	buf_init(&names, 300);
	if (config_needs_restart(app->config, config, &names))
		ok = err_setf(err, ERR_CONF, "%s cannot change without a restart",
			      names.ptr ? names.ptr : "something");
	buf_finish(&names);
	return ok;
}

void reload_run(struct app *app, reload_done_fn done, void *arg)
{
	const struct config *config = NULL;
	struct err err;
	bool ok;

	if (app->is_stopping) {
		ok = err_setf(&err, ERR_CANCELED, "shutting down");
	} else {
		notify_reloading(app->notify);
		config = app_load_config(app->options->config, REPORT_LOG, &err);
		ok = config != NULL && check_restart(app, config, &err) && begin(app, config, done, arg, &err);
		if (!ok)
			report(app, &err);
	}
	if (!ok && done != NULL)
		done(&err, arg);
	config_unref(config);
}
