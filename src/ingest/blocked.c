#include "ingest/blocked.h"

#include <stdlib.h>

#include "ingest/again.h"

bool blocked_row(const struct connector *type, const void *conf, const struct journal_row *row, const char *dir,
		 enum blocked *is, struct err *err)
{
	char *plain;

	*is = BLOCKED_UNKNOWN;
	if (!again_load_body(row, dir, &plain, err))
		return err->kind == ERR_MISSING;
	*is = type->blocks(conf, &(struct raw){ .id = row->delivery_id, .content_type = row->content_type, .meta = row->meta,
						.body = { plain, (size_t)row->size }, .received_us = row->received_us })
		      ? BLOCKED_YES : BLOCKED_NO;
	free(plain);
	return true;
}
