#include "ingest/parse.h"

#include <string.h>

#include "ingest/intake.h"
#include "sandbox/parse.h"
#include "store/blob.h"
#include "store/skeleton.h"

/* Where the bodies of one message go while they stream. */
struct keeper {
	struct arena *arena;
	const char *dir;
	struct str raw;
	struct blob *open;		/* the body under way */
	struct kept {
		size_t item, attachment;
		struct skeleton_ref ref;	/* len 0: it stands in the raw bytes in no form that can be remade */
	} *kept;
	size_t n_kept;
	struct err err;
};

static bool finish_body(struct keeper *k)
{
	struct blob *blob = k->open;

	k->open = NULL;
	return blob == NULL || blob_keep(blob, k->kept[k->n_kept - 1].ref.sha256, &k->err);
}

static bool is_current(const struct keeper *k, size_t item, size_t attachment)
{
	const struct kept *last = k->n_kept ? &k->kept[k->n_kept - 1] : NULL;

	return k->open != NULL && last != NULL && last->item == item &&
	       last->attachment == attachment;
}

static bool begin_body(struct keeper *k, size_t item, size_t attachment)
{
	if (!finish_body(k))
		return false;
	k->kept = arena_grow(k->arena, k->kept, k->n_kept, sizeof(*k->kept));
	if (k->kept == NULL)
		return err_setf(&k->err, ERR_LIMIT, "too many attachments");
	k->kept[k->n_kept++] = (struct kept){ .item = item, .attachment = attachment };
	return blob_open(k->dir, &k->open, &k->err);
}

static bool on_chunk(void *arg, size_t item, size_t attachment, struct str piece)
{
	struct keeper *k = arg;

	if (!is_current(k, item, attachment) && !begin_body(k, item, attachment))
		return false;
	k->kept[k->n_kept - 1].ref.n_bytes += piece.len;
	return blob_add(k->open, piece, &k->err);
}

static void on_slice(void *arg, struct str slice, const struct base64_shape *shape)
{
	struct keeper *k = arg;
	struct skeleton_ref *ref = &k->kept[k->n_kept - 1].ref;

	ref->at = (size_t)(slice.ptr - k->raw.ptr);
	ref->len = slice.len;
	ref->is_base64 = shape != NULL;
	if (shape != NULL)
		ref->shape = *shape;
}

static void on_restart(void *arg)
{
	struct keeper *k = arg;

	blob_drop(k->open);
	k->open = NULL;
	k->kept = NULL;
	k->n_kept = 0;
}

static void name_bodies(struct intake *in, struct keeper *k)
{
	for (size_t i = 0; i < k->n_kept; i++) {
		struct interaction *it = &in->items.items[k->kept[i].item];
		struct attachment *a = &it->attachments[k->kept[i].attachment];

		a->sha256 = arena_str(in->arena, str_from(k->kept[i].ref.sha256));
		a->state = ATTACHMENT_STORED;
	}
}

/* In the order of the slices: so they came. */
static void note_slices(struct intake *in, const struct keeper *k)
{
	in->n_refs = 0;
	in->refs = k->n_kept ? arena_alloc(in->arena, k->n_kept * sizeof(*in->refs)) : NULL;
	for (size_t i = 0; in->refs != NULL && i < k->n_kept; i++)
		if (k->kept[i].ref.len > 0)
			in->refs[in->n_refs++] = k->kept[i].ref;
}

static bool is_innocent(enum err_kind kind)
{
	return kind == ERR_AGAIN || kind == ERR_FULL || kind == ERR_IO;
}

static bool ask(struct intake *in, struct parsers *parsers, struct keeper *k, struct err *err)
{
	const struct sandbox_sink sink = { .chunk = on_chunk, .slice = on_slice, .restart = on_restart, .arg = k };
	struct parse_verdict verdict;

	in->verdict.kind = ERR_NONE;
	if (parsers_normalize(parsers, in->source->type, in->source->packed, &in->raw, &in->items,
			      &sink, &verdict, &in->verdict)) {
		in->verdict.kind = ERR_NONE;
		if (finish_body(k)) {
			name_bodies(in, k);
			note_slices(in, k);
		} else {
			in->verdict = k->err;
		}
	} else if (verdict.end == PARSE_REFUSED && k->err.kind != ERR_NONE) {
		in->verdict = k->err;
	}
	in->killed_reader = verdict.end != PARSE_ANSWERED && verdict.end != PARSE_REFUSED;
	if (!is_innocent(in->verdict.kind))
		return true;
	*err = in->verdict;
	return false;
}

bool intake_parse(struct intake *in, struct parsers *parsers, const char *dir, struct err *err)
{
	struct keeper k = { .arena = in->arena, .dir = dir, .raw = in->raw.body };
	bool ok;

	if (in->is_compact) {
		intake_read_compact(in);
		intake_encode(in);
		return intake_store_body(in, dir, err);
	}
	ok = ask(in, parsers, &k, err);
	blob_drop(k.open);
	if (!ok)
		return false;
	intake_settle(in);
	intake_encode(in);
	return intake_store_body(in, dir, err);
}
