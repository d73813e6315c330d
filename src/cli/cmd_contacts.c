/* daybook contacts, contact show: who is known, and how. */
#include <stdio.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/entry.h"
#include "cli/human.h"
#include "cli/person.h"
#include "cli/plain.h"
#include "cli/show.h"
#include "store/consent.h"
#include "store/source.h"

enum { MAX_LINE = 64 << 20, SHOWN_ENTRIES = 10 };

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
	struct json_writer w;
	struct err err;
	bool failed;
	bool is_owned;			/* only those of this owner … */
	struct str owner;		/* … empty: of nobody */
	struct str company;		/* only those of this one; empty: of any */
};

/* ---- all of them ---- */

static bool put_json(struct listing *l, const struct contact_row *row)
{
	json_begin(&l->w, &l->line);
	json_open(&l->w, '{');
	l->failed = !person_json(l->cli, &l->w, row, false, &l->err);
	json_close(&l->w, '}');
	return !l->failed && show_line(&l->line);
}

static bool put_contact(const struct contact_row *row, void *arg)
{
	struct listing *l = arg;
	auto_free char *handles = NULL;
	char id[ID_TEXT_SIZE];

	if ((l->is_owned && !str_eq(row->owner, l->owner)) || (l->company.len > 0 && !str_ieq(row->company, l->company)))
		return true;
	if (l->cli->as_json)
		return put_json(l, row);
	handles = person_handles(l->cli, row->id, &l->err);
	l->failed = handles == NULL;
	if (l->failed)
		return false;
	table_row(l->table);
	table_str(l->table, str_from(id_format(row->id, "con_", id)));
	table_str(l->table, row->name);
	table_str(l->table, row->company);
	table_str(l->table, str_from(handles));
	table_str(l->table, row->owner.len ? row->owner : STR("-"));
	table_time(l->table, row->first_us);
	table_time(l->table, row->last_us);
	return true;
}

int cmd_contacts(struct cli *cli)
{
	static const char *const heads[] = { "ID", "~NAME", "~COMPANY", "~KNOWN BY", "~OWNER", "FIRST", "LAST", NULL };
	struct listing l = { .cli = cli, .is_owned = cli_flag(cli, "--nobody") };
	const char *owner = NULL, *company = NULL;
	int code;

	if (cli_option(cli, "--company", &company))
		l.company = str_from(company);
	if (cli_option(cli, "--owner", &owner)) {
		if (l.is_owned)
			return cli_failf(CLI_USAGE, NULL, "either --owner or --nobody");
		l.is_owned = true;
		l.owner = str_from(owner);
	}
	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_each_contact(cli->store, put_contact, &l, &l.err) || l.failed)
		code = cli_fail(&l.err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}

/* ---- one of them ---- */

static bool put_entry_json(const struct interaction_row *row, void *arg)
{
	struct listing *l = arg;
	struct buf one;

	buf_init(&one, MAX_LINE);
	l->failed = !show_json(l->cli, row, &one, &l->err);
	if (!l->failed)
		json_raw_value(&l->w, buf_str(&one));
	buf_finish(&one);
	return !l->failed;
}

static bool show_as_json(struct listing *l, const struct contact_row *row)
{
	json_begin(&l->w, &l->line);
	json_open(&l->w, '{');
	if (!person_json(l->cli, &l->w, row, true, &l->err))
		return false;
	json_name(&l->w, "interactions");
	json_open(&l->w, '[');
	if (!store_each_timeline(l->cli->store, row->id, SHOWN_ENTRIES, put_entry_json, l, &l->err) || l->failed)
		return false;
	json_close(&l->w, ']');
	json_close(&l->w, '}');
	show_line(&l->line);
	return true;
}

static void print_plain(const char *label, struct str value)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	plain_line(&text, value);
	if (text.len > 0)
		printf("%-10s " STR_FMT "\n", label, STR_ARG(buf_str(&text)));
	buf_finish(&text);
}

