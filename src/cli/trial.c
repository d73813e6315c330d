#include "cli/trial.h"

#include <string.h>

#include <daybook/probe.h>

#include "base/clock.h"
#include "base/mem.h"

enum { ARENA_BYTES = 64 << 20, MAX_MAPPING = 16 << 20 };

void trial_init(struct trial *t, struct cli *cli, struct dry *dry)
{
	*t = (struct trial){ .cli = cli, .dry = dry, .arena = arena_create(ARENA_BYTES) };
	buf_init(&t->mapping, MAX_MAPPING);
}

void trial_finish(struct trial *t)
{
	buf_finish(&t->mapping);
	arena_destroy(t->arena);
	free(t->steps);
	free(t->rows);
	*t = (struct trial){ .cli = t->cli };
}

/* ---- steps ---- */

static struct trial_step *step_in_hand(struct trial *t)
{
	return t->n_steps > 0 ? &t->steps[t->n_steps - 1] : NULL;
}

static void end_step(struct trial *t, bool is_failed)
{
	struct trial_step *step = step_in_hand(t);

	if (step == NULL)
		return;
	step->us = clock_mono_us() - t->begun_us;
	step->is_failed = is_failed;
	if (t->on_step != NULL)
		t->on_step(step);
}

static void on_step(void *arg, const char *name, const char *about)
{
	struct trial *t = arg;

	end_step(t, false);
	t->steps = xrealloc(t->steps, t->n_steps + 1, sizeof(*t->steps));
	t->steps[t->n_steps++] = (struct trial_step){
		.name = arena_str(t->arena, str_from(name)), .about = arena_str(t->arena, str_from(about)),
	};
	t->begun_us = clock_mono_us();
}

static void add(struct trial *t, struct str *to, const char *text)
{
	*to = to->len == 0 ? arena_str(t->arena, str_from(text))
			   : arena_strf(t->arena, STR_FMT " \xc2\xb7 %s", STR_ARG(*to), text);
}

static void on_found(void *arg, const char *text)
{
	struct trial *t = arg;

	if (t->n_steps > 0)
		add(t, &step_in_hand(t)->found, text);
}

static void on_warn(void *arg, const char *text, const char *hint)
{
	struct trial *t = arg;

	if (t->n_steps == 0)
		return;
	add(t, &step_in_hand(t)->warning, text);
	if (hint != NULL)
		step_in_hand(t)->warning_hint = arena_str(t->arena, str_from(hint));
}

static void on_hint(void *arg, const char *text)
{
	struct trial *t = arg;

	t->hint = arena_str(t->arena, str_from(text));
}

/* ---- messages ---- */

static bool on_message(void *arg, const struct raw *raw, const struct err *why, struct err *err)
{
	return trial_take(arg, raw, why, err);
}

static int newest_first(const void *a, const void *b)
{
	const struct trial_row *x = a, *y = b;

	return (x->at_us < y->at_us) - (x->at_us > y->at_us);
}

void trial_probe(struct trial *t, const struct config_connector *conf, size_t max_messages)
{
	const struct probe probe = {
		.max_messages = max_messages, .now_us = clock_wall_us(), .step = on_step, .found = on_found,
		.warn = on_warn, .hint = on_hint, .message = on_message, .arg = t,
	};
	bool ok = conf->type->probe(conf->conf, &probe, &t->err);

	end_step(t, !ok);
	if (ok)
		t->err.kind = ERR_NONE;
	if (t->n_rows > 0)
		qsort(t->rows, t->n_rows, sizeof(*t->rows), newest_first);
}

void trial_payload(struct trial *t, const struct config_connector *conf, const struct raw *raw)
{
	struct err err;

	t->err.kind = ERR_NONE;
	if (conf->type->mapping != NULL && !dry_read_mapping(t->dry, raw, &t->mapping, &err)) {
		buf_clear(&t->mapping);
		t->mapping_error = arena_str(t->arena, str_from(err.msg));
	}
	trial_take(t, raw, NULL, &t->err);
}
