#include "cli/import_id.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/call.h"
#include "cli/import_escape.h"
#include "cli/import_patience.h"
#include "cli/import_stop.h"

enum { MAX_JSON = 16 << 10, MAX_PATH = 1800 };

/* "/srv/mail/sales.mbox and 2 more". */
static char *name_of(const char *path, int n_more)
{
	auto_free char *real = realpath(path, NULL);
	auto_free char *plain = import_escape(str_from(real != NULL ? real : path), IMPORT_ESCAPE_CONTROLS);

	return n_more > 0 ? xasprintf("%.*s and %d more", MAX_PATH, plain, n_more) : xasprintf("%.*s", MAX_PATH, plain);
}

/* A daemon that is busy is asked again. */
static bool call(struct cli *cli, const char *path, struct str body, struct json_object **reply)
{
	const struct timespec pause = { .tv_sec = 1 };
	struct err err;

	for (int i = 0; i < IMPORT_REFUSED_S && !import_is_stopped(); i++) {
		int code;

		*reply = NULL;
		code = cli_try_call(cli, path, body, reply, &err);
		if (code != CLI_AGAIN)
			return code == CLI_OK;
		nanosleep(&pause, NULL);
	}
	return false;
}

void import_id_begin(struct cli *cli, const char *kind, const char *path, int n_more, char id[IMPORT_ID_SIZE])
{
	auto_free char *name = name_of(path, n_more);
	auto_json struct json_object *reply = NULL;
	struct json_writer w;
	struct buf body;

	id[0] = '\0';
	buf_init(&body, MAX_JSON);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "kind", str_from(kind));
	json_member(&w, "name", str_from(name));
	json_close(&w, '}');
	if (call(cli, "/import/begin", buf_str(&body), &reply))
		snprintf(id, IMPORT_ID_SIZE, STR_FMT, STR_ARG(json_str(reply, "import")));
	buf_finish(&body);
}

void import_id_end(struct cli *cli, const char *id)
{
	auto_json struct json_object *reply = NULL;
	struct json_writer w;
	struct buf body;

	if (id[0] == '\0')
		return;
	buf_init(&body, MAX_JSON);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "import", str_from(id));
	json_close(&w, '}');
	call(cli, "/import/end", buf_str(&body), &reply);
	buf_finish(&body);
}
