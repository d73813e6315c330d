/* The retention's part of /metrics: what went, when it was looked at last, and whether that came to its end. */
#include "serve/inside.h"
#include "store/retention.h"

static const struct {
	const char *name, *type, *help;
} kinds[] = {
	{ "retention_rows_total", "counter", "Rows whose time was over." },
	{ "retention_last_run_timestamp_seconds", "gauge", "When it was last looked for such." },
	{ "retention_failing", "gauge", "1 while rows stay that should be gone." },
};

static double number_of(size_t kind, const struct retention_state *state)
{
	switch (kind) {
	case 0: return (double)state->n_rows;
	case 1: return (double)state->ran_us / 1e6;
	default: return state->error[0] != '\0';
	}
}

/* Classes that are kept for ever have no line. */
bool metrics_put_retention(struct store *st, struct buf *b, struct err *err)
{
	struct retention_state states[RETENTION_CLASS_COUNT];

	for (int c = 0; c < RETENTION_CLASS_COUNT; c++)
		if (!store_get_retention(st, (enum retention_class)c, &states[c], err))
			return false;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		buf_addf(b, "# HELP daybook_%s %s\n# TYPE daybook_%s %s\n", kinds[k].name, kinds[k].help, kinds[k].name, kinds[k].type);
		for (int c = 0; c < RETENTION_CLASS_COUNT; c++)
			if (states[c].ran_us != 0)
				buf_addf(b, "daybook_%s{class=\"%s\"} %.3f\n", kinds[k].name, retention_class_name((enum retention_class)c),
					 number_of(k, &states[c]));
	}
	return true;
}
