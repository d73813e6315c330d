/* daybook contact new, merge, unmerge, apart, split, move, add, remove, name, assign; review dismiss: who is who, as people decide it. */
#include <stdio.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/person.h"
#include "cli/plain.h"
#include "ingest/decision.h"
#include "model/identity.h"
#include "store/merge.h"
#include "store/source.h"

enum { MAX_REQUEST = 1 << 20, ROOM = 1 << 20, MAX_LINE = 64 << 10, MAX_MERGED = 32, PATIENCE_S = 600 };

/* ---- what all of them share ---- */

static int decide(struct cli *cli, const struct decision *d, const char *done)
{
	auto_json struct json_object *reply = NULL;
	struct buf body;
	int code;

	buf_init(&body, MAX_REQUEST);
	decision_json(d, &body);
	code = cli_call_patiently(cli, "/people", buf_str(&body), PATIENCE_S, &reply);
	buf_finish(&body);
	if (code != CLI_OK)
		return code;
	if (cli->as_json) {
		buf_init(&body, MAX_REQUEST);
		json_put_value(&body, reply);
		printf(STR_FMT "\n", STR_ARG(buf_str(&body)));
		buf_finish(&body);
		return CLI_OK;
	}
	printf("%s" STR_FMT "\n", done, STR_ARG(json_str(reply, "contact")));
	return CLI_OK;
}

static int entry_id(const char *text, int64_t *id)
{
	return id_parse(str_from(text), "int_", id)
		       ? CLI_OK
		       : cli_failf(CLI_MISSING, "daybook timeline CONTACT --json shows the ids of entries",
				   "\"%s\" is not the id of an entry (int_ and 13 characters)", text);
}

/* ---- both sides ---- */

static void print_part(const char *label, struct str value)
{
	struct buf text;

	buf_init(&text, MAX_LINE);
	plain_line(&text, value);
	fprintf(stderr, "  %-9s" STR_FMT "\n", label, STR_ARG(buf_str(&text)));
	buf_finish(&text);
}

static int print_side(struct cli *cli, const char *title, int64_t contact)
{
	struct arena *arena = arena_create(ROOM);
	char id[ID_TEXT_SIZE], at[HUMAN_SIZE];
	auto_free char *handles = NULL;
	struct contact_row row;
	struct err err;
	int code = CLI_OK;

	if (!store_get_contact(cli->store, contact, arena, &row, &err) ||
	    (handles = person_handles(cli, contact, &err)) == NULL) {
		code = cli_fail(&err, NULL);
	} else {
		fprintf(stderr, "%s %s\n", title, id_format(contact, "con_", id));
		print_part("name", row.name);
		print_part("company", row.company);
		print_part("known by", str_from(handles));
		print_part("last", str_from(human_time(row.last_us, at)));
	}
	arena_destroy(arena);
	return code;
}

int cmd_contact_merge(struct cli *cli)
{
	struct decision d = { .what = DECISION_MERGE };
	int code = cli_find_contact(cli, cli->argv[0], &d.contact);

	if (code == CLI_OK)
		code = cli_find_contact(cli, cli->argv[1], &d.into);
	if (code == CLI_OK && d.contact == d.into)
		return cli_failf(CLI_USAGE, NULL, "they are one contact already");
	if (code == CLI_OK)
		code = print_side(cli, "this one", d.contact);
	if (code == CLI_OK)
		code = print_side(cli, "becomes part of", d.into);
	if (code != CLI_OK || cli->is_dry_run)
		return code;
	code = ask(cli, "merge the two? (daybook contact unmerge undoes it)");
	return code == CLI_OK ? decide(cli, &d, "merged into ") : code;
}

int cmd_contact_apart(struct cli *cli)
{
	struct decision d = { .what = DECISION_APART };
	int code = cli_find_contact(cli, cli->argv[0], &d.contact);

	if (code == CLI_OK)
		code = cli_find_contact(cli, cli->argv[1], &d.into);
	return code == CLI_OK ? decide(cli, &d, "two people: not proposed again: ") : code;
}

/* ---- which merge ---- */

struct merged {
	int64_t ids[MAX_MERGED];
	size_t n;
};

static bool keep(int64_t id, void *arg)
{
	struct merged *m = arg;

	m->ids[m->n++] = id;
	return m->n < MAX_MERGED;
}

/* One that was merged, by its id; or the only one that was merged into this contact. */
static int find_merged(struct cli *cli, int64_t *contact)
{
	const char *text = cli->argv[0];
	struct merged m = { .n = 0 };
	int64_t root, into, by;
	char id[ID_TEXT_SIZE];
	struct err err;
	int code = cli_find_contact(cli, text, &root);

	if (code != CLI_OK)
		return code;
	*contact = root;
	id_parse(str_from(text), "con_", contact);
	if (!store_get_merge(cli->store, *contact, &into, &by, &err) ||
	    !store_each_merged_below(cli->store, root, keep, &m, &err))
		return cli_fail(&err, NULL);
	if (into != 0)
		return CLI_OK;
	if (m.n == 0)
		return cli_failf(CLI_MISSING, NULL, "nobody was merged into %s, nor they into anybody", text);
	if (m.n == 1) {
		*contact = m.ids[0];
		return CLI_OK;
	}
	cli_failf(CLI_AMBIGUOUS, "name one by its id", "several were merged into %s:", text);
	for (size_t i = 0; i < m.n; i++)
		fprintf(stderr, "  %s\n", id_format(m.ids[i], "con_", id));
	return CLI_AMBIGUOUS;
}

