#include "cli/import_dry.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "cli/human.h"
#include "cli/import_screen.h"
#include "cli/import_stop.h"
#include "cli/plain.h"
#include "ingest/intake.h"
#include "ingest/policy.h"
#include "ingest/rules.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "table.h"

enum { MAX_LINE = 4096, MAX_PREVIEW = 60 };

/* Keys of what this run would store, so that a mail that is in two places counts once: open addressing. */
struct seen {
	uint64_t *slots;
	size_t n, room;
};

struct import_dry {
	struct cli *cli;
	struct sandbox *sandbox;
	struct parsers *parsers;
	struct rules *rules;
	struct source *source;
	struct store *store;		/* NULL: there is none yet */
	struct seen seen;
};

/* ---- seen ---- */

static bool put(struct seen *s, uint64_t hash)
{
	size_t at = hash & (s->room - 1);

	while (s->slots[at] != 0 && s->slots[at] != hash)
		at = (at + 1) & (s->room - 1);
	if (s->slots[at] == hash)
		return false;
	s->slots[at] = hash;
	s->n++;
	return true;
}

static void grow(struct seen *s)
{
	struct seen bigger = { .room = s->room ? s->room * 2 : 1024 };

	bigger.slots = xcalloc(bigger.room, sizeof(*bigger.slots));
	for (size_t i = 0; i < s->room; i++)
		if (s->slots[i] != 0)
			put(&bigger, s->slots[i]);
	free(s->slots);
	*s = bigger;
}

/* The parts of the dedupe key. False when it was there. */
static bool see(struct seen *s, const struct interaction *it)
{
	const struct str parts[] = { it->account, it->external_id, it->discriminator };
	struct sha256 *h = sha256_create();
	unsigned char md[SHA256_SIZE];
	uint64_t numbers[] = { it->channel, it->kind, (uint64_t)it->key_us }, hash;

	sha256_add(h, (struct str){ (const char *)numbers, sizeof(numbers) });
	for (size_t i = 0; i < countof(parts); i++) {
		sha256_add(h, (struct str){ (const char *)&parts[i].len, sizeof(parts[i].len) });
		sha256_add(h, parts[i]);
	}
	sha256_end(h, md);
	sha256_destroy(h);
	memcpy(&hash, md, sizeof(hash));
	if (s->n * 2 >= s->room)
		grow(s);
	return put(s, hash ? hash : 1);
}

/* ---- parts ---- */

void import_dry_destroy(struct import_dry *d)
{
	if (d == NULL)
		return;
	store_close(d->store);
	source_unref(d->source);
	rules_unref(d->rules);
	parsers_destroy(d->parsers);
	sandbox_stop(d->sandbox);
	free(d->seen.slots);
	free(d);
}

/* A store that is not there yet holds nothing. */
static bool open_store(struct import_dry *d, struct err *err)
{
	auto_free char *path = xasprintf("%s/daybook.db", d->cli->config->storage.path);

	return access(path, F_OK) != 0 ||
	       store_open(d->cli->config->storage.path, STORE_READER, &d->store, err);
}

static bool make_parts(struct import_dry *d, struct err *err)
{
	const struct config_ingest *ingest = &d->cli->config->ingest;
	const struct match_policy policy = { 0 };

	d->rules = rules_create(d->cli->config, err);
	if (d->rules == NULL || !open_store(d, err))
		return false;
	d->source = source_create(0, STR("import"), &connector_import, NULL, STR(""), &policy, d->rules);
	d->parsers = parsers_create(d->sandbox, 1, ingest->parse_timeout, 0);
	return true;
}

struct import_dry *import_dry_create(struct cli *cli, int *code)
{
	struct import_dry *d = xnew(struct import_dry);
	struct err err;

	*code = CLI_OK;
	d->cli = cli;
	d->sandbox = sandbox_launch(&err);
	if (d->sandbox != NULL && cli_config(cli, code) != NULL && make_parts(d, &err))
		return d;
	if (*code == CLI_OK)
		*code = cli_fail(&err, NULL);
	import_dry_destroy(d);
	return NULL;
}

/* ---- one mail ---- */

static struct str sender_of(const struct interaction *it)
{
	for (size_t i = 0; i < it->n_parties; i++)
		if (it->parties[i].role == ROLE_FROM)
			return it->parties[i].n_ids > 0 ? it->parties[i].ids[0].value : it->parties[i].name;
	return STR("");
}

