#include "imap/folders.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "imap/exclude.h"
#include "imap/folder_match.h"
#include "imap/mutf7.h"

enum { MAX_NAME = 4096, MAX_LISTED = 4096 };

static const struct {
	const char *flag;
	unsigned attr;
} attrs[] = {
	{ "noselect", FOLDER_NOSELECT }, { "nonexistent", FOLDER_NOSELECT }, { "sent", FOLDER_SENT },
	{ "all", FOLDER_ALL }, { "allmail", FOLDER_ALL }, { "archive", FOLDER_ARCHIVE },
	{ "drafts", FOLDER_DRAFTS }, { "flagged", FOLDER_FLAGGED }, { "starred", FOLDER_FLAGGED },
	{ "junk", FOLDER_JUNK }, { "spam", FOLDER_JUNK }, { "trash", FOLDER_TRASH }, { "inbox", FOLDER_INBOX },
};

unsigned folder_attr_from(struct str flag)
{
	if (str_starts(flag, STR("\\")))
		flag = str_sub(flag, 1, STR_NONE);
	for (size_t i = 0; i < countof(attrs); i++)
		if (str_ieq(flag, str_from(attrs[i].flag)))
			return attrs[i].attr;
	return 0;
}

static char *label_of(const char *name)
{
	struct buf label;

	buf_init(&label, 2 * MAX_NAME);
	mutf7_decode(str_from(name), &label);
	return buf_steal(&label);
}

/* A listed folder as it is looked at here. */
struct view {
	const struct listed *l;
	char *label;
	unsigned named;			/* what its name says it is */
	bool is_usable;
	bool is_aside;			/* no pattern means it */
};

struct choice {
	const struct folder_wish *wish;
	struct view *views;		/* NULL: nobody knows what there is */
	size_t n_views;
	struct folder_list *out;
};

static bool is_inbox(struct str name)
{
	return str_ieq(name, STR("INBOX"));
}

/* ---- what there is ---- */

/* What its name says at the top, or right below INBOX or Gmail's root: "Projects/Sent" of a person who files by
 * project is not the folder of sent mail. */
static unsigned attr_of_label(struct str label, char delimiter)
{
	size_t at = delimiter ? str_rchr(label, delimiter) : STR_NONE;
	struct str parent;

	if (at == STR_NONE)
		return folder_attr_of_name(label);
	parent = str_sub(label, 0, at);
	if (!is_inbox(parent) && !str_ieq(parent, STR("[Gmail]")) && !str_ieq(parent, STR("[Google Mail]")))
		return 0;
	return folder_attr_of_name(str_sub(label, at + 1, STR_NONE));
}

static bool is_usable(const struct listed *l)
{
	struct str name = str_from(l->name);

	if (name.len == 0 || name.len > MAX_NAME || (l->attrs & FOLDER_NOSELECT))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			return false;	/* would break out of a command or a meta line */
	return true;
}

/* A name says something only where the server says nothing of that kind about any folder. */
static bool is_aside_itself(const struct view *v, unsigned told)
{
	const unsigned aside = FOLDER_JUNK | FOLDER_TRASH | FOLDER_DRAFTS | FOLDER_ALL | FOLDER_FLAGGED;

	return (v->l->attrs | (v->named & ~told)) & aside;
}

static bool is_below(const struct listed *l, const struct listed *above)
{
	struct str name = str_from(l->name), top = str_from(above->name);

	return l->delimiter != '\0' && name.len > top.len && str_starts(name, top) && name.ptr[top.len] == l->delimiter;
}

static void note_aside(struct choice *c)
{
	unsigned told = 0;

	for (size_t i = 0; i < c->n_views; i++)
		told |= c->views[i].l->attrs;
	for (size_t i = 0; i < c->n_views; i++) {
		if (!is_aside_itself(&c->views[i], told))
			continue;
		for (size_t k = 0; k < c->n_views; k++)
			c->views[k].is_aside |= k == i || is_below(c->views[k].l, c->views[i].l);
	}
}

