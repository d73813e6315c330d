/* The command line of daybookd. */
#pragma once

#include <daybook/err.h>

struct options {
	const char *config;
	bool check_only, as_json, show_help, show_version, is_verbose;
};

/* False: ERR_CONF with what to do; the caller prints it and exits 2. */
bool options_parse(int argc, char **argv, struct options *out, struct err *err);
extern const char options_help[];
