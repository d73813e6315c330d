/* What a rebuild needs of the store: a snapshot of the old, a beginning for the new, the swap. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"
#include "store/audit.h"
#include "store/erase.h"
#include "store/import.h"
#include "store/upload.h"
#include "store/inside.h"
#include "store/retention.h"
#include "store/token.h"
#include "store/user.h"

bool store_begin_snapshot(struct store *st, struct err *err)
{
	struct query q;
	bool has;

	/* The first read takes the snapshot. */
	if (!store_exec(st, "BEGIN", err) ||
	    !query_open(&q, st, "SELECT count(*) FROM meta", err) || !query_step(&q, &has, err))
		return false;
	query_close(&q);
	return true;
}

/* Copies the columns of each row of `read` into the parameters of `write`. */
static bool copy_rows(struct store *from, const char *read, struct store *to, const char *write,
		      struct err *err)
{
	struct query in, out;
	bool has;

	if (!query_open(&in, from, read, err))
		return false;
	while (query_step(&in, &has, err)) {
		if (!has) {
			query_close(&in);
			return true;
		}
		if (!query_open(&out, to, write, err))
			break;
		for (int i = 0; i < sqlite3_column_count(in.stmt); i++)
			sqlite3_bind_value(out.stmt, i + 1, sqlite3_column_value(in.stmt, i));
		if (!query_run(&out, NULL, err))
			break;
	}
	query_close(&in);
	return false;
}

/* A snapshot of a store that this version has not opened for writing yet has no such table. */
static bool copy_reconcile(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_reconcile(from, &has, err))
		return false;
	if (!has)
		return true;
	return copy_rows(from, "SELECT connector_id, folder, run_at, checked_at, listed, known, filtered, missing,"
			       " healed, healed_ever, vanished, note, error FROM reconcile",
			 to, "INSERT INTO reconcile VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err);
}

static bool copy_pull_state(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_pull_state(from, &has, err))
		return false;
	return !has || copy_rows(from, "SELECT connector_id, throttled_until, throttled_at, n_throttles, said, backlog_left,"
				       " backlog_of, backlog_paused_until FROM pull_state",
				 to, "INSERT INTO pull_state VALUES (?, ?, ?, ?, ?, ?, ?, ?)", err);
}

/* The same of what was counted and left no row. */
static bool copy_withheld(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_withheld(from, &has, err))
		return false;
	return !has || copy_rows(from, "SELECT id, withheld FROM connector WHERE withheld <> 0", to,
				 "UPDATE connector SET withheld = ?2, filtered = ?2, received = ?2 WHERE id = ?1", err);
}

/* A store that this version has not opened for writing yet may lack it. */
static bool has_table(struct store *st, struct str name, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", err))
		return false;
	bind_str(&q, name);
	if (!query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

static bool copy_doomed(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!has_table(from, STR("doomed_blob"), &has, err))
		return false;
	return !has || copy_rows(from, "SELECT sha256 FROM doomed_blob", to, "INSERT INTO doomed_blob VALUES (?)", err);
}

static bool copy_tokens(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_tokens(from, &has, err))
		return false;
	return !has || copy_rows(from, "SELECT id, name, role, staff, sha256, made_by, created_at, expires_at, last_used_at,"
				       " revoked_at FROM api_token",
				 to, "INSERT INTO api_token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err);
}

static bool copy_webhooks(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_webhooks(from, &has, err))
		return false;
	return !has || (copy_rows(from, "SELECT id, url, role, staff, kinds, secret, old_secret, old_until, made_by, created_at, cursor,"
					" failures, failing_since, next_at, disabled_at, error FROM webhook", to,
				  "INSERT INTO webhook VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err) &&
			copy_rows(from, "SELECT id, webhook_id, seq, at, status, took_ms, error FROM webhook_attempt", to,
				  "INSERT INTO webhook_attempt VALUES (?, ?, ?, ?, ?, ?, ?)", err));
}

/* Who follows along is told that anything may read otherwise now. */
static bool copy_changes(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_changes(from, &has, err))
		return false;
	return !has || (copy_rows(from, "SELECT seq, at, kind, id, other, owner FROM change", to,
				  "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)", err) &&
			changes_load(to, err) && store_put_rebuilt(to, err));
}

