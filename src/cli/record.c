#include "cli/record.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "cli/call.h"

enum { MAX_BODY = 64 << 10 };

void record_who(char out[RECORD_WHO_SIZE])
{
	if (getuid() == 0)
		snprintf(out, RECORD_WHO_SIZE, "root");
	else
		snprintf(out, RECORD_WHO_SIZE, "uid %u", (unsigned)getuid());
}

static bool tell_daemon(struct cli *cli, const struct audit_entry *entry, struct err *err)
{
	struct json_object *reply = NULL;
	struct json_writer w;
	struct buf body;
	bool ok;

	buf_init(&body, MAX_BODY);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "who", entry->who);
	json_member(&w, "what", entry->what);
	json_member(&w, "which", entry->which);
	json_member(&w, "detail", entry->detail);
	json_close(&w, '}');
	ok = cli_try_call(cli, "/audit", buf_str(&body), &reply, err) == CLI_OK;
	json_free(reply);
	buf_finish(&body);
	return ok;
}

/* As root too: SQLite gives what it makes beside the database to whom the database belongs. */
static bool write_it(const char *dir, const struct audit_entry *entry, struct err *err)
{
	struct store *st = NULL;
	bool ok = store_open(dir, STORE_WRITER, &st, err) && store_begin(st, err) && audit_add(st, entry, err) &&
		  store_commit(st, err);

	store_close(st);
	return ok;
}

bool record(struct cli *cli, const struct audit_entry *entry, struct err *err)
{
	struct ping ping;

	cli_ping(cli, &ping);
	return (ping.state == DAEMON_DOWN ? write_it(cli->config->storage.path, entry, err) : tell_daemon(cli, entry, err)) ||
	       err_prefixf(err, "the audit log");
}