static void view(struct choice *c, const struct listed *all, size_t n_all)
{
	c->views = all ? xcalloc(n_all + 1, sizeof(*c->views)) : NULL;
	if (n_all > MAX_LISTED) {
		c->out->n_excess = n_all - MAX_LISTED;
		n_all = MAX_LISTED;
	}
	for (size_t i = 0; all != NULL && i < n_all; i++) {
		struct view *v = &c->views[c->n_views++];

		v->l = &all[i];
		v->label = label_of(all[i].name);
		v->is_usable = is_usable(&all[i]);
		v->named = attr_of_label(str_from(v->label), all[i].delimiter);
	}
	note_aside(c);
}

/* ---- what is wanted ---- */

static void add_folder(struct folder_list *out, const char *name, enum folder_hint hint, unsigned attrs)
{
	for (size_t i = 0; i < out->n_items; i++)
		if (strcmp(out->items[i].name, name) == 0)
			return;
	out->items = xrealloc(out->items, out->n_items + 1, sizeof(*out->items));
	out->items[out->n_items++] = (struct folder){ xstrdup(name), label_of(name), hint, attrs };
}

static void add_view(struct choice *c, const struct view *v)
{
	enum folder_hint hint = (v->l->attrs | v->named) & FOLDER_SENT ? FOLDER_HINT_SENT : FOLDER_HINT_NONE;

	if (is_inbox(str_from(v->l->name)))
		add_folder(c->out, "INBOX", FOLDER_HINT_INBOX, v->l->attrs);
	else
		add_folder(c->out, v->l->name, hint, v->l->attrs);
}

static bool add_by_attr(struct choice *c, unsigned attr)
{
	bool is_found = false;

	for (size_t i = 0; attr != 0 && i < c->n_views; i++) {
		if (!(c->views[i].l->attrs & attr) || !c->views[i].is_usable)
			continue;
		add_view(c, &c->views[i]);
		is_found = true;
	}
	/* No special-use from this server: by name. */
	for (size_t i = 0; !is_found && attr != 0 && i < c->n_views; i++)
		if (c->views[i].is_usable && (c->views[i].named & attr)) {
			add_view(c, &c->views[i]);
			is_found = true;
		}
	return is_found;
}

static bool is_named(const struct view *v, struct str wanted)
{
	return str_eq(wanted, str_from(v->l->name)) || str_eq(wanted, str_from(v->label));
}

static bool add_by_name(struct choice *c, struct str wanted)
{
	for (size_t i = 0; i < c->n_views; i++)
		if (c->views[i].is_usable && is_named(&c->views[i], wanted)) {
			add_view(c, &c->views[i]);
			return true;
		}
	/* As a path: "Clientes/Sul" where the server writes "INBOX.Clientes.Sul". */
	for (size_t i = 0; i < c->n_views && !folder_is_pattern(wanted); i++)
		if (c->views[i].is_usable &&
		    folder_matches(wanted, str_from(c->views[i].label), c->views[i].l->delimiter)) {
			add_view(c, &c->views[i]);
			return true;
		}
	return false;
}

static bool add_by_pattern(struct choice *c, struct str pattern)
{
	bool is_found = false;

	for (size_t i = 0; i < c->n_views; i++) {
		const struct view *v = &c->views[i];

		if (!v->is_usable || v->is_aside || !folder_matches(pattern, str_from(v->label), v->l->delimiter))
			continue;
		add_view(c, v);
		is_found = true;
	}
	return is_found;
}

/* The server would not list: take the name at its word. */
static bool add_unseen(struct choice *c, struct str wanted)
{
	struct buf name;
	bool is_good;

	buf_init(&name, 2 * MAX_NAME);
	is_good = !str_starts(wanted, STR("\\")) && !folder_is_pattern(wanted) && mutf7_encode(wanted, &name) && name.len > 0;
	if (is_good) {
		struct listed l = { .name = name.ptr };

		is_good = is_usable(&l);
		if (is_good)
			add_folder(c->out, name.ptr, folder_attr_of_name(wanted) == FOLDER_SENT ? FOLDER_HINT_SENT :
				   FOLDER_HINT_NONE, 0);
	}
	buf_finish(&name);
	return is_good;
}

static bool add(struct choice *c, struct str want)
{
	if (is_inbox(want) || str_ieq(want, STR("\\Inbox"))) {
		add_folder(c->out, "INBOX", FOLDER_HINT_INBOX, 0);
		return true;
	}
	if (c->views == NULL)
		return add_unseen(c, want);
	if (str_starts(want, STR("\\")))
		return add_by_attr(c, folder_attr_from(want));
	return add_by_name(c, want) || (folder_is_pattern(want) && add_by_pattern(c, want));
}

