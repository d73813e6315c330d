/* What `daybook import` brings: mails from mbox, Maildir and .eml files, one request each. It cannot be
 * configured; its entries are ledgered under its name. */
#include "import.h"

const struct connector connector_import = {
	.api = CONNECTOR_API, .name = "import", .summary = "mails from files, by daybook import",
	.is_hostile = true,
};
