#include "ingest/original.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/compact.h"
#include "mime/mail.h"
#include "sandbox/parse.h"
#include "store/store.h"

enum { ROW_ARENA = 64 << 20 };

static bool on_chunk(void *arg, size_t item, size_t attachment, struct str piece)
{
	struct buf *html = arg;

	(void)item;
	(void)attachment;
	buf_add(html, piece);
	return !buf_is_exceeded(html);
}

static void on_restart(void *arg)
{
	buf_clear(arg);
}

/* A connector that brings mail reads it as it did when it came: its legacy charset counts. */
static const struct connector *reader_of(const struct original_parts *parts, struct str type)
{
	for (size_t i = 0; parts->known[i] != NULL; i++)
		if (parts->known[i]->is_hostile && str_eq(type, str_from(parts->known[i]->name)) &&
		    parts->known[i]->keys != NULL)
			return parts->known[i];
	return parts->import;
}

static bool ask(const struct original_parts *parts, const struct kept_options *options, const struct raw *raw,
		struct arena *arena, struct buf *html, struct err *err)
{
	const struct connector *reader = reader_of(parts, options->type);
	const struct sandbox_sink sink = { on_chunk, on_restart, html };
	struct interactions made = { .arena = arena, .max_items = 1 };
	struct parse_verdict verdict;

	return parsers_normalize(parts->parsers, reader, reader == parts->import ? STR("") : options->packed, raw, &made,
				 &sink, &verdict, err);
}

static bool read_row(const struct original_parts *parts, int64_t journal_id, struct arena *arena, struct buf *html,
		     struct err *err)
{
	struct kept_options options = { 0 };
	auto_free char *body = NULL;
	struct journal_row row;
	struct raw raw;

	if (!store_get_journal(parts->store, journal_id, arena, &row, err) ||
	    !again_load_body(&row, parts->dir, &body, err))
		return false;
	if (compact_is(row.content_type))
		return true;		/* its bytes are gone */
	raw = (struct raw){ .content_type = STR(MAIL_WANT_HTML), .received_us = row.received_us,
			    .body = { body, (size_t)row.size } };
	/* What an import brings has no options. */
	if (!store_get_options(parts->store, row.connector, arena, &options, err) && err->kind != ERR_MISSING)
		return false;
	return ask(parts, &options, &raw, arena, html, err);
}

bool original_html(const struct original_parts *parts, int64_t journal_id, struct buf *html, struct err *err)
{
	struct arena *arena = arena_create(ROW_ARENA);
	bool ok = read_row(parts, journal_id, arena, html, err);

	arena_destroy(arena);
	return ok;
}
