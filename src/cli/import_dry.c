#include "cli/import_dry.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/dry.h"
#include "cli/human.h"
#include "cli/import_screen.h"
#include "cli/import_stop.h"
#include "cli/plain.h"
#include "ingest/intake.h"

enum { MAX_LINE = 4096, MAX_PREVIEW = 60 };

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

static bool take_item(struct dry *d, const struct interaction *it, bool is_first, struct import_screen *screen,
		      struct import_count *count, struct err *err)
{
	enum outcome outcome;

	if (!dry_decide(d, it, &outcome, err))
		return false;
	if (is_first)
		count->by_outcome[outcome]++;
	print_item(screen, it, outcome);
	return true;
}

static bool take_mail(struct dry *d, const struct import_mail *mail, struct import_screen *screen,
		      struct import_count *count, struct err *err)
{
	static const char *const hints[] = { "", "folder_hint: inbox\n", "folder_hint: sent\n" };
	auto_free char *meta = xasprintf("%sinternaldate: %" PRId64 "\n", hints[mail->hint], mail->internaldate_us);
	const struct raw raw = {
		.content_type = STR("message/rfc822"), .meta = str_from(meta),
		.body = { mail->bytes, mail->n_bytes }, .received_us = clock_wall_us(),
	};
	struct intake *in;
	bool ok = dry_read(d, &raw, NULL, &in, err);

	if (!ok)
		return false;
	if (in->verdict.kind != ERR_NONE) {
		count->by_outcome[OUTCOME_DEAD]++;
		import_screen_problem(screen, mail->origin, str_from(in->verdict.msg));
	}
	for (size_t i = 0; ok && in->verdict.kind == ERR_NONE && i < in->items.n_items; i++)
		ok = take_item(d, &in->items.items[i], i == 0, screen, count, err);
	intake_destroy(in);
	return ok;
}

/* ---- all of them ---- */

static bool take_step(struct dry *d, enum import_step step, const struct import_mail *mail,
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

int import_dry_run(struct dry *d, struct import_reader *reader, struct import_screen *screen,
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
