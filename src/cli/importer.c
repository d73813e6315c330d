/* daybook-import: reads a file that was sent to daybookd to be imported, for daybookd, which starts it. What is asked comes as a JSON object
 * on standard input, what came of it goes to standard output: {"code", "error", "unread"}, the last how many messages could not be read at
 * all, of the first of which the error is where nothing else is. daybookd ends the run with that. The rest is what daybook import does. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/import_mark.h"
#include "cli/import_run.h"
#include "cli/import_screen.h"
#include "cli/import_stop.h"

enum { MAX_REQUEST = 64 << 10, MAX_SAID = 2000 };

#define GONE "what was sent is not there any more; send it again"
#define COMPLAINT "daybook: "		/* as cli_failf() begins it */

static bool read_request(struct buf *in)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		buf_add(in, (struct str){ bytes, (size_t)n });
	return n == 0 && !buf_is_exceeded(in);
}

/* Dead before prctl() was reached: what it asked for stands in the socket all the same, and the next daybookd asks again. */
static bool is_orphan(void)
{
	struct pollfd asker = { .fd = STDIN_FILENO };

	return poll(&asker, 1, 0) == 1 && (asker.revents & POLLHUP);
}

static char *text_of(struct json_object *request, const char *name)
{
	struct str text = json_str(request, name);

	return xstrndup(text.len ? text.ptr : "", text.len);
}

static struct import_reader *open_reader(struct str kind, const char *name, int64_t max_message, const char **hint, struct err *err)
{
	const struct import_options options = { .max_message = (size_t)max_message, .now_us = clock_wall_us() };

	if (str_eq(kind, STR("mbox")))
		return import_open_mbox(name, &options, hint, err);
	if (str_eq(kind, STR("eml")))
		return import_open_eml(name, &options, hint, err);
	err_setf(err, ERR_INPUT, "this is not read here");
	return NULL;
}

/* Its mark is where an earlier run of it was stopped. */
static int import_file(struct cli *cli, struct import_reader *reader, struct str kind, const char *name, const char *id, struct import_count *count)
{
	auto_free char *kind_text = xstrndup(kind.ptr, kind.len);
	auto_free char *key = import_mark_key(kind_text, name);
	auto_free char *mark = import_mark_load(cli, key);
	struct import_screen *screen = import_screen_create(false, false);
	struct import_run run = { .cli = cli, .reader = reader, .screen = screen, .count = count, .key = key, .has_mark = mark != NULL,
				  .id = id };
	int code;

	if (mark != NULL)
		reader->resume(reader, str_from(mark));
	code = import_run(&run);
	if (code != CLI_OK && import_is_stopped())
		code = cli_failf(CLI_AGAIN, NULL, "it was told to stop");
	else if (count->gone > 0)
		code = cli_failf(CLI_MISSING, NULL, GONE);
	import_screen_destroy(screen);
	return code;
}

static int run(struct json_object *request, struct import_count *count)
{
	auto_free char *control = text_of(request, "control"), *store = text_of(request, "store"), *folder = text_of(request, "folder"),
		       *name = text_of(request, "name"), *id = text_of(request, "import");
	struct config config = { .http.control = control, .storage.path = store };
	struct cli cli = { .config = &config };
	int64_t max_message = 0;
	struct import_reader *reader;
	const char *hint = NULL;
	struct err err;
	int code;

	json_int(json_get(request, "max_message"), &max_message);
	if (chdir(folder) != 0)
		return cli_failf(CLI_MISSING, NULL, GONE);
	reader = open_reader(json_str(request, "kind"), name, max_message, &hint, &err);
	if (reader == NULL)
		return cli_failf(cli_code_of(err.kind), NULL, "%s%s%s", err.msg, hint != NULL ? "; " : "", hint != NULL ? hint : "");
	import_catch_signals();
	code = import_file(&cli, reader, json_str(request, "kind"), name, id, count);
	import_close(reader);
	return code;
}

/* Why it ended. What stands before is of single messages, what follows is for a terminal. */
static struct str complaint_in(struct str said)
{
	struct str line, found = STR("");

	while (str_next(&said, '\n', &line))
		if (str_starts(line, STR(COMPLAINT)))
			found = str_sub(line, strlen(COMPLAINT), MAX_SAID);
	return found;
}

static void answer(int code, struct str error, const struct import_count *count)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 8 * MAX_SAID);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member_int(&w, "code", code);
	json_member_or_null(&w, "error", error.len > 0 ? error : str_from(count->first_failed));
	json_member_int(&w, "unread", count->failed_to_read);
	json_close(&w, '}');
	fwrite(out.ptr, 1, out.len, stdout);
	buf_finish(&out);
}

int main(int argc, char **argv)
{
	struct import_count count = { .read = 0 };
	struct json_object *request = NULL;
	char *said = NULL;
	size_t n_said = 0;
	struct err err;
	struct buf in;
	int code;

	if (argc != 2 || isatty(STDIN_FILENO)) {
		fputs("daybook-import: reads a file for daybookd, which starts it; daybook import is for people\n", stderr);
		return 64;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* the next daybookd goes on with it */
	buf_init(&in, MAX_REQUEST);
	if (is_orphan())
		return 1;
	request = read_request(&in) ? json_parse(buf_str(&in), 3, 100, &err) : NULL;
	stderr = open_memstream(&said, &n_said);
	if (request == NULL)
		code = cli_failf(CLI_FAILED, NULL, "the request cannot be read");
	else if (strcmp(argv[1], DAYBOOK_VERSION) != 0)
		code = cli_failf(CLI_FAILED, NULL, "daybook-import is version " DAYBOOK_VERSION ", daybookd another: install both anew");
	else
		code = run(request, &count);
	fclose(stderr);
	answer(code, complaint_in((struct str){ said, n_said }), &count);
	json_free(request);
	buf_finish(&in);
	free(said);
	return fflush(stdout) == 0 ? 0 : 1;
}
