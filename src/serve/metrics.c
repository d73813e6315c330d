/* /metrics in Prometheus text. What the loop knows is taken on the loop; the ledger is read from the
 * store on a reader, so that what is shown is what is there. */
#include <stdlib.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "sandbox/parse.h"
#include "serve/inside.h"
#include "store/mark.h"
#include "store/writer.h"

enum { MAX_TEXT = 8 << 20 };

struct scrape {
	struct serve *serve;
	struct http_request *rq;
	struct buf text;
	bool failed;
};

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP daybook_%s %s\n# TYPE daybook_%s %s\n", name, help, name, type);
}

static void value(struct buf *b, const char *name, const char *labels, double v)
{
	buf_addf(b, "daybook_%s%s %.17g\n", name, labels, v);
}

static void simple(struct buf *b, const char *name, const char *type, const char *help, double v)
{
	head(b, name, type, help);
	value(b, name, "", v);
}

/* ---- the loop's part ---- */

static void put_process(struct serve *s, struct buf *b)
{
	head(b, "build_info", "gauge", "Version of this daybookd.");
	value(b, "build_info", "{version=\"" DAYBOOK_VERSION "\"}", 1);
	simple(b, "start_time_seconds", "gauge", "When it started.", (double)s->started_us / 1e6);
	simple(b, "config_last_reload_successful", "gauge", "Whether the last (re)load was taken.",
	       s->was_reload_good);
	simple(b, "config_last_reload_timestamp_seconds", "gauge", "When that was.",
	       (double)s->last_reload_us / 1e6);
	simple(b, "log_lines_dropped_total", "counter", "Log lines that standard error did not take.",
	       (double)log_dropped());
}

static void put_http(struct serve *s, struct buf *b)
{
	struct http_stats stats = http_stats(s->http);

	simple(b, "http_requests_total", "counter", "Requests answered.", (double)stats.requests);
	simple(b, "http_connections", "gauge", "Open connections.", (double)stats.n_open);
	simple(b, "http_in_flight", "gauge", "Requests on their way.", (double)stats.n_in_flight);
	head(b, "http_refused_total", "counter", "Requests and connections not taken.");
	value(b, "http_refused_total", "{reason=\"address\"}", (double)stats.refused_address);
	value(b, "http_refused_total", "{reason=\"busy\"}", (double)stats.refused_busy);
	value(b, "http_refused_total", "{reason=\"framing\"}", (double)stats.refused_lint);
	value(b, "http_refused_total", "{reason=\"tls\"}", (double)stats.failed_tls);
	head(b, "http_killed_total", "counter", "Connections cut at a deadline.");
	value(b, "http_killed_total", "{deadline=\"request\"}", (double)stats.killed_request);
	value(b, "http_killed_total", "{deadline=\"idle\"}", (double)stats.killed_idle);
	value(b, "http_killed_total", "{deadline=\"reply\"}", (double)stats.killed_reply);
	head(b, "http_accept_pauses_total", "counter", "Times nothing was accepted for a while.");
	value(b, "http_accept_pauses_total", "{reason=\"connections\"}", (double)stats.cap_pauses);
	value(b, "http_accept_pauses_total", "{reason=\"descriptors\"}", (double)stats.fd_pauses);
}

static void put_writer(struct serve *s, struct buf *b)
{
	struct writer_stats w;
	uint64_t sum = 0;
	char labels[40];

	writer_get_stats(s->parts.writer, &w);
	simple(b, "ingest_queue_depth", "gauge", "Jobs waiting for the store.", (double)w.queue_jobs);
	simple(b, "ingest_queue_bytes", "gauge", "Their size.", (double)w.queue_bytes);
	simple(b, "ingest_queue_oldest_seconds", "gauge", "Age of the oldest of them.",
	       (double)w.oldest_us / 1e6);
	simple(b, "store_jobs_total", "counter", "Jobs committed.", (double)w.jobs);
	simple(b, "store_job_failures_total", "counter", "Jobs refused by the store.", (double)w.failures);
	simple(b, "store_wal_bytes", "gauge", "Size of the write-ahead log.", (double)w.wal_pages * 4096);
	simple(b, "store_full", "gauge", "1 while there is no room on the disk.", w.is_full);
	simple(b, "store_locked", "gauge", "1 while another program holds the write lock.", w.is_locked);
	simple(b, "store_free_bytes", "gauge", "Free space of its file system.", (double)w.free_bytes);
	head(b, "commit_duration_seconds", "histogram", "Time from begin to durable.");
	for (int i = 0; i < WRITER_BUCKETS; i++) {
		sum += w.buckets[i];
		if (i == WRITER_BUCKETS - 1)
			snprintf(labels, sizeof(labels), "{le=\"+Inf\"}");
		else
			snprintf(labels, sizeof(labels), "{le=\"%g\"}", (double)writer_bucket_us[i] / 1e6);
		value(b, "commit_duration_seconds_bucket", labels, (double)sum);
	}
	value(b, "commit_duration_seconds_sum", "", (double)w.commit_us_sum / 1e6);
	value(b, "commit_duration_seconds_count", "", (double)w.commits);
}