/* Whoever is logged in stays so. */
static bool copy_users(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_users(from, &has, err))
		return false;
	return !has ||
	       (copy_rows(from, "SELECT name, password, password_at, last_login_at, totp, totp_step FROM user", to,
			  "INSERT INTO user VALUES (?, ?, ?, ?, ?, ?)", err) &&
		copy_rows(from, "SELECT id, sha256, name, how, peer, agent, created_at, used_at, expires_at, ended_at FROM session", to,
			  "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err) &&
		copy_rows(from, "SELECT sha256, name FROM recovery_code", to, "INSERT INTO recovery_code VALUES (?, ?)", err) &&
		copy_rows(from, "SELECT who, n, at FROM login_failure", to, "INSERT INTO login_failure VALUES (?, ?, ?)", err));
}

static bool copy_owners(struct store *from, struct store *to, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, from, "SELECT 1 FROM pragma_table_info('connector') WHERE name = 'owner'", err) ||
	    !query_step(&q, &has, err))
		return false;
	query_close(&q);
	return !has || copy_rows(from, "SELECT id, owner FROM connector WHERE owner IS NOT NULL", to,
				 "UPDATE connector SET owner = ?2 WHERE id = ?1", err);
}

static bool copy_pauses(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!has_table(from, STR("connector_pause"), &has, err))
		return false;
	return !has || copy_rows(from, "SELECT connector_id, by, why, at FROM connector_pause", to,
				 "INSERT INTO connector_pause VALUES (?, ?, ?, ?)", err);
}

static bool copy_shares(struct store *from, struct store *to, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, from, "SELECT 1 FROM pragma_table_info('connector') WHERE name = 'share'", err) ||
	    !query_step(&q, &has, err))
		return false;
	query_close(&q);
	return !has || copy_rows(from, "SELECT id, share FROM connector WHERE share < 3", to, "UPDATE connector SET share = ?2 WHERE id = ?1", err);
}

/* A client may repeat a request over the rebuild. */
static bool copy_answers(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!has_table(from, STR("api_answer"), &has, err))
		return false;
	return !has || copy_rows(from, "SELECT scope, key, asked, status, location, body, made_at FROM api_answer", to,
				 "INSERT INTO api_answer VALUES (?, ?, ?, ?, ?, ?, ?)", err);
}

/* Tombstones are no function of the journal: what they tell of is in it no more. */
static bool copy_erasures(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_erasures(from, &has, err))
		return false;
	return !has || (copy_rows(from, "SELECT id, by, at, done_at, entries, blanked, dead_letters, decisions, journal_rows, files,"
					" old_databases FROM erasure",
				  to, "INSERT INTO erasure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err) &&
			copy_rows(from, "SELECT contact_id, erasure_id FROM erased_contact", to,
				  "INSERT INTO erased_contact VALUES (?, ?)", err) &&
			copy_rows(from, "SELECT hash, at FROM erased_handle", to, "INSERT INTO erased_handle VALUES (?, ?)", err) &&
			copy_rows(from, "SELECT key_time, key_hash FROM erased_message", to,
				  "INSERT INTO erased_message VALUES (?, ?)", err));
}

static bool copy_retention(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_retention(from, &has, err))
		return false;
	return !has || (copy_rows(from, "SELECT key_time, key_hash FROM expired_message", to,
				  "INSERT INTO expired_message VALUES (?, ?)", err) &&
			copy_rows(from, "SELECT class, done_id, ran_at, rows, error, rows FROM retention", to,
				  "INSERT INTO retention(class, done_id, ran_at, rows, error, told) VALUES (?, ?, ?, ?, ?, ?)", err));
}

static bool copy_unread(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_unread(from, &has, err))
		return false;
	return !has || copy_rows(from, "SELECT import_id, n, first FROM import_unread", to, "INSERT INTO import_unread VALUES (?, ?, ?)", err);
}

static bool copy_uploads(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_uploads(from, &has, err))
		return false;
	return !has || copy_rows(from, "SELECT import_id, size, received, touched_at, started_at, failed FROM import_upload", to,
				 "INSERT INTO import_upload VALUES (?, ?, ?, ?, ?, ?)", err);
}

