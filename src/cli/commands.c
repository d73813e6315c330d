#include "cli/commands.h"

const struct command commands[] = {
	{ "interactions", "[--connector NAME] [--after ID]", "everything, in the order it was recorded",
	  cmd_interactions, 0, 4 },
	{ "ledger", "", "what came in by each connector, and what became of it", cmd_ledger, 0, 0 },
	{ "rebuild", "[--check]", "replay the journal into an empty store, or only compare", cmd_rebuild, 0, 1 },
	{ "timeline", "CONTACT [-n N]", "everything with one person, oldest first", cmd_timeline, 1, 3 },
	{ 0 },
};
