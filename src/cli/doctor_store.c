/* The store: may we read it, is it whole, do its books balance, is there room, does the clock make sense? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "cli/doctor.h"
#include "cli/human.h"
#include "ingest/again.h"
#include "store/audit.h"

#define AHEAD_US (INT64_C(300) * US_PER_S)
#define YEAR_2024_US (INT64_C(1704067200) * US_PER_S)

enum { MAX_WAL_BYTES = 256 << 20 };

static void look_at_permissions(struct doctor *d, const char *dir)
{
	auto_free char *file = xasprintf("%s/daybook.db", dir);
	struct stat at_dir, at_file;

	if (stat(dir, &at_dir) != 0 || stat(file, &at_file) != 0)
		return;
	if ((at_dir.st_mode & 077) != 0 && (at_file.st_mode & 077) != 0)
		doctor_say(d, FINDING_WRONG, "permissions", "chmod 700 it", "others can read customers' messages in %s",
			   dir);
	else
		doctor_say(d, FINDING_OK, "permissions", NULL, "only its owner can read the store");
}

static void look_inside(struct doctor *d, const char *dir)
{
	struct err err;

	if (store_is_suspect(dir))
		doctor_say(d, FINDING_WRONG, "store", "look at the disk (dmesg, smartctl), then start daybookd: it checks "
			   "the store first", "the last run ended with a storage failure");
	else if (d->is_deep && !store_quick_check(d->store, &err))
		doctor_say(d, FINDING_WRONG, "store", "stop daybookd, keep a copy, then daybook rebuild or a backup", "%s",
			   err.msg);
	else
		doctor_say(d, FINDING_OK, "store", NULL, "%s/daybook.db %s", dir,
			   d->is_deep ? "opens, and every page of it is whole" : "opens (--deep reads all of it)");
	if (!store_check_ledger(d->store, &err))
		doctor_say(d, FINDING_WRONG, "ledger", "daybook rebuild --check says where; please report it as a bug",
			   "%s", err.msg);
	else
		doctor_say(d, FINDING_OK, "ledger", NULL, "balances: what was received is accounted for");
}

/* ---- what the journal says came in ---- */

struct bodies {
	const char *dir;
	int64_t n, n_lost;
	struct err first;
};

static bool look_at_body(const struct journal_row *row, void *arg)
{
	struct bodies *b = arg;
	struct err err;
	char *plain;

	if (row->kind != JOURNAL_RAW)
		return true;
	b->n++;
	if (again_load_body(row, b->dir, &plain, &err))
		free(plain);
	else if (b->n_lost++ == 0)
		b->first = err;
	return true;
}

/* A mail is in the journal and, where its attachments stood, in their files: both are needed to read it again. */
static void look_at_bodies(struct doctor *d, const char *dir)
{
	struct bodies b = { .dir = dir };
	struct err err;

	if (!store_each_journal(d->store, 0, look_at_body, &b, &err))
		doctor_say(d, FINDING_WRONG, "messages", "daybook doctor again once the store can be read", "%s", err.msg);
	else if (b.n_lost > 0)
		doctor_say(d, FINDING_WRONG, "messages", "copy the file back from a backup; until then daybook rebuild stops "
			   "at it", "%lld of %lld cannot be put together: %s", (long long)b.n_lost, (long long)b.n,
			   b.first.msg);
	else
		doctor_say(d, FINDING_OK, "messages", NULL, "all %lld came back as they came in", (long long)b.n);
}

static bool prove(struct store *st, bool *has, struct audit_verdict *verdict, struct err *err)
{
	return store_begin_snapshot(st, err) && audit_has(st, has, err) &&
	       (!*has || audit_verify(st, &(struct audit_head){ 0 }, verdict, err));
}