static bool copy_imports(struct store *from, struct store *to, struct err *err)
{
	bool has;

	if (!store_has_imports(from, &has, err))
		return false;
	return !has || (copy_uploads(from, to, err) && copy_unread(from, to, err) &&
			copy_rows(from, "SELECT id, kind, name, by, begun_at, ended_at, stored, duplicate, filtered, dead, pending, undo_by,"
					" undo_at, undone_at, taken FROM import_run", to,
				  "INSERT INTO import_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err) &&
			copy_rows(from, "SELECT import_id, journal_id FROM import_row", to, "INSERT INTO import_row VALUES (?, ?)", err));
}

bool store_copy_aside(struct store *from, struct store *to, struct err *err)
{
	return store_begin(to, err) &&
	       copy_rows(from, "SELECT key, value FROM meta", to, "INSERT INTO meta VALUES (?, ?)"
			 " ON CONFLICT(key) DO UPDATE SET value = excluded.value", err) &&
	       copy_rows(from, "SELECT id, name, type, state, error, state_since, last_success_at, options,"
			       " create_contacts FROM connector",
			 to, "INSERT INTO connector(id, name, type, state, error, state_since,"
			     " last_success_at, options, create_contacts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			 err) &&
	       copy_rows(from, "SELECT connector_id, key, value FROM cursor", to,
			 "INSERT INTO cursor VALUES (?, ?, ?)", err) &&
	       copy_withheld(from, to, err) && copy_reconcile(from, to, err) && copy_pull_state(from, to, err) &&
	       copy_doomed(from, to, err) && copy_tokens(from, to, err) && copy_answers(from, to, err) &&
	       copy_changes(from, to, err) && copy_webhooks(from, to, err) && copy_owners(from, to, err) && copy_shares(from, to, err) &&
	       copy_pauses(from, to, err) &&
	       audit_copy(from, to, err) && copy_erasures(from, to, err) && copy_retention(from, to, err) && copy_users(from, to, err) && copy_imports(from, to, err) && store_commit(to, err) &&
	       store_load_keys(to, err);
}

/* Whoever still has the old database open would share its log with the new one, and remove that when he closes. Only who
 * is alone with a database can take its log away. */
bool store_be_alone(struct store *st, struct err *err)
{
	struct err ignored;
	bool has, is_alone;
	struct query q;

	if (!query_open(&q, st, "PRAGMA journal_mode = DELETE", err))
		return false;
	is_alone = query_step(&q, &has, &ignored) && has && str_eq(column_str(&q), STR("delete"));
	query_close(&q);
	return is_alone || err_setf(err, ERR_AGAIN, "store: somebody reads %s/daybook.db (fuser shows who); end that, then "
				    "try again", st->dir);
}

static bool move(const char *from, const char *to, struct err *err)
{
	return rename(from, to) == 0 ||
	       err_setf(err, ERR_IO, "store: %s: %s", from, strerror(errno));
}

/* Under a name of its own, also when one was kept in this very second. The caller frees. */
static char *keep_aside(const char *dir, const char *real, struct err *err)
{
	for (long long at = (long long)time(NULL);; at++) {
		char *aside = xasprintf("%s/daybook.db.before-%lld", dir, at);

		if (link(real, aside) == 0)
			return aside;
		free(aside);
		if (errno != EEXIST) {
			err_setf(err, ERR_IO, "store: cannot keep %s: %s", real, strerror(errno));
			return NULL;
		}
	}
}

bool store_swap_in(const char *dir, const char *file, char **kept, struct err *err)
{
	auto_free char *real = xasprintf("%s/daybook.db", dir);
	auto_free char *fresh = xasprintf("%s/%s", dir, file);
	char *aside;
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Link, then rename over: at no moment is there no database. */
	aside = keep_aside(dir, real, err);
	if (aside == NULL)
		return false;
	if (move(fresh, real, err) &&
	    ((fd >= 0 && fsync(fd) == 0) || err_setf(err, ERR_IO, "store: %s: %s", dir, strerror(errno)))) {
		*kept = aside;
		return true;
	}
	free(aside);
	return false;
}
