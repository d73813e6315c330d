#include "ingest/again.h"

#include <stdlib.h>

#include "ingest/policy.h"
#include "store/blob.h"
#include "store/body.h"
#include "store/skeleton.h"

bool again_load_body(const struct journal_row *row, const char *dir, char **plain, struct err *err)
{
	struct str bytes = row->body;
	char *file = NULL;
	bool ok;

	if (row->body_sha256.len > 0) {
		if (!blob_read(dir, row->body_sha256, &file, &bytes.len, err))
			return false;
		bytes.ptr = file;
	}
	ok = row->encoding == BODY_SKELETON ? skeleton_decode(dir, bytes, row->size, plain, err)
					    : body_decode(row->encoding, bytes, row->size, plain, err);
	free(file);
	return ok;
}

struct intake *again_load(struct source *source, const struct journal_row *row, const char *dir,
			  struct err *err)
{
	struct intake *in;
	char *plain;

	if (!again_load_body(row, dir, &plain, err)) {
		err_prefixf(err, "journal row %lld", (long long)row->id);
		return NULL;
	}
	in = intake_create(source, policy_arena_bytes((size_t)row->size));
	in->owned_body = plain;
	in->raw = (struct raw){
		.id = arena_str(in->arena, row->delivery_id),
		.content_type = arena_str(in->arena, row->content_type),
		.meta = arena_str(in->arena, row->meta),
		.body = { plain, (size_t)row->size },
		.received_us = row->received_us,
	};
	in->repeat_hash = row->repeat_hash;
	in->repeat_window_us = source->type->repeat_window_us;
	return in;
}