static void put_parsers(struct serve *s, struct buf *b)
{
	struct parsers_stats stats;
	char labels[64];

	parsers_stats(s->parts.parsers, &stats);
	head(b, "parser_messages_total", "counter", "Attempts in parser processes, by how they ended.");
	for (int i = 0; i < PARSE_ENDS; i++) {
		snprintf(labels, sizeof(labels), "{end=\"%s\"}", parse_end_name((enum parse_end)i));
		value(b, "parser_messages_total", labels, (double)stats.ends[i]);
	}
	simple(b, "parser_spawns_total", "counter", "Parser processes made.", (double)stats.spawns);
	simple(b, "quarantined_total", "counter", "Messages that two parsers failed on.",
	       (double)stats.given_up);
}

/* One gauge over all pulls; a value of 0 that says nothing is left out unless `always`. */
static void put_pull_gauge(struct serve *s, struct buf *b, const char *name, const char *help, size_t offset,
			   double scale, bool always)
{
	char labels[160];

	head(b, name, "gauge", help);
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		int64_t n = *(const int64_t *)((const char *)&i->pull_state + offset);

		snprintf(labels, sizeof(labels), "{connector=\"%s\"}", i->source->name.ptr);
		if (i->pull != NULL && i->conf->host.enabled && (n != 0 || always))
			value(b, name, labels, (double)n / scale);
	}
}

static void put_pulls(struct serve *s, struct buf *b)
{
	char labels[160];

	put_pull_gauge(s, b, "imap_backlog", "Old mails that wait behind new ones, about.",
		       offsetof(struct pull_state, backlog_left), 1, true);
	put_pull_gauge(s, b, "imap_backlog_size", "How many they were when that began.",
		       offsetof(struct pull_state, backlog_of), 1, true);
	put_pull_gauge(s, b, "imap_backlog_paused_until_timestamp_seconds", "When they go on; none while they do.",
		       offsetof(struct pull_state, backlog_paused_until_us), 1e6, false);
	put_pull_gauge(s, b, "connector_throttled_until_timestamp_seconds",
		       "Until when the server wants to be left alone; in the past, or none: it does not.",
		       offsetof(struct pull_state, throttled_until_us), 1e6, false);
	head(b, "connector_every_seconds", "gauge", "How often a mailbox is looked at, at the least.");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		snprintf(labels, sizeof(labels), "{connector=\"%s\"}", i->source->name.ptr);
		if (i->pull != NULL && i->conf->host.enabled)
			value(b, "connector_every_seconds", labels, (double)i->conf->host.every / 1e6);
	}
}

static void put_instances(struct serve *s, struct buf *b)
{
	char labels[160];

	head(b, "connector_up", "gauge", "0 while a connector is stopped or retrying; none for those switched off.");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		snprintf(labels, sizeof(labels), "{connector=\"%s\",type=\"%s\"}", i->source->name.ptr,
			 i->source->type->name);
		if (i->conf->host.enabled)
			value(b, "connector_up", labels, instance_is_up(i));
	}
	head(b, "connector_freshness_seconds", "gauge", "How long a connector may be silent.");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		snprintf(labels, sizeof(labels), "{connector=\"%s\"}", i->source->name.ptr);
		if (i->conf->host.freshness > 0)
			value(b, "connector_freshness_seconds", labels,
			      (double)i->conf->host.freshness / 1e6);
	}
	head(b, "connector_state", "gauge", "1 for the state a connector is in.");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		snprintf(labels, sizeof(labels), "{connector=\"%s\",state=\"%s\"}", i->source->name.ptr,
			 instance_state_name(i->state));
		value(b, "connector_state", labels, 1);
	}
	head(b, "connector_message_bytes_total", "counter", "Bytes of mail, fetched and left on the server.");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		if (i->source->type->fetch == NULL)
			continue;
		snprintf(labels, sizeof(labels), "{connector=\"%s\",what=\"fetched\"}", i->source->name.ptr);
		value(b, "connector_message_bytes_total", labels, (double)atomic_load(&i->fetched_bytes));
		snprintf(labels, sizeof(labels), "{connector=\"%s\",what=\"left_out\"}", i->source->name.ptr);
		value(b, "connector_message_bytes_total", labels, (double)atomic_load(&i->spared_bytes));
	}
	put_pulls(s, b);
	head(b, "webhook_requests_total", "counter", "Webhook requests by answer.");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next)
		for (size_t code = 0; code < countof(i->answers); code++) {
			snprintf(labels, sizeof(labels), "{connector=\"%s\",code=\"%zu\"}",
				 i->source->name.ptr, code);
			if (i->answers[code] > 0)
				value(b, "webhook_requests_total", labels, (double)i->answers[code]);
		}
	head(b, "webhook_signature_failures_total", "counter", "Requests that were not the provider's.");
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		snprintf(labels, sizeof(labels), "{connector=\"%s\"}", i->source->name.ptr);
		if (i->source->type->routes != NULL)
			value(b, "webhook_signature_failures_total", labels, (double)i->signature_failures);
	}
}