static bool put_identity(const struct identity_row *row, void *arg)
{
	struct table *t = arg;

	table_row(t);
	table_str(t, str_from(scheme_name(row->identity.scheme)));
	table_str(t, row->identity.value);
	table_str(t, row->identity.scope);
	table_str(t, row->why);
	return true;
}

static bool put_entry(const struct interaction_row *row, void *arg)
{
	struct listing *l = arg;

	return entry_print(l->cli, row);
}

static bool put_consent(const struct consent_row *row, void *arg)
{
	char text[HUMAN_SIZE];

	(void)arg;
	if (row->counts)
		printf("%-10s " STR_FMT " %s since %s\n", "agrees", STR_ARG(row->consent.what), consent_state_name(row->consent.state),
		       human_time(row->consent.said_us, text));
	return true;
}

static const char *rule_text(enum field_rule rule)
{
	static const char *const texts[] = { "", "of the handle", "as others call them", "of their profile", "of a form", "by the mail domain",
					     "by the connector", "a person said so" };

	return (size_t)rule < countof(texts) ? texts[rule] : "";
}

static void print_field(const char *label, struct str value, const struct field_source *source, struct buf *line)
{
	char text[HUMAN_SIZE];

	buf_clear(line);
	buf_add(line, value.len > 0 || source->rule != FIELD_PERSON ? value : STR("nobody"));
	if (source->rule != FIELD_EMPTY)
		buf_addf(line, " (%s%s%s)", rule_text(source->rule), source->at_us != 0 ? ", " : "",
			 source->at_us != 0 ? human_time(source->at_us, text) : "");
	print_plain(label, buf_str(line));
}

static bool print_fields(struct listing *l, const struct contact_row *row)
{
	struct contact_sources sources;

	if (!store_get_sources(l->cli->store, row->id, &sources, &l->err))
		return false;
	print_field("name", row->name, &sources.name, &l->line);
	print_field("company", row->company, &sources.company, &l->line);
	print_field("owner", row->owner, &sources.owner, &l->line);
	return true;
}

static bool show_as_text(struct listing *l, const struct contact_row *row)
{
	static const char *const heads[] = { "SCHEME", "VALUE", "SCOPE", "~WHY", NULL };
	struct table *t = table_create(heads);
	char text[HUMAN_SIZE], id[ID_TEXT_SIZE];
	bool ok;

	print_plain("id", str_from(id_format(row->id, "con_", id)));
	if (!print_fields(l, row)) {
		table_destroy(t);
		return false;
	}
	if (row->is_restricted)
		print_plain("seen by", STR("its owner and who sees everybody (restricted)"));
	print_plain("first", str_from(human_time(row->first_us, text)));
	print_plain("last", str_from(human_time(row->last_us, text)));
	ok = store_each_consent(l->cli->store, row->id, put_consent, NULL, &l->err);
	putchar('\n');
	ok = ok && store_each_identity(l->cli->store, row->id, put_identity, t, &l->err);
	if (ok) {
		table_print(t);
		putchar('\n');
		ok = store_each_timeline(l->cli->store, row->id, SHOWN_ENTRIES, put_entry, l, &l->err);
	}
	table_destroy(t);
	return ok;
}

int cmd_contact_show(struct cli *cli)
{
	struct listing l = { .cli = cli };
	struct contact_row row;
	struct arena *arena;
	int64_t contact;
	int code = cli_find_contact(cli, cli->argv[0], &contact);

	if (code != CLI_OK || cli_own(cli, &code) == NULL)
		return code;
	arena = arena_create(1 << 20);
	buf_init(&l.line, MAX_LINE);
	if (!store_get_contact(cli->store, contact, arena, &row, &l.err) ||
	    !(cli->as_json ? show_as_json(&l, &row) : show_as_text(&l, &row)))
		code = cli_fail(&l.err, NULL);
	buf_finish(&l.line);
	arena_destroy(arena);
	return code;
}
