/* daybook doctor: what usually goes wrong, each with its cure. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/doctor.h"
#include "cli/plain.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 10 };

static const struct {
	const char *word, *color;
} findings[] = { { "ok", "\033[32m" }, { "warning", "\033[33m" }, { "wrong", "\033[31m" } };

static void say_json(enum finding finding, const char *check, const char *cure, struct str text)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member(&w, "check", str_from(check));
	json_member(&w, "finding", str_from(findings[finding].word));
	json_member(&w, "text", text);
	json_member_or_null(&w, "cure", str_from(cure));
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

static void say_text(enum finding finding, const char *check, const char *cure, struct str text)
{
	bool has_colors = cli_has_colors();
	const char *begin = has_colors ? findings[finding].color : "", *end = has_colors ? "\033[0m" : "";
	struct buf line;

	buf_init(&line, MAX_LINE);
	plain_line(&line, text);
	if (!cli_is_terminal()) {
		printf("%s%s%s\t%s\t" STR_FMT "\t%s\n", begin, findings[finding].word, end, check,
		       STR_ARG(buf_str(&line)), cure ? cure : "");
	} else {
		printf("%s%-8s%s %-15s " STR_FMT "\n", begin, findings[finding].word, end, check,
		       STR_ARG(buf_str(&line)));
		if (cure != NULL)
			printf("%-24s \xe2\x86\x92 %s\n", "", cure);
	}
	buf_finish(&line);
}

void doctor_say(struct doctor *d, enum finding finding, const char *check, const char *cure, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	d->n_wrong += finding == FINDING_WRONG;
	d->n_warnings += finding == FINDING_WARNING;
	(d->cli->as_json ? say_json : say_text)(finding, check, cure, str_from(text));
}

static void sum_up(const struct doctor *d)
{
	if (d->cli->as_json || !cli_is_terminal())
		return;
	if (d->n_wrong == 0 && d->n_warnings == 0)
		printf("\nall is well\n");
	else
		printf("\n%zu wrong, %zu to look at\n", d->n_wrong, d->n_warnings);
}

int cmd_doctor(struct cli *cli)
{
	struct doctor d = { .cli = cli, .is_deep = cli_flag(cli, "--deep") };

	if (doctor_check_config(&d)) {
		doctor_check_store(&d);
		doctor_check_backup(&d);
		doctor_check_retention(&d);
		doctor_check_webhooks(&d);
		doctor_check_daemon(&d);
	}
	sum_up(&d);
	survey_finish(&d.survey);
	return d.n_wrong > 0 ? CLI_FAILED : CLI_OK;
}
