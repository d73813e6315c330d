#include "store/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "store/inside.h"

enum { MAX_CONTENT = 1 << 20, N_TRIGGERS = 3 };

/* ---- the chain ---- */

/* As netstrings: nothing can slip from one field into the next. */
static void add_field(struct buf *out, struct str field)
{
	buf_addf(out, "%zu:", field.len);
	buf_add(out, field);
	buf_addc(out, ',');
}

static void add_number(struct buf *out, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	add_field(out, str_from(text));
}

/* SHA-256 of the hash before (zeros before the first), then of all fields. */
static bool chain(const unsigned char before[SHA256_SIZE], const struct audit_row *row, unsigned char hash[SHA256_SIZE],
		  struct err *err)
{
	struct buf content;
	bool ok;

	buf_init(&content, MAX_CONTENT);
	buf_add(&content, (struct str){ (const char *)before, SHA256_SIZE });
	add_number(&content, row->id);
	add_number(&content, row->at_us);
	add_field(&content, row->entry.who);
	add_field(&content, row->entry.what);
	add_field(&content, row->entry.which);
	add_field(&content, row->entry.detail);
	ok = !buf_is_exceeded(&content);
	if (ok)
		crypto_sha256(buf_str(&content), hash);
	buf_finish(&content);
	return ok || err_setf(err, ERR_LIMIT, "an audit entry of more than %d bytes", MAX_CONTENT);
}

/* ---- reading ---- */

#define AUDIT_COLUMNS "id, at, who, what, which, detail, hash FROM audit"

static void read_row(struct query *q, struct audit_row *row)
{
	struct str hash;

	*row = (struct audit_row){ .id = column_int(q), .at_us = 0 };
	row->at_us = column_int(q);
	row->entry.who = column_str(q);
	row->entry.what = column_str(q);
	row->entry.which = column_str(q);
	row->entry.detail = column_str(q);
	hash = column_str(q);
	if (hash.len == SHA256_SIZE)
		memcpy(row->hash, hash.ptr, SHA256_SIZE);
}

