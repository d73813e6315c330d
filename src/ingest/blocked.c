#include "ingest/blocked.h"

#include <stdlib.h>

#include "ingest/again.h"

bool blocked_row(const struct connector *type, const void *conf, const struct journal_row *row, const char *dir, bool *is,
		 struct err *err)
{
	struct err why;
	char *plain;

	*is = false;
	if (!again_load_body(row, dir, &plain, &why)) {
		*err = why;
		return why.kind == ERR_MISSING;
	}
	*is = type->blocks(conf, &(struct raw){ .id = row->delivery_id, .content_type = row->content_type, .meta = row->meta,
						.body = { plain, (size_t)row->size }, .received_us = row->received_us });
	free(plain);
	return true;
}
