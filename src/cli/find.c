/* A contact by what people type. */
#include <stdio.h>

#include "base/id.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/plain.h"
#include "model/identity.h"
#include "store/merge.h"

enum { MAX_CHOICES = 10, MAX_NAME = 160 };

struct choices {
	int64_t ids[MAX_CHOICES];
	char names[MAX_CHOICES][MAX_NAME];
	size_t n;
};

static bool add_choice(const struct contact_row *row, void *arg)
{
	struct choices *c = arg;
	struct buf name;

	for (size_t i = 0; i < c->n; i++)
		if (c->ids[i] == row->id)
			return true;
	buf_init(&name, MAX_NAME);
	plain_preview(&name, row->name, MAX_NAME / 4 - 1);
	snprintf(c->names[c->n], sizeof(c->names[0]), "%s", name.len ? name.ptr : "");
	buf_finish(&name);
	c->ids[c->n++] = row->id;
	return c->n < MAX_CHOICES;
}

/* An address or a number, exactly or by a variant of it. *is_handle: it is one, so nothing but that will do: who
 * asks for ze@example.com must not get ze@example.com.br. */
static bool find_by_handle(struct cli *cli, const char *text, int64_t *contact, bool *is_handle, struct err *err)
{
	static const enum scheme schemes[] = { SCHEME_EMAIL, SCHEME_PHONE, SCHEME_WA };
	struct identity_variant variants[IDENTITY_MAX_VARIANTS];
	struct arena *arena = arena_create(1 << 20);
	bool ok = true;
	int64_t id;

	*contact = 0;
	*is_handle = false;
	for (size_t s = 0; ok && *contact == 0 && s < countof(schemes); s++) {
		struct identity identity = { .scheme = schemes[s], .value = str_from(text) };
		struct err ignored;
		size_t n;

		if (!identity_canonical(&identity, arena, cli->config->organization.default_region, &ignored))
			continue;
		*is_handle = true;
		ok = store_find_identity(cli->store, &identity, &id, contact, err);
		n = identity_variants(&identity, arena, variants);
		for (size_t v = 0; ok && *contact == 0 && v < n; v++)
			ok = store_find_identity(cli->store, &variants[v].id, &id, contact, err);
	}
	arena_destroy(arena);
	return ok;
}

static int report_choices(const char *text, const struct choices *c)
{
	char id[ID_TEXT_SIZE];

	if (c->n == 0)
		return cli_failf(CLI_MISSING, "daybook contacts lists them all",
				 "nobody is known by \"%s\"", text);
	cli_failf(CLI_AMBIGUOUS, "name one by its id", "\"%s\" may be any of these:", text);
	for (size_t i = 0; i < c->n; i++)
		fprintf(stderr, "  %s  %s\n", id_format(c->ids[i], "con_", id), c->names[i]);
	return CLI_AMBIGUOUS;
}

int cli_find_contact(struct cli *cli, const char *text, int64_t *contact)
{
	struct choices choices = { .n = 0 };
	struct err err;
	bool ok, is_handle;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	if (id_parse(str_from(text), "con_", contact)) {	/* an old link finds who it was merged into */
		ok = store_resolve_contact(cli->store, *contact, contact, &err);
		return ok ? CLI_OK : cli_fail(&err, "daybook contacts lists them all");
	}
	if (!find_by_handle(cli, text, contact, &is_handle, &err))
		return cli_fail(&err, NULL);
	if (*contact != 0)
		return CLI_OK;
	if (!is_handle && text[0] != '\0' &&
	    !store_find_contacts(cli->store, str_from(text), MAX_CHOICES, add_choice, &choices, &err))
		return cli_fail(&err, NULL);
	if (choices.n != 1)
		return report_choices(text, &choices);
	*contact = choices.ids[0];
	return CLI_OK;
}