/* By a handle of its own: a snapshot lasts as long as its handle, and the other checks want what is there now. */
static void look_at_audit_log(struct doctor *d, const char *dir)
{
	struct audit_verdict verdict = { 0 };
	struct store *st = NULL;
	bool has = false, ok;
	struct err err;

	ok = store_open(dir, STORE_READER, &st, &err) && prove(st, &has, &verdict, &err);
	store_close(st);
	if (!ok)
		doctor_say(d, FINDING_WRONG, "audit log", "daybook audit verify once the store can be read", "%s", err.msg);
	else if (verdict.broken != 0)
		doctor_say(d, FINDING_WRONG, "audit log", "somebody wrote into the database: find out who could; daybook audit verify "
			   "on backups of earlier days shows since when", "broken at entry %lld: %s", (long long)verdict.broken, verdict.why);
	else if (has)
		doctor_say(d, FINDING_OK, "audit log", NULL, "whole: %lld entries", (long long)verdict.head.id);
}

static void look_at_wal(struct doctor *d, const char *dir)
{
	auto_free char *file = xasprintf("%s/daybook.db-wal", dir);
	char size[HUMAN_SIZE];
	struct stat st;

	if (stat(file, &st) != 0)
		st.st_size = 0;
	human_bytes(st.st_size, size);
	if (st.st_size > MAX_WAL_BYTES)
		doctor_say(d, FINDING_WARNING, "write-ahead log", "some reader holds an old snapshot: end it, or restart "
			   "daybookd", "it has grown to %s", size);
	else
		doctor_say(d, FINDING_OK, "write-ahead log", NULL, "%s", size);
}

static void look_at_disk(struct doctor *d, const char *dir)
{
	int64_t min_free = d->cli->config->storage.min_free, n_free;
	char has[HUMAN_SIZE], wants[HUMAN_SIZE];
	struct statvfs fs;

	if (statvfs(dir, &fs) != 0)
		return;
	n_free = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	human_bytes(n_free, has);
	human_bytes(min_free, wants);
	if (n_free < min_free)
		doctor_say(d, FINDING_WRONG, "disk", "make room at storage.path: nothing is accepted until then",
			   "%s free, storage.min_free is %s", has, wants);
	else if (n_free / 4 < min_free)
		doctor_say(d, FINDING_WARNING, "disk", "make room at storage.path before it is full",
			   "%s free, below %s nothing is accepted", has, wants);
	else
		doctor_say(d, FINDING_OK, "disk", NULL, "%s free", has);
}

static void look_at_clock(struct doctor *d)
{
	int64_t now_us = clock_wall_us(), last_us = d->store ? id_wall_us(store_following_id(d->store)) : 0;
	char span[HUMAN_SIZE];
	struct timex tx = { 0 };

	if (now_us < YEAR_2024_US)
		doctor_say(d, FINDING_WRONG, "clock", "timedatectl set-ntp true", "it shows a time long past");
	else if (last_us > now_us + AHEAD_US)
		doctor_say(d, FINDING_WRONG, "clock", "timedatectl shows it; entries keep their order meanwhile",
			   "it is %s behind what was recorded last", human_span(last_us - now_us, span));
	else if (adjtimex(&tx) == TIME_ERROR || (tx.status & STA_UNSYNC) != 0)
		doctor_say(d, FINDING_WARNING, "clock", "timedatectl set-ntp true, or run chrony",
			   "nothing keeps it synchronous");
	else
		doctor_say(d, FINDING_OK, "clock", NULL, "synchronous, and not behind the store");
}

void doctor_check_store(struct doctor *d)
{
	const char *dir = d->cli->config->storage.path;
	struct err err;

	if (store_open(dir, STORE_READER, &d->cli->store, &err)) {
		d->store = d->cli->store;
		look_inside(d, dir);
		if (d->is_deep)
			look_at_bodies(d, dir);
		look_at_audit_log(d, dir);
		look_at_permissions(d, dir);
		look_at_wal(d, dir);
	} else if (err.kind == ERR_MISSING) {
		doctor_say(d, FINDING_WRONG, "store", "start daybookd: it makes one", "%s", err.msg);
	} else {
		doctor_say(d, FINDING_WRONG, "store", "run it as root or as the daemon's user; else see the text",
			   "%s", err.msg);
	}
	d->cli->is_storeless = d->store == NULL;
	look_at_disk(d, dir);
	look_at_clock(d);
}
