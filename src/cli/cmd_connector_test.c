/* daybook connector test: connects, logs in, and shows what the newest messages would become; or what one payload
 * would. Writes nothing. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/payload.h"
#include "cli/trial.h"
#include "cli/trial_print.h"

enum { DEFAULT_MESSAGES = 20 };

struct wish {
	const char *name, *file, *content_type;
	int64_t limit;
};

static bool read_wish(struct cli *cli, struct wish *wish)
{
	*wish = (struct wish){ .name = cli->argv[0], .limit = DEFAULT_MESSAGES };
	cli_option(cli, "--payload", &wish->file);
	cli_option(cli, "--content-type", &wish->content_type);
	if (!cli_option_count(cli, "--limit", &wish->limit))
		return false;
	if (wish->limit >= 1 && wish->limit <= TRIAL_MAX_MESSAGES)
		return true;
	cli_failf(CLI_USAGE, NULL, "--limit: 1 to %d messages can be shown", TRIAL_MAX_MESSAGES);
	return false;
}

static int report(const struct trial *t, const struct config_connector *conf)
{
	if (t->cli->as_json)
		trial_print_json(t, conf);
	else
		trial_print(t);
	return trial_conclude(t);
}

static int try_payload(struct trial *t, const struct config_connector *conf, const struct wish *wish)
{
	struct payload payload;
	struct err err;
	int code;

	if (payload_read(&payload, wish->file, conf->type, wish->content_type, &err)) {
		trial_payload(t, conf, &payload.raw);
		code = report(t, conf);
	} else {
		code = cli_fail(&err, NULL);
	}
	payload_finish(&payload);
	return code;
}

static int try_connector(struct trial *t, const struct wish *wish)
{
	const struct config_connector *conf;
	struct err err;
	int code;

	conf = cli_connector(t->cli, wish->name, &code);
	if (conf == NULL)
		return code;
	if (wish->file == NULL && conf->type->probe == NULL)
		return cli_failf(CLI_USAGE, "--payload FILE shows what a post would become",
				 "%s is of type %s: it is not asked, it calls", conf->name, conf->type->name);
	if (!dry_begin(t->dry, conf, &err))
		return cli_fail(&err, err.kind == ERR_DENIED ? "run it as root or as the daemon's user: sudo -u daybook "
				"daybook …" : NULL);
	if (wish->file != NULL)
		return try_payload(t, conf, wish);
	t->on_step = t->cli->as_json ? NULL : trial_print_step;
	trial_probe(t, conf, (size_t)wish->limit);
	return report(t, conf);
}

int cmd_connector_test(struct cli *cli)
{
	struct wish wish;
	struct trial trial;
	struct dry *dry;
	int code;

	if (!read_wish(cli, &wish))
		return CLI_USAGE;
	/* The parser is forked before anything else exists, secrets above all. */
	dry = dry_create(cli, &code);
	if (dry == NULL)
		return code;
	trial_init(&trial, cli, dry);
	code = try_connector(&trial, &wish);
	trial_finish(&trial);
	dry_destroy(dry);
	return code;
}