int cmd_contact_unmerge(struct cli *cli)
{
	struct decision d = { .what = DECISION_UNMERGE };
	int code = find_merged(cli, &d.contact);

	return code == CLI_OK ? decide(cli, &d, "stands for itself again: ") : code;
}

/* ---- handles ---- */

struct wanted {
	struct cli *cli;
	const char *text;
	struct arena *arena;
	struct decision *d;
	size_t n_before;
};

/* As it is shown, or another way to write the same. */
static bool is_same(struct wanted *w, const struct identity *who)
{
	struct identity typed = { .scheme = who->scheme, .value = str_from(w->text), .scope = who->scope };
	struct err ignored;

	return str_eq(who->value, typed.value) ||
	       (identity_canonical(&typed, w->arena, w->cli->config->organization.default_region, &ignored) &&
		str_eq(who->value, typed.value));
}

static bool take(const struct identity_row *row, void *arg)
{
	struct wanted *w = arg;
	struct identity *grown;

	if (!is_same(w, &row->identity))
		return true;
	grown = arena_grow(w->arena, w->d->handles, w->d->n_handles, sizeof(*grown));
	if (grown == NULL)
		return false;
	w->d->handles = grown;
	grown[w->d->n_handles++] = (struct identity){ .scheme = row->identity.scheme,
						      .value = arena_str(w->arena, row->identity.value),
						      .scope = arena_str(w->arena, row->identity.scope) };
	return true;
}

static int find_handles(struct cli *cli, struct arena *arena, struct decision *d)
{
	struct err err;

	for (int i = 1; i < cli->argc; i++) {
		struct wanted w = { .cli = cli, .text = cli->argv[i], .arena = arena, .d = d, .n_before = d->n_handles };

		if (!store_each_identity(cli->store, d->contact, take, &w, &err))
			return cli_fail(&err, NULL);
		if (d->n_handles == w.n_before)
			return cli_failf(CLI_MISSING, "daybook contact show lists what they are known by",
					 "%s is not theirs", cli->argv[i]);
	}
	return CLI_OK;
}

static int change_handles(struct cli *cli, enum decision_what what, const char *done)
{
	struct arena *arena = arena_create(ROOM);
	struct decision d = { .what = what };
	int code = cli_find_contact(cli, cli->argv[0], &d.contact);

	if (code == CLI_OK)
		code = find_handles(cli, arena, &d);
	if (code == CLI_OK)
		code = decide(cli, &d, done);
	arena_destroy(arena);
	return code;
}

int cmd_contact_split(struct cli *cli)
{
	return change_handles(cli, DECISION_SPLIT, "a contact of their own: ");
}

int cmd_contact_remove(struct cli *cli)
{
	return change_handles(cli, DECISION_REMOVE, "taken off ");
}

/* "maria@acme.com", "11 98765-4321", or with the scheme before it: "wa:5511987654321". */
static bool read_handle(struct cli *cli, struct str text, struct arena *arena, struct identity *out)
{
	static const enum scheme schemes[] = { SCHEME_EMAIL, SCHEME_PHONE };
	size_t colon = str_chr(text, ':');
	struct err ignored;

	*out = (struct identity){ .scheme = colon == STR_NONE ? SCHEME_NONE : scheme_from(str_sub(text, 0, colon)) };
	if (out->scheme != SCHEME_NONE) {
		out->value = str_sub(text, colon + 1, text.len);
		return identity_canonical(out, arena, cli->config->organization.default_region, &ignored);
	}
	for (size_t i = 0; i < countof(schemes); i++) {
		*out = (struct identity){ .scheme = schemes[i], .value = text };
		if (identity_canonical(out, arena, cli->config->organization.default_region, &ignored))
			return true;
	}
	return false;
}

static int take_handle(struct cli *cli, const char *text, struct arena *arena, struct identity *out)
{
	return read_handle(cli, str_from(text), arena, out)
		       ? CLI_OK
		       : cli_failf(CLI_USAGE, "an e-mail address, a phone number with country code, or SCHEME:VALUE such as "
					      "wa:5511987654321",
				   "\"%s\" is nothing that a person can be known by", text);
}

int cmd_contact_new(struct cli *cli)
{
	struct arena *arena = arena_create(ROOM);
	struct decision d = { .what = DECISION_CONTACT, .handles = arena_alloc(arena, (size_t)cli->argc * sizeof(*d.handles)) };
	const char *name = "", *owner = "";
	int code;

	cli_config(cli, &code);
	if (code == CLI_OK && d.handles == NULL)
		code = cli_failf(CLI_USAGE, NULL, "these are too many");
	cli_option(cli, "--name", &name);
	cli_option(cli, "--owner", &owner);
	d.text = str_trim(str_from(name));
	d.author = str_trim(str_from(owner));
	while (code == CLI_OK && d.n_handles < (size_t)cli->argc) {
		code = take_handle(cli, cli->argv[d.n_handles], arena, &d.handles[d.n_handles]);
		d.n_handles++;
	}
	if (code == CLI_OK)
		code = decide(cli, &d, "made ");
	arena_destroy(arena);
	return code;
}

