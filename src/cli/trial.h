/* A connector tried out: what each step found, and what its messages would become. Nothing is written, neither to the
 * store nor on the far side. Shared by `connector test` and `setup`. */
#pragma once

#include <daybook/interaction.h>

#include "cli/cli.h"
#include "cli/dry.h"

struct raw;

enum { TRIAL_MAX_MESSAGES = 200 };

struct trial_step {
	struct str name, about, found, warning, warning_hint;
	int64_t us;
	bool is_failed;
};

/* One event; a raw that cannot be read is one row as well. */
struct trial_row {
	int64_t at_us;
	enum direction direction;
	enum channel channel;
	enum kind kind;
	enum outcome outcome;
	struct str who, subject;
	struct str reason;		/* of one that is filtered or dead */
	struct str whose, why;
	int64_t contact;
	bool is_new;			/* a contact would be made */
};

struct trial {
	struct cli *cli;
	struct dry *dry;
	struct arena *arena;
	struct trial_step *steps;
	size_t n_steps;
	struct trial_row *rows;
	size_t n_rows, n_raws;
	struct buf mapping;		/* JSON {"fields": […]}; empty: none */
	struct str mapping_error;	/* why there is none; empty: there was nothing to list */
	struct str hint;		/* what to do about the failure; empty: none */
	struct err err;			/* kind ERR_NONE: it went well */
	int64_t begun_us;		/* of the step in hand */
	void (*on_step)(const struct trial_step *step);	/* it has ended; NULL: nobody listens */
};

void trial_init(struct trial *t, struct cli *cli, struct dry *dry);
void trial_finish(struct trial *t);

/* Asks the far side; t->err says how it went. conf->type->probe is not NULL. */
void trial_probe(struct trial *t, const struct config_connector *conf, size_t max_messages);
/* One payload as if it had come in, with its fields when the connector tells of them. */
void trial_payload(struct trial *t, const struct config_connector *conf, const struct raw *raw);

/* One more row a raw or item; false: t->err. */
bool trial_take(struct trial *t, const struct raw *raw, const struct err *why, struct err *err);
