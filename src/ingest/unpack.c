#include "ingest/unpack.h"

#include "conf/pack.h"

void *unpack_conf(const struct connector *connector, struct str packed, struct err *err)
{
	static char nothing;

	if (connector->keys == NULL)
		return &nothing;
	return conf_unpack(connector->keys, connector->conf_size, packed, err);
}