static void print_item(struct import_screen *screen, const struct interaction *it, enum outcome outcome)
{
	static const char *const words[] = {
		[OUTCOME_STORED] = "would store", [OUTCOME_DUPLICATE] = "already there",
		[OUTCOME_FILTERED] = "filtered",
	};
	char when[HUMAN_SIZE];
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_addf(&line, "%-13s  %s  %-8s %-11s ", words[outcome], human_time(it->occurred_us, when),
		 direction_name(it->direction), kind_name(it->kind));
	plain_preview(&line, sender_of(it), MAX_PREVIEW);
	buf_add(&line, STR("  \""));
	plain_preview(&line, it->subject, MAX_PREVIEW);
	import_screen_mail(screen, STR_FMT "\"", STR_ARG(buf_str(&line)));
	buf_finish(&line);
}

static bool decide(struct import_dry *d, const struct interaction *it, enum outcome *outcome,
		   struct err *err)
{
	int64_t existing = 0;

	if (it->filter.len > 0) {
		*outcome = OUTCOME_FILTERED;
		return true;
	}
	if (d->store != NULL && !store_find_interaction(d->store, it, &existing, err))
		return false;
	*outcome = existing == 0 && see(&d->seen, it) ? OUTCOME_STORED : OUTCOME_DUPLICATE;
	return true;
}

/* As intake_parse(), but attachments go nowhere. False: no parser could be had. */
static bool parse(struct import_dry *d, struct intake *in, struct err *err)
{
	struct parse_verdict verdict;

	in->verdict.kind = ERR_NONE;
	if (parsers_normalize(d->parsers, &connector_import, STR(""), &in->raw, &in->items, NULL,
			      &verdict, &in->verdict))
		in->verdict.kind = ERR_NONE;
	if (in->verdict.kind == ERR_AGAIN) {
		*err = in->verdict;
		return false;
	}
	intake_settle(in);
	return true;
}

static struct intake *intake_of(struct import_dry *d, const struct import_mail *mail)
{
	static const char *const hints[] = { "", "folder_hint: inbox\n", "folder_hint: sent\n" };
	struct intake *in = intake_create(d->source, policy_arena_bytes(mail->n_bytes));

	in->raw.body = (struct str){ mail->bytes, mail->n_bytes };
	in->raw.content_type = STR("message/rfc822");
	in->raw.received_us = clock_wall_us();
	in->raw.meta = arena_strf(in->arena, "%sinternaldate: %" PRId64 "\n", hints[mail->hint],
				  mail->internaldate_us);
	return in;
}

static bool take_mail(struct import_dry *d, const struct import_mail *mail, struct import_screen *screen,
		      struct import_count *count, struct err *err)
{
	struct intake *in = intake_of(d, mail);
	enum outcome outcome;
	bool ok = parse(d, in, err);

	if (ok && in->verdict.kind != ERR_NONE) {
		count->by_outcome[OUTCOME_DEAD]++;
		import_screen_problem(screen, mail->origin, str_from(in->verdict.msg));
	}
	for (size_t i = 0; ok && in->verdict.kind == ERR_NONE && i < in->items.n_items; i++) {
		ok = decide(d, &in->items.items[i], &outcome, err);
		if (!ok)
			break;
		if (i == 0)
			count->by_outcome[outcome]++;
		print_item(screen, &in->items.items[i], outcome);
	}
	intake_destroy(in);
	return ok;
}

/* ---- all of them ---- */

static bool take_step(struct import_dry *d, enum import_step step, const struct import_mail *mail,
		      struct import_screen *screen, struct import_count *count, struct err *err)
{
	if (step == IMPORT_GONE) {
		count->gone++;
		return true;
	}
	count->read++;
	if (mail->problem.kind == ERR_NONE)
		return take_mail(d, mail, screen, count, err);
	count->failed_to_read++;
	import_screen_problem(screen, mail->origin, str_from(mail->problem.msg));
	return true;
}

int import_dry_run(struct import_dry *d, struct import_reader *reader, struct import_screen *screen,
		   struct import_count *count)
{
	struct import_mail mail = { 0 };
	enum import_step step;
	struct err err;

	while (!import_is_stopped()) {
		step = reader->next(reader, &mail, &err);
		if (step == IMPORT_END)
			return CLI_OK;
		if (step == IMPORT_FAILED || !take_step(d, step, &mail, screen, count, &err)) {
			import_mail_clear(&mail);
			import_screen_clear(screen);
			return cli_fail(&err, NULL);
		}
		import_mail_clear(&mail);
		import_screen_progress(screen, reader, count);
	}
	return CLI_FAILED;
}
