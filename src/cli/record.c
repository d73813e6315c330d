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

static bool write_it(struct cli *cli, const struct audit_entry *entry, struct err *err)
{
	struct store *st = NULL;
	bool ok = store_open(cli->config->storage.path, STORE_WRITER, &st, err) && store_begin(st, err) &&
		  audit_add(st, entry, err) && store_commit(st, err);

	store_close(st);
	return ok;
}

void record(struct cli *cli, const struct audit_entry *entry)
{
	struct ping ping;
	struct err err;
	bool ok;

	cli_ping(cli, &ping);
	ok = ping.state == DAEMON_DOWN ? write_it(cli, entry, &err) : tell_daemon(cli, entry, &err);
	if (!ok)
		fprintf(stderr, "daybook: it is done, but is not in the audit log: %s\n", err.msg);
}
