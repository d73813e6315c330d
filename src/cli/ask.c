#include "cli/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/secret.h"

enum { MAX_LINE = 1024, CTRL_C = 3 };

/* Byte by byte: a buffer would keep a copy of a password, and swallow what the next question is to read. *n without
 * the line's end; false at the end of input, or when the line is too long. */
static bool read_line(char line[MAX_LINE], size_t *n)
{
	ssize_t got = 0;
	char c;

	for (*n = 0; *n < MAX_LINE; line[(*n)++] = c) {
		do
			got = read(STDIN_FILENO, &c, 1);
		while (got < 0 && errno == EINTR);
		if (got <= 0 || c == '\n')
			break;
	}
	if (*n > 0 && *n < MAX_LINE && line[*n - 1] == '\r')
		(*n)--;
	return *n < MAX_LINE && (got > 0 || *n > 0);
}

bool ask_is_there(void)
{
	return isatty(STDIN_FILENO);
}

static void put_question(const char *question)
{
	fflush(stdout);
	fputs(question, stderr);
	fflush(stderr);
}

int ask_person(const char *question, const char *hint)
{
	auto_free char *text = xasprintf("%s [y/N] ", question);
	char line[MAX_LINE];
	size_t n;

	if (!ask_is_there())
		return cli_failf(CLI_USAGE, hint, "nobody is there to ask: %s", question);
	put_question(text);
	if (read_line(line, &n)) {
		struct str s = str_trim((struct str){ line, n });

		if (str_ieq(s, STR("y")) || str_ieq(s, STR("yes")))
			return CLI_OK;
	}
	return cli_failf(CLI_FAILED, NULL, "nothing was done");
}

int ask(const struct cli *cli, const char *question)
{
	return cli->is_yes ? CLI_OK : ask_person(question, "--yes answers for you");
}

char *ask_line(const char *question, const char *fallback)
{
	auto_free char *text = fallback ? xasprintf("%s [%s]: ", question, fallback) : xasprintf("%s: ", question);
	char line[MAX_LINE];
	struct str s;
	size_t n;

	if (!ask_is_there())
		return xstrdup(fallback);
	put_question(text);
	if (!read_line(line, &n))
		return NULL;
	s = str_trim((struct str){ line, n });
	if (s.len == 0)
		return xstrdup(fallback);
	return xstrndup(s.ptr, s.len);
}

struct secret *ask_secret(const char *question)
{
	auto_free char *text = xasprintf("%s (not shown): ", question);
	struct termios before, quiet;
	bool is_quiet = ask_is_there() && tcgetattr(STDIN_FILENO, &before) == 0;
	struct secret *secret = NULL;
	char line[MAX_LINE];
	size_t n = 0;

	if (is_quiet) {
		/* Without signals too: an interrupt must not leave the terminal mute. */
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		put_question(text);
	}
	if (read_line(line, &n) && n > 0 && memchr(line, CTRL_C, n) == NULL)
		secret = secret_create((struct str){ line, n });
	explicit_bzero(line, sizeof(line));
	if (is_quiet) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	return secret;
}
