#include "daemon/options.h"

#include <getopt.h>

#include "conf/config.h"

const char options_help[] =
	"usage: daybookd [-c FILE] [-t] [--json] [-v]\n"
	"\n"
	"  -c, --config FILE   configuration (default " CONFIG_DEFAULT_PATH ")\n"
	"  -t, --test          check the configuration, exit 0 or 78\n"
	"      --json          with -t: one JSON object for each error and warning\n"
	"  -v, --verbose       log at debug level too\n"
	"  -V, --version       print the version\n"
	"  -h, --help          print this\n"
	"\n"
	"Stays in the foreground. SIGHUP reloads, SIGTERM drains and ends. See daybookd(8).\n";

bool options_parse(int argc, char **argv, struct options *out, struct err *err)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' }, { "test", no_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },	    { "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },	    { "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	*out = (struct options){ .config = CONFIG_DEFAULT_PATH };
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "c:tvVh", longs, NULL)) != -1) {
		switch (c) {
		case 'c': out->config = optarg; break;
		case 't': out->check_only = true; break;
		case 'j': out->as_json = true; break;
		case 'v': out->is_verbose = true; break;
		case 'V': out->show_version = true; break;
		case 'h': out->show_help = true; break;
		default:
			return err_setf(err, ERR_CONF, "\"%s\" is not an option, or lacks its value; see daybookd --help",
					argv[optind - 1]);
		}
	}
	if (optind < argc)
		return err_setf(err, ERR_CONF, "\"%s\" is too much; see daybookd --help", argv[optind]);
	return true;
}
