/* What `daybook import` brings: mails from mbox, Maildir and .eml files, one request each. It cannot be
 * configured; its entries are ledgered under its name. */
#include <daybook/connector.h>

#include "mime/mail.h"
#include "table.h"

static bool normalize(const void *conf, const struct raw *raw, struct interactions *out,
		      struct err *err)
{
	(void)conf;
	return mail_normalize(NULL, raw, out, err);
}

const struct connector connector_import = {
	.api = CONNECTOR_API, .name = "import", .summary = "mails from files, by daybook import",
	.normalize = normalize, .is_hostile = true,
};
