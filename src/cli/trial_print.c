#include "cli/trial_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/human.h"
#include "cli/plain.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 10, MAX_JSON = 32 << 20, STEP_COLUMN = 90, MAX_PREVIEW = 60 };

static void print_line(struct buf *line)
{
	puts(line->ptr ? line->ptr : "");
	buf_clear(line);
}

/* ---- steps ---- */

static size_t width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

static void print_warning(const struct trial_step *step, struct buf *line)
{
	buf_add(line, STR("         warning: "));
	plain_line(line, step->warning);
	print_line(line);
	if (step->warning_hint.len == 0)
		return;
	buf_add(line, STR("         hint: "));
	plain_line(line, step->warning_hint);
	print_line(line);
}

void trial_print_step(const struct trial_step *step)
{
	struct buf line;
	size_t width;

	buf_init(&line, MAX_LINE);
	buf_addf(&line, "%-8s ", step->name.ptr);
	plain_line(&line, step->about);
	if (step->about.len > 0 && step->found.len > 0)
		buf_add(&line, STR("  "));
	plain_line(&line, step->found);
	width = width_of(buf_str(&line));
	buf_addf(&line, "%*s  %s  %lld ms", width < STEP_COLUMN ? (int)(STEP_COLUMN - width) : 0, "",
		 step->is_failed ? "failed" : "ok", (long long)(step->us / US_PER_MS));
	print_line(&line);
	if (step->warning.len > 0)
		print_warning(step, &line);
	buf_finish(&line);
	fflush(stdout);
}

/* ---- fields ---- */

static void print_field(struct json_object *field, struct buf *line)
{
	struct str use = json_str(field, "use");

	buf_add(line, STR("  "));
	plain_preview(line, json_str(field, "name"), MAX_PREVIEW);
	buf_add(line, STR("  \""));
	plain_preview(line, json_str(field, "value"), MAX_PREVIEW);
	buf_add(line, STR("\"  \xe2\x86\x92 "));
	plain_line(line, use.len > 0 ? use : STR("not used"));
	print_line(line);
}

static void print_mapping(const struct trial *t, struct buf *line)
{
	struct err ignored;
	auto_json struct json_object *mapping = json_parse(buf_str(&t->mapping), 8, 100000, &ignored);
	struct json_object *fields = json_get(mapping, "fields");
	size_t n = json_count(fields);

	if (t->mapping_error.len > 0) {
		buf_add(line, STR("the fields cannot be listed: "));
		plain_line(line, t->mapping_error);
		print_line(line);
	}
	if (t->mapping.len == 0)
		return;
	printf("%zu field%s:\n", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++)
		print_field(json_at(fields, i), line);
}

/* ---- messages ---- */

static const char *arrow(enum direction d)
{
	switch (d) {
	case DIRECTION_IN: return "\xe2\x86\x99";
	case DIRECTION_OUT: return "\xe2\x86\x97";
	default: return "\xc2\xb7";
	}
}

static void put_whose(struct buf *line, const struct trial_row *row)
{
	if (row->whose.len == 0)
		buf_add(line, STR("no contact"));
	else if (row->is_new)
		buf_add(line, STR("new contact \""));
	plain_preview(line, row->whose, MAX_PREVIEW);
	if (row->whose.len > 0 && row->is_new)
		buf_addc(line, '"');
	if (row->why.len == 0)
		return;
	buf_add(line, STR(" ("));
	plain_line(line, row->why);
	buf_addc(line, ')');
}

static void put_end(struct buf *line, const struct trial_row *row)
{
	switch (row->outcome) {
	case OUTCOME_STORED:
		buf_add(line, STR("\xe2\x86\x92 "));
		put_whose(line, row);
		return;
	case OUTCOME_DUPLICATE:
		buf_add(line, STR("already there"));
		return;
	case OUTCOME_FILTERED:
		buf_add(line, STR("left out: "));
		break;
	default:
		buf_add(line, STR("cannot be read: "));
	}
	plain_line(line, row->reason);
}

static void print_row(const struct trial_row *row, struct buf *line)
{
	char when[HUMAN_SIZE];

	buf_addf(line, "  %s  %s ", human_time(row->at_us, when), arrow(row->direction));
	plain_preview(line, row->who, MAX_PREVIEW);
	buf_add(line, STR("  \""));
	plain_preview(line, row->subject, MAX_PREVIEW);
	buf_add(line, STR("\"  "));
	if (row->kind != KIND_NONE && row->kind != KIND_MESSAGE)
		buf_addf(line, "(%s)  ", kind_name(row->kind));
	put_end(line, row);
	print_line(line);
}

