#include "ingest/again.h"

#include <stdlib.h>

#include "ingest/compact.h"
#include "ingest/policy.h"
#include "store/blob.h"
#include "store/body.h"

/* *file, malloced, is what it stands in where it is not in the row. */
static bool load_encoded(const struct journal_row *row, const char *dir, struct str *bytes, char **file, struct err *err)
{
	*bytes = row->body;
	*file = NULL;
	if (row->body_sha256.len == 0)
		return true;
	if (!blob_read(dir, row->body_sha256, file, &bytes->len, err)) {
		*file = NULL;
		return false;
	}
	bytes->ptr = *file;
	return true;
}

bool again_load_body(const struct journal_row *row, const char *dir, char **plain, struct err *err)
{
	struct str bytes;
	char *file;
	bool ok;

	if (!load_encoded(row, dir, &bytes, &file, err))
		return false;
	ok = row->encoding == BODY_SKELETON ? skeleton_decode(dir, bytes, row->size, plain, err)
					    : body_decode(row->encoding, bytes, row->size, plain, err);
	free(file);
	return ok;
}

bool again_each_blob(const struct journal_row *row, const char *dir, skeleton_blob_fn fn, void *arg, struct err *err)
{
	struct str bytes;
	char *file;
	bool ok;

	if (row->encoding != BODY_SKELETON)
		return true;
	if (!load_encoded(row, dir, &bytes, &file, err))
		return false;
	ok = skeleton_each_blob(bytes, row->size, fn, arg, err);
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
	in->is_compact = compact_is(in->raw.content_type);
	in->print = journal_print(row);
	in->repeat_hash = row->repeat_hash;
	in->repeat_window_us = source->type->repeat_window_us;
	return in;
}