/* ---- the store's part ---- */

struct ledger_columns {
	struct buf received, outcomes, last, success;
};

static bool put_ledger_row(const struct ledger_row *row, void *arg)
{
	struct ledger_columns *c = arg;

	buf_addf(&c->received, "daybook_connector_received_total{connector=\"" STR_FMT "\"} %lld\n",
		 STR_ARG(row->name), (long long)row->received);
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		buf_addf(&c->outcomes, "daybook_ledger{connector=\"" STR_FMT "\",outcome=\"%s\"} %lld\n",
			 STR_ARG(row->name), outcome_name((enum outcome)o), (long long)row->by_outcome[o]);
	if (row->last_message_us > 0)
		buf_addf(&c->last, "daybook_connector_last_message_timestamp_seconds{connector=\"" STR_FMT
			 "\"} %.3f\n", STR_ARG(row->name), (double)row->last_message_us / 1e6);
	if (row->last_success_us > 0)
		buf_addf(&c->success, "daybook_connector_last_success_timestamp_seconds{connector=\"" STR_FMT
			 "\"} %.3f\n", STR_ARG(row->name), (double)row->last_success_us / 1e6);
	return true;
}

static bool put_ledger(struct store *st, struct buf *b, struct err *err)
{
	struct ledger_columns c;
	bool ok;

	buf_init(&c.received, MAX_TEXT);
	buf_init(&c.outcomes, MAX_TEXT);
	buf_init(&c.last, MAX_TEXT);
	buf_init(&c.success, MAX_TEXT);
	ok = store_each_ledger(st, put_ledger_row, &c, err);
	head(b, "connector_received_total", "counter", "Events received.");
	buf_add(b, buf_str(&c.received));
	head(b, "ledger", "gauge", "What became of them; the sum of a connector is what it received.");
	buf_add(b, buf_str(&c.outcomes));
	head(b, "connector_last_message_timestamp_seconds", "gauge", "When something last came in.");
	buf_add(b, buf_str(&c.last));
	head(b, "connector_last_success_timestamp_seconds", "gauge", "When a pull last went well.");
	buf_add(b, buf_str(&c.success));
	buf_finish(&c.received);
	buf_finish(&c.outcomes);
	buf_finish(&c.last);
	buf_finish(&c.success);
	return ok;
}

/* What a mailbox's owner called a folder may hold anything. */
static void put_label(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\' || s.ptr[i] == '"')
			buf_addc(b, '\\');
		buf_addc(b, (unsigned char)s.ptr[i] < 0x20 ? '?' : s.ptr[i]);
	}
}

struct reconcile_columns {
	struct buf listed, missing, vanished, healed, checked;
};

static void put_folder(struct buf *b, const char *name, const struct reconcile_row *row, double v)
{
	buf_addf(b, "daybook_reconcile_%s{connector=\"" STR_FMT "\",folder=\"", name, STR_ARG(row->connector_name));
	put_label(b, row->folder);
	buf_addf(b, "\"} %.17g\n", v);
}

static bool put_reconcile_row(const struct reconcile_row *row, void *arg)
{
	struct reconcile_columns *c = arg;

	put_folder(&c->healed, "healed_total", row, (double)row->healed_ever);
	put_folder(&c->checked, "last_success_timestamp_seconds", row, (double)row->checked_us / 1e6);
	if (row->checked_us == 0)
		return true;
	put_folder(&c->listed, "messages", row, (double)row->listed);
	put_folder(&c->missing, "missing", row, (double)row->missing);
	put_folder(&c->vanished, "vanished", row, (double)row->vanished);
	return true;
}

