/* Interactions: put once, read in recorded order and as a timeline. */
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "store/forget.h"
#include "store/merge.h"
#include "store/inside.h"
#include "store/span.h"

/* The parts with their lengths, so that ("ab","c") and ("a","bc") differ. */
int64_t store_key_hash(const struct store *st, const struct interaction *it)
{
	const struct str parts[] = { it->account, it->external_id, it->discriminator };
	unsigned char small[512];
	struct buf big;
	uint64_t hash;
	uint32_t head[2 + 3] = { it->channel, interaction_key_kind(it->channel, it->kind) };
	size_t n = sizeof(head), at = sizeof(head);

	for (int i = 0; i < 3; i++) {
		head[2 + i] = (uint32_t)parts[i].len;
		n += parts[i].len;
	}
	buf_init(&big, SIZE_MAX / 2);
	if (n > sizeof(small)) {
		buf_add(&big, (struct str){ (char *)head, sizeof(head) });
		for (int i = 0; i < 3; i++)
			buf_add(&big, parts[i]);
		hash = crypto_siphash(st->hash_key, big.ptr, big.len);
	} else {
		memcpy(small, head, sizeof(head));
		for (int i = 0; i < 3; i++) {
			if (parts[i].len > 0)
				memcpy(small + at, parts[i].ptr, parts[i].len);
			at += parts[i].len;
		}
		hash = crypto_siphash(st->hash_key, small, n);
	}
	buf_finish(&big);
	return (int64_t)hash;
}

/* Who sits at this key: *id 0 nobody; *same whether its parts are those of `it`. */
static bool look_at_key(struct store *st, const struct interaction *it, int64_t hash, int64_t *id,
			bool *same, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT id, channel, kind, account, external_id, discriminator"
				" FROM interaction WHERE key_time = ? AND key_hash = ?", err))
		return false;
	bind_int(&q, it->key_us);
	bind_int(&q, hash);
	if (!query_step(&q, &has, err))
		return false;
	*id = has ? column_int(&q) : 0;
	*same = has && column_int(&q) == it->channel &&
		interaction_key_kind(it->channel, (enum kind)column_int(&q)) ==
			interaction_key_kind(it->channel, it->kind) &&
		str_eq(column_str(&q), it->account) && str_eq(column_str(&q), it->external_id) &&
		str_eq(column_str(&q), it->discriminator);
	query_close(&q);
	return true;
}

bool store_find_interaction(struct store *st, const struct interaction *it, int64_t *id,
			    struct err *err)
{
	int64_t hash = store_key_hash(st, it);
	bool same;

	for (;; hash = (int64_t)((uint64_t)hash + 1)) {
		if (!look_at_key(st, it, hash, id, &same, err))
			return false;
		if (*id == 0 || same)
			return true;
	}
}

static bool insert(struct store *st, const struct interaction_row *row, int64_t hash, int *changed,
		   struct err *err)
{
	const struct interaction *it = &row->it;
	struct query q;

	if (!query_open(&q, st,
			"INSERT INTO interaction(id, journal_id, connector_id, channel, direction, kind,"
			" occurred_at, claimed_at, recorded_at, key_time, key_hash, account, external_id,"
			" discriminator, about, thread, subject, text, text_full, parties, details, why,"
			" match, flagged) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
			" ON CONFLICT(key_time, key_hash) DO NOTHING", err))
		return false;
	bind_int(&q, row->id);
	bind_int(&q, row->journal_id);
	bind_int(&q, row->connector);
	bind_int(&q, it->channel);
	bind_int(&q, it->direction);
	bind_int(&q, it->kind);
	bind_int(&q, it->occurred_us);
	bind_int_or_null(&q, it->claimed_us);
	bind_int(&q, row->recorded_us);
	bind_int(&q, it->key_us);
	bind_int(&q, hash);
	bind_str_or_null(&q, it->account);
	bind_str_or_null(&q, it->external_id);
	bind_str_or_null(&q, it->discriminator);
	bind_str_or_null(&q, it->about);
	bind_str_or_null(&q, it->thread);
	bind_str_or_null(&q, it->subject);
	bind_str_or_null(&q, it->text);
	bind_str_or_null(&q, it->text_full);
	bind_str_or_null(&q, row->parties);
	bind_str_or_null(&q, it->details);
	bind_str_or_null(&q, it->why);
	bind_str_or_null(&q, row->match);
	bind_int(&q, row->is_flagged);
	return query_run(&q, changed, err);
}

/* The constraint decides, not a look-up; the look-up only tells a repeat from two things whose
 * keyed hashes meet, and the second of those takes the next free place. */
bool store_put_interaction(struct store *st, const struct interaction_row *row,
			   enum put_result *result, int64_t *existing, struct err *err)
{
	int64_t hash = store_key_hash(st, &row->it);
	int changed;
	bool same;

