/* A contact as JSON and as text: the listing and the page of one. */
#pragma once

#include "cli/cli.h"

struct json_writer;

/* The contract's members into an open object: id, name, company, identities[], first_at, last_at; with `why` each
 * identity says how it came to be this person's. */
bool person_json(struct cli *cli, struct json_writer *w, const struct contact_row *row, bool with_why,
		 struct err *err);
/* "maria@acme.com, +5511…": the values with a comma between. The caller frees. NULL: err. */
char *person_handles(struct cli *cli, int64_t contact, struct err *err);