static void note_missing(struct folder_list *out, const char *wanted)
{
	char *text = out->missing ? xasprintf("%s, %s", out->missing, wanted) : xstrdup(wanted);

	free(out->missing);
	out->missing = text;
}

static void add_or_note(struct choice *c, const char *want)
{
	if (!add(c, str_from(want)))
		note_missing(c->out, want);
}

static bool is_leaving_out(const char *entry)
{
	return entry[0] == '!';
}

static void add_wanted(struct choice *c)
{
	const struct conf_list *wanted = c->wish->wanted;
	bool has_any = false;

	for (size_t i = 0; i < wanted->n_items; i++)
		if (!is_leaving_out(wanted->items[i])) {
			add_or_note(c, wanted->items[i]);
			has_any = true;
		}
	if (has_any)
		return;
	if (c->wish->is_gmail && add_by_attr(c, FOLDER_ALL))
		return;			/* it holds INBOX and what was sent */
	c->out->lacks_all_mail = c->wish->is_gmail && c->views != NULL;
	add_or_note(c, "INBOX");
	add_or_note(c, "\\Sent");
}

/* ---- what is left out, and the order ---- */

static bool leaves_out(struct str text, const struct folder *f, char delimiter)
{
	if (str_starts(text, STR("\\")))
		return f->attrs & folder_attr_from(text) || (f->hint == FOLDER_HINT_SENT && str_ieq(text, STR("\\Sent"))) ||
		       (f->hint == FOLDER_HINT_INBOX && str_ieq(text, STR("\\Inbox")));
	return str_eq(text, str_from(f->name)) || folder_matches_branch(text, str_from(f->label), delimiter);
}

static bool is_left_out(const struct choice *c, const struct folder *f)
{
	const struct conf_list *wanted = c->wish->wanted, *exclude = c->wish->exclude;
	char delimiter = c->n_views > 0 ? c->views[0].l->delimiter : '\0';
	struct str value;

	for (size_t i = 0; i < c->n_views; i++)
		if (strcmp(c->views[i].l->name, f->name) == 0)
			delimiter = c->views[i].l->delimiter;
	for (size_t i = 0; i < wanted->n_items; i++)
		if (is_leaving_out(wanted->items[i]) && leaves_out(str_from(wanted->items[i] + 1), f, delimiter))
			return true;
	for (size_t i = 0; exclude != NULL && i < exclude->n_items; i++)
		if (exclude_parse(str_from(exclude->items[i]), &value) == EXCLUDE_FOLDER && leaves_out(value, f, delimiter))
			return true;
	return false;
}

static void free_folder(struct folder *f)
{
	free(f->name);
	free(f->label);
}

static void leave_out(struct choice *c)
{
	struct folder_list *out = c->out;
	size_t n = 0;

	for (size_t i = 0; i < out->n_items; i++) {
		bool is_kept = !is_left_out(c, &out->items[i]);

		if (is_kept && n < FOLDERS_MAX) {
			out->items[n++] = out->items[i];
			continue;
		}
		out->n_excess += is_kept;
		free_folder(&out->items[i]);
	}
	out->n_items = n;
}

/* It is the one that tells of new mail. */
static void put_inbox_first(struct folder_list *out)
{
	for (size_t i = 1; i < out->n_items; i++)
		if (out->items[i].hint == FOLDER_HINT_INBOX) {
			struct folder inbox = out->items[i];

			memmove(&out->items[1], &out->items[0], i * sizeof(out->items[0]));
			out->items[0] = inbox;
			return;
		}
}

void folders_choose(const struct folder_wish *wish, const struct listed *all, size_t n_all, struct folder_list *out)
{
	struct choice c = { .wish = wish, .out = out };

	*out = (struct folder_list){ 0 };
	view(&c, all, n_all);
	add_wanted(&c);
	put_inbox_first(out);
	leave_out(&c);
	for (size_t i = 0; i < c.n_views; i++)
		free(c.views[i].label);
	free(c.views);
}

void folder_list_finish(struct folder_list *list)
{
	for (size_t i = 0; i < list->n_items; i++)
		free_folder(&list->items[i]);
	free(list->items);
	free(list->missing);
	*list = (struct folder_list){ 0 };
}