	for (;; hash = (int64_t)((uint64_t)hash + 1)) {
		if (!insert(st, row, hash, &changed, err))
			return false;
		if (changed == 1) {
			store_note_change(st, CHANGE_ENTRY_CREATED, row->id, 0);
			*result = PUT_STORED;
			return span_note(st, row->it.occurred_us, row->id, err);
		}
		if (!look_at_key(st, &row->it, hash, existing, &same, err))
			return false;
		if (same) {
			*result = PUT_DUPLICATE;
			return true;
		}
	}
}

bool store_put_attachment(struct store *st, int64_t interaction, size_t n,
			  const struct attachment *a, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO attachment VALUES (?,?,?,?,?,?,?,?,?,?)", err))
		return false;
	bind_int(&q, interaction);
	bind_int(&q, (int64_t)n);
	bind_str_or_null(&q, a->name);
	bind_str_or_null(&q, a->media_type);
	bind_int(&q, a->size);
	bind_str_or_null(&q, a->sha256);
	bind_int(&q, a->state);
	bind_str_or_null(&q, a->reason);
	bind_str_or_null(&q, a->remote_id);
	bind_str_or_null(&q, a->content_id);
	return query_run(&q, NULL, err);
}

bool store_complete_attachment(struct store *st, int64_t interaction, size_t n, const struct attachment *a,
			       struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE attachment SET size = ?, sha256 = ?, state = ?, reason = ?, remote_id = ?"
				" WHERE interaction_id = ? AND n = ?", err))
		return false;
	bind_int(&q, a->size);
	bind_str_or_null(&q, a->sha256);
	bind_int(&q, a->state);
	bind_str_or_null(&q, a->reason);
	bind_str_or_null(&q, a->remote_id);
	bind_int(&q, interaction);
	bind_int(&q, (int64_t)n);
	store_note_change(st, CHANGE_ENTRY_UPDATED, interaction, 0);
	return query_run(&q, NULL, err);
}

bool store_put_participant(struct store *st, int64_t contact, int64_t occurred_us,
			   int64_t interaction, int64_t identity, enum role role, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO participant VALUES (?, ?, ?, ?, ?)"
				" ON CONFLICT DO NOTHING", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, occurred_us);
	bind_int(&q, interaction);
	bind_int(&q, identity);
	bind_int(&q, role);
	return query_run(&q, NULL, err);
}

bool store_has_other_mail(struct store *st, struct str message_id, int64_t but, bool *has,
			  struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM interaction WHERE channel = 1 AND external_id = ?"
				" AND id <> ?", err))
		return false;
	bind_str(&q, message_id);
	bind_int(&q, but);
	if (!query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

/* ---- reading ---- */

#define ROW_COLUMNS \
	"i.id, i.journal_id, i.connector_id, c.name, i.channel, i.direction, i.kind, i.occurred_at," \
	" i.claimed_at, i.recorded_at, i.key_time, i.account, i.external_id, i.discriminator, i.about," \
	" i.thread, i.subject, i.text, i.text_full, i.parties, i.details, i.why, i.match, i.flagged"
#define ROW_FROM " FROM interaction i JOIN connector c ON c.id = i.connector_id"

static void read_row(struct query *q, struct interaction_row *row)
{
	struct interaction *it = &row->it;

	*row = (struct interaction_row){ .id = column_int(q), .share = SHARE_EVERYTHING };
	row->journal_id = column_int(q);
	row->connector = column_int(q);
	row->connector_name = column_str(q);
	it->channel = (enum channel)column_int(q);
	it->direction = (enum direction)column_int(q);
	it->kind = (enum kind)column_int(q);
	it->occurred_us = column_int(q);
	it->claimed_us = column_int(q);
	row->recorded_us = column_int(q);
	it->key_us = column_int(q);
	it->account = column_str(q);
	it->external_id = column_str(q);
	it->discriminator = column_str(q);
	it->about = column_str(q);
	it->thread = column_str(q);
	it->subject = column_str(q);
	it->text = column_str(q);
	it->text_full = column_str(q);
	row->parties = column_str(q);
	it->details = column_str(q);
	it->why = column_str(q);
	row->match = column_str(q);
	row->is_flagged = column_int(q) != 0;
}

static bool each_row(struct query *q, interaction_fn fn, void *arg, struct err *err)
{
	struct interaction_row row;

	while (query_next(q, err)) {
		read_row(q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(q);
}

bool store_each_interaction(struct store *st, int64_t after_id, int64_t connector,
			    interaction_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT " ROW_COLUMNS ROW_FROM
				" WHERE i.id > ?1 AND (?2 = 0 OR i.connector_id = ?2) ORDER BY i.id", err))
		return false;
	bind_int(&q, after_id);
	bind_int(&q, connector);
	return each_row(&q, fn, arg, err);
}

bool store_each_unlinked(struct store *st, int64_t identity, interaction_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT " ROW_COLUMNS " FROM (SELECT DISTINCT interaction_id AS pid FROM participant"
				"  WHERE contact_id = 0 AND identity_id = ?)"
				" JOIN interaction i ON i.id = pid JOIN connector c ON c.id = i.connector_id"
				" ORDER BY i.id", err))
		return false;
	bind_int(&q, identity);
	return each_row(&q, fn, arg, err);
}

