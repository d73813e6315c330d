/* A person out of everything: what begins it, and the receipts. The rest is ingest/erase.h. */
#include "api/call.h"
#include "api/handlers.h"
#include "ingest/erase.h"
#include "ingest/ingest.h"

/* ---- erasing ---- */

static void wake(struct call *c)
{
	erase_wake(c->api->parts.ingest);
}

/* Seen once more: it may have got another owner, or another version, meanwhile. */
static bool begin(struct call *c, struct err *err)
{
	struct view_contact contact;
	struct json_writer w;
	char id[ID_TEXT_SIZE];
	int64_t erasure;

	if (!seen_contact(c, c->parts[0], &contact, err))
		return false;
	if (!call_matches(c, contact.version))
		return true;
	if (!erase_begin(c->st, contact.row.id, call_by(c), &erasure, err))
		return false;
	id_format(erasure, "era_", id);
	c->reply.status = 202;
	call_header(c, "Location", arena_strf(c->arena, "/api/v1/erasures?id=%s", id).ptr);
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "erasure", str_from(id));
	put_id(&w, "contact", contact.row.id, "con_");
	json_close(&w, '}');
	return true;
}

bool api_contact_erase(struct call *c, struct err *err)
{
	struct view_contact contact;

	if (!params_end(c))
		return true;
	if (!seen_contact(c, c->parts[0], &contact, err))
		return false;
	c->deed = begin;
	c->after = wake;
	return true;
}

/* ---- the receipts ---- */

static bool put_receipt(const struct erasure *e, void *arg)
{
	struct json_writer *w = arg;

	json_open(w, '{');
	put_id(w, "id", e->id, "era_");
	json_member(w, "by", e->by);
	put_time(w, "at", e->at_us);
	put_time(w, "done_at", e->done_us);
	json_member_int(w, "entries", e->n_entries);
	json_member_int(w, "blanked", e->n_blanked);
	json_member_int(w, "dead_letters", e->n_dead);
	json_member_int(w, "decisions", e->n_decisions);
	json_member_int(w, "journal_rows", e->n_rows);
	json_member_int(w, "files", e->n_files);
	json_member_int(w, "old_databases", e->n_old_databases);
	json_close(w, '}');
	return true;
}

static bool put_one(struct call *c, struct str text, struct json_writer *w, struct err *err)
{
	struct erasure e;
	int64_t id;

	if (!id_parse(text, "era_", &id))
		return err_setf(err, ERR_MISSING, "there is no such receipt");
	return store_get_erasure(c->st, id, c->arena, &e, err) && put_receipt(&e, w);
}

bool api_erasures(struct call *c, struct err *err)
{
	struct str id = param_str(c, "id");
	struct json_writer w;

	if (!params_end(c))
		return true;
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_name(&w, "items");
	json_open(&w, '[');
	if (id.len > 0 ? !put_one(c, id, &w, err) : !store_each_erasure(c->st, put_receipt, &w, err))
		return false;
	json_close(&w, ']');
	json_close(&w, '}');
	return true;
}
