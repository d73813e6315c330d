#include "import.h"

#include "mime/mail.h"

static bool normalize(const void *conf, const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)conf;
	return mail_normalize(NULL, raw, out, err);
}

const struct connector import_reader = { .api = CONNECTOR_API, .name = "import", .normalize = normalize };