static bool put_reconcile(struct store *st, struct buf *b, struct err *err)
{
	struct reconcile_columns c;
	struct {
		struct buf *text;
		const char *name, *type, *help;
	} columns[] = {
		{ &c.listed, "reconcile_messages", "gauge", "Mails the server listed at the last comparison." },
		{ &c.missing, "reconcile_missing", "gauge", "Those of them that the journal lacks and that could not be fetched." },
		{ &c.vanished, "reconcile_vanished", "gauge", "Mails in the journal that the server lists no more." },
		{ &c.healed, "reconcile_healed_total", "counter", "Mails that a comparison found missing and fetched." },
		{ &c.checked, "reconcile_last_success_timestamp_seconds", "gauge", "When the folder was last compared; 0: never." },
	};
	bool ok;

	for (size_t i = 0; i < countof(columns); i++)
		buf_init(columns[i].text, MAX_TEXT);
	ok = store_each_reconcile(st, put_reconcile_row, &c, err);
	for (size_t i = 0; i < countof(columns); i++) {
		head(b, columns[i].name, columns[i].type, columns[i].help);
		buf_add(b, buf_str(columns[i].text));
		buf_finish(columns[i].text);
	}
	return ok;
}

static void put_backup(const char *dir, struct buf *b)
{
	int64_t at_us = 0;

	mark_find(dir, MARK_BACKUP, &at_us, NULL);
	simple(b, "last_backup_timestamp_seconds", "gauge", "When the last backup was taken; 0: never.",
	       (double)at_us / 1e6);
}

static bool put_totals(struct store *st, struct buf *b, struct err *err)
{
	struct store_totals t;

	if (!store_totals(st, &t, err))
		return false;
	simple(b, "contacts", "gauge", "Contacts.", (double)t.contacts);
	simple(b, "interactions_total", "counter", "Interactions stored.", (double)t.interactions);
	simple(b, "dead_letters", "gauge", "Dead letters waiting for a person.", (double)t.dead_letters);
	simple(b, "review_items", "gauge", "Review items waiting for a person.", (double)t.review);
	simple(b, "search_lag_rows", "gauge", "Rows the search index has still to take in.",
	       (double)t.search_lag);
	simple(b, "db_size_bytes", "gauge", "Size of the database.", (double)t.size_bytes);
	return true;
}

static void on_read(void *arg)
{
	struct scrape *scrape = arg;

	if (scrape->failed)
		http_problem(scrape->rq, 503, "the store cannot be read at the moment", NULL);
	else
		http_reply(scrape->rq, 200, "text/plain; version=0.0.4; charset=utf-8",
			   buf_str(&scrape->text), NULL);
	ingest_leave(scrape->serve->parts.ingest);
	buf_finish(&scrape->text);
	free(scrape);
}

static void read_store(void *arg)
{
	struct scrape *scrape = arg;
	struct store *st = NULL;
	struct err err;

	scrape->failed = !store_open(scrape->serve->parts.dir, STORE_READER, &st, &err) ||
			 !put_ledger(st, &scrape->text, &err) ||
			 !put_reconcile(st, &scrape->text, &err) || !put_totals(st, &scrape->text, &err) ||
			 !metrics_put_retention(st, &scrape->text, &err);
	if (scrape->failed)
		log_error(NULL, "metrics cannot be read", kv_s("reason", err.msg));
	put_backup(scrape->serve->parts.dir, &scrape->text);
	store_close(st);
	ingest_call_loop(scrape->serve->parts.ingest, on_read, scrape);
}

void serve_metrics(struct serve *s, struct http_request *rq)
{
	struct scrape *scrape;

	if (!serve_may_see(s, rq)) {
		http_problem(rq, 403, "metrics are for loopback and the unix socket", NULL);
		return;
	}
	scrape = xnew(struct scrape);
	*scrape = (struct scrape){ .serve = s, .rq = rq };
	buf_init(&scrape->text, MAX_TEXT);
	put_process(s, &scrape->text);
	put_http(s, &scrape->text);
	put_writer(s, &scrape->text);
	put_parsers(s, &scrape->text);
	put_instances(s, &scrape->text);
	serve_put_oauth(s, &scrape->text);
	api_put_metrics(s->api, &scrape->text);
	ingest_enter(s->parts.ingest);
	if (!pool_run(s->readers, read_store, scrape)) {
		scrape->failed = true;
		on_read(scrape);
	}
}
