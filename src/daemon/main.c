#include <stdio.h>

#include "base/log.h"
#include "daemon/app.h"
#include "daemon/options.h"

/* Read by jemalloc. One arena: the loop and the writer meet there seldom, and each further one costs 0.3 MB. */
extern const char *const malloc_conf;
const char *const malloc_conf = "narenas:1,lg_tcache_max:13";

static int fail(const struct err *err)
{
	log_error(NULL, "daybookd ends", kv_s("reason", err->msg));
	return app_exit_code(err);
}

static int run(const struct options *options)
{
	struct err err;
	struct app *app = app_create(options, &err);
	bool ok = app != NULL && app_run(app, &err);

	app_destroy(app);
	return ok ? EXIT_OK : fail(&err);
}

int main(int argc, char **argv)
{
	struct options options;
	struct err err;

	if (!options_parse(argc, argv, &options, &err)) {
		fprintf(stderr, "daybookd: %s\n", err.msg);
		return EXIT_USAGE;
	}
	log_setup(options.is_verbose ? LOG_DEBUG_ : LOG_INFO_);
	if (options.show_help)
		return fputs(options_help, stdout) < 0;
	if (options.show_version)
		return puts("daybookd " DAYBOOK_VERSION) < 0;
	return options.check_only ? app_check(&options) : run(&options);
}
