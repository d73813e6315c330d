/* daybook connector pause, resume, sync. */
#include <stdio.h>

#include "base/json.h"
#include "cli/call.h"
#include "cli/commands.h"

enum { MAX_REQUEST = 4096 };

static int ask(struct cli *cli, const char *path, const char *why, struct json_object **reply)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_REQUEST);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "connector", str_from(cli->argv[0]));
	json_member(&w, "why", str_from(why));
	json_close(&w, '}');
	code = cli_call(cli, path, buf_str(&body), reply);
	buf_finish(&body);
	return code;
}

static int change(struct cli *cli, const char *path, const char *why, const char *now, const char *before)
{
	auto_json struct json_object *reply = NULL;
	int code = ask(cli, path, why, &reply);

	if (code == CLI_OK && !cli->as_json)
		printf("%s %s\n", cli->argv[0], json_true(json_get(reply, "changed")) ? now : before);
	return code;
}

int cmd_connector_pause(struct cli *cli)
{
	const char *why = "";

	cli_option(cli, "--why", &why);
	return change(cli, "/connector/pause", why, "is paused: nothing is taken until daybook connector resume", "was paused already");
}

int cmd_connector_resume(struct cli *cli)
{
	return change(cli, "/connector/resume", "", "goes on where it was", "was not paused");
}

int cmd_connector_sync(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	int code = ask(cli, "/connector/sync", "", &reply);

	if (code == CLI_OK && !cli->as_json)
		puts("it is asked now; daybook status shows what came");
	return code;
}
