#include <stdio.h>
#include <string.h>

#include "conf/config_rows.h"
#include "conf/describe.h"
#include "conf/describe_row.h"
#include "conf/diag.h"
#include "conf/nearest.h"
#include "conf/table.h"

/* A place that has options: a section, staff, or a type of connector. */
struct place {
	char name[64];			/* as printed before the option */
	const char *help;
	const struct conf_key *keys;
	const struct conf_key *more;	/* or NULL: the host's, behind a connector's own */
};

static void set_place(struct place *p, const char *name, const char *help,
		      const struct conf_key *keys, const struct conf_key *more)
{
	*p = (struct place){ .help = help ? help : "", .keys = keys, .more = more };
	snprintf(p->name, sizeof(p->name), "%s", name);
}

/* The i-th block of options inside of a connector's. */
static bool block_at(const struct connector *const *known, size_t i, struct place *p)
{
	char name[64];

	for (size_t k = 0; known[k] != NULL; k++)
		for (const struct conf_key *key = describe_keys(known[k]); key->name != NULL; key++) {
			if (key->type != CONF_T_BLOCK || i-- > 0)
				continue;
			snprintf(name, sizeof(name), "connector.%s.%s", known[k]->name, key->name);
			set_place(p, name, key->help, key->rows, NULL);
			return true;
		}
	return false;
}

/* The i-th place there is; false behind the last. */
static bool place_at(const struct connector *const *known, size_t i, struct place *p)
{
	char name[64];

	if (i-- == 0) {
		set_place(p, "", "the file itself", config_top_keys, NULL);
		return true;
	}
	for (const struct config_section *s = config_sections; s->name != NULL; s++)
		if (i-- == 0) {
			set_place(p, s->name, s->help, s->keys, NULL);
			return true;
		}
	if (i-- == 0) {
		set_place(p, "staff", CONFIG_STAFF_HELP, config_staff_keys, NULL);
		return true;
	}
	if (i-- == 0) {
		set_place(p, "roles", CONFIG_ROLES_HELP, config_role_keys, NULL);
		return true;
	}
	if (i-- == 0) {
		set_place(p, "connector", "what every connector has; connector.TYPE has the others",
			  config_host_keys, NULL);
		return true;
	}
	for (size_t k = 0; known[k] != NULL; k++)
		if (i-- == 0) {
			snprintf(name, sizeof(name), "connector.%s", known[k]->name);
			set_place(p, name, known[k]->summary, describe_keys(known[k]),
				  config_host_keys);
			return true;
		}
	return block_at(known, i, p);
}

static const struct conf_key *find_in(const struct place *p, struct str option)
{
	const struct conf_key *key = conf_find_key(p->keys, option);

	return key == NULL && p->more != NULL ? conf_find_key(p->more, option) : key;
}

static void explain_option(const struct place *p, const struct conf_key *key, struct buf *out)
{
	struct buf range;

	buf_addf(out, "%s%s%s\n  %s\n\n  type      ", p->name, p->name[0] ? "." : "", key->name,
		 key->help);
	describe_type(out, key);
	buf_addf(out, "\n  default   %s\n", key->fallback ? key->fallback :
		 key->flags & CONF_REQUIRED ? "none: it is required" : "none");
	buf_init(&range, 200);
	if (conf_print_range(&range, key))
		buf_addf(out, "  range     %s\n", range.ptr);
	buf_finish(&range);
	if (key->type != CONF_T_LATER)
		buf_addf(out, "  reload    %s\n",
			 key->flags & CONF_RELOAD || strncmp(p->name, "connector", 9) == 0 ?
				 "yes" : "no, daybookd must be restarted");
	buf_addf(out, "  example   %s: %s\n", key->name,
		 describe_sample(strncmp(p->name, "connector", 9) == 0 ? "connector" : p->name, key));
}

static void list_options(const struct conf_key *keys, struct buf *out)
{
	for (; keys->name != NULL; keys++)
		buf_addf(out, "  %-28s %s%s\n", keys->name, keys->help,
			 keys->flags & CONF_REQUIRED ? " (required)" : "");
}

static void explain_place(const struct place *p, struct buf *out)
{
	buf_addf(out, "%s\n  %s\n\n", p->name[0] ? p->name : "daybook.yaml", p->help);
	list_options(p->keys, out);
	if (p->more != NULL)
		list_options(p->more, out);
}

static void list_places(const struct connector *const *known, struct buf *out)
{
	struct place p;

	for (size_t i = 0; place_at(known, i, &p); i++)
		if (i == 0)
			explain_place(&p, out);
		else
			buf_addf(out, "  %-28s %s\n", p.name, p.help);
}

/* "connectors.imap" is what people type, as it stands in messages. */
static struct str without_plural(struct str path, char *room, size_t size)
{
	bool is_plural = str_starts(path, STR("connectors")) &&
			 (path.len == 10 || path.ptr[10] == '.');

	if (!is_plural || path.len >= size)
		return path;
	snprintf(room, size, "connector" STR_FMT, STR_ARG(str_sub(path, 10, path.len)));
	return str_from(room);
}

static bool report_unknown(const struct connector *const *known, struct str path, struct err *err)
{
	char quoted[DIAG_QUOTE_SIZE], name[128], best[128] = "";
	struct nearest near;
	struct place p;

	nearest_begin(&near, path);
	for (size_t i = 0; place_at(known, i, &p); i++) {
		if (nearest_offer(&near, p.name))
			snprintf(best, sizeof(best), "%s", p.name);
		for (const struct conf_key *keys = p.keys; keys != NULL;
		     keys = keys == p.keys ? p.more : NULL)
			for (const struct conf_key *key = keys; key->name != NULL; key++) {
				snprintf(name, sizeof(name), "%s%s%s", p.name, p.name[0] ? "." : "",
					 key->name);
				if (nearest_offer(&near, name))
					snprintf(best, sizeof(best), "%s", name);
			}
	}
	diag_quote(path, quoted);
	if (best[0] != '\0')
		return err_setf(err, ERR_MISSING, "%s is not an option (did you mean %s?)", quoted, best);
	return err_setf(err, ERR_MISSING, "%s is not an option (without a name, all are listed)", quoted);
}

bool describe_explain(const struct connector *const *known, struct str path, struct buf *out,
		      struct err *err)
{
	const struct conf_key *key;
	struct str place, option;
	char room[256];
	struct place p;
	size_t dot;

	path = without_plural(path, room, sizeof(room));
	if (path.len == 0) {
		list_places(known, out);
		return true;
	}
	dot = str_rchr(path, '.');
	place = str_sub(path, 0, dot == STR_NONE ? 0 : dot);
	option = dot == STR_NONE ? path : str_sub(path, dot + 1, path.len);
	for (size_t i = 0; place_at(known, i, &p); i++) {
		if (str_eq(path, str_from(p.name))) {
			explain_place(&p, out);
			return true;
		}
		key = str_eq(place, str_from(p.name)) ? find_in(&p, option) : NULL;
		if (key != NULL && key->type != CONF_T_BLOCK) {	/* a block is a place of its own */
			explain_option(&p, key, out);
			return true;
		}
	}
	return report_unknown(known, path, err);
}
