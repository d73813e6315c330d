#include "cli/commands.h"

const struct command commands[] = {
	{ "interactions", "[--connector NAME] [--after ID]", "everything, in the order it was recorded",
	  cmd_interactions, 0, 4 },
	{ "ledger", "", "what came in by each connector, and what became of it", cmd_ledger, 0, 0 },
	{ "timeline", "CONTACT [-n N]", "everything with one person, oldest first", cmd_timeline, 1, 3 },
	{ 0 },
};