int cmd_contact_add(struct cli *cli)
{
	struct arena *arena = arena_create(ROOM);
	struct identity who;
	struct decision d = { .what = DECISION_ADD, .takes = cli_flag(cli, "--move"), .handles = &who, .n_handles = 1 };
	int code = cli_find_contact(cli, cli->argv[0], &d.contact);

	if (code == CLI_OK)
		code = take_handle(cli, cli->argv[1], arena, &who);
	if (code == CLI_OK)
		code = decide(cli, &d, "added to ");
	arena_destroy(arena);
	return code;
}

/* ---- the rest ---- */

int cmd_contact_move(struct cli *cli)
{
	struct decision d = { .what = DECISION_MOVE };
	const char *from = NULL;
	int code = entry_id(cli->argv[0], &d.entry);

	if (code == CLI_OK)
		code = cli_find_contact(cli, cli->argv[1], &d.into);
	if (code == CLI_OK && cli_option(cli, "--from", &from))
		code = cli_find_contact(cli, from, &d.contact);
	return code == CLI_OK ? decide(cli, &d, "moved to ") : code;
}

int cmd_contact_name(struct cli *cli)
{
	auto_free char *text = cli_join(cli, 1);
	struct decision d = { .what = DECISION_NAME, .text = str_trim(str_from(text)) };
	int code = cli_find_contact(cli, cli->argv[0], &d.contact);

	return code == CLI_OK ? decide(cli, &d, "named: ") : code;
}

/* By the address again, but for what somebody said of a contact that was merged into this one. */
static int tell_company(struct cli *cli, int64_t contact)
{
	struct arena *arena = arena_create(ROOM);
	struct contact_sources sources;
	struct contact_row row;
	struct err err;
	bool ok = store_get_contact(cli->store, contact, arena, &row, &err) && store_get_sources(cli->store, contact, &sources, &err);

	if (ok)
		print_part("company", row.company.len > 0 ? row.company : STR("-"));
	if (ok && sources.company.rule == FIELD_PERSON)
		fprintf(stderr, "it was said of a contact that is merged into them: say another name, or unmerge the two\n");
	arena_destroy(arena);
	return ok ? CLI_OK : cli_fail(&err, NULL);
}

int cmd_contact_company(struct cli *cli)
{
	auto_free char *name = cli_join(cli, 1);
	struct decision d = { .what = DECISION_COMPANY, .text = str_trim(str_from(name)) };
	int code;

	if (cli_flag(cli, "--by-address") == (d.text.len > 0))
		return cli_failf(CLI_USAGE, "daybook contact company CONTACT NAME, or --by-address", "which company?");
	code = cli_find_contact(cli, cli->argv[0], &d.contact);
	if (code == CLI_OK)
		code = decide(cli, &d, "it is so from now on: ");
	return code == CLI_OK && d.text.len == 0 ? tell_company(cli, d.contact) : code;
}

int cmd_contact_assign(struct cli *cli)
{
	auto_free char *owner = cli_join(cli, 1);
	struct decision d = { .what = DECISION_ASSIGN, .text = str_trim(str_from(owner)) };
	int code;

	if (cli_flag(cli, "--nobody") == (d.text.len > 0))
		return cli_failf(CLI_USAGE, "daybook contact assign CONTACT OWNER, or --nobody", "whose shall it be?");
	code = cli_find_contact(cli, cli->argv[0], &d.contact);
	return code == CLI_OK ? decide(cli, &d, "assigned: ") : code;
}

static int restrict_contact(struct cli *cli, enum decision_what what, const char *done)
{
	struct decision d = { .what = what };
	int code = cli_find_contact(cli, cli->argv[0], &d.contact);

	return code == CLI_OK ? decide(cli, &d, done) : code;
}

int cmd_contact_restrict(struct cli *cli)
{
	return restrict_contact(cli, DECISION_RESTRICT, "restricted: ");
}

int cmd_contact_unrestrict(struct cli *cli)
{
	return restrict_contact(cli, DECISION_UNRESTRICT, "not restricted any more: ");
}

int cmd_thread_share(struct cli *cli)
{
	struct decision d = { .what = DECISION_SHARE, .text = str_from(cli->argv[1]) };
	int code = entry_id(cli->argv[0], &d.entry);

	return code == CLI_OK ? decide(cli, &d, "it is so from now on") : code;
}

int cmd_review_dismiss(struct cli *cli)
{
	struct decision d = { .what = DECISION_DISMISS };

	if (!id_parse(str_from(cli->argv[0]), "rev_", &d.review))
		return cli_failf(CLI_MISSING, "daybook review lists them", "\"%s\" is not the id of a review item", cli->argv[0]);
	return decide(cli, &d, "dismissed");
}
