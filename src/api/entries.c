/* /interactions/{id} and what hangs on it: its HTML, its raw bytes, its attachments. */
#include <string.h>

#include "api/call.h"
#include "api/file_name.h"
#include "api/handlers.h"
#include "api/reads.h"
#include "conf/config.h"
#include "ingest/again.h"
#include "ingest/compact.h"
#include "ingest/ingest.h"
#include "ingest/original.h"
#include "store/blob.h"

enum { MAX_HTML = 16 << 20 };

struct entry {
	struct call *c;
	int64_t id, journal_id;
	enum channel channel;
	enum share share;
	bool wants_json, failed;
	struct err *err;
};

static bool take_entry(const struct interaction_row *row, void *arg)
{
	struct entry *e = arg;

	e->id = row->id;
	e->journal_id = row->journal_id;
	e->channel = row->it.channel;
	e->share = row->share;
	e->failed = e->wants_json && !put_entry(e->c, &e->c->reply.json, row, e->err);
	return true;
}

static bool find_entry(struct entry *e)
{
	int64_t id;

	if (!id_parse(e->c->parts[0], "int_", &id))
		return err_setf(e->err, ERR_MISSING, "there is no such interaction");
	return view_interaction(e->c->st, &e->c->viewer, id, take_entry, e, e->err) && !e->failed && reads_note_entry(e->c, id, e->err);
}

bool api_interaction(struct call *c, struct err *err)
{
	struct entry e = { .c = c, .wants_json = true, .err = err };

	return !params_end(c) || find_entry(&e);
}

/* ---- as it came ---- */

/* False: its bytes are not for these eyes, and the problem is the answer. */
static bool may_have_bytes(const struct entry *e)
{
	return e->share == SHARE_EVERYTHING ||
	       !problem(e->c, 404, "not-shared", "of this entry you see %s; the rest is its mailbox's owner's",
			e->share == SHARE_SUBJECT ? "the subject" : "who and when");
}

/* The entry is there, so its bytes have to be: what is missing is a fault of the store, which the log tells of. */
static bool is_broken(struct err *err)
{
	if (err->kind == ERR_MISSING)
		err->kind = ERR_IO;
	return false;
}

bool api_body_html(struct call *c, struct err *err)
{
	const struct ingest_parts *in = ingest_parts(c->api->parts.ingest);
	const struct original_parts parts = { .store = c->st, .dir = c->api->parts.dir, .parsers = c->api->parts.parsers,
					      .import = in->import, .known = in->known };
	struct entry e = { .c = c, .err = err };
	struct buf html;

	if (!params_end(c))
		return true;
	if (!find_entry(&e))
		return false;
	if (!may_have_bytes(&e))
		return true;
	buf_init(&html, MAX_HTML);
	if (e.channel == CHANNEL_EMAIL && !original_html(&parts, e.journal_id, &html, err)) {
		buf_finish(&html);
		return is_broken(err);
	}
	if (html.len == 0)
		return problem(c, 404, "no-html", "this entry has no HTML; its text is in the entry");
	c->reply.type = "text/html; charset=utf-8";
	c->reply.n_bytes = html.len;
	c->reply.bytes = buf_steal(&html);
	/* What a stranger wrote: no script, no form, no window, nothing from anywhere. */
	call_header(c, "Content-Security-Policy", "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
		    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'");
	return true;
}

/* One webhook may tell of several customers: its bytes are for who sees all of them. */
static bool may_see_raw(const struct entry *e)
{
	return e->c->viewer.sees == SEES_ALL || e->channel == CHANNEL_EMAIL || e->channel == CHANNEL_FORM;
}

static void put_disposition(struct call *c, struct str name)
{
	struct buf text;

	buf_init(&text, FILE_NAME_MAX);
	file_name_disposition(&text, name);
	call_header(c, "Content-Disposition", arena_str(c->arena, buf_str(&text)).ptr);
	buf_finish(&text);
}

bool api_raw(struct call *c, struct err *err)
{
	struct entry e = { .c = c, .err = err };
	char id[ID_TEXT_SIZE];
	struct journal_row row;

	if (!params_end(c))
		return true;
	if (!find_entry(&e))
		return false;
	if (!may_have_bytes(&e))
		return true;
	if (!may_see_raw(&e))
		return problem(c, 404, "not-found", "what was sent may tell of others as well; it is for who sees everybody");
	if (!store_get_journal(c->st, e.journal_id, c->arena, &row, err) ||
	    !again_load_body(&row, c->api->parts.dir, &c->reply.bytes, err))
		return is_broken(err);
	c->reply.n_bytes = (size_t)row.size;
	c->reply.type = "application/octet-stream";
	put_disposition(c, arena_strf(c->arena, "%s%s", id_format(e.id, "int_", id),
				      compact_is(row.content_type) ? ".json" : e.channel == CHANNEL_EMAIL ? ".eml" : ".bin"));
	return true;
}

/* ---- attachments ---- */

struct wanted {
	struct call *c;
	size_t n;
	bool is_found;
	enum attachment_state state;
	struct str name, sha256;
};

static bool take_attachment(size_t n, const struct attachment *a, void *arg)
{
	struct wanted *w = arg;

	if (n != w->n)
		return true;
	w->is_found = true;
	w->state = a->state;
	w->name = arena_str(w->c->arena, a->name);
	w->sha256 = arena_str(w->c->arena, a->sha256);
	return false;
}

bool api_attachment(struct call *c, struct err *err)
{
	struct wanted w = { .c = c };
	struct entry e = { .c = c, .err = err };
	int64_t n;

	if (!params_end(c))
		return true;
	if (!find_entry(&e))
		return false;
	if (!may_have_bytes(&e))
		return true;
	if (!str_int64(c->parts[1], &n) || n < 0)
		return err_setf(err, ERR_MISSING, "there is no such attachment");
	w.n = (size_t)n;
	if (!store_each_attachment(c->st, e.id, take_attachment, &w, err))
		return false;
	if (!w.is_found)
		return err_setf(err, ERR_MISSING, "there is no such attachment");
	if (w.state != ATTACHMENT_STORED)
		return problem(c, 404, "not-stored", "the bytes of this attachment are not here: %s",
			       attachment_state_name(w.state));
	if (!blob_read(c->api->parts.dir, w.sha256, &c->reply.bytes, &c->reply.n_bytes, err))
		return is_broken(err);
	c->reply.type = file_name_type((struct str){ c->reply.bytes, c->reply.n_bytes });
	put_disposition(c, w.name);
	return true;
}