static void count(const struct trial *t, size_t n[OUTCOME_COUNT])
{
	for (size_t i = 0; i < t->n_rows; i++)
		n[t->rows[i].outcome]++;
}

static void print_last(const struct trial *t, const size_t n[OUTCOME_COUNT])
{
	static const struct {
		enum outcome outcome;
		const char *text;
	} parts[] = { { OUTCOME_DUPLICATE, "already there" }, { OUTCOME_FILTERED, "left out" },
		      { OUTCOME_DEAD, "that cannot be read" } };
	const char *before = ": ";

	printf("would skip %zu", t->n_rows - n[OUTCOME_STORED]);
	for (size_t i = 0; i < countof(parts); i++) {
		if (n[parts[i].outcome] == 0)
			continue;
		printf("%s%zu %s", before, n[parts[i].outcome], parts[i].text);
		before = ", ";
	}
	printf(" \xc2\xb7 nothing was written\n");
}

void trial_print(const struct trial *t)
{
	size_t n[OUTCOME_COUNT] = { 0 };
	struct buf line;

	if (t->err.kind != ERR_NONE)
		return;
	buf_init(&line, MAX_LINE);
	count(t, n);
	print_mapping(t, &line);
	printf("would store %zu of %s%zu%s\n", n[OUTCOME_STORED], t->n_steps > 0 ? "the newest " : "", t->n_rows,
	       t->n_rows > 0 ? ":" : "");
	for (size_t i = 0; i < t->n_rows; i++)
		print_row(&t->rows[i], &line);
	print_last(t, n);
	buf_finish(&line);
}

/* ---- JSON ---- */

static void put_step(struct json_writer *w, const struct trial_step *step)
{
	json_open(w, '{');
	json_member(w, "step", step->name);
	json_member_bool(w, "ok", !step->is_failed);
	json_member_int(w, "ms", step->us / US_PER_MS);
	json_member_or_null(w, "about", step->about);
	json_member_or_null(w, "found", step->found);
	json_member_or_null(w, "warning", step->warning);
	json_member_or_null(w, "hint", step->warning_hint);
	json_close(w, '}');
}

static void put_row(struct json_writer *w, const struct trial_row *row)
{
	json_open(w, '{');
	json_member(w, "outcome", str_from(outcome_name(row->outcome)));
	show_time(w, "occurred_at", row->at_us);
	json_member_or_null(w, "direction", row->direction ? str_from(direction_name(row->direction)) : STR(""));
	json_member_or_null(w, "channel", row->channel ? str_from(channel_name(row->channel)) : STR(""));
	json_member_or_null(w, "kind", row->kind ? str_from(kind_name(row->kind)) : STR(""));
	json_member_or_null(w, "who", row->who);
	json_member_or_null(w, "subject", row->subject);
	show_id(w, "contact", row->contact, "con_");
	json_member_bool(w, "is_new_contact", row->is_new);
	json_member_or_null(w, "contact_name", row->whose);
	json_member_or_null(w, "why", row->why);
	json_member_or_null(w, "reason", row->reason);
	json_close(w, '}');
}

static void put_all(struct json_writer *w, const struct trial *t)
{
	json_name(w, "steps");
	json_open(w, '[');
	for (size_t i = 0; i < t->n_steps; i++)
		put_step(w, &t->steps[i]);
	json_close(w, ']');
	json_name(w, "messages");
	json_open(w, '[');
	for (size_t i = 0; i < t->n_rows; i++)
		put_row(w, &t->rows[i]);
	json_close(w, ']');
	json_name(w, "mapping");
	if (t->mapping.len > 0)
		json_raw_value(w, buf_str(&t->mapping));
	else
		json_null_value(w);
}

void trial_print_json(const struct trial *t, const struct config_connector *conf)
{
	bool is_good = t->err.kind == ERR_NONE;
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_JSON);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member(&w, "connector", str_from(conf->name));
	json_member(&w, "type", str_from(conf->type->name));
	json_member_bool(&w, "ok", is_good);
	json_member_or_null(&w, "error", str_from(is_good ? "" : t->err.msg));
	json_member_or_null(&w, "error_kind", str_from(is_good ? "" : err_kind_name(t->err.kind)));
	json_member_or_null(&w, "hint", is_good ? STR("") : t->hint);
	put_all(&w, t);
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

int trial_conclude(const struct trial *t)
{
	const struct trial_step *last = t->n_steps > 0 ? &t->steps[t->n_steps - 1] : NULL;
	struct err err = t->err;

	if (err.kind == ERR_NONE)
		return CLI_OK;
	if (last != NULL && last->is_failed)
		err_prefixf(&err, STR_FMT, STR_ARG(last->name));
	return cli_fail(&err, t->hint.len > 0 ? t->hint.ptr : NULL);
}
