#include "cli/backup_bar.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 30 };

void backup_bar(const char *what, int64_t done, int64_t of, void *arg)
{
	static const char full[] = "##############################", rest[] = "..............................";
	int n = of > 0 ? (int)(WIDTH * done / of) : WIDTH;

	(void)arg;
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%-9s %.*s%.*s %3lld %%", what, n, full, WIDTH - n, rest,
		(long long)(of > 0 ? 100 * done / of : 100));
}

void backup_bar_clear(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}
