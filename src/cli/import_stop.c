#include "cli/import_stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t n_signals;

static void on_signal(int signo)
{
	(void)signo;
	n_signals++;
}

void import_catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool import_is_stopped(void)
{
	return n_signals > 0;
}
