#include "ingest/erased.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "ingest/compact.h"
#include "ingest/erase_words.h"
#include "ingest/intake.h"
#include "ingest/link.h"
#include "model/identity.h"
#include "store/body.h"
#include "store/erase.h"
#include "store/retention.h"
#include "store/skeleton.h"

enum { MAX_BODY = 256 << 20 };

struct screen {
	struct intake *in;
	struct store *st;
	unsigned char key[ERASE_KEY_SIZE];
	bool has_changed;
};

/* ---- who ---- */

static bool find_time(struct screen *s, const struct identity *who, int64_t *at_us, struct err *err)
{
	unsigned char hash[ERASE_HASH_SIZE];

	erase_hash(s->key, who, hash);
	return store_find_erased_handle(s->st, hash, at_us, err);
}

/* Is there anybody, who is not about to go, or at least a handle that has come since? */
static bool find_living(struct screen *s, const struct identity *who, int64_t *identity, int64_t *contact, struct err *err)
{
	int64_t erasure = 0;

	if (!store_find_identity(s->st, who, identity, contact, err) ||
	    (*contact != 0 && !store_find_erased_contact(s->st, *contact, &erasure, err)))
		return false;
	if (erasure != 0)
		*identity = *contact = 0;
	return true;
}

/* What is told of a message says nothing of when that was sent: it may be of one that is gone. Whom it names does not come back
 * by it. */
static bool is_erased(struct screen *s, const struct interaction *it, const struct identity *who, bool *is, struct err *err)
{
	int64_t at_us, identity, contact;

	if (!find_time(s, who, &at_us, err))
		return false;
	*is = it->occurred_us < at_us;
	if (*is || at_us == 0 || it->kind != KIND_STATUS)
		return true;
	if (!find_living(s, who, &identity, &contact, err))
		return false;
	*is = identity == 0;
	return true;
}

enum fate {
	FATE_STAYS, FATE_GONE,
	FATE_CUT,			/* somebody else who came by a handle of theirs, too */
};

/* Several handles of one party are one person's: that of the first of them by which somebody is known, as it is matched
 * (model/match.h). is_gone: beside its handles. */
static bool find_fate(struct screen *s, const struct interaction *it, const struct party *p, bool *is_gone, enum fate *fate,
		      struct err *err)
{
	int64_t identity, contact = 0;
	bool has_gone = false;

	for (size_t i = 0; i < p->n_ids; i++) {
		if (!is_erased(s, it, &p->ids[i], &is_gone[i], err))
			return false;
		has_gone |= is_gone[i];
		if (is_gone[i] && contact == 0) {
			*fate = FATE_GONE;
			return true;
		}
		if (contact == 0 && !find_living(s, &p->ids[i], &identity, &contact, err))
			return false;
	}
	*fate = has_gone ? FATE_CUT : FATE_STAYS;
	return true;
}

/* ---- what is left of an event ---- */

static bool note_file(struct intake *in, struct str sha256, struct err *err)
{
	struct str *grown;

	if (sha256.len != 64)
		return true;
	grown = arena_grow(in->arena, in->cut_files, in->n_cut_files, sizeof(*grown));
	if (grown == NULL)
		return err_setf(err, ERR_LIMIT, "too many attachments");
	in->cut_files = grown;
	grown[in->n_cut_files++] = arena_str(in->arena, sha256);
	return true;
}

static bool note_files(struct screen *s, const struct interaction *it, struct err *err)
{
	for (size_t i = 0; i < it->n_attachments; i++)
		if (!note_file(s->in, it->attachments[i].sha256, err))
			return false;
	return true;
}

/* Removed once nothing else names them. Also when the transaction is tried again, and there is nothing left to cut. */
static bool doom_files(const struct intake *in, struct store *st, struct err *err)
{
	for (size_t i = 0; i < in->n_cut_files; i++)
		if (!store_doom(st, in->cut_files[i], err))
			return false;
	return true;
}

static bool drop(struct screen *s, struct interaction *it, struct str reason, struct err *err)
{
	if (!note_files(s, it, err))
		return false;
	*it = (struct interaction){ .filter = reason };
	s->has_changed = true;
	return true;
}

/* In what the channel says beside. What cannot be read says nothing any more. */
static void blank_in(struct str *details, struct str word, struct arena *arena)
{
	struct err ignored;
	struct buf out;

	if (word.len < 2 || details->len == 0)
		return;
	buf_init(&out, SIZE_MAX);
	*details = erase_words_blank(*details, word, STR(COMPACT_ERASED), &out, &ignored) ? arena_str(arena, buf_str(&out)) :
											  (struct str){ NULL, 0 };
	buf_finish(&out);
}