bool audit_has(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'audit'", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

#define AUDIT_WHERE " WHERE id > ?1 AND id < ?2 AND at >= ?3 AND (?4 = '' OR who = ?4) AND (?5 = '' OR what = ?5)"

bool audit_each(struct store *st, const struct audit_filter *filter, audit_fn fn, void *arg, struct err *err)
{
	const char *sql = filter->is_newest_first ? "SELECT " AUDIT_COLUMNS AUDIT_WHERE " ORDER BY id DESC"
						  : "SELECT " AUDIT_COLUMNS AUDIT_WHERE " ORDER BY id";
	struct audit_row row;
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, filter->above);
	bind_int(&q, filter->below ? filter->below : INT64_MAX);
	bind_int(&q, filter->since_us);
	bind_str(&q, filter->who);
	bind_str(&q, filter->what);
	while (query_next(&q, err)) {
		read_row(&q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

/* ---- the head ---- */

const char *audit_head_text(const struct audit_head *head, char out[AUDIT_HEAD_SIZE])
{
	char hex[SHA256_HEX_SIZE];

	snprintf(out, AUDIT_HEAD_SIZE, "%lld:%s", (long long)head->id, crypto_hex(head->hash, SHA256_SIZE, hex));
	return out;
}

bool audit_head_parse(struct str text, struct audit_head *head)
{
	size_t colon = str_chr(text, ':');

	return colon != STR_NONE && str_int64(str_sub(text, 0, colon), &head->id) && head->id > 0 &&
	       crypto_unhex(str_sub(text, colon + 1, text.len), head->hash, SHA256_SIZE);
}

static bool take_head(const struct audit_row *row, void *arg)
{
	struct audit_head *head = arg;

	head->id = row->id;
	memcpy(head->hash, row->hash, SHA256_SIZE);
	return false;
}

bool audit_find_head(struct store *st, struct audit_head *head, struct err *err)
{
	*head = (struct audit_head){ 0 };
	return audit_each(st, &(struct audit_filter){ .is_newest_first = true }, take_head, head, err);
}

/* The highest number that was ever given. */
static bool find_highest(struct store *st, int64_t *id, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT seq FROM sqlite_sequence WHERE name = 'audit'", err) || !query_step(&q, &has, err))
		return false;
	*id = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

/* ---- writing ---- */

static bool put(struct store *st, const struct audit_row *row, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", err))
		return false;
	bind_int(&q, row->id);
	bind_int(&q, row->at_us);
	bind_str(&q, row->entry.who);
	bind_str(&q, row->entry.what);
	bind_str(&q, row->entry.which);
	bind_str(&q, row->entry.detail);
	bind_blob_or_null(&q, (struct str){ (const char *)row->hash, SHA256_SIZE });
	return query_run(&q, NULL, err);
}

bool audit_add(struct store *st, const struct audit_entry *entry, struct err *err)
{
	struct audit_row row = { .at_us = clock_wall_us(), .entry = *entry };
	struct audit_head before;
	int64_t highest;

	if (!audit_find_head(st, &before, err) || !find_highest(st, &highest, err))
		return false;
	row.id = (highest > before.id ? highest : before.id) + 1;	/* what was cut off stays a gap */
	return chain(before.hash, &row, row.hash, err) && put(st, &row, err);
}

/* ---- proving ---- */

struct proof {
	struct audit_verdict *verdict;
	const struct audit_head *kept;
	struct err err;
};

static bool broken(struct audit_verdict *v, int64_t id, const char *why)
{
	v->broken = id;
	snprintf(v->why, sizeof(v->why), "%s", why);
	return false;
}

static bool prove_row(const struct audit_row *row, void *arg)
{
	struct proof *p = arg;
	struct audit_verdict *v = p->verdict;
	unsigned char hash[SHA256_SIZE];

	if (row->id != v->head.id + 1)
		return broken(v, v->head.id + 1, "it is missing");
	if (!chain(v->head.hash, row, hash, &p->err))
		return broken(v, row->id, "it is larger than any that is written");
	if (!crypto_equal(hash, row->hash, SHA256_SIZE))
		return broken(v, row->id, "its hash does not follow from its content and the entry before: "
			      "one of the two was changed after it was written");
	if (row->id == p->kept->id && !crypto_equal(hash, p->kept->hash, SHA256_SIZE))
		return broken(v, row->id, "it has another hash than the head that you kept: "
			      "it, or one before it, was written anew");
	take_head(row, &v->head);
	return true;
}

/* As the migration made them: by the name alone, one that does nothing would do. */
static const char *const triggers[] = {
	"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit\n"
	"\tBEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END",
	"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit\n"
	"\tBEGIN SELECT RAISE(ABORT, 'nothing is taken out of the audit log'); END",
	"CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN new.id <= (SELECT max(id) FROM audit)\n"
	"\tBEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END",
};

static bool is_own_trigger(struct str sql)
{
	for (size_t i = 0; i < N_TRIGGERS; i++)
		if (str_eq(sql, str_from(triggers[i])))
			return true;
	return false;
}

/* How many triggers of the log are there as they were made, and how many others are on it. */
static bool count_triggers(struct store *st, size_t *n_own, size_t *n_others, struct err *err)
{
	struct query q;

	*n_own = *n_others = 0;
	if (!query_open(&q, st, "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit' COLLATE NOCASE", err))
		return false;
	while (query_next(&q, err))
		++*(is_own_trigger(column_str(&q)) ? n_own : n_others);
	return query_end(&q);
}

static bool prove_end(struct store *st, const struct proof *p, struct err *err)
{
	struct audit_verdict *v = p->verdict;
	size_t n_own, n_others;
	int64_t highest;

	if (!find_highest(st, &highest, err) || !count_triggers(st, &n_own, &n_others, err))
		return false;
	if (highest > v->head.id)
		broken(v, v->head.id + 1, "it is missing: the log was longer once");
	else if (p->kept->id > v->head.id)
		broken(v, v->head.id + 1, "it is missing: the head that you kept comes after it");
	else if (n_own < N_TRIGGERS)
		broken(v, v->head.id + 1, "nothing keeps it from being changed: a trigger of the log is gone, or does not do what it did");
	else if (n_others > 0)
		broken(v, v->head.id + 1, "it may never have been written: the log has a trigger that is not its own");
	return true;
}

bool audit_verify(struct store *st, const struct audit_head *kept, struct audit_verdict *verdict, struct err *err)
{
	struct proof p = { .verdict = verdict, .kept = kept };

	*verdict = (struct audit_verdict){ 0 };
	return audit_each(st, &(struct audit_filter){ 0 }, prove_row, &p, err) &&
	       (verdict->broken != 0 || prove_end(st, &p, err));
}

/* ---- carrying over ---- */

struct carry {
	struct store *to;
	struct err err;
};

static bool carry_row(const struct audit_row *row, void *arg)
{
	struct carry *c = arg;

	return put(c->to, row, &c->err);
}

static bool carry_highest(struct store *from, struct store *to, struct err *err)
{
	struct query q;
	int64_t highest;

	if (!find_highest(from, &highest, err) ||
	    !query_open(&q, to, "DELETE FROM sqlite_sequence WHERE name = 'audit'", err) || !query_run(&q, NULL, err) ||
	    !query_open(&q, to, "INSERT INTO sqlite_sequence VALUES ('audit', ?)", err))
		return false;
	bind_int(&q, highest);
	return query_run(&q, NULL, err);
}

bool audit_copy(struct store *from, struct store *to, struct err *err)
{
	struct carry c = { .to = to };
	bool has;

	if (!audit_has(from, &has, err))
		return false;
	if (!has)
		return true;
	if (!audit_each(from, &(struct audit_filter){ 0 }, carry_row, &c, err))
		return false;
	if (c.err.kind != ERR_NONE) {
		*err = c.err;
		return false;
	}
	return carry_highest(from, to, err);
}
