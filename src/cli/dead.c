#include "cli/dead.h"

#include "base/id.h"

int dead_id(const char *text, int64_t *id)
{
	if (id_parse(str_from(text), "dl_", id))
		return CLI_OK;
	return cli_failf(CLI_MISSING, "ids look like dl_ and 13 characters; daybook dead-letters lists them",
			 "there is no dead letter \"%.60s\"", text);
}

int dead_connector(struct cli *cli, int64_t *connector)
{
	const char *name;
	struct err err;
	int code;

	*connector = 0;
	if (cli_store(cli, &code) == NULL || !cli_option(cli, "--connector", &name))
		return code;
	if (!store_find_connector(cli->store, str_from(name), connector, &err))
		return cli_fail(&err, "daybook ledger lists them");
	return CLI_OK;
}
