/* What the files of taking away share; writer thread. */
#pragma once

#include "ingest/unlearn.h"

struct gone_entry {
	struct arena *arena;
	int64_t id, journal_id;
	struct interaction it;		/* parties filled by unlearn_find_people() */
	struct str parties;
};

struct gone_row {
	int64_t id, base_id, connector;
	int64_t counts[OUTCOME_COUNT];
	int64_t dead;			/* its dead letter; 0: none */
	struct identity dead_by;	/* who it is said to be from */
};

struct gone_people {
	int64_t *contacts, *identities;	/* that the entries name, as they stand now */
	size_t n_contacts, n_identities;
};

struct unlearning {
	struct unlearn *u;
	struct store *st;
	struct arena *arena;		/* of this attempt */
	struct gone_entry *entries;	/* as u->kin.entries */
	struct gone_row *rows;		/* as u->kin.rows */
	struct gone_people people;
	struct str *mail_ids, *threads;	/* that the entries name, and of what conversations these were */
	size_t n_mail_ids, n_threads;
};

/* unlearn_people.c */
bool unlearn_find_people(struct unlearning *un, struct err *err);
bool unlearn_settle_people(struct unlearning *un, struct err *err);
/* unlearn_seeds.c */
bool unlearn_plant_seeds(struct unlearning *un, struct err *err);
/* unlearn_threads.c */
bool unlearn_find_threads(struct unlearning *un, struct err *err);
bool unlearn_tie_threads(struct unlearning *un, struct err *err);
