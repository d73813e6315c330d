#include "api/export_csv.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

enum { MAX_CELL = 64 << 20 };

void export_csv_cell(struct buf *out, struct str text)
{
	buf_addc(out, '"');
	if (text.len > 0 && strchr("=+-@\t\r", text.ptr[0]) != NULL)
		buf_addc(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, text.ptr[i]);
	}
	buf_addc(out, '"');
}

/* ---- what stands in a cell ---- */

static void add_item(struct buf *cell, struct str text)
{
	if (text.len == 0)
		return;
	if (cell->len > 0)
		buf_add(cell, STR("; "));
	buf_add(cell, text);
}

static void identities(struct json_object *value, struct buf *cell)
{
	struct json_object *all = json_get(value, "identities");

	for (size_t i = 0; i < json_count(all); i++)
		add_item(cell, json_str(json_at(all, i), "value"));
}

static void parties(struct json_object *value, const char *first, const char *second, const char *third, struct buf *cell)
{
	struct json_object *all = json_get(value, "participants");

	for (size_t i = 0; i < json_count(all); i++) {
		struct json_object *p = json_at(all, i);
		struct str role = json_str(p, "role"), name = json_str(p, "name"), address = json_str(json_get(p, "identity"), "value");

		if (!str_eq(role, str_from(first)) && !str_eq(role, str_from(second)) && !str_eq(role, str_from(third)))
			continue;
		add_item(cell, name.len > 0 ? name : address);
		if (name.len > 0 && address.len > 0)
			buf_addf(cell, " <" STR_FMT ">", STR_ARG(address));
	}
}

static void senders(struct json_object *value, struct buf *cell)
{
	parties(value, "from", "agent", "", cell);
}

static void receivers(struct json_object *value, struct buf *cell)
{
	parties(value, "to", "cc", "bcc", cell);
}

static void contacts(struct json_object *value, struct buf *cell)
{
	struct json_object *all = json_get(value, "participants");

	for (size_t i = 0; i < json_count(all); i++)
		add_item(cell, json_str(json_at(all, i), "contact"));
}

static void files(struct json_object *value, struct buf *cell)
{
	struct json_object *all = json_get(value, "attachments");

	for (size_t i = 0; i < json_count(all); i++)
		add_item(cell, json_str(json_at(all, i), "name"));
}

/* ---- columns ---- */

struct column {
	const char *name;		/* of the column, and of the member unless there is a function */
	void (*put)(struct json_object *value, struct buf *cell);
};

static const struct column of_contacts[] = {
	{ "id" }, { "name" }, { "company" }, { "identities", identities }, { "owner" }, { "first_at" }, { "last_at" }, { NULL },
};

static const struct column of_interactions[] = {
	{ "id" }, { "occurred_at" }, { "channel" }, { "kind" }, { "direction" }, { "from", senders }, { "to", receivers }, { "subject" }, { "text" },
	{ "attachments", files }, { "contacts", contacts }, { "connector" }, { NULL },
};

static const struct column *columns_of(enum export_what what)
{
	return what == EXPORT_CONTACTS ? of_contacts : of_interactions;
}

void export_csv_head(enum export_what what, struct buf *out)
{
	for (const struct column *c = columns_of(what); c->name != NULL; c++) {
		export_csv_cell(out, str_from(c->name));
		buf_add(out, c[1].name != NULL ? STR(",") : STR("\r\n"));
	}
}

bool export_csv_line(enum export_what what, struct json_object *value, struct buf *out)
{
	struct buf cell;
	bool ok = true;

	buf_init(&cell, MAX_CELL);
	for (const struct column *c = columns_of(what); c->name != NULL; c++) {
		buf_clear(&cell);
		if (c->put != NULL)
			c->put(value, &cell);
		else
			buf_add(&cell, json_scalar(json_get(value, c->name)));
		ok = ok && !buf_is_exceeded(&cell);
		export_csv_cell(out, buf_str(&cell));
		buf_add(out, c[1].name != NULL ? STR(",") : STR("\r\n"));
	}
	buf_finish(&cell);
	return ok;
}
