/* One look at everything that status, connectors and doctor speak of. */
#pragma once

#include "cli/call.h"
#include "cli/cli.h"
#include "cli/health.h"

struct json_object;

struct compared_folder {		/* one folder against its server */
	struct reconcile_row row;
	struct compared_folder *next;
};

struct surveyed {
	const struct config_connector *conf;
	struct ledger_row row;
	bool is_stored;			/* row is filled */
	struct pull_state pull;
	struct health health;
	struct compared compared;	/* its folders added up */
	struct compared_folder *folders, *last_folder;
	struct json_object *read_folders;	/* as the daemon reads them now, after survey_folders(); NULL: nobody knows */
	int64_t day[OUTCOME_COUNT];	/* what became of what came in within 24 h */
};

struct survey {
	struct arena *arena;
	struct json_object *reply;	/* what read_folders are parts of */
	int64_t now_us;
	struct ping ping;
	bool has_store;			/* totals and rows are filled */
	struct store_totals totals;
	int64_t pending;
	int64_t n_webhooks, n_webhooks_failing, n_webhooks_disabled;
	struct surveyed *connectors;	/* as configured, in their order */
	size_t n_connectors;
};

/* Returns an exit code; what is wrong was reported. A store that is not made yet is nothing wrong. Also on failure
 * survey_finish() is to be called. */
int survey_take(struct survey *s, struct cli *cli);
/* Asks the daemon how the folders of the mailboxes stand; nothing when it is not running, or does not tell. */
void survey_folders(struct survey *s, struct cli *cli);
void survey_finish(struct survey *s);
