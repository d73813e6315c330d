#include "ingest/intake.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "ingest/apply.h"
#include "ingest/compact.h"
#include "ingest/policy.h"
#include "ingest/settle.h"
#include "store/blob.h"
#include "store/body.h"
#include "store/skeleton.h"

enum { MAX_ITEMS = 20000 };

static bool condemn_job(struct job *job, const struct err *err)
{
	struct intake *in = (struct intake *)job;

	if (in->verdict.kind != ERR_NONE || in->is_mark || !policy_is_message(err->kind))
		return false;
	intake_condemn(in, err);
	return true;
}

struct intake *intake_create(struct source *source, size_t max_bytes)
{
	struct arena *arena = arena_create(max_bytes);
	struct intake *in = arena_new(arena, struct intake);

	in->arena = arena;
	in->source = source_ref(source);
	in->items = (struct interactions){ .arena = in->arena, .max_items = MAX_ITEMS };
	in->job.apply = intake_apply;
	in->job.done = intake_done;
	in->job.condemn = condemn_job;
	return in;
}

void intake_destroy(struct intake *in)
{
	if (in == NULL)
		return;
	source_unref(in->source);
	free(in->owned_body);
	free(in->encoded);
	free(in->cut_body);
	arena_destroy(in->arena);	/* and the intake with it */
}

static void take_stub(struct intake *in)
{
	if (!in->has_stub && str_istarts(in->raw.content_type, STR("message/rfc822")))
		in->has_stub = mail_stub(in->raw.body, &in->stub);
}

void intake_condemn(struct intake *in, const struct err *why)
{
	in->verdict = *why;
	in->items.n_items = 0;
	take_stub(in);
}

void intake_own_body(struct intake *in)
{
	in->owned_body = xstrndup(in->raw.body.ptr, in->raw.body.len);
	in->raw.body.ptr = in->owned_body;
}

/* What went through settling once. */
void intake_read_compact(struct intake *in)
{
	struct err why;

	in->verdict.kind = ERR_NONE;
	if (!compact_parse(in->raw.body, &in->items, &why))
		intake_condemn(in, &why);
}

void intake_normalize_here(struct intake *in)
{
	const struct connector *type = in->source->type;

	in->verdict.kind = ERR_NONE;
	if (in->is_compact) {
		intake_read_compact(in);
		return;
	}
	if (!type->normalize(in->source->conf, &in->raw, &in->items, &in->verdict) &&
	    in->verdict.kind == ERR_NONE)
		err_setf(&in->verdict, ERR_BUG, "%s gave no reason", type->name);
	intake_settle(in);
}

void intake_settle(struct intake *in)
{
	if (in->verdict.kind == ERR_NONE && arena_is_exceeded(in->arena))
		err_setf(&in->verdict, ERR_LIMIT, "what it says takes more memory than one message may");
	if (in->verdict.kind == ERR_NONE && in->items.n_items == 0)
		err_setf(&in->verdict, ERR_INPUT, "there is nothing in it that can be recorded");
	if (in->verdict.kind == ERR_NONE)
		settle_items(in);
	if (in->verdict.kind != ERR_NONE) {
		struct err why = in->verdict;

		intake_condemn(in, &why);
	}
}

/* What it costs while it waits for the writer. */
static void count_bytes(struct intake *in)
{
	in->job.bytes = sizeof(*in) + arena_used(in->arena) + in->raw.body.len + in->n_encoded;
}

void intake_encode(struct intake *in)
{
	bool is_json = str_istarts(in->raw.content_type, STR("application/json"));

	if (in->verdict.kind == ERR_NONE &&
	    skeleton_encode(in->raw.body, in->refs, in->n_refs, &in->encoded, &in->n_encoded))
		in->encoding = BODY_SKELETON;
	else
		in->encoding = body_encode(in->raw.body, is_json, &in->encoded, &in->n_encoded);
	count_bytes(in);
}

bool intake_store_body(struct intake *in, const char *dir, struct err *err)
{
	struct str bytes = in->encoded ? (struct str){ in->encoded, in->n_encoded } : in->raw.body;
	struct blob *blob;

	if (bytes.len <= BODY_INLINE_MAX)
		return true;
	if (!blob_open(dir, &blob, err))
		return false;
	if (!blob_add(blob, bytes, err)) {
		blob_drop(blob);
		return false;
	}
	return blob_keep(blob, in->body_sha256, err);
}

int64_t intake_size(const struct intake *in)
{
	return (int64_t)(in->raw.body.len + in->n_forgotten);
}

void intake_forget_body(struct intake *in)
{
	bool is_in_blobs = in->body_sha256[0] != '\0';

	if (in->owned_body == NULL || (in->encoded == NULL && !is_in_blobs))
		return;
	take_stub(in);		/* should the writer condemn it yet */
	in->n_forgotten = in->raw.body.len;
	in->raw.body = (struct str){ "", 0 };
	free(in->owned_body);
	in->owned_body = NULL;
	if (is_in_blobs) {
		free(in->encoded);
		in->encoded = NULL;
		in->n_encoded = 0;
	}
	count_bytes(in);
}
