/* daybook backup list: what stands in a folder of backups, oldest first. Only manifests are read. */
#include <stdio.h>
#include <stdlib.h>

#include "backup/manifest.h"
#include "backup/shelf.h"
#include "base/mem.h"
#include "cli/backup_show.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/plain.h"

static void put_row(struct table *table, const char *path, const struct manifest *head)
{
	char text[HUMAN_SIZE];

	table_row(table);
	table_str(table, str_from(path));
	table_str(table, str_from(human_time(head->taken_us, text)));
	table_str(table, str_from(human_bytes(head->bytes, text)));
	table_str(table, str_from(human_count(head->n_files, text)));
	table_str(table, str_from(human_count(head->received, text)));
	table_str(table, str_from(head->version));
}

static int list(struct cli *cli, const char *folder, char **names, size_t n)
{
	static const char *const heads[] = { "BACKUP", "TAKEN", ">SIZE", ">FILES", ">EVENTS", "VERSION", NULL };
	struct table *table = cli->as_json ? NULL : table_create(heads);
	int code = CLI_OK;

	for (size_t i = 0; i < n; i++) {
		auto_free char *path = xasprintf("%s/%s", folder, names[i]);
		struct manifest head;
		struct err err;

		if (!manifest_read(path, &head, NULL, NULL, &err)) {
			cli_fail(&err, NULL);
			code = CLI_PARTLY;
		} else if (cli->as_json) {
			backup_show_json(path, &head);
		} else {
			put_row(table, path, &head);
		}
	}
	if (table != NULL)
		table_print(table);
	table_destroy(table);
	return code;
}

int cmd_backup_list(struct cli *cli)
{
	const char *folder;
	struct err err;
	char **names;
	size_t n;
	int code;

	if (cli_config(cli, &code) == NULL)
		return code;
	folder = cli->argc > 0 ? cli->argv[0] : cli->config->backup.folder;
	if (!shelf_list(folder, &names, &n, &err))
		return cli_fail(&err, err.kind == ERR_MISSING ? "daybook backup makes the first one" : NULL);
	code = list(cli, folder, names, n);
	shelf_free_names(names, n);
	return code;
}