bool store_each_part(struct store *st, int64_t contact, part_fn fn, void *arg, struct err *err)
{
	struct interaction_row row;
	struct query q;

	if (!query_open(&q, st, "SELECT p.role, d.id, d.scheme, d.value, d.scope, EXISTS (SELECT 1 FROM moved m"
				"  WHERE m.interaction_id = p.interaction_id AND m.identity_id = p.identity_id AND m.role = p.role),"
				" " ROW_COLUMNS " FROM participant p JOIN interaction i ON i.id = p.interaction_id"
				" JOIN connector c ON c.id = i.connector_id LEFT JOIN identity d ON d.id = p.identity_id"
				" WHERE p.contact_id = ? ORDER BY i.id, d.id, p.role", err))
		return false;
	bind_int(&q, contact);
	while (query_next(&q, err)) {
		struct part part = { .role = (enum role)column_int(&q), .identity = column_int(&q) };

		part.who.scheme = (enum scheme)column_int(&q);
		part.who.value = column_str(&q);
		part.who.scope = column_str(&q);
		part.is_moved = column_int(&q) != 0;
		read_row(&q, &row);
		if (!fn(&row, &part, arg))
			break;
	}
	return query_end(&q);
}

bool store_set_match(struct store *st, int64_t interaction, struct str match, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE interaction SET match = ? WHERE id = ?", err))
		return false;
	bind_str_or_null(&q, match);
	bind_int(&q, interaction);
	return query_run(&q, NULL, err);
}

bool store_each_of_thread(struct store *st, struct str thread, interaction_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT " ROW_COLUMNS ROW_FROM " WHERE i.channel = 1 AND i.thread = ? ORDER BY i.id", err))
		return false;
	bind_str(&q, thread);
	return each_row(&q, fn, arg, err);
}

bool store_get_interaction(struct store *st, int64_t id, interaction_fn fn, void *arg,
			   struct err *err)
{
	struct interaction_row row;
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " ROW_COLUMNS ROW_FROM " WHERE i.id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_row(&q, &row);
		fn(&row, arg);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such interaction");
}

/* Status rows (kind 5) are facts about other rows, not entries. */
bool store_each_timeline(struct store *st, int64_t contact, size_t limit, interaction_fn fn,
			 void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"SELECT " ROW_COLUMNS " FROM (SELECT DISTINCT p.occurred_at AS at, p.interaction_id AS pid"
			"  FROM participant p JOIN interaction x ON x.id = p.interaction_id"
			"  WHERE p.contact_id = ?1 AND x.kind <> 5"
			"  ORDER BY p.occurred_at DESC, p.interaction_id DESC LIMIT ?2)"
			" JOIN interaction i ON i.id = pid JOIN connector c ON c.id = i.connector_id"
			" ORDER BY at, pid", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, limit ? (int64_t)limit : -1);
	return each_row(&q, fn, arg, err);
}

bool store_each_attachment(struct store *st, int64_t interaction, attachment_fn fn, void *arg,
			   struct err *err)
{
	struct attachment a;
	struct query q;
	size_t n = 0;

	if (!query_open(&q, st, "SELECT n, name, media_type, size, sha256, state, reason, remote_id,"
				" content_id FROM attachment WHERE interaction_id = ? ORDER BY n", err))
		return false;
	bind_int(&q, interaction);
	while (query_next(&q, err)) {
		n = (size_t)column_int(&q);
		a = (struct attachment){ .name = column_str(&q) };
		a.media_type = column_str(&q);
		a.size = column_int(&q);
		a.sha256 = column_str(&q);
		a.state = (enum attachment_state)column_int(&q);
		a.reason = column_str(&q);
		a.remote_id = column_str(&q);
		a.content_id = column_str(&q);
		if (!fn(n, &a, arg))
			break;
	}
	return query_end(&q);
}

bool store_each_delivery_of(struct store *st, int64_t interaction, id_fn fn, void *arg,
			    struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"SELECT journal_id FROM interaction WHERE id = ?1 UNION ALL"
			" SELECT journal_id FROM delivery WHERE interaction_id = ?1 AND outcome = 2", err))
		return false;
	bind_int(&q, interaction);
	while (query_next(&q, err)) {
		if (!fn(column_int(&q), arg))
			break;
	}
	return query_end(&q);
}