static void blank_party(struct screen *s, struct interaction *it, struct party *p)
{
	for (size_t i = 0; i < p->n_ids; i++)
		blank_in(&it->details, p->ids[i].value, s->in->arena);
	blank_in(&it->details, p->name, s->in->arena);
	p->n_ids = 0;
	p->name = STR(COMPACT_ERASED);
	s->has_changed = true;
}

static void blank_handles(struct screen *s, struct interaction *it, struct party *p, const bool *is_gone)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_ids; i++) {
		if (is_gone[i])
			blank_in(&it->details, p->ids[i].value, s->in->arena);
		else
			p->ids[n++] = p->ids[i];
	}
	p->n_ids = n;
	s->has_changed = true;
}

/* Made of the sender's address and the rest of the mail: whoever has the rest could try addresses. It is the same for the
 * same mail, so that it is known when it comes once more. */
static void blank_discriminator(struct screen *s, struct interaction *it)
{
	unsigned char md[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	if (it->discriminator.len == 0)
		return;
	crypto_hmac_sha256((struct str){ (const char *)s->key, sizeof(s->key) }, it->discriminator, md);
	it->discriminator = arena_str(s->in->arena, str_from(crypto_hex(md, sizeof(md), hex)));
}

struct part {
	enum fate fate;
	bool *is_gone;			/* beside the handles */
};

struct parts {
	struct part *items;		/* beside the parties */
	size_t n_gone, n_cut, n_others;
};

static bool look_at_party(struct screen *s, const struct interaction *it, size_t i, struct parts *parts, struct err *err)
{
	const struct party *p = &it->parties[i];
	struct part *part = &parts->items[i];

	part->is_gone = arena_alloc(s->in->arena, (p->n_ids + 1) * sizeof(bool));
	if (part->is_gone == NULL)
		return err_setf(err, ERR_LIMIT, "too many people in one message");
	if (!find_fate(s, it, p, part->is_gone, &part->fate, err))
		return false;
	parts->n_gone += part->fate == FATE_GONE;
	parts->n_cut += part->fate == FATE_CUT;
	parts->n_others += part->fate != FATE_GONE;
	return true;
}

static bool look_at_parties(struct screen *s, const struct interaction *it, struct parts *parts, struct err *err)
{
	*parts = (struct parts){ .items = arena_alloc(s->in->arena, (it->n_parties + 1) * sizeof(struct part)) };
	if (parts->items == NULL)
		return err_setf(err, ERR_LIMIT, "too many people in one message");
	for (size_t i = 0; i < it->n_parties; i++)
		if (link_is_foreign(s->in, it, &it->parties[i]) && !look_at_party(s, it, i, parts, err))
			return false;
	return true;
}

static bool screen_item(struct screen *s, struct interaction *it, struct err *err)
{
	bool is = false, is_old = false;
	struct parts parts;

	if (it->channel == CHANNEL_NONE)
		return true;		/* nothing is left of it */
	if (it->external_id.len > 0 && !(store_is_erased_message(s->st, it, &is, err) && store_is_expired_message(s->st, it, &is_old, err)))
		return false;
	if (is_old)
		return drop(s, it, STR(COMPACT_EXPIRED), err);
	if (!look_at_parties(s, it, &parts, err))
		return false;
	if (is || (parts.n_gone > 0 && (parts.n_others == 0 || it->filter.len > 0)))
		return drop(s, it, STR(COMPACT_ERASED), err);
	for (size_t i = 0; i < it->n_parties; i++) {
		if (parts.items[i].fate == FATE_GONE)
			blank_party(s, it, &it->parties[i]);
		else if (parts.items[i].fate == FATE_CUT)
			blank_handles(s, it, &it->parties[i], parts.items[i].is_gone);
	}
	if (parts.n_gone + parts.n_cut > 0)
		blank_discriminator(s, it);
	return true;
}

/* ---- the bytes ---- */

static bool is_left(const struct intake *in)
{
	for (size_t i = 0; i < in->items.n_items; i++)
		if (in->items.items[i].channel != CHANNEL_NONE)
			return true;
	return false;
}

/* Where a mail lay and in what conversation is the mailbox's; peers, pages and paths may be the sender's. */
static struct str kept_meta(struct intake *in)
{
	struct str rest = in->raw.meta, line;
	struct buf kept;

	if (in->source->type->routes != NULL || !is_left(in))
		return (struct str){ NULL, 0 };
	buf_init(&kept, rest.len + 1);
	while (str_next(&rest, '\n', &line)) {
		if (str_starts(line, STR("origin:")))
			continue;
		buf_add(&kept, line);
		buf_addc(&kept, '\n');
	}
	line = arena_str(in->arena, buf_str(&kept));
	buf_finish(&kept);
	return line;
}

/* The bytes that were are kept in memory for as long as the intake lives: texts may be slices of them. */
static void replace_body(struct intake *in)
{
	struct buf out;

	buf_init(&out, MAX_BODY);
	compact_put(&out, &in->items);
	free(in->cut_body);
	in->raw.meta = kept_meta(in);
	in->raw.content_type = STR(COMPACT_TYPE);
	in->raw.body.len = out.len;
	in->cut_body = buf_steal(&out);
	in->raw.body.ptr = in->cut_body;
	in->n_forgotten = 0;
	free(in->encoded);
	in->encoded = NULL;
	in->n_encoded = 0;
	in->encoding = body_encode(in->raw.body, true, &in->encoded, &in->n_encoded);
	in->body_sha256[0] = '\0';
	in->is_cut = in->is_compact = true;
}

/* Where a mail lay in a mailbox is no secret, and is asked for; anything else may be what its sender liked. */
static bool hide_delivery_id(struct screen *s, struct err *err)
{
	struct raw *raw = &s->in->raw;
	char id[ERASED_ID_SIZE];

	if (raw->id.len == 0 || s->in->source->type->sync != NULL || str_starts(raw->id, STR("erased:")))
		return true;
	if (!store_hash_delivery_id(s->st, raw->id, id, err))
		return false;
	raw->id = arena_str(s->in->arena, str_from(id));
	return true;
}

static bool cut(struct screen *s, struct err *err)
{
	struct intake *in = s->in;

	if (!note_file(in, str_from(in->body_sha256), err))
		return false;
	for (size_t i = 0; i < in->n_refs; i++)
		if (!note_file(in, str_from(in->refs[i].sha256), err))
			return false;
	replace_body(in);
	return hide_delivery_id(s, err);
}

void erased_empty(struct intake *in, size_t n)
{
	in->items.n_items = 0;
	for (size_t i = 0; i < n; i++) {
		struct interaction *it = interactions_add(&in->items);

		if (it != NULL)
			it->filter = STR(COMPACT_ERASED);
	}
	in->verdict.kind = ERR_NONE;
	in->is_pending = false;
}

/* ---- the whole ---- */

static bool screen_death(struct screen *s, struct err *err)
{
	struct identity sender = { .scheme = SCHEME_EMAIL, .value = str_from(s->in->stub.from_address) };
	struct err ignored;
	int64_t at_us;

	if (!s->in->has_stub || sender.value.len == 0 ||
	    !identity_canonical(&sender, s->in->arena, s->in->source->rules->default_region, &ignored))
		return true;
	if (!find_time(s, &sender, &at_us, err))
		return false;
	if (s->in->stub.date_us < at_us) {
		erased_empty(s->in, 1);
		s->has_changed = true;
	}
	return true;
}

bool erased_screen(struct intake *in, struct store *st, struct err *err)
{
	struct screen s = { .in = in, .st = st };
	bool has;

	if (!store_has_tombstones(st, &has, err))
		return false;
	if (!has)
		return true;
	if (in->is_cut)
		return doom_files(in, st, err);
	if (!store_erase_key(st, s.key, err) || (in->verdict.kind != ERR_NONE && !screen_death(&s, err)))
		return false;
	for (size_t i = 0; in->verdict.kind == ERR_NONE && i < in->items.n_items; i++)
		if (!screen_item(&s, &in->items.items[i], err))
			return false;
	return !s.has_changed || (cut(&s, err) && doom_files(in, st, err));
}

bool erased_find_delivery(struct intake *in, struct store *st, int64_t *of, struct err *err)
{
	char id[ERASED_ID_SIZE];
	bool has;

	if (!store_has_tombstones(st, &has, err))
		return false;
	return !has || (store_hash_delivery_id(st, in->raw.id, id, err) &&
			store_find_delivery(st, in->source->id, str_from(id), of, err));
}

bool erased_screen_repeat(struct intake *in, struct store *st, struct err *err)
{
	struct screen s = { .in = in, .st = st };
	struct arena *arena;
	struct journal_row row;
	bool has, ok;

	if (!store_has_tombstones(st, &has, err))
		return false;
	if (!has)
		return true;
	arena = arena_create(MAX_BODY);
	ok = store_get_journal(st, in->repeat_of, arena, &row, err);
	has = ok && compact_is(row.content_type);
	arena_destroy(arena);
	if (!has)
		return ok;
	erased_empty(in, in->items.n_items > 0 ? in->items.n_items : 1);
	return cut(&s, err) && doom_files(in, st, err);
}
