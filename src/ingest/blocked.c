#include "ingest/blocked.h"

#include <stdlib.h>

#include "base/buf.h"
#include "ingest/again.h"
#include "ingest/compact.h"

enum { ROOM = 64 << 20, MAX_ITEMS = 100000 };

static void put_party(struct buf *out, const struct party *p)
{
	for (size_t i = 0; i < p->n_ids; i++)
		if (p->ids[i].scheme == SCHEME_EMAIL)
			buf_addf(out, "%s: <" STR_FMT ">\r\n", p->role == ROLE_FROM ? "From" : "To", STR_ARG(p->ids[i].value));
}

/* A row whose bytes were kept no longer has its header no more; who took part is what it says. */
static bool put_header(struct buf *out, struct str json, struct err *err)
{
	struct interactions items = { .arena = arena_create(ROOM), .max_items = MAX_ITEMS };
	bool ok = compact_parse(json, &items, err);

	for (size_t i = 0; ok && i < items.n_items; i++)
		for (size_t k = 0; k < items.items[i].n_parties; k++)
			put_party(out, &items.items[i].parties[k]);
	arena_destroy(items.arena);
	return ok;
}

static enum blocked judge(const struct connector *type, const void *conf, const struct journal_row *row, struct str body)
{
	return type->blocks(conf, &(struct raw){ .id = row->delivery_id, .content_type = row->content_type, .meta = row->meta,
						 .body = body, .received_us = row->received_us })
		       ? BLOCKED_YES : BLOCKED_NO;
}

bool blocked_row(const struct connector *type, const void *conf, const struct journal_row *row, const char *dir,
		 enum blocked *is, struct err *err)
{
	struct str body;
	struct buf head;
	char *plain;
	bool ok = true;

	*is = BLOCKED_UNKNOWN;
	if (!again_load_body(row, dir, &plain, err))
		return err->kind == ERR_MISSING;
	body = (struct str){ plain, (size_t)row->size };
	buf_init(&head, ROOM);
	if (compact_is(row->content_type)) {
		ok = put_header(&head, body, err);
		body = buf_str(&head);
	}
	if (ok)
		*is = judge(type, conf, row, body);
	buf_finish(&head);
	free(plain);
	return ok;
}
